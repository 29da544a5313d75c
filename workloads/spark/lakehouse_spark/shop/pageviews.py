"""Page views landed in object storage: each object once, valid lines to bronze, the others to the dead-letter table."""

from __future__ import annotations

import time
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.shop.pageview_lines import parse_object
from lakehouse_spark.shop.tables import PAGEVIEWS, PAGEVIEWS_DEAD_LETTERS, Catalog

# Objects are parsed whole; one beyond this would need more memory than the driver has.
LARGEST_OBJECT = 32 * 1024 * 1024
BYTES_PER_TRIGGER = "32m"
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


def source(spark: SparkSession, root: str) -> DataFrame:
    """New objects under the root, oldest first. Names that begin with _ or . are left alone: uploads in progress."""
    return (
        spark.readStream.format("binaryFile")
        .schema("path string, modificationTime timestamp, length bigint, content binary")
        .option("recursiveFileLookup", "true")
        .option("maxBytesPerTrigger", BYTES_PER_TRIGGER)
        # A pattern, because the first object may arrive after the driver.
        .load(f"{root.rstrip('/')}/*")
    )


def _parse(content: bytes) -> list[tuple[Any, ...]]:
    return [(line.number, line.view, line.raw, line.encoding, line.reason) for line in parse_object(bytes(content))]


class PageviewStream:
    """The work of one batch.

    Objects are remembered by the stream's checkpoint. Only an object that was there before the last start or the last
    failed attempt can have been written already, so only for those the tables are asked.
    """

    def __init__(self, catalog: Catalog, locks: TableLocks, bucket_uri: str) -> None:
        self._catalog = catalog
        self._locks = locks
        self._bucket_uri = bucket_uri.rstrip("/") + "/"
        self._ask_before = time.time() + _CLOCK_MARGIN
        self.objects = 0
        self.views = 0
        self.dead = 0

    def recover(self) -> None:
        """From now on every object that exists by now may have been written."""
        self._ask_before = time.time() + _CLOCK_MARGIN

    def details(self) -> dict[str, Any]:
        """Totals since the driver's start."""
        return {"objects": self.objects, "views": self.views, "dead": self.dead}

    def run(self, batch: DataFrame, batch_id: int) -> None:
        """Does one batch."""
        # The content is read only where the query needs it: not here, and not for objects that are too large.
        listed = batch.select(self._name().alias("_object"), "length", F.col("modificationTime").alias("at")).collect()
        if not listed:
            return
        asked = [row["_object"] for row in listed if row["at"].timestamp() < self._ask_before]
        with self._locks.hold(PAGEVIEWS, PAGEVIEWS_DEAD_LETTERS):
            lines = self._lines(batch).persist()
            try:
                views = self._append(
                    PAGEVIEWS, lines.where("view IS NOT NULL").select("view.*", "_object", "_line"), asked
                )
                dead = self._append(
                    PAGEVIEWS_DEAD_LETTERS,
                    lines.where("view IS NULL").select("_object", "_line", "raw", "encoding", "reason"),
                    asked,
                )
            finally:
                lines.unpersist()
        self.objects += len(listed)
        self.views += views
        self.dead += dead

    def _name(self) -> Any:
        return F.expr(f"substring(path, {len(self._bucket_uri) + 1})")

    def _lines(self, batch: DataFrame) -> DataFrame:
        small = (
            batch.where(F.col("length") <= LARGEST_OBJECT)
            .select(self._name().alias("_object"), F.explode(F.udf(_parse, _LINES)("content")).alias("line"))
            .select("_object", "line.*")
        )
        large = batch.where(F.col("length") > LARGEST_OBJECT).select(
            self._name().alias("_object"),
            F.lit(0).alias("_line"),
            F.lit(None).cast(small.schema["view"].dataType).alias("view"),
            F.lit("").alias("raw"),
            F.lit("utf-8").alias("encoding"),
            F.concat(
                F.lit("object of "), F.col("length"), F.lit(f" bytes is larger than {LARGEST_OBJECT}; left where it is")
            ).alias("reason"),
        )
        return small.unionByName(large)

    def _append(self, table: str, rows: DataFrame, asked: list[str]) -> int:
        spark = rows.sparkSession
        if asked:
            held = (
                spark.table(self._catalog(table)).where(F.col("_object").isin(asked)).select("_object").distinct().collect()
            )
            if held:
                rows = rows.where(~F.col("_object").isin([row[0] for row in held]))
        count = rows.count()
        if count:
            rows.withColumn("_ingest_ts", F.current_timestamp()).coalesce(1).writeTo(self._catalog(table)).append()
        return count
