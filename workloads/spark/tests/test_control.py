"""The control API over real HTTP."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from lakehouse_spark import control
from lakehouse_spark.jobs import Job, JobRunner


class Service:
    def __init__(self) -> None:
        self.jobs: JobRunner | None = JobRunner([Job("shop", "gold", "does", lambda _: {"done": True})])
        self.healthy = True

    def health(self) -> tuple[bool, dict[str, Any]]:
        return self.healthy, {"sql": "ok" if self.healthy else "away"}

    def status(self) -> dict[str, Any]:
        return {"queries": []}

    def metrics(self) -> str:
        return "m 1\n"


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def port(service: Service) -> Iterator[int]:
    server = control.serve(service, "secret", port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def ask(
    port: int, method: str, path: str, body: bytes | None = None, token: str | None = "secret", **headers: str
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if answer.headers["Content-Type"] == "application/json" else text


def test_health_and_metrics_need_no_token(port: int, service: Service) -> None:
    assert ask(port, "GET", "/health", token=None) == (200, {"status": "healthy", "checks": {"sql": "ok"}})
    assert ask(port, "GET", "/metrics", token=None) == (200, b"m 1\n")
    service.healthy = False
    assert ask(port, "GET", "/health", token=None)[0] == 503


@pytest.mark.parametrize("token", [None, "wrong", "secret2", ""])
def test_everything_else_needs_the_token(port: int, token: str | None) -> None:
    for method, path in (("GET", "/status"), ("GET", "/jobs"), ("POST", "/jobs/shop/gold")):
        assert ask(port, method, path, token=token)[0] == 401


def test_a_job_from_request_to_result(port: int) -> None:
    status, answer = ask(port, "POST", "/jobs/shop/gold", b"{}")
    assert status == 202
    for _ in range(1000):
        _, run = ask(port, "GET", f"/jobs/{answer['id']}")
        if run["state"] == "succeeded":
            break
    assert run["detail"] == {"done": True}
    assert run["error"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "/nothing", None, 404, "no such path"),
        ("GET", "/jobs/" + "0" * 32, None, 404, "no such run"),
        ("POST", "/status", b"", 404, "POST /jobs"),
        ("POST", "/jobs/shop/none", b"{}", 404, "known: shop/gold"),
        ("POST", "/jobs/shop/gold", b"{", 400, "not JSON"),
        ("POST", "/jobs/shop/gold", b"\xff", 400, "not JSON"),
        ("POST", "/jobs/shop/gold", b"[1]", 400, "object of parameters"),
        ("POST", "/jobs/shop/gold", b'{"a": 1}', 422, "unknown parameter a"),
        ("POST", "/jobs/shop/gold", b"x" * (64 * 1024 + 1), 413, "larger than"),
    ],
)
def test_requests_that_cannot_be_done(
    port: int, method: str, path: str, body: bytes | None, status: int, text: str
) -> None:
    got, answer = ask(port, method, path, body)
    assert (got, text in answer["error"]) == (status, True)


def test_a_starting_driver_has_no_jobs_yet(port: int, service: Service) -> None:
    service.jobs = None
    assert ask(port, "GET", "/jobs")[0] == 503
