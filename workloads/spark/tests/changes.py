"""Change events as the connector writes them: a Debezium envelope in Avro, framed with its schema id."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812
from pyspark.sql.avro.functions import from_avro, to_avro

from lakehouse_spark.registry import UnreadableSchemaError, WriterSchema, frame, parse_envelope

ZONED = {"type": "string", "connect.version": 1, "connect.name": "io.debezium.time.ZonedTimestamp"}
USERS: dict[str, Any] = {
    "id": "long",
    "email": "string",
    "full_name": "string",
    "country": "string",
    "signup_at": ZONED,
    "updated_at": ZONED,
}


def envelope(entity: str, columns: Mapping[str, Any]) -> str:
    """The Avro schema of a table's change events."""
    fields = [{"name": n, "type": ["null", t], "default": None} for n, t in columns.items()]
    row = {"type": "record", "name": "Value", "fields": fields}
    source = {
        "type": "record",
        "name": "Source",
        "namespace": "io.debezium.connector.postgresql",
        "fields": [
            {"name": "ts_ms", "type": "long"},
            {"name": "lsn", "type": ["null", "long"], "default": None},
            {"name": "ts_us", "type": ["null", "long"], "default": None},
        ],
    }
    return json.dumps(
        {
            "type": "record",
            "name": "Envelope",
            "namespace": f"shop.public.{entity}",
            "fields": [
                {"name": "before", "type": ["null", row], "default": None},
                {"name": "after", "type": ["null", "Value"], "default": None},
                {"name": "source", "type": source},
                {"name": "op", "type": "string"},
                {"name": "ts_ms", "type": ["null", "long"], "default": None},
            ],
        }
    )


class Registry:
    """Writer schemas by id, as the tests declare them."""

    def __init__(self) -> None:
        self._schemas: dict[int, WriterSchema] = {}

    def declare(self, schema_id: int, entity: str, columns: Mapping[str, Any]) -> None:
        self._schemas[schema_id] = parse_envelope(schema_id, envelope(entity, columns))

    def envelope(self, schema_id: int) -> WriterSchema:
        if schema_id not in self._schemas:
            raise UnreadableSchemaError(f"schema {schema_id} is unknown to the registry")
        return self._schemas[schema_id]


@dataclass(frozen=True)
class Event:
    """One change."""

    offset: int
    op: str
    lsn: int
    row: Mapping[str, Any] = field(default_factory=dict)
    schema_id: int = 1
    entity: str = "users"
    raw: bytes | None = None
    ts_us: int = 1_700_000_000_000_000


def user(id_: int, name: str = "Ada", **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "email": f"u{id_}@example.org",
        "full_name": name,
        "country": "DE",
        "signup_at": "2026-01-02T03:04:05.123456Z",
        "updated_at": "2026-01-02T03:04:05Z",
        **more,
    }


_KAFKA = "topic string, partition int, offset bigint, key binary, value binary"


def batch(spark: SparkSession, registry: Registry, events: Sequence[Event]) -> DataFrame:
    """The events as the Kafka source gives them."""
    values = {e.offset: e.raw for e in events if e.raw is not None}
    for schema_id in {e.schema_id for e in events if e.raw is None}:
        mine = [e for e in events if e.raw is None and e.schema_id == schema_id]
        values |= _encode(spark, registry.envelope(schema_id), mine)
    rows = [(f"shop.public.{e.entity}", 0, e.offset, b"k", bytearray(values[e.offset] or b"")) for e in events]
    return spark.createDataFrame(rows, _KAFKA)


def _encode(spark: SparkSession, schema: WriterSchema, events: Sequence[Event]) -> dict[int, bytes]:
    """Encodes with Spark's own writer, through a JSON reading of the row in the schema's types."""
    shape = spark.range(1).select(from_avro(F.lit(b""), schema.json).alias("e")).schema["e"].dataType
    assert isinstance(shape, T.StructType)
    texts = [
        (
            event.offset,
            json.dumps(
                {
                    "before": event.row if event.op == "d" else None,
                    "after": None if event.op == "d" else event.row,
                    "source": {"ts_ms": event.ts_us // 1000, "lsn": event.lsn, "ts_us": event.ts_us},
                    "op": event.op,
                    "ts_ms": event.ts_us // 1000,
                }
            ),
        )
        for event in events
    ]
    encoded = (
        spark.createDataFrame(texts, "o bigint, t string")
        .select("o", F.from_json("t", shape, {"mode": "FAILFAST"}).alias("e"))
        .select("o", to_avro("e", schema.json))
        .collect()
    )
    return {row[0]: frame(schema.id, bytes(row[1])) for row in encoded}
