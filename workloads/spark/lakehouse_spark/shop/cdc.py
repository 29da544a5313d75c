"""Change data capture: Debezium's Avro records from Kafka into bronze (every change) and silver (current state).

A batch may be run again at any point. Bronze is appended above a high-water mark that is read from the tables
themselves after every start and every failed attempt; the merge into silver ignores what is not newer.
"""

from __future__ import annotations

import functools
import logging
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pyspark import inheritable_thread_target
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.avro.functions import from_avro
from pyspark.sql.types import StructType

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.registry import HEADER, SchemaRegistry, UnreadableSchemaError, WriterSchema
from lakehouse_spark.shop import evolution, offsets
from lakehouse_spark.shop.merge import key_condition, latest, merge
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
        # The connector writes in transactions; records of an aborted one were never there.
        .option("kafka.isolation.level", "read_committed")
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
    # Seconds from the source's commit to visible in silver, in the last batch: min, p50, max.
    latency: dict[str, float] = field(default_factory=dict)
    columns_added: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Decoded:
    """Records of one writer schema: their rows, with a reason where a row cannot be used."""

    frame: DataFrame
    columns: dict[str, str]
    silver: dict[str, evolution.SilverColumn]

    def usable(self) -> DataFrame:
        return self.frame.where("_reason IS NULL")


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
                f"SELECT _kafka_partition, max(_offset) FROM {c(f'bronze.{entity}')} "
                "WHERE _source = 'cdc' GROUP BY _kafka_partition"
            ).collect()
            marks[entity] = {(TOPIC_PREFIX + entity, r[0]): r[1] for r in rows}
        rows = spark.sql(
            f"SELECT _topic, _kafka_partition, max(_offset) FROM {c(DEAD_LETTERS)} GROUP BY _topic, _kafka_partition"
        ).collect()
        marks[DEAD_LETTERS] = {(r[0], r[1]): r[2] for r in rows}
        self._marks = marks

    def details(self) -> dict[str, Any]:
        """Progress by entity, for /status and /metrics."""
        return {"tables": {entity: vars(p) for entity, p in self.progress.items()}}

    def run(self, batch: DataFrame, batch_id: int) -> None:
        """Does one batch."""
        # To compile code for each batch's plans takes longer than to interpret them for some thousand rows.
        batch.sparkSession.conf.set("spark.sql.codegen.wholeStage", "false")
        batch.sparkSession.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
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
        # One partition: a batch is small, and what follows then needs no shuffles, which cost more than the rows.
        records = records.coalesce(1).persist()
        try:
            found = records.groupBy("topic", "schema_id").agg(F.count("*").alias("n")).collect()
            work = []
            for entity in ENTITIES:
                mine = {r["schema_id"]: r["n"] for r in found if r["topic"] == TOPIC_PREFIX + entity}
                if mine:
                    rows = records.where(F.col("topic") == TOPIC_PREFIX + entity)
                    work.append(functools.partial(self._run_entity, entity, rows, mine))
            _together(batch.sparkSession, work)
        finally:
            records.unpersist()

    def _run_entity(self, entity: str, records: DataFrame, schema_ids: dict[int, int]) -> None:
        progress = self.progress[entity]
        with self._locks.hold(f"bronze.{entity}", f"silver.{entity}"):
            dead: list[DataFrame] = []
            good: list[_Decoded] = []
            for schema_id in sorted(schema_ids):
                mine = records.where(F.col("schema_id") == schema_id)
                try:
                    good.append(self._decode(entity, mine, schema_id))
                except UnreadableSchemaError as error:
                    dead.append(_dead(mine, F.lit(str(error))))
            for decoded in good:
                decoded.frame.persist()
            try:
                shapes = [_shape(decoded.frame) for decoded in good]
                dead += [
                    _dead(decoded.frame.where("_reason IS NOT NULL"), F.col("_reason"))
                    for decoded, shape in zip(good, shapes, strict=True)
                    if shape.dead
                ]
                if dead:
                    # Always taken last, and alone by others: no two holders wait for each other.
                    with self._locks.hold(DEAD_LETTERS):
                        self._append_dead(entity, dead)
                shape = _Shape.union(shapes)
                if shape.good:
                    self._apply(entity, good, shape)
            finally:
                for decoded in good:
                    decoded.frame.unpersist()
        progress.last_rows = sum(schema_ids.values())
        progress.rows += progress.last_rows

    def _decode(self, entity: str, records: DataFrame, schema_id: int) -> _Decoded:
        """Rows as they came, with the columns of their own writer schema, and a reason where they cannot be used."""
        if schema_id == _NO_FRAME:
            raise UnreadableSchemaError("not an Avro record in the schema registry's framing")
        schema = self._registry.envelope(schema_id)
        envelope = from_avro(F.expr(f"substring(value, {HEADER + 1})"), schema.json, {"mode": "PERMISSIVE"}).alias("e")
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
            F.col("partition").alias("_kafka_partition"),
            F.col("offset").alias("_offset"),
            F.when(F.col("e.op").isNull(), F.lit(f"does not decode with schema {schema_id}"))
            .when(~F.col("e.op").isin(*_OPS), F.concat(F.lit("unknown operation "), F.col("e.op")))
            .when(F.col(f"row.{KEY}").isNull(), F.lit(f"no {KEY}"))
            .alias("_reason"),
        )
        return _Decoded(frame, incoming, silver)

    def _evolve(self, entity: str, incoming: dict[str, str], schema: WriterSchema) -> dict[str, evolution.SilverColumn]:
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
        topic = TOPIC_PREFIX + entity
        rows = functools.reduce(DataFrame.unionByName, dead).where(offsets.beyond(self._marks[DEAD_LETTERS], topic))
        rows = rows.coalesce(1).persist()
        try:
            count = rows.count()
            if not count:
                return
            log.warning("%d records of %s go to %s", count, topic, DEAD_LETTERS)
            rows.select(
                F.col("topic").alias("_topic"),
                F.col("partition").alias("_kafka_partition"),
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

    def _apply(self, entity: str, good: list[_Decoded], shape: _Shape) -> None:
        """Appends to bronze and merges into silver: one commit each, so that the marks are never half true."""
        progress, topic = self.progress[entity], TOPIC_PREFIX + entity
        bronze, silver = f"bronze.{entity}", f"silver.{entity}"
        marks = self._marks[entity]
        began = time.monotonic()
        columns = self._catalog.columns(bronze)
        if any(offset <= marks.get((topic, partition), -1) for partition, offset in shape.first_offsets.items()):
            self._check_replay(entity, good, marks)
        new = functools.reduce(
            DataFrame.unionByName,
            [_shaped(d.usable().where(offsets.beyond(marks, topic)), columns, set(d.columns), {}) for d in good],
        )
        new.coalesce(1).writeTo(self._catalog(bronze)).append()
        appended = time.monotonic()
        columns = self._catalog.columns(silver)
        changes = functools.reduce(
            DataFrame.unionByName,
            [
                _shaped(
                    d.usable(),
                    {**columns, "_op": "string"},
                    set(d.columns),
                    {n: c.expression for n, c in d.silver.items()},
                )
                for d in good
            ],
        )
        merge(self._catalog, silver, latest(changes).coalesce(1), key_condition(shape.keys))
        progress.append_seconds = round(appended - began, 3)
        progress.merge_seconds = round(time.monotonic() - appended, 3)
        progress.latency = shape.latency(time.time())

    def _check_replay(self, entity: str, good: list[_Decoded], marks: offsets.Marks) -> None:
        """Records below the marks must be the ones that bronze holds.

        They are not if the topic was made anew and counts its offsets from zero again: to leave such records out as
        already known would lose them.
        """
        topic = TOPIC_PREFIX + entity
        places = ["_kafka_partition", "_offset", "_lsn"]
        again = functools.reduce(
            DataFrame.union,
            [d.usable().where(f"NOT ({offsets.beyond(marks, topic)})").select(*places) for d in good],
        )
        held = again.sparkSession.table(self._catalog(f"bronze.{entity}")).where("_source = 'cdc'").select(*places)
        strangers = again.join(held, places, "left_anti").count()
        if strangers:
            raise RuntimeError(
                f"{strangers} records of {topic} have offsets that bronze.{entity} holds for other records: the topic "
                f"was made anew. See docs/services/spark.md, 'A topic was made anew'."
            )


@dataclass(frozen=True)
class _Shape:
    """What has to be known of a batch before it is written."""

    good: int = 0
    dead: int = 0
    keys: frozenset[int] = frozenset()
    first_offsets: Mapping[int, int] = field(default_factory=dict)
    # Commit times in seconds: oldest, median, newest.
    commits: tuple[float, float, float] | None = None

    @staticmethod
    def union(shapes: list[_Shape]) -> _Shape:
        """The shape of all parts together; the median is the largest part's."""
        timed = [s for s in shapes if s.commits]
        offsets_: dict[int, int] = {}
        for shape in shapes:
            for partition, offset in shape.first_offsets.items():
                offsets_[partition] = min(offset, offsets_.get(partition, offset))
        largest = max(timed, key=lambda s: s.good, default=None)
        return _Shape(
            sum(s.good for s in shapes),
            sum(s.dead for s in shapes),
            frozenset().union(*(s.keys for s in shapes)),
            offsets_,
            (min(s.commits[0] for s in timed), largest.commits[1], max(s.commits[2] for s in timed))  # type: ignore[index]
            if largest is not None and largest.commits is not None
            else None,
        )

    def latency(self, now: float) -> dict[str, float]:
        """Seconds from the source's commit until now."""
        if self.commits is None:
            return {}
        oldest, median, newest = self.commits
        return {"max": round(now - oldest, 3), "p50": round(now - median, 3), "min": round(now - newest, 3)}


def _shape(frame: DataFrame) -> _Shape:
    usable = F.col("_reason").isNull()
    micros = F.unix_micros(F.when(usable, F.col("_commit_ts")))
    rows = (
        frame.groupBy("partition")
        .agg(
            F.count_if(usable).alias("good"),
            F.count_if(~usable).alias("dead"),
            F.collect_set(F.when(usable, F.col(KEY).cast("bigint"))).alias("keys"),
            F.min(F.when(usable, F.col("offset"))).alias("first_offset"),
            F.min(micros).alias("oldest"),
            F.percentile_approx(micros, 0.5).alias("median"),
            F.max(micros).alias("newest"),
        )
        .collect()
    )
    return _Shape.union(
        [
            _Shape(
                r["good"],
                r["dead"],
                frozenset(r["keys"]),
                {r["partition"]: r["first_offset"]} if r["good"] else {},
                (r["oldest"] / 1e6, r["median"] / 1e6, r["newest"] / 1e6) if r["oldest"] is not None else None,
            )
            for r in rows
        ]
    )


def _shaped(rows: DataFrame, columns: Mapping[str, str], own: set[str], expressions: Mapping[str, str]) -> DataFrame:
    """Rows in a table's columns; a column that the writer's schema does not have is null."""

    def column(name: str) -> Column:
        if name == "_ingest_ts":
            return F.current_timestamp()
        if name in expressions:
            return F.expr(expressions[name])
        if name in own or name in BRONZE_META:
            return F.col(evolution.quoted(name))
        return F.lit(None)

    return rows.select(*[column(name).cast(kind).alias(name) for name, kind in columns.items()])


def _together(spark: SparkSession, work: list[Callable[[], None]]) -> None:
    """Does independent pieces at the same time: most of each is waiting. A failure is raised when all have ended."""
    with ThreadPoolExecutor(max_workers=max(1, len(work))) as pool:
        futures = [pool.submit(inheritable_thread_target(spark)(piece)) for piece in work]
    for future in futures:
        future.result()


def _commit_time(source_type: StructType) -> Column:
    """The source's commit time in the finest unit that the event carries."""
    names = set(source_type.fieldNames())
    candidates = [
        F.timestamp_micros(F.col("e.source.ts_us")) if "ts_us" in names else None,
        F.timestamp_millis(F.col("e.source.ts_ms")) if "ts_ms" in names else None,
    ]
    present = [c for c in candidates if c is not None]
    return F.coalesce(*present) if present else F.lit(None).cast("timestamp")


def _dead(records: DataFrame, reason: Column) -> DataFrame:
    return records.select("topic", "partition", "offset", "key", "value", reason.alias("reason"))
