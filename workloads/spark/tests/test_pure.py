"""The parts that need no Spark: framing, schema differences, SQL files, marks, locks, settings, jobs, supervision."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from changes import USERS, envelope

from lakehouse_spark import sqlfiles, thrift
from lakehouse_spark.jobs import Job, JobRunner, Parameter, ParameterError, UnknownJobError
from lakehouse_spark.locks import TableLocks
from lakehouse_spark.metrics import Exposition
from lakehouse_spark.registry import UnreadableSchemaError, frame, parse_envelope, unframe
from lakehouse_spark.settings import Settings, SettingsError
from lakehouse_spark.shop import evolution, offsets
from lakehouse_spark.shop.merge import key_condition
from lakehouse_spark.shop.refresh import parse_time
from lakehouse_spark.supervisor import first_lines


def test_frame() -> None:
    assert frame(258, b"abc") == b"\x00\x00\x00\x01\x02abc"
    assert unframe(frame(7, b"abc")) == (7, b"abc")
    assert unframe(b"\x01\x00\x00\x00\x07abc") is None
    assert unframe(b"\x00\x00") is None


def test_envelope_gives_the_columns() -> None:
    assert parse_envelope(1, envelope("users", USERS)).columns["id"] == ["null", "long"]
    for text in ("nope", "{}", '"string"', json.dumps({"type": "record", "name": "R", "fields": []})):
        with pytest.raises(UnreadableSchemaError, match="schema 1 "):
            parse_envelope(1, text)


@pytest.mark.parametrize(
    ("incoming", "existing", "add", "widen", "conflicts"),
    [
        ({"a": "int"}, {"a": "int"}, {}, {}, 0),
        ({"A": "int"}, {"a": "int"}, {}, {}, 0),
        ({"a": "int", "b": "smallint"}, {"a": "int"}, {"b": "int"}, {}, 0),
        ({}, {"a": "int"}, {}, {}, 0),
        ({"a": "bigint"}, {"a": "int"}, {}, {"a": "bigint"}, 0),
        ({"a": "int"}, {"a": "bigint"}, {}, {}, 0),
        ({"a": "decimal(12,2)"}, {"a": "decimal(10,2)"}, {}, {"a": "decimal(12,2)"}, 0),
        ({"a": "decimal(8,2)"}, {"a": "decimal(10,2)"}, {}, {}, 0),
        ({"a": "decimal(10,4)"}, {"a": "decimal(10,2)"}, {}, {}, 1),
        ({"a": "string"}, {"a": "int"}, {}, {}, 1),
        ({"a": "int"}, {"a": "string"}, {}, {}, 1),
        ({"_op": "string"}, {"_op": "string"}, {}, {}, 1),
    ],
)
def test_difference(
    incoming: dict[str, str], existing: dict[str, str], add: dict[str, str], widen: dict[str, str], conflicts: int
) -> None:
    found = evolution.difference(incoming, existing)
    assert (found.add, found.widen, len(found.conflicts)) == (add, widen, conflicts)


def test_statements_quote_names() -> None:
    change = evolution.Change(add={"a`b": "int", "c": "string"}, widen={"d": "bigint"})
    assert change.statements("t") == [
        "ALTER TABLE t ADD COLUMNS (`a``b` int, `c` string)",
        "ALTER TABLE t ALTER COLUMN `d` TYPE bigint",
    ]


def test_silver_has_typed_times() -> None:
    zoned = ["null", {"type": "string", "connect.name": "io.debezium.time.ZonedTimestamp"}]
    assert evolution.silver_column("at", "string", zoned).kind == "timestamp"
    assert evolution.silver_column("at", "string", "string") == evolution.SilverColumn("string", "`at`")
    date = {"type": "int", "connect.name": "io.debezium.time.Date"}
    assert evolution.silver_column("day", "int", date).expression == "date_from_unix_date(`day`)"


def test_split_respects_quotes_and_comments() -> None:
    text = """-- first; comment
    SELECT 'a;b', "c;d", `e;f`, 'it''s; -- no comment' /* ; */ FROM t; -- last
    ;
    INSERT OVERWRITE iceberg.gold.x SELECT 1"""
    assert sqlfiles.split(text) == [
        "SELECT 'a;b', \"c;d\", `e;f`, 'it''s; -- no comment'   FROM t",
        "INSERT OVERWRITE iceberg.gold.x SELECT 1",
    ]
    assert sqlfiles.split("  \n-- nothing\n") == []


def test_what_a_statement_is() -> None:
    at = datetime(2026, 1, 2, 5, 4, 5, 600, tzinfo=timezone(timedelta(hours=2)))
    bound = sqlfiles.bind("SELECT :at, ':at', a::int, :none, :n -- :at", {"at": at, "n": 7})
    assert bound == "SELECT TIMESTAMP'2026-01-02 03:04:05.000600+00:00', ':at', a::int, NULL, 7 -- :at"
    assert sqlfiles.written_table("INSERT OVERWRITE iceberg.gold.Sales (a) SELECT 1") == "gold.sales"
    assert sqlfiles.written_table("SELECT 1") is None
    assert sqlfiles.is_definition("CREATE TABLE t (a INT)")
    assert not sqlfiles.is_definition("INSERT INTO t SELECT 1")


def test_high_water_marks() -> None:
    marks = {("t", 0): 5, ("t", 1): 9, ("u", 0): 1}
    assert offsets.beyond(marks, "t") == "`offset` > CASE `partition` WHEN 0 THEN 5 WHEN 1 THEN 9 ELSE -1 END"
    assert offsets.beyond(marks, "v") == "true"


def test_key_condition_lists_few_keys_and_spans_many() -> None:
    assert key_condition({3, 1}) == "t.id BETWEEN 1 AND 3 AND t.id IN (1, 3)"
    assert key_condition(range(10_000)) == "t.id BETWEEN 0 AND 9999"


def test_locks_are_taken_in_one_order() -> None:
    locks, done = TableLocks(), []

    def work(*tables: str) -> None:
        for _ in range(200):
            with locks.hold(*tables):
                pass
        done.append(tables)

    threads = [threading.Thread(target=work, args=t, daemon=True) for t in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(done) == 2


def test_settings_report_everything_that_is_missing() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"LAKEHOUSE_PIPELINES": "shop", "S3_ENDPOINT": "http://minio:9000"})
    for name in ("ICEBERG_REST_URI", "KAFKA_BOOTSTRAP", "CONTROL_TOKEN", "HIVE_METASTORE_JDBC_PASSWORD"):
        assert name in str(caught.value)
    assert "S3_ENDPOINT" not in str(caught.value)


def test_thrift_is_seen_in_the_socket_table(tmp_path: Path) -> None:
    table = tmp_path / "tcp"
    head = "  sl  local_address rem_address   st\n"
    table.write_text(head + "   0: 00000000:2710 00000000:0000 0A\n")
    assert thrift.listening(10000, (str(table),))
    table.write_text(head + "   0: 0100007F:2710 0100007F:9999 01\n")
    assert not thrift.listening(10000, (str(table), str(tmp_path / "absent")))


def test_jobs() -> None:
    def fail(_: object) -> dict[str, object]:
        raise RuntimeError("broken\n" + "at java\n" * 100)

    runner = JobRunner(
        [
            Job("shop", "add", "adds", lambda p: {"sum": p.get("a", 0) + 1}, {"a": Parameter("a number", int)}),
            Job("shop", "bad", "fails", fail),
        ]
    )
    good, bad = runner.submit("shop/add", {"a": "41"}), runner.submit("shop/bad", {})
    deadline = time.monotonic() + 10
    while bad.seconds is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (good.state, good.detail) == ("succeeded", {"sum": 42})
    assert bad.state == "failed"
    assert bad.error is not None
    assert bad.error.count("\n") < 10
    with pytest.raises(UnknownJobError, match="known: shop/add, shop/bad"):
        runner.submit("shop/none", {})
    with pytest.raises(ParameterError, match="unknown parameter b.*; a: invalid literal"):
        runner.submit("shop/add", {"b": 1, "a": "x"})


def test_times_need_an_offset() -> None:
    assert parse_time("2026-01-31T12:00:00Z").isoformat() == "2026-01-31T12:00:00+00:00"
    for value in ("2026-01-31T12:00:00", "soon", 5):
        with pytest.raises(ValueError, match="offset|ISO"):
            parse_time(value)


def test_metrics_escape_labels() -> None:
    page = Exposition()
    page.add("m", "gauge", "help", 1.5, name='a"b\nc')
    assert page.text() == '# HELP m help\n# TYPE m gauge\nm{name="a\\"b\\nc"} 1.5\n'


def test_errors_are_told_without_the_stack() -> None:
    java = """An error occurred while calling o169.sql.
: org.apache.iceberg.exceptions.RESTException: Error occurred while processing GET request
\tat org.apache.iceberg.rest.HTTPClient.execute(HTTPClient.java:1)
Caused by: java.net.UnknownHostException: iceberg
\t... 12 more
"""
    told = "org.apache.iceberg.exceptions.RESTException: Error occurred while processing GET request"
    assert first_lines(RuntimeError(java)) == told + "\nCaused by: java.net.UnknownHostException: iceberg"
    assert first_lines(RuntimeError(java), 1) == told
    assert first_lines(ValueError()) == "ValueError"
