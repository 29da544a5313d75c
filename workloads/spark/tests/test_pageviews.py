"""Page views from objects to tables, as a real stream over a folder."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.shop.pageviews import PageviewStream, source
from lakehouse_spark.shop.tables import Catalog


def view(user: int, **more: Any) -> str:
    value = {
        "pageview_id": str(uuid.uuid5(uuid.NAMESPACE_OID, str(user))),
        "user_id": user,
        "item_id": None,
        "page": "/",
        "channel": "direct",
        "viewed_at": "2026-01-02T03:04:05Z",
        "user_agent": "x",
    }
    return json.dumps({**value, **more})


def drain(spark: SparkSession, stream: PageviewStream, root: Path, checkpoint: Path) -> None:
    stream.recover()
    (
        source(spark, root.as_uri())
        .writeStream.option("checkpointLocation", checkpoint.as_uri())
        .trigger(availableNow=True)
        .foreachBatch(stream.run)
        .start()
        .awaitTermination()
    )


def rows(spark: SparkSession, table: str, columns: str) -> list[tuple[Any, ...]]:
    query = spark.sql(f"SELECT {columns} FROM iceberg.bronze.{table} ORDER BY _object, _line")
    return [tuple(r) for r in query.collect()]


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    day = tmp_path / "bucket" / "shop" / "pageviews" / "date=2026-01-02"
    day.mkdir(parents=True)
    return day


def test_each_object_once(spark: SparkSession, catalog: Catalog, landing: Path, tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    root = bucket / "shop" / "pageviews"

    def fresh() -> PageviewStream:
        return PageviewStream(catalog, TableLocks(), f"file:{bucket}", root.as_uri())

    (landing / "a.json").write_text("\n".join([view(1), "nope", view(2), view(3, user_id="x")]) + "\n")
    (landing / "b.json").write_bytes(b"")
    (landing / "c.json").write_bytes(b"x" * (10 * 1024 * 1024))
    (landing / "d e%20ä{1}.json").write_bytes(view(4).encode() + b"\n\xff\xfe\n")
    stream = fresh()
    drain(spark, stream, root, tmp_path / "checkpoint")
    prefix = "shop/pageviews/date=2026-01-02/"
    good = [(prefix + "a.json", 1, 1), (prefix + "a.json", 3, 2), (prefix + "d e%20ä{1}.json", 1, 4)]
    assert rows(spark, "pageviews", "_object, _line, user_id") == good
    dead = rows(spark, "pageviews_dlq", "_object, _line, length(raw), encoding, reason")
    assert [d[:4] for d in dead] == [
        (prefix + "a.json", 2, 4, "utf-8"),
        (prefix + "a.json", 4, len(view(3, user_id="x")), "utf-8"),
        (prefix + "b.json", 0, 0, "utf-8"),
        (prefix + "c.json", 1, 10 * 1024 * 1024, "utf-8"),
        (prefix + "d e%20ä{1}.json", 2, 4, "base64"),
    ]
    assert (stream.objects, stream.views, stream.dead) == (4, 3, 5)

    # The same checkpoint: only what is new. A lost checkpoint: everything again, and nothing twice.
    (landing / "e.json").write_text(view(5))
    for checkpoint in ("checkpoint", "another"):
        drain(spark, fresh(), root, tmp_path / checkpoint)
        assert rows(spark, "pageviews", "_object, _line, user_id") == [*good, (prefix + "e.json", 1, 5)]
        assert len(rows(spark, "pageviews_dlq", "_object")) == len(dead)


def test_a_batch_that_failed_between_the_tables_is_completed(
    spark: SparkSession, catalog: Catalog, landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = tmp_path / "bucket"
    (landing / "a.json").write_text(view(1) + "\nnope\n")
    stream = PageviewStream(catalog, TableLocks(), f"file:{bucket}", (bucket / "shop" / "pageviews").as_uri())
    append = stream._append

    def fail(table: str, *rest: Any) -> int:
        if table.endswith("_dlq"):
            raise OSError("the store is away")
        return append(table, *rest)

    monkeypatch.setattr(stream, "_append", fail)
    with pytest.raises(Exception, match="the store is away"):
        drain(spark, stream, bucket / "shop" / "pageviews", tmp_path / "checkpoint")
    assert (len(rows(spark, "pageviews", "_line")), len(rows(spark, "pageviews_dlq", "_line"))) == (1, 0)
    monkeypatch.undo()
    drain(spark, stream, bucket / "shop" / "pageviews", tmp_path / "checkpoint")
    assert (len(rows(spark, "pageviews", "_line")), len(rows(spark, "pageviews_dlq", "_line"))) == (1, 1)


def test_an_object_too_large_to_parse_is_named(
    spark: SparkSession, catalog: Catalog, landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lakehouse_spark.shop.pageviews.LARGEST_OBJECT", 1000)
    bucket = tmp_path / "bucket"
    (landing / "a.json").write_text(view(1, page="x" * 2000))
    (landing / "b.json").write_text(view(2))
    drain(
        spark,
        PageviewStream(catalog, TableLocks(), f"file:{bucket}", (bucket / "shop" / "pageviews").as_uri()),
        bucket / "shop" / "pageviews",
        tmp_path / "checkpoint",
    )
    assert rows(spark, "pageviews", "user_id") == [(2,)]
    ((line, reason),) = rows(spark, "pageviews_dlq", "_line, reason")
    assert line == 0
    assert "larger than 1000; left where it is" in reason
