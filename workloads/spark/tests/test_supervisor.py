"""Streams that fail: attempts, restarts, visible state, a clean stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from lakehouse_spark.supervisor import Stream, Supervisor


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_attempts_then_restarts_then_runs(spark: SparkSession, tmp_path: Path) -> None:
    calls: list[int] = []
    recovered: list[int] = []

    def work(batch: DataFrame, batch_id: int) -> None:
        calls.append(batch_id)
        if len(calls) <= 4:
            raise OSError("the store is away")

    supervisor = Supervisor(tmp_path.as_uri(), sleep=lambda _: None)
    stream = Stream(
        name="numbers",
        source=lambda: spark.readStream.format("rate").option("rowsPerSecond", 10).load(),
        batch=work,
        trigger="200 milliseconds",
        recover=lambda: recovered.append(1),
        details=lambda: {"seen": len(calls)},
    )
    supervisor.start(stream)
    assert until(lambda: supervisor.status()[0]["batches"] >= 2)
    assert supervisor.all_running()
    (status,) = supervisor.status()
    # Three attempts end the query; its next start fails once more and then goes on.
    assert calls[:5] == [0] * 5
    assert (status["state"], status["restarts"], status["retries"]) == ("running", 1, 3)
    assert "the store is away" in status["last_error"]
    assert len(recovered) == 2 + 3
    supervisor.stop(20)
    assert until(lambda: supervisor.status()[0]["state"] == "stopped")
    done = len(calls)
    time.sleep(0.5)
    assert len(calls) == done
