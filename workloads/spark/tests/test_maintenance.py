"""Compaction beside a writing stream, on tables large enough for the two to meet."""

from __future__ import annotations

import threading

from changes import USERS, Event, Registry, batch, user
from pyspark.sql import SparkSession

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.maintenance import maintain
from lakehouse_spark.shop.cdc import ChangeStream
from lakehouse_spark.shop.tables import Catalog

ROWS = 300_000


def test_compaction_while_the_stream_writes(spark: SparkSession, catalog: Catalog) -> None:
    registry = Registry()
    registry.declare(1, "users", USERS)
    locks = TableLocks()
    stream = ChangeStream(catalog, registry, locks)  # type: ignore[arg-type]
    stream.recover()
    ts = "TIMESTAMP'2026-01-01 00:00:00'"
    spark.range(ROWS).repartition(6).selectExpr(
        "id",
        "concat('u', id) email",
        "uuid() full_name",
        "'DE' country",
        f"{ts} signup_at",
        f"{ts} updated_at",
        "1L _lsn",
        "0L _offset",
        f"{ts} _commit_ts",
        f"{ts} _ingest_ts",
    ).writeTo("iceberg.silver.users").append()
    batches = [
        batch(
            spark,
            registry,
            [
                Event(n * 10 + k, "u" if k else "d", 100 + n * 10 + k, user((n * 7919 + k * 30_011) % ROWS))
                for k in range(10)
            ],
        )
        for n in range(6)
    ]
    results: list[dict[str, object]] = []
    failures: list[BaseException] = []

    def compact() -> None:
        try:
            for _ in range(2):
                results.append(maintain(spark, locks, "iceberg", ["silver.users", "bronze.users"], 1, 0))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    worker = threading.Thread(target=compact)
    worker.start()
    for number, each in enumerate(batches):
        stream.run(each, number)
    worker.join()
    assert failures == []
    assert results[0]["silver.users"]["data_files_rewritten"] > 0  # type: ignore[index]
    last = maintain(spark, locks, "iceberg", ["silver.users", "bronze.users"], 1, 0)
    assert last["silver.users"]["snapshots"] == 1
    assert spark.sql("SELECT count(*) FROM iceberg.silver.users.delete_files").collect()[0][0] == 0

    deleted = {(n * 7919) % ROWS for n in range(6)}
    updated = {(n * 7919 + k * 30_011) % ROWS for n in range(6) for k in range(1, 10)}
    count, changed = spark.sql("SELECT count(*), count_if(_lsn >= 100) FROM iceberg.silver.users").collect()[0]
    assert (count, changed) == (ROWS - len(deleted - updated), len(updated))
    assert spark.sql("SELECT count(*) FROM iceberg.bronze.users").collect()[0][0] == 60
