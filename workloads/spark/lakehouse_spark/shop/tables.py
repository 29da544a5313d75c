"""The shop's tables and their own columns."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import SparkSession

ENTITIES = ("items", "purchases", "users")
KEY = "id"
TOPIC_PREFIX = "shop.public."
DEAD_LETTERS = "bronze.cdc_dlq"
PAGEVIEWS = "bronze.pageviews"
PAGEVIEWS_DEAD_LETTERS = "bronze.pageviews_dlq"
BRONZE_META = ("_op", "_lsn", "_source", "_commit_ts", "_ingest_ts", "_schema_id", "_kafka_partition", "_offset")


class Catalog:
    """Names inside the Iceberg catalog; tests use another one."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self.spark = spark
        self.name = name

    def __call__(self, table: str) -> str:
        """The full name of `namespace.table`."""
        return f"{self.name}.{table}"

    def columns(self, table: str) -> dict[str, str]:
        """Column names and types as the catalog has them now."""
        return {f.name: f.dataType.simpleString() for f in self.spark.table(self(table)).schema.fields}


def source_columns(columns: Iterable[str]) -> list[str]:
    """The columns that come from the source."""
    return [c for c in columns if not c.startswith("_")]
