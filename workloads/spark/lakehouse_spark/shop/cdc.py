"""Change data capture: Debezium's Avro records from Kafka into bronze (every change) and silver (current state).

A batch may be run again at any point. Bronze is appended above a high-water mark that is read from the tables
themselves after every start and every failed attempt; the merge into silver ignores what is not newer.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.avro.functions import from_avro
from pyspark.sql.types import StructType

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.registry import HEADER, SchemaRegistry, UnreadableSchemaError, WriterSchema
from lakehouse_spark.shop import evolution, offsets
from lakehouse_spark.shop.merge import key_condition, merge
from lakehouse_spark.shop.tables import BRONZE_META, DEAD_LETTERS, ENTITIES, KEY, TOPIC_PREFIX, Catalog

log = logging.getLogger(__name__)

MAX_OFFSETS_PER_TRIGGER = 20_000
_OPS = ("c", "u", "d", "r")
_NO_FRAME = -1


def source(spark: SparkSession, bootstrap: str) -> DataFrame:
    """All change topics as one stream; topics that do not exist yet are found when they appear."""
    pattern = re.escape(TOPIC_PREFIX) + f"({'|'.join(ENTITIES)})"
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("subscribePattern", pattern)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", MAX_OFFSETS_PER_TRIGGER)
        # A topic that lost records before they were read is an error to look at, never a silent gap.
        .option("failOnDataLoss", "true")
        .load()
    )


@dataclass
class TableProgress:
    """What the stream did to one entity since the driver's start, and how the last batch went."""

    rows: int = 0
    dead: int = 0
    last_rows: int = 0
    append_seconds: float = 0.0
    merge_seconds: float = 0.0
    # From the source's commit to visible in silver, in the last batch.
    latency_p50: float | None = None
    latency_max: float | None = None
    latency_min: float | None = None
    columns_added: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Decoded:
    frame: DataFrame
    columns: dict[str, str]
    silver: dict[str, evolution.SilverColumn]


