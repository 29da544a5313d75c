"""Page views landed in object storage: each object once, valid lines to bronze, the others to the dead-letter table."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.shop.pageview_lines import parse_object
from lakehouse_spark.shop.tables import PAGEVIEWS, PAGEVIEWS_DEAD_LETTERS, Catalog

# Objects are parsed whole; one beyond this would need more memory than the driver has.
LARGEST_OBJECT = 32 * 1024 * 1024
BYTES_PER_TRIGGER = 32 * 1024 * 1024
# The store's clock and the driver's may differ by this much.
_CLOCK_MARGIN = 600

_LINES = T.ArrayType(
    T.StructType()
    .add("_line", T.IntegerType())
    .add(
        "view",
        T.StructType()
        .add("pageview_id", T.StringType())
        .add("user_id", T.LongType())
        .add("item_id", T.LongType())
        .add("page", T.StringType())
        .add("channel", T.StringType())
        .add("viewed_at", T.TimestampType())
        .add("user_agent", T.StringType()),
    )
    .add("raw", T.StringType())
    .add("encoding", T.StringType())
    .add("reason", T.StringType())
)


def _objects(reader: Any, root: str) -> DataFrame:
    """Path, time and length of the objects under a root: the content is not read."""
    return (
        reader.format("binaryFile")
        .schema("path string, modificationTime timestamp, length bigint, content binary")
        .option("recursiveFileLookup", "true")
        .option("maxBytesPerTrigger", BYTES_PER_TRIGGER)
        # A pattern, because the first object may arrive after the driver.
        .load(f"{root.rstrip('/')}/*")
        .drop("content")
    )


def source(spark: SparkSession, root: str) -> DataFrame:
    """New objects under the root, oldest first. Names that begin with _ or . are left alone: uploads in progress."""
    return _objects(spark.readStream, root)


def _parse(content: bytes) -> list[tuple[Any, ...]]:
    return [(line.number, line.view, line.raw, line.encoding, line.reason) for line in parse_object(bytes(content))]


class PageviewStream:
    """The work of one batch.

    Objects are remembered by the stream's checkpoint. Only an object that was there before the last start or the last
    failed attempt can have been written already, so only for those the tables are asked.
    """

    def __init__(self, catalog: Catalog, locks: TableLocks, bucket_uri: str, root: str) -> None:
        self._catalog = catalog
        self._locks = locks
        self._bucket_uri = bucket_uri.rstrip("/") + "/"
        self._root = root
        self._ask_before = time.time() + _CLOCK_MARGIN
        self._empty: set[str] = set()
        self.objects = 0
        self.views = 0
        self.dead = 0

    def recover(self) -> None:
        """From now on every object that exists by now may have been written."""
        self._ask_before = time.time() + _CLOCK_MARGIN
        self._empty = set()

    def details(self) -> dict[str, Any]:
        """Totals since the driver's start."""
        return {"objects": self.objects, "views": self.views, "dead": self.dead}

    def run(self, batch: DataFrame, batch_id: int) -> None:
        """Does one batch."""
        listed = batch.collect()
        asked = [self._name(r["path"]) for r in listed if r["modificationTime"].timestamp() < self._ask_before]
        with self._locks.hold(PAGEVIEWS, PAGEVIEWS_DEAD_LETTERS):
            empty = self._new_empty(batch.sparkSession)
            small = [r["path"] for r in listed if r["length"] <= LARGEST_OBJECT]
            whole = [(self._name(path), "empty object") for path in empty]
            whole += [(self._name(r["path"]), _too_large(r["length"])) for r in listed if r["length"] > LARGEST_OBJECT]
            lines = self._lines(batch.sparkSession, small, whole).persist()
            try:
                views = self._append(
                    PAGEVIEWS, lines.where("view IS NOT NULL").select("view.*", "_object", "_line"), asked
                )
                dead = self._append(
                    PAGEVIEWS_DEAD_LETTERS,
                    lines.where("view IS NULL").select("_object", "_line", "raw", "encoding", "reason"),
                    [*asked, *map(self._name, empty)],
                )
            finally:
                lines.unpersist()
        self._empty |= empty
        self.objects += len(listed) + len(empty)
        self.views += views
        self.dead += dead

    def _name(self, path: str) -> str:
        return path.removeprefix(self._bucket_uri)

    def _new_empty(self, spark: SparkSession) -> set[str]:
        """Objects without content that this run has not seen: Spark lists them but never gives them out as rows."""
        everything = _objects(spark.read, self._root)
        # The one gives encoded URIs, the other paths; a local file's differ in their slashes too.
        listed = {unquote(uri).replace("file:///", "file:/", 1) for uri in everything.inputFiles()}
        return listed - {row["path"] for row in everything.select("path").collect()} - self._empty

    def _lines(self, spark: SparkSession, small: list[str], whole: list[tuple[str, str]]) -> DataFrame:
        """The lines of the objects that are parsed, and one dead line for each object that is refused as a whole."""
        shape = T.StructType([T.StructField("_object", T.StringType()), *_LINES.elementType.fields])
        refused = spark.createDataFrame([(name, 0, None, "", "utf-8", reason) for name, reason in whole], shape)
        if not small:
            return refused
        contents = (
            spark.read.format("binaryFile")
            .option("recursiveFileLookup", "true")
            # These are names, not patterns.
            .option("__globPaths__", "false")
            .load(small)
        )
        parsed = contents.select(
            F.expr(f"substring(path, {len(self._bucket_uri) + 1})").alias("_object"),
            F.explode(F.udf(_parse, _LINES)("content")).alias("line"),
        ).select("_object", "line.*")
        return parsed.unionByName(refused) if whole else parsed

    def _append(self, table: str, rows: DataFrame, asked: list[str]) -> int:
        if asked:
            held = (
                rows.sparkSession.table(self._catalog(table))
                .where(F.col("_object").isin(asked))
                .select("_object")
                .distinct()
                .collect()
            )
            if held:
                rows = rows.where(~F.col("_object").isin([row[0] for row in held]))
        count = rows.count()
        if count:
            rows.withColumn("_ingest_ts", F.current_timestamp()).coalesce(1).writeTo(self._catalog(table)).append()
        return count


def _too_large(length: int) -> str:
    return f"object of {length} bytes is larger than {LARGEST_OBJECT}; left where it is"
