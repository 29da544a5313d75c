"""The second way into silver: a snapshot of the source tables over JDBC, applied where it knows better than CDC.

The log position S is taken before the snapshot is read, and the read waits for every transaction that was open at S.
So a change at or below S is in the snapshot, and a change that CDC brings later with a position above S wins over it.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.settings import Database
from lakehouse_spark.shop.evolution import quoted
from lakehouse_spark.shop.merge import merge
from lakehouse_spark.shop.tables import ENTITIES, KEY, Catalog, source_columns

_WAIT_FOR_TRANSACTIONS = 60.0
# Sorts below every Kafka offset: a change with the very position of the snapshot still wins.
_BEFORE_ANY_OFFSET = -1


@dataclass(frozen=True)
class Position:
    """Where the source's log was before the snapshot."""

    lsn: int
    at: Any


class Source:
    """The shop's database as the loader's role sees it."""

    def __init__(self, spark: SparkSession, database: Database) -> None:
        self._spark = spark
        self._database = database

    def query(self, sql: str) -> DataFrame:
        """A query's result, read when it is used."""
        return (
            self._spark.read.format("jdbc")
            .option("url", self._database.url)
            .option("user", self._database.user)
            .option("password", self._database.password)
            .option("driver", "org.postgresql.Driver")
            .option("fetchsize", 10_000)
            .option("query", sql)
            .load()
        )

    def position(self) -> Position:
        """The log position, once every transaction that was open at it has ended."""
        row = self.query(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS lsn, "
            "pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next, now() AS at"
        ).collect()[0]
        deadline = time.monotonic() + _WAIT_FOR_TRANSACTIONS
        while True:
            oldest = self.query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest").collect()[0][
                0
            ]
            if oldest >= row["next"]:
                return Position(row["lsn"], row["at"])
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"a transaction of the source has been open for more than {_WAIT_FOR_TRANSACTIONS:.0f} s; end it "
                    "(pg_stat_activity, oldest xact_start) and run the job again"
                )
            time.sleep(0.5)

    def table(self, name: str) -> DataFrame:
        """A whole table."""
        return self.query(f"SELECT * FROM public.{name}")


def load(catalog: Catalog, locks: TableLocks, source: Source) -> dict[str, Any]:
    """Loads all tables; returns what was applied to each."""
    result: dict[str, Any] = {}
    position = source.position()
    for entity in ENTITIES:
        with locks.hold(f"bronze.{entity}", f"silver.{entity}"):
            snapshot = source.table(entity).persist(StorageLevel.MEMORY_AND_DISK)
            try:
                result[entity] = apply(catalog, entity, snapshot, position)
            finally:
                snapshot.unpersist()
    result["lsn"] = position.lsn
    return result


def apply(catalog: Catalog, entity: str, snapshot: DataFrame, position: Position) -> dict[str, Any]:
    """Applies one table's snapshot where it is new or different and silver is older than the snapshot."""
    bronze, silver = f"bronze.{entity}", f"silver.{entity}"
    columns = catalog.columns(silver)
    shared = [c for c in source_columns(columns) if c in snapshot.columns]
    held = catalog.spark.table(catalog(silver))
    lsn = position.lsn

    rows = snapshot.select(*[F.col(quoted(c)).cast(columns[c]).alias(c) for c in shared]).alias("s")
    different = functools.reduce(
        Column.__or__, [~F.col(f"s.{quoted(c)}").eqNullSafe(F.col(f"t.{quoted(c)}")) for c in shared if c != KEY]
    )
    deleted_since = catalog.spark.table(catalog(bronze)).where(f"_op = 'd' AND _lsn > {lsn}").select(KEY).distinct()
    upserts = (
        rows.join(held.alias("t"), F.col(f"s.{KEY}") == F.col(f"t.{KEY}"), "left")
        .where(F.col(f"t.{KEY}").isNull() | ((F.col("t._lsn") < lsn) & different))
        .select("s.*")
        .join(deleted_since, KEY, "left_anti")
        .select(*shared, F.lit("r").alias("_op"))
    )
    gone = held.where(f"_lsn < {lsn}").join(rows.select(KEY), KEY, "left_anti").select(*shared, F.lit("d").alias("_op"))
    changes = (
        upserts.unionByName(gone)
        .withColumn("_lsn", F.lit(lsn).cast("bigint"))
        .withColumn("_offset", F.lit(_BEFORE_ANY_OFFSET).cast("bigint"))
        .withColumn("_commit_ts", F.lit(position.at).cast("timestamp"))
        .withColumn("_ingest_ts", F.current_timestamp())
        .persist(StorageLevel.MEMORY_AND_DISK)
    )
    try:
        counts = {r["_op"]: r["count"] for r in changes.groupBy("_op").count().collect()}
        if counts:
            _append(catalog, bronze, changes)
            low, high = changes.agg(F.min(KEY), F.max(KEY)).collect()[0]
            typed = [
                (F.col(quoted(c)) if c in changes.columns else F.lit(None)).cast(k).alias(c) for c, k in columns.items()
            ]
            merge(catalog, silver, changes.select(*typed, "_op"), f"t.{KEY} BETWEEN {low} AND {high}")
    finally:
        changes.unpersist()
    return {
        "applied": counts.get("r", 0),
        "deleted": counts.get("d", 0),
        # A column that only the source has is added by the change stream, which knows its type as the log has it.
        "columns_left_to_cdc": [c for c in snapshot.columns if c not in columns],
    }


def _append(catalog: Catalog, bronze: str, changes: DataFrame) -> None:
    kinds = dict(changes.dtypes)

    def column(name: str, kind: str) -> Column:
        if name == "_source":
            value = F.lit("jdbc")
        elif name in ("_offset", "_kafka_partition", "_schema_id") or name not in kinds:
            value = F.lit(None)
        elif kind == "string" and kinds[name] == "timestamp":
            # As the connector writes a timestamptz.
            value = F.date_format(quoted(name), "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")
        else:
            value = F.col(quoted(name))
        return value.cast(kind).alias(name)

    changes.select(*[column(n, k) for n, k in catalog.columns(bronze).items()]).writeTo(catalog(bronze)).append()
