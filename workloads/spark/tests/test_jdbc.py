"""The batch loader's rules on a snapshot, beside what CDC has written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from changes import USERS, Event, Registry, batch, user
from pyspark.sql import DataFrame, SparkSession

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.shop.cdc import ChangeStream
from lakehouse_spark.shop.jdbc import Position, apply
from lakehouse_spark.shop.tables import Catalog

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def snapshot(spark: SparkSession, rows: Sequence[dict[str, Any]]) -> DataFrame:
    text = "id bigint, email string, full_name string, country string, signup_at string, updated_at string"
    made = spark.createDataFrame([tuple(r.values()) for r in rows], text)
    return made.selectExpr(
        "id",
        "email",
        "full_name",
        "country",
        "to_timestamp(signup_at) signup_at",
        "to_timestamp(updated_at) updated_at",
    )


def silver(spark: SparkSession) -> list[tuple[Any, ...]]:
    return [tuple(r) for r in spark.sql("SELECT id, full_name, _lsn FROM iceberg.silver.users ORDER BY id").collect()]


def stream_of(catalog: Catalog) -> tuple[ChangeStream, Registry]:
    registry = Registry()
    registry.declare(1, "users", USERS)
    stream = ChangeStream(catalog, registry, TableLocks())  # type: ignore[arg-type]
    stream.recover()
    return stream, registry


def test_only_what_is_new_or_different_and_older(spark: SparkSession, catalog: Catalog) -> None:
    stream, registry = stream_of(catalog)
    changes = [
        Event(0, "c", 100, user(1, "same")),
        Event(1, "c", 100, user(2, "stale")),
        Event(2, "u", 300, user(3, "newer than the snapshot")),
        Event(3, "c", 100, user(4, "gone from the source")),
        Event(4, "c", 300, user(5, "made after the snapshot")),
        Event(5, "d", 300, user(6, "deleted after the snapshot")),
        Event(6, "d", 100, user(7, "deleted before and made again")),
    ]
    stream.run(batch(spark, registry, changes), 0)
    taken = snapshot(
        spark,
        [user(1, "same"), user(2, "fresh"), user(3, "old"), user(6, "zombie"), user(7, "again"), user(8, "missed")],
    )
    first = apply(catalog, "users", taken, Position(200, AT))
    expected = [
        (1, "same", 100),
        (2, "fresh", 200),
        (3, "newer than the snapshot", 300),
        (5, "made after the snapshot", 300),
        (7, "again", 200),
        (8, "missed", 200),
    ]
    assert silver(spark) == expected
    assert (first["applied"], first["deleted"]) == (3, 1)
    added = spark.sql(
        "SELECT id, _op, _lsn, _offset, signup_at FROM iceberg.bronze.users WHERE _source = 'jdbc' ORDER BY id"
    ).collect()
    assert [tuple(r) for r in added] == [
        (2, "r", 200, None, "2026-01-02T03:04:05.123456Z"),
        (4, "d", 200, None, "2026-01-02T03:04:05.123456Z"),
        (7, "r", 200, None, "2026-01-02T03:04:05.123456Z"),
        (8, "r", 200, None, "2026-01-02T03:04:05.123456Z"),
    ]

    # Again: nothing to do. A change with the snapshot's own position is after it, and wins.
    assert apply(catalog, "users", taken, Position(200, AT))["applied"] == 0
    assert silver(spark) == expected
    stream.recover()
    stream.run(
        batch(spark, registry, [Event(7, "u", 200, user(8, "changed")), Event(8, "u", 199, user(2, "older"))]), 1
    )
    assert dict((r[0], r[1]) for r in silver(spark))[8] == "changed"
    assert dict((r[0], r[1]) for r in silver(spark))[2] == "fresh"


def test_columns_that_only_one_side_has(spark: SparkSession, catalog: Catalog) -> None:
    taken = snapshot(spark, [user(1)]).selectExpr("*", "'+49' AS phone").drop("country")
    result = apply(catalog, "users", taken, Position(200, AT))
    assert result == {"applied": 1, "deleted": 0, "columns_left_to_cdc": ["phone"]}
    assert spark.sql("SELECT country FROM iceberg.silver.users").collect()[0][0] is None
