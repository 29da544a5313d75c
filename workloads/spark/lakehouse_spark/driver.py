"""The long-lived driver: one Spark session that serves SQL over Thrift, keeps streams running and does jobs.

Run as `python -m lakehouse_spark.driver`; settings come from the environment (settings.py).
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from pyspark.sql import SparkSession

from lakehouse_spark import control, metrics, thrift
from lakehouse_spark.jobs import JobRunner
from lakehouse_spark.locks import TableLocks
from lakehouse_spark.session import CATALOG, build_session
from lakehouse_spark.settings import Settings, SettingsError
from lakehouse_spark.shop.pipeline import ShopPipeline
from lakehouse_spark.supervisor import Supervisor, first_lines

log = logging.getLogger("lakehouse_spark")

_WAIT_FOR_CATALOG = 120.0
_STOP_STREAMS = 40.0
_STOP_JOBS = 5.0
_HEALTH_VALID = 4.0


class Driver:
    """The running parts and what the control API shows of them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._spark: SparkSession | None = None
        self._supervisor: Supervisor | None = None
        self._phase = "starting Spark"
        self._began = time.time()
        self._guard = threading.Lock()
        self._checked: tuple[float, tuple[bool, dict[str, Any]]] | None = None
        self.jobs: JobRunner | None = None
        self.stopping = threading.Event()

    def start(self) -> None:
        """Starts everything, in the order in which parts need each other."""
        settings = self._settings
        self._spark = spark = build_session(settings)
        threading.Thread(target=self._watch_jvm, daemon=True).start()
        self._phase = "waiting for the Iceberg catalog"
        self._wait_for_catalog(spark)
        pipelines = [ShopPipeline(spark, settings, locks) for locks in [TableLocks()] if "shop" in settings.pipelines]
        self._phase = "making tables"
        for pipeline in pipelines:
            pipeline.define()
        self._phase = "starting the Thrift server"
        thrift.start(spark)
        self._supervisor = Supervisor((settings.state_dir / "checkpoints").as_uri())
        for pipeline in pipelines:
            for stream in pipeline.streams():
                self._supervisor.start(stream)
        self.jobs = JobRunner(
            [job for pipeline in pipelines for job in pipeline.jobs()],
            before_run=lambda: spark.sparkContext.setLocalProperty("spark.scheduler.pool", "jobs"),
        )
        for pipeline in pipelines:
            threading.Thread(target=self._look_after, args=(pipeline,), name="maintenance", daemon=True).start()
        self._phase = "running"
        log.info(
            "running after %.1f s: pipelines %s", time.time() - self._began, ", ".join(settings.pipelines) or "none"
        )

    def stop(self) -> None:
        """Ends running batches, then everything."""
        self.stopping.set()
        self._phase = "stopping"
        if self._supervisor is not None:
            self._supervisor.stop(_STOP_STREAMS)
        if self.jobs is not None:
            self.jobs.stop(_STOP_JOBS)
        if self._spark is not None:
            self._spark.stop()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Checks at most every few seconds, whatever the number of askers."""
        with self._guard:
            if self._checked is None or time.monotonic() - self._checked[0] > _HEALTH_VALID:
                self._checked = (time.monotonic(), self._check())
            return self._checked[1]

    def _check(self) -> tuple[bool, dict[str, Any]]:
        if self._spark is None or self._supervisor is None or self._phase != "running":
            return False, {"phase": self._phase}
        checks: dict[str, Any] = {
            "sql": _outcome(lambda: self._select(self._spark)),
            "thrift": "ok" if thrift.listening() else f"nothing listens on {thrift.PORT}",
        }
        for stream in self._supervisor.status():
            running = stream["state"] == "running"
            checks[stream["name"]] = "ok" if running else f"{stream['state']}: {stream['last_error']}"
        return all(result == "ok" for result in checks.values()), checks

    @staticmethod
    def _select(spark: SparkSession | None) -> None:
        assert spark is not None
        # A job through the scheduler, not only the parser.
        if spark.range(1).count() != 1:
            raise RuntimeError("SQL does not count to one")

    def status(self) -> dict[str, Any]:
        """Phase, streams and recent jobs."""
        return {
            "phase": self._phase,
            "since": self._began,
            "pipelines": list(self._settings.pipelines),
            "queries": self._supervisor.status() if self._supervisor else [],
            "jobs": [run.as_json() for run in self.jobs.recent()[-20:]] if self.jobs else [],
        }

    def metrics(self) -> str:
        """Prometheus' page."""
        healthy, _ = self.health()
        streams = self._supervisor.status() if self._supervisor else []
        return metrics.render(healthy, streams, self.jobs.totals if self.jobs else {})

    def _wait_for_catalog(self, spark: SparkSession) -> None:
        deadline = time.monotonic() + _WAIT_FOR_CATALOG
        while True:
            try:
                spark.sql(f"SHOW NAMESPACES IN {CATALOG}").collect()
                return
            except Exception as error:
                if self.stopping.is_set() or time.monotonic() > deadline:
                    uri = self._settings.iceberg_rest_uri
                    raise RuntimeError(
                        f"the Iceberg catalog at {uri} does not answer: {first_lines(error, 2)}"
                    ) from None
                log.warning("waiting for the Iceberg catalog: %s", first_lines(error, 2))
                self.stopping.wait(2)

    def _watch_jvm(self) -> None:
        """Without its JVM the driver is nothing: it ends, and the restart policy starts both again."""
        assert self._spark is not None
        process = self._spark.sparkContext._gateway.proc  # noqa: SLF001
        code = process.wait()
        if not self.stopping.is_set():
            log.critical("the JVM ended with code %s", code)
            os._exit(1)

    def _look_after(self, pipeline: ShopPipeline) -> None:
        """Compacts after some batches, and queues full maintenance after many."""
        assert self._spark is not None and self._supervisor is not None and self.jobs is not None
        self._spark.sparkContext.setLocalProperty("spark.scheduler.pool", "jobs")
        compacted = maintained = 0
        while not self.stopping.wait(2):
            batches = sum(stream["batches"] for stream in self._supervisor.status())
            try:
                if _due(batches - maintained, self._settings.maintain_every):
                    compacted = maintained = batches
                    self.jobs.submit(f"{pipeline.name}/maintain", {})
                elif _due(batches - compacted, self._settings.compact_every):
                    compacted = batches
                    pipeline.compact()
            except Exception as error:  # noqa: BLE001
                log.warning("maintenance put off: %s", first_lines(error, 2))


def _due(batches: int, every: int) -> bool:
    return 0 < every <= batches


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001
        return first_lines(error, 1)
    return "ok"


def main() -> int:
    """Runs until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        log.critical("%s", error)
        return 2
    driver = Driver(settings)
    server = control.serve(driver, settings.control_token)
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: driver.stopping.set())
    failed = threading.Event()

    def start() -> None:
        try:
            driver.start()
        except Exception as error:  # noqa: BLE001
            log.critical("start failed: %s", first_lines(error))
            failed.set()
            driver.stopping.set()

    # In a thread, so that a signal is answered while Spark starts.
    threading.Thread(target=start, name="start", daemon=True).start()
    driver.stopping.wait()
    log.info("stopping")
    driver.stop()
    server.shutdown()
    log.info("stopped")
    # Not through the interpreter's exit, which would wait for threads of the JVM's callback server.
    os._exit(1 if failed.is_set() else 0)


if __name__ == "__main__":
    sys.exit(main())
