"""Streaming queries that are kept running: restart with back-off, visible state, a clean stop after the batch."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.streaming import StreamingQuery

log = logging.getLogger(__name__)

_ATTEMPTS = 3
_FIRST_DELAY = 1.0
_LONGEST_DELAY = 60.0
_STABLE_AFTER = 120.0


class Stopping(RuntimeError):
    """A batch was refused because the driver is stopping; it is done again after the next start."""


@dataclass(frozen=True)
class Stream:
    """A streaming query. `batch` must give the same result when it is run again for the same batch."""

    name: str
    source: Callable[[], DataFrame]
    batch: Callable[[DataFrame, int], None]
    trigger: str
    # Called before a query's first batch and after every failed attempt.
    recover: Callable[[], None]
    details: Callable[[], dict[str, Any]]


@dataclass
class StreamState:
    """What the outside sees of one query."""

    name: str
    state: str = "starting"
    restarts: int = 0
    retries: int = 0
    batches: int = 0
    last_error: str | None = None
    last_error_at: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


def _end_offsets(progress: str) -> Any:
    """Where a query has come to: for Kafka an object of topics, partitions and offsets."""
    sources = json.loads(progress)["sources"]
    return sources[0].get("endOffset") if sources else None


_STACK = re.compile(r"\s+(at |\.\.\. \d+ )")


def first_lines(error: BaseException, lines: int = 8, characters: int = 2000) -> str:
    """What an error says: its causes without the Java stack and without the bridge's own first line."""
    said = [line for line in str(error).splitlines() if line.strip() and not _STACK.match(line)]
    if len(said) > 1 and said[0].startswith("An error occurred while calling"):
        said = [said[1].removeprefix(": "), *said[2:]]
    return "\n".join(said[:lines])[:characters] or type(error).__name__


class Supervisor:
    """Runs each stream in a thread of its own and starts it again when it fails."""

    def __init__(self, checkpoints: str, sleep: Callable[[float], None] | None = None) -> None:
        self._checkpoints = checkpoints
        self._stop = threading.Event()
        self._sleep = sleep or (lambda seconds: self._stop.wait(seconds) and None)
        self._streams: dict[str, Stream] = {}
        self._states: dict[str, StreamState] = {}
        self._queries: dict[str, StreamingQuery] = {}
        self._in_batch: dict[str, threading.Lock] = {}
        self._threads: list[threading.Thread] = []

    def start(self, stream: Stream) -> None:
        """Starts a stream and keeps it running."""
        self._streams[stream.name] = stream
        self._states[stream.name] = StreamState(stream.name)
        self._in_batch[stream.name] = threading.Lock()
        thread = threading.Thread(target=self._keep, args=(stream,), name=f"stream-{stream.name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self, timeout: float) -> None:
        """Lets running batches end, then stops the queries."""
        self._stop.set()
        deadline = time.monotonic() + timeout
        for name, lock in self._in_batch.items():
            if lock.acquire(timeout=max(0.1, deadline - time.monotonic())):
                # The lock stays held: no further batch begins.
                log.info("stream %s: stopped between batches", name)
            else:
                log.warning("stream %s: its batch did not end in time and is done again after the next start", name)
            query = self._queries.get(name)
            if query is not None:
                try:
                    query.stop()
                except Exception as error:  # noqa: BLE001
                    log.warning("stream %s: %s", name, first_lines(error, 1))

    def all_running(self) -> bool:
        """Whether every query runs."""
        return all(state.state == "running" for state in self._states.values())

    def status(self) -> list[dict[str, Any]]:
        """The state of each query, as /status shows it."""
        return [self._status(name) for name in self._states]

    def _status(self, name: str) -> dict[str, Any]:
        state = self._states[name]
        query = self._queries.get(name)
        progress = query.lastProgress if query is not None else None
        entry: dict[str, Any] = {
            "name": name,
            "state": state.state,
            "batch_id": None,
            "rows_per_second": 0.0,
            "input_rows": 0,
            "batches": state.batches,
            "restarts": state.restarts,
            "retries": state.retries,
            "last_error": state.last_error,
            "last_error_at": state.last_error_at,
            "end_offsets": None,
            "durations_ms": {},
            "details": self._streams[name].details(),
        }
        if progress is not None:
            entry["batch_id"] = progress["batchId"]
            entry["rows_per_second"] = round(progress["processedRowsPerSecond"] or 0.0, 1)
            entry["input_rows"] = progress["numInputRows"]
            entry["durations_ms"] = dict(progress["durationMs"])
            entry["end_offsets"] = _end_offsets(progress.json)
        return entry

    def _keep(self, stream: Stream) -> None:
        state = self._states[stream.name]
        failures = 0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                stream.recover()
                query = self._launch(stream)
                self._queries[stream.name] = query
                state.state = "running"
                query.awaitTermination()
                if self._stop.is_set():
                    break
                raise RuntimeError("the query ended without an error")
            except Exception as error:  # noqa: BLE001
                if self._stop.is_set():
                    break
                failures = 0 if time.monotonic() - began > _STABLE_AFTER else failures
                delay = min(_FIRST_DELAY * 2**failures, _LONGEST_DELAY)
                failures += 1
                state.state = "backing-off"
                state.restarts += 1
                self._note(state, error)
                log.error("stream %s failed, next start in %.0f s: %s", stream.name, delay, state.last_error)
                self._sleep(delay)
        state.state = "stopped"

    def _launch(self, stream: Stream) -> StreamingQuery:
        source = stream.source()
        # Inherited by the query's thread and with it by every job of its batches.
        source.sparkSession.sparkContext.setLocalProperty("spark.scheduler.pool", "streams")
        return (
            source.writeStream.queryName(stream.name)
            .option("checkpointLocation", f"{self._checkpoints}/{stream.name}")
            .trigger(processingTime=stream.trigger)
            .foreachBatch(lambda batch, batch_id: self._run_batch(stream, batch, batch_id))
            .start()
        )

    def _run_batch(self, stream: Stream, batch: DataFrame, batch_id: int) -> None:
        """Runs a batch with a bounded number of attempts; the last failure ends the query."""
        state = self._states[stream.name]
        lock = self._in_batch[stream.name]
        while not lock.acquire(timeout=0.5):
            if self._stop.is_set():
                raise Stopping
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                if self._stop.is_set():
                    raise Stopping
                try:
                    stream.batch(batch, batch_id)
                    state.batches += 1
                    return
                except Exception as error:
                    self._note(state, error)
                    if attempt == _ATTEMPTS or self._stop.is_set():
                        raise
                    state.retries += 1
                    log.warning("stream %s: batch %d, attempt %d: %s", stream.name, batch_id, attempt, state.last_error)
                    self._sleep(attempt)
                    stream.recover()
        finally:
            lock.release()

    @staticmethod
    def _note(state: StreamState, error: BaseException) -> None:
        state.last_error = first_lines(error)
        state.last_error_at = time.time()
