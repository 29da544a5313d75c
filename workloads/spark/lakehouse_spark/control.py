"""The control API: health, status, metrics and jobs over HTTP with JSON."""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from lakehouse_spark.jobs import JobRunner, ParameterError, QueueFullError, UnknownJobError

log = logging.getLogger(__name__)

PORT = 8090
LARGEST_BODY = 64 * 1024
_PUBLIC = ("/health", "/metrics")
_JOB = re.compile(r"/jobs/([\w-]+)/([\w-]+)")
_RUN = re.compile(r"/jobs/([0-9a-f]{32})")


class Service(Protocol):
    """What the API shows of the driver."""

    jobs: JobRunner | None

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the driver does its work, and each check's result."""

    def status(self) -> dict[str, Any]:
        """Streams and recent jobs."""

    def metrics(self) -> str:
        """The same in Prometheus' text format."""


class HttpError(Exception):
    """An answer that says what was wrong with the request."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def serve(service: Service, token: str, port: int = PORT) -> ThreadingHTTPServer:
    """Makes the server; the caller runs it."""

    class Handler(_Handler):
        pass

    Handler.service = service
    Handler.token = token
    server = ThreadingHTTPServer(("", port), Handler)
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    service: Service
    token: str
    timeout = 30
    server_version = "lakehouse-spark"
    sys_version = ""

    def do_GET(self) -> None:  # noqa: N802
        self._answer(self._get)

    def do_POST(self) -> None:  # noqa: N802
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        if self.path not in _PUBLIC:
            log.info("%s %s", self.address_string(), format % args)

    def _get(self) -> None:
        if self.path == "/health":
            healthy, checks = self.service.health()
            status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
            self._json(status, {"status": "healthy" if healthy else "unhealthy", "checks": checks})
        elif self.path == "/metrics":
            self._send(HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", self.service.metrics().encode())
        elif self.path == "/status":
            self._json(HTTPStatus.OK, self.service.status())
        elif self.path == "/jobs":
            self._json(HTTPStatus.OK, {"jobs": self._jobs().catalogue()})
        elif match := _RUN.fullmatch(self.path):
            run = self._jobs().get(match.group(1))
            if run is None:
                raise HttpError(HTTPStatus.NOT_FOUND, "no such run; only recent runs are remembered")
            self._json(HTTPStatus.OK, run.as_json())
        else:
            raise HttpError(HTTPStatus.NOT_FOUND, "no such path; try /health, /status, /metrics, /jobs, /jobs/{id}")

    def _post(self) -> None:
        match = _JOB.fullmatch(self.path)
        if match is None:
            raise HttpError(HTTPStatus.NOT_FOUND, "no such path; POST /jobs/{pipeline}/{job}")
        parameters = self._body()
        try:
            run = self._jobs().submit(f"{match.group(1)}/{match.group(2)}", parameters)
        except UnknownJobError as error:
            raise HttpError(HTTPStatus.NOT_FOUND, str(error.args[0])) from None
        except ParameterError as error:
            raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        except QueueFullError as error:
            raise HttpError(HTTPStatus.TOO_MANY_REQUESTS, str(error)) from None
        self._json(HTTPStatus.ACCEPTED, {"id": run.id})

    def _jobs(self) -> JobRunner:
        if self.service.jobs is None:
            raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, "the driver is starting; wait for /health")
        return self.service.jobs

    def _body(self) -> dict[str, Any]:
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise HttpError(HTTPStatus.LENGTH_REQUIRED, "send the body with a Content-Length")
        text = self.headers.get("Content-Length", "0")
        if not text.isascii() or not text.isdigit():
            raise HttpError(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        length = int(text)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {LARGEST_BODY} bytes")
        if length == 0:
            return {}
        try:
            value = json.loads(self.rfile.read(length))
        except (ValueError, RecursionError):
            raise HttpError(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
        if not isinstance(value, dict):
            raise HttpError(HTTPStatus.BAD_REQUEST, "the body must be a JSON object of parameters")
        return value

    def _answer(self, handle: Callable[[], None]) -> None:
        self.path = self.path.split("?", 1)[0]
        try:
            if self.path not in _PUBLIC:
                self._authorise()
            handle()
        except HttpError as error:
            self._json(error.status, {"error": str(error)})
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True
        except Exception:
            log.exception("%s %s", self.command, self.path)
            self._json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "internal error; see the driver's log"})

    def _authorise(self) -> None:
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {self.token}".encode()):
            # An unread body would be taken for the next request.
            self.close_connection = True
            raise HttpError(HTTPStatus.UNAUTHORIZED, "send Authorization: Bearer <token>")

    def _json(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        # Details hold what Spark answers, timestamps and decimals among it.
        self._send(status, "application/json", json.dumps(value, default=str).encode() + b"\n")

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
