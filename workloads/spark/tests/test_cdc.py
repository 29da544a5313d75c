"""Change data capture on real tables: order, deletes, replays, schema changes, dead letters."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from changes import USERS, ZONED, Event, Registry, batch, user
from pyspark.sql import SparkSession

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.shop.cdc import ChangeStream
from lakehouse_spark.shop.tables import Catalog


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    made.declare(1, "users", USERS)
    made.declare(2, "users", {**USERS, "phone": "string", "born_at": ZONED})
    return made


@pytest.fixture
def stream(catalog: Catalog, registry: Registry) -> ChangeStream:
    made = ChangeStream(catalog, registry, TableLocks())  # type: ignore[arg-type]
    made.recover()
    return made


def silver(spark: SparkSession, columns: str = "id, full_name, _lsn") -> list[tuple[Any, ...]]:
    return [tuple(r) for r in spark.sql(f"SELECT {columns} FROM iceberg.silver.users ORDER BY id").collect()]


def bronze(spark: SparkSession, columns: str = "_offset, _op, id") -> list[tuple[Any, ...]]:
    return [tuple(r) for r in spark.sql(f"SELECT {columns} FROM iceberg.bronze.users ORDER BY _offset").collect()]


def test_the_newest_change_of_a_key_wins_in_any_order(
    spark: SparkSession, registry: Registry, stream: ChangeStream
) -> None:
    stream.run(
        batch(
            spark,
            registry,
            [
                Event(0, "c", 100, user(1, "one")),
                Event(1, "u", 120, user(1, "three")),
                Event(2, "u", 110, user(1, "two")),
                Event(3, "r", 100, user(2, "first at this position")),
                Event(4, "u", 100, user(2, "second at this position")),
                Event(5, "c", 130, user(3, "gone")),
                Event(6, "d", 140, user(3, "gone")),
            ],
        ),
        0,
    )
    assert silver(spark) == [(1, "three", 120), (2, "second at this position", 100)]
    stream.run(
        batch(
            spark,
            registry,
            [
                Event(7, "u", 119, user(1, "older than silver")),
                Event(8, "d", 90, user(2)),
                Event(9, "d", 150, user(99)),
            ],
        ),
        1,
    )
    assert silver(spark) == [(1, "three", 120), (2, "second at this position", 100)]
    stream.run(batch(spark, registry, [Event(10, "d", 200, user(1)), Event(11, "c", 201, user(3, "again"))]), 2)
    assert silver(spark) == [(2, "second at this position", 100), (3, "again", 201)]
    assert [row[0] for row in bronze(spark)] == list(range(12))


def test_types_and_times(spark: SparkSession, registry: Registry, stream: ChangeStream) -> None:
    stream.run(batch(spark, registry, [Event(0, "c", 100, user(1), ts_us=1_767_323_045_123_456)]), 0)
    row = spark.sql(
        "SELECT date_format(signup_at, 'yyyy-MM-dd HH:mm:ss.SSSSSS'), date_format(_commit_ts, 'HH:mm:ss.SSSSSS') "
        "FROM iceberg.silver.users"
    ).collect()[0]
    assert tuple(row) == ("2026-01-02 03:04:05.123456", "03:04:05.123456")
    assert bronze(spark, "signup_at, _source, _schema_id, _kafka_partition, _lsn") == [
        ("2026-01-02T03:04:05.123456Z", "cdc", 1, 0, 100)
    ]


def test_a_replay_leaves_no_duplicate_and_loses_nothing(
    spark: SparkSession, registry: Registry, stream: ChangeStream, catalog: Catalog
) -> None:
    events = [Event(n, "c", 100 + n, user(n)) for n in range(10)]
    stream.run(batch(spark, registry, events[:6]), 0)
    again = ChangeStream(catalog, registry, TableLocks())  # type: ignore[arg-type]
    again.recover()
    # Other batch boundaries than the first time, as after the loss of a checkpoint.
    again.run(batch(spark, registry, events[:4]), 0)
    again.run(batch(spark, registry, events[4:]), 1)
    assert [row[0] for row in bronze(spark)] == list(range(10))
    assert [row[0] for row in silver(spark)] == list(range(10))


def test_a_batch_that_failed_between_bronze_and_silver_is_completed(
    spark: SparkSession, registry: Registry, stream: ChangeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    import lakehouse_spark.shop.cdc as cdc

    events = batch(spark, registry, [Event(0, "c", 100, user(1)), Event(1, "u", 101, user(1, "Grace"))])
    with monkeypatch.context() as broken:

        def fail(*_: object) -> None:
            raise OSError("the store is away")

        broken.setattr(cdc, "merge", fail)
        with pytest.raises(OSError, match="store is away"):
            stream.run(events, 0)
    assert (len(bronze(spark)), silver(spark)) == (2, [])
    stream.recover()
    stream.run(events, 0)
    assert (len(bronze(spark)), silver(spark)) == (2, [(1, "Grace", 101)])


def test_two_schemas_in_one_batch_are_appended_at_once(
    spark: SparkSession, registry: Registry, stream: ChangeStream, catalog: Catalog
) -> None:
    mixed = [
        Event(0, "c", 100, user(1)),
        Event(1, "c", 101, user(2, phone="+49", born_at="1990-05-06T07:08:09Z"), schema_id=2),
        Event(2, "c", 102, user(3)),
    ]
    stream.run(batch(spark, registry, mixed), 0)
    assert len(spark.sql("SELECT * FROM iceberg.bronze.users.snapshots").collect()) == 1
    assert silver(spark, "id, phone, CAST(born_at AS STRING)") == [
        (1, None, None),
        (2, "+49", "1990-05-06 07:08:09"),
        (3, None, None),
    ]
    assert bronze(spark, "_offset, born_at") == [(0, None), (1, "1990-05-06T07:08:09Z"), (2, None)]
    assert catalog.columns("silver.users")["born_at"] == "timestamp"


def test_a_dropped_column_is_null_from_then_on(spark: SparkSession, registry: Registry, stream: ChangeStream) -> None:
    stream.run(batch(spark, registry, [Event(0, "c", 100, user(1, phone="+49", born_at=None), schema_id=2)]), 0)
    stream.run(batch(spark, registry, [Event(1, "u", 101, user(1), schema_id=1)]), 1)
    assert silver(spark, "id, phone, _lsn") == [(1, None, 101)]


def test_a_column_that_silver_cannot_hold_goes_to_the_dead_letters(
    spark: SparkSession, registry: Registry, stream: ChangeStream
) -> None:
    registry.declare(3, "users", {**USERS, "full_name": "long"})
    stream.run(batch(spark, registry, [Event(0, "c", 100, user(1)), Event(1, "c", 101, user(2, 7), schema_id=3)]), 0)
    assert [r[0] for r in silver(spark)] == [1]
    reason = spark.sql("SELECT reason FROM iceberg.bronze.cdc_dlq").collect()[0][0]
    assert "column full_name: string cannot hold bigint" in reason


def test_what_cannot_be_decoded_is_kept_byte_for_byte(
    spark: SparkSession, registry: Registry, stream: ChangeStream, catalog: Catalog
) -> None:
    bad = {0: b"", 1: b"\x01plain", 2: b"{}", 3: b"\x00\x00\x00\x00\x63abc", 4: b"\x00\x00\x00\x00\x01\xff\xff\xff"}
    events = [Event(n, "c", 0, raw=value) for n, value in bad.items()] + [Event(5, "c", 100, user(1))]
    made = batch(spark, registry, events)
    stream.run(made, 0)
    again = ChangeStream(catalog, registry, TableLocks())  # type: ignore[arg-type]
    again.recover()
    again.run(made, 0)
    rows = spark.sql(
        "SELECT _topic, _kafka_partition, _offset, raw, reason FROM iceberg.bronze.cdc_dlq ORDER BY _offset"
    )
    kept = [tuple(r) for r in rows.collect()]
    assert [(r[2], base64.b64decode(r[3])) for r in kept] == list(bad.items())
    assert {r[0] for r in kept} == {"shop.public.users"}
    assert kept[3][4] == "schema 99 is unknown to the registry"
    assert kept[4][4] == "does not decode with schema 1"
    assert [r[0] for r in silver(spark)] == [1]


def test_a_topic_made_anew_is_refused_rather_than_skipped(
    spark: SparkSession, registry: Registry, stream: ChangeStream
) -> None:
    stream.run(batch(spark, registry, [Event(n, "c", 100 + n, user(n)) for n in range(3)]), 0)
    stream.recover()
    with pytest.raises(RuntimeError, match="made anew"):
        stream.run(batch(spark, registry, [Event(0, "c", 500, user(7))]), 1)
