"""Jobs asked for through the control API: one after the other, in the driver's session."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lakehouse_spark.supervisor import first_lines

log = logging.getLogger(__name__)

_REMEMBERED = 200
_QUEUE_LIMIT = 20


class UnknownJobError(KeyError):
    """No such job."""


class ParameterError(ValueError):
    """A job was asked for with parameters that it does not take."""


class QueueFullError(RuntimeError):
    """Too many jobs wait."""


@dataclass(frozen=True)
class Parameter:
    """A job's parameter: `parse` checks and converts what came as JSON, and raises ValueError with the reason."""

    description: str
    parse: Callable[[Any], Any]


@dataclass(frozen=True)
class Job:
    """Something that can be run at will with the same result."""

    pipeline: str
    name: str
    description: str
    run: Callable[[Mapping[str, Any]], dict[str, Any]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`pipeline/name`, the job's address."""
        return f"{self.pipeline}/{self.name}"


@dataclass
class Run:
    """One run of a job."""

    id: str
    job: str
    parameters: dict[str, Any]
    state: str = "queued"
    error: str | None = None
    detail: dict[str, Any] | None = None
    queued_at: float = field(default_factory=time.time)
    started: float | None = None
    seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The run as the control API shows it."""
        running = self.started is not None and self.seconds is None
        seconds = round(time.monotonic() - self.started, 3) if running and self.started else self.seconds
        return {
            "id": self.id,
            "job": self.job,
            "parameters": self.parameters,
            "state": self.state,
            "error": self.error,
            "seconds": seconds,
            "detail": self.detail,
            "queued_at": self.queued_at,
        }


class JobRunner:
    """Keeps the catalogue, a bounded queue and the recent runs."""

    def __init__(self, jobs: list[Job], before_run: Callable[[], None] = lambda: None) -> None:
        self._jobs = {job.key: job for job in jobs}
        self._before_run = before_run
        self._queue: queue.Queue[Run | None] = queue.Queue(maxsize=_QUEUE_LIMIT)
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._guard = threading.Lock()
        self.totals: dict[tuple[str, str], int] = {}
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def catalogue(self) -> list[dict[str, Any]]:
        """Every job with its parameters."""
        return [
            {
                "job": job.key,
                "description": job.description,
                "parameters": {name: p.description for name, p in job.parameters.items()},
            }
            for job in self._jobs.values()
        ]

    def submit(self, key: str, parameters: Mapping[str, Any]) -> Run:
        """Checks the parameters and queues a run."""
        job = self._jobs.get(key)
        if job is None:
            raise UnknownJobError(f"no job {key}; known: {', '.join(sorted(self._jobs)) or 'none'}")
        run = Run(uuid.uuid4().hex, key, _parse(job, parameters))
        with self._guard:
            try:
                self._queue.put_nowait(run)
            except queue.Full:
                raise QueueFullError(f"{_QUEUE_LIMIT} jobs wait already; try again later") from None
            self._runs[run.id] = run
            while len(self._runs) > _REMEMBERED:
                self._runs.popitem(last=False)
        return run

    def get(self, run_id: str) -> Run | None:
        """A recent run."""
        with self._guard:
            return self._runs.get(run_id)

    def recent(self) -> list[Run]:
        """The remembered runs, oldest first."""
        with self._guard:
            return list(self._runs.values())

    def stop(self, timeout: float) -> None:
        """Takes nothing more from the queue and waits for the running job."""
        with self._guard:
            while not self._queue.empty():
                waiting = self._queue.get_nowait()
                if waiting is not None:
                    waiting.state, waiting.error = "failed", "the driver was stopped before the job began"
            self._queue.put_nowait(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        while True:
            run = self._queue.get()
            if run is None:
                return
            run.state, run.started = "running", time.monotonic()
            try:
                self._before_run()
                run.detail = self._jobs[run.job].run(run.parameters)
                state = "succeeded"
            except Exception as error:  # noqa: BLE001
                run.error = first_lines(error)
                state = "failed"
                log.error("job %s failed: %s", run.job, run.error)
            run.seconds = round(time.monotonic() - run.started, 3)
            run.state = state
            self.totals[run.job, state] = self.totals.get((run.job, state), 0) + 1
            log.info("job %s %s after %.1f s", run.job, state, run.seconds)


def _parse(job: Job, given: Mapping[str, Any]) -> dict[str, Any]:
    faults = [
        f"unknown parameter {name}; {job.key} takes {', '.join(job.parameters) or 'none'}"
        for name in given
        if name not in job.parameters
    ]
    parsed: dict[str, Any] = {}
    for name, parameter in job.parameters.items():
        if name in given:
            try:
                parsed[name] = parameter.parse(given[name])
            except (ValueError, TypeError) as error:
                faults.append(f"{name}: {error}")
    if faults:
        raise ParameterError("; ".join(faults))
    return parsed