class ChangeStream:
    """The work of one batch, and what is known between batches."""

    def __init__(self, catalog: Catalog, registry: SchemaRegistry, locks: TableLocks) -> None:
        self._catalog = catalog
        self._registry = registry
        self._locks = locks
        self._marks: dict[str, dict[tuple[str, int], int]] = {}
        self.progress = {entity: TableProgress() for entity in ENTITIES}

    def recover(self) -> None:
        """Reads the high-water marks from the tables."""
        spark, c = self._catalog.spark, self._catalog
        marks: dict[str, dict[tuple[str, int], int]] = {}
        for entity in ENTITIES:
            rows = spark.sql(
                f"SELECT _partition, max(_offset) FROM {c(f'bronze.{entity}')} WHERE _source = 'cdc' GROUP BY _partition"
            ).collect()
            marks[entity] = {(TOPIC_PREFIX + entity, r[0]): r[1] for r in rows}
        rows = spark.sql(
            f"SELECT _topic, _partition, max(_offset) FROM {c(DEAD_LETTERS)} GROUP BY _topic, _partition"
        ).collect()
        marks[DEAD_LETTERS] = {(r[0], r[1]): r[2] for r in rows}
        self._marks = marks

    def details(self) -> dict[str, Any]:
        """Progress by entity, for /status and /metrics."""
        return {"tables": {entity: vars(p) for entity, p in self.progress.items()}}

    def run(self, batch: DataFrame, batch_id: int) -> None:
        """Does one batch."""
        records = batch.where("value IS NOT NULL").select(  # a tombstone says nothing that the delete did not say
            "topic",
            "partition",
            "offset",
            "key",
            "value",
            F.expr(
                f"CASE WHEN length(value) > {HEADER} AND hex(substring(value, 1, 1)) = '00' "
                f"THEN CAST(conv(hex(substring(value, 2, 4)), 16, 10) AS BIGINT) ELSE {_NO_FRAME} END"
            ).alias("schema_id"),
        )
        records = records.persist()
        try:
            found = (
                records.groupBy("topic", "schema_id").agg(F.count("*"), F.collect_set("partition")).collect()
            )
            for entity in ENTITIES:
                mine = {r["schema_id"]: r[2] for r in found if r["topic"] == TOPIC_PREFIX + entity}
                if mine:
                    self._run_entity(entity, records.where(F.col("topic") == TOPIC_PREFIX + entity), mine)
        finally:
            records.unpersist()

    def _run_entity(self, entity: str, records: DataFrame, schema_ids: dict[int, int]) -> None:
        progress = self.progress[entity]
        dead: list[DataFrame] = []
        good: list[_Decoded] = []
        with self._locks.hold(f"bronze.{entity}", f"silver.{entity}", DEAD_LETTERS):
            for schema_id in sorted(schema_ids):
                mine = records.where(F.col("schema_id") == schema_id)
                try:
                    decoded = self._decode(entity, mine, schema_id)
                except UnreadableSchemaError as error:
                    dead.append(_dead(mine, F.lit(str(error))))
                    continue
                good.append(decoded)
            frames = [d.frame.persist() for d in good]
            try:
                for frame in frames:
                    dead.append(_dead(frame.where("_reason IS NOT NULL"), F.col("_reason")))
                self._append_dead(entity, dead)
                for decoded, frame in zip(good, frames, strict=True):
                    self._apply(entity, decoded, frame.where("_reason IS NULL"))
            finally:
                for frame in frames:
                    frame.unpersist()
        progress.last_rows = sum(schema_ids.values())
        progress.rows += progress.last_rows

    def _decode(self, entity: str, records: DataFrame, schema_id: int) -> _Decoded:
        """Rows as they came, with the columns of their own writer schema, and a reason where they cannot be used."""
        if schema_id == _NO_FRAME:
            raise UnreadableSchemaError("not an Avro record in the schema registry's framing")
        schema = self._registry.envelope(schema_id)
        envelope = from_avro(
            F.expr(f"substring(value, {HEADER + 1})"), schema.json, {"mode": "PERMISSIVE"}
        ).alias("e")
        decoded = records.select("topic", "partition", "offset", "key", "value", envelope)
        row_type = decoded.select("e.after").schema["after"].dataType
        source_type = decoded.select("e.source").schema["source"].dataType
        if not isinstance(row_type, StructType) or not isinstance(source_type, StructType):
            raise UnreadableSchemaError(f"schema {schema_id} has a row or source that is not a record")
        incoming = evolution.row_types(row_type)
        if KEY not in incoming:
            raise UnreadableSchemaError(f"schema {schema_id} has no column {KEY}")
        silver = self._evolve(entity, incoming, schema)
        row = F.when(F.col("e.op") == "d", F.col("e.before")).otherwise(F.col("e.after"))
        frame = decoded.withColumn("row", row).select(
            "topic",
            "partition",
            "offset",
            "key",
            "value",
            *[F.col(f"row.{evolution.quoted(name)}").alias(name) for name in incoming],
            F.col("e.op").alias("_op"),
            F.coalesce(F.col("e.source.lsn"), F.lit(0)).cast("bigint").alias("_lsn"),
            F.lit("cdc").alias("_source"),
            _commit_time(source_type).alias("_commit_ts"),
            F.lit(schema_id).cast("int").alias("_schema_id"),
            F.col("partition").alias("_partition"),
            F.col("offset").alias("_offset"),
            F.when(F.col("e.op").isNull(), F.lit(f"does not decode with schema {schema_id}"))
            .when(~F.col("e.op").isin(*_OPS), F.concat(F.lit("unknown operation "), F.col("e.op")))
            .when(F.col(f"row.{KEY}").isNull(), F.lit(f"no {KEY}"))
            .alias("_reason"),
        )
        return _Decoded(frame, incoming, silver)

    def _evolve(
        self, entity: str, incoming: dict[str, str], schema: WriterSchema
    ) -> dict[str, evolution.SilverColumn]:
        """Adds what the tables lack; refuses a schema whose columns they cannot hold."""
        silver = {n: evolution.silver_column(n, kind, schema.columns.get(n)) for n, kind in incoming.items()}
        changes = {
            f"bronze.{entity}": incoming,
            f"silver.{entity}": {n: column.kind for n, column in silver.items()},
        }
        differences = {t: evolution.difference(cols, self._catalog.columns(t)) for t, cols in changes.items()}
        conflicts = [f"{table} {text}" for table, d in differences.items() for text in d.conflicts]
        if conflicts:
            raise UnreadableSchemaError(f"schema {schema.id}: {'; '.join(conflicts)}")
        for table, difference in differences.items():
            for statement in difference.statements(self._catalog(table)):
                log.warning("%s", statement)
                self._catalog.spark.sql(statement)
            self.progress[entity].columns_added += [f"{table}.{name}" for name in difference.add]
        return silver

    def _append_dead(self, entity: str, dead: list[DataFrame]) -> None:
        condition = offsets.beyond(self._marks[DEAD_LETTERS], TOPIC_PREFIX + entity)
        rows = None
        for frame in dead:
            frame = frame.where(condition)
            rows = frame if rows is None else rows.unionByName(frame)
        if rows is None:
            return
        rows = rows.coalesce(1).persist()
        try:
            count = rows.count()
            if count:
                log.warning("%d records of %s go to %s", count, TOPIC_PREFIX + entity, DEAD_LETTERS)
                rows.select(
                    F.col("topic").alias("_topic"),
                    F.col("partition").alias("_partition"),
                    F.col("offset").alias("_offset"),
                    F.base64("key").alias("_key"),
                    F.base64("value").alias("raw"),
                    F.lit("base64").alias("encoding"),
                    F.col("reason"),
                    F.current_timestamp().alias("_ingest_ts"),
                ).writeTo(self._catalog(DEAD_LETTERS)).append()
                self.progress[entity].dead += count
        finally:
            rows.unpersist()

    def _apply(self, entity: str, decoded: _Decoded, rows: DataFrame) -> None:
        progress = self.progress[entity]
        shape = rows.agg(
            F.count("*").alias("n"),
            F.min(KEY).alias("low"),
            F.max(KEY).alias("high"),
            F.min("_commit_ts").alias("oldest"),
            F.max("_commit_ts").alias("newest"),
            F.percentile_approx(F.unix_micros("_commit_ts"), 0.5).alias("middle"),
            F.collect_set(F.col(KEY)).alias("keys"),
            F.unix_micros(F.min("_commit_ts")).alias("oldest_us"),
            F.unix_micros(F.max("_commit_ts")).alias("newest_us"),
        ).collect()[0]
        if not shape["n"]:
            return
        began = time.monotonic()
        table = f"bronze.{entity}"
        rows = rows.withColumn("_ingest_ts", F.current_timestamp())
        columns = self._catalog.columns(table)
        new = rows.where(offsets.beyond(self._marks[entity], TOPIC_PREFIX + entity))
        known = {*decoded.columns, *BRONZE_META}
        new.select(
            *[(F.col(evolution.quoted(c)) if c in known else F.lit(None)).cast(k).alias(c) for c, k in columns.items()]
        ).coalesce(1).writeTo(self._catalog(table)).append()
        appended = time.monotonic()
        condition = key_condition(shape["low"], shape["high"], shape["keys"])
        silver = {name: column.expression for name, column in decoded.silver.items()}
        merge(self._catalog, f"silver.{entity}", rows, silver, condition)
        progress.append_seconds = round(appended - began, 3)
        progress.merge_seconds = round(time.monotonic() - appended, 3)
        now = time.time()
        progress.latency_p50 = round(now - shape["middle"] / 1e6, 3)
        progress.latency_max = round(now - shape["oldest_us"] / 1e6, 3)
        progress.latency_min = round(now - shape["newest_us"] / 1e6, 3)


def _commit_time(source_type: StructType) -> Column:
    """The source's commit time in the finest unit that the event carries."""
    names = set(source_type.fieldNames())
    candidates = [
        F.timestamp_micros((F.col("e.source.ts_ns") / 1000).cast("bigint")) if "ts_ns" in names else None,
        F.timestamp_micros(F.col("e.source.ts_us")) if "ts_us" in names else None,
        F.timestamp_millis(F.col("e.source.ts_ms")) if "ts_ms" in names else None,
    ]
    present = [c for c in candidates if c is not None]
    return F.coalesce(*present) if present else F.lit(None).cast("timestamp")


def _dead(records: DataFrame, reason: Column) -> DataFrame:
    return records.select("topic", "partition", "offset", "key", "value", reason.alias("reason"))
