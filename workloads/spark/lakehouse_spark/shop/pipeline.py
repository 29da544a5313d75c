"""The shop pipeline's streams and jobs, put together for the driver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import SparkSession

from lakehouse_spark import sqlfiles
from lakehouse_spark.jobs import Job, Parameter
from lakehouse_spark.locks import TableLocks
from lakehouse_spark.maintenance import DEFAULT_KEEP, DEFAULT_OLDER_THAN_MINUTES, compact, maintain
from lakehouse_spark.registry import SchemaRegistry
from lakehouse_spark.session import CATALOG
from lakehouse_spark.settings import Settings
from lakehouse_spark.shop import cdc, jdbc, pageviews
from lakehouse_spark.shop.refresh import parse_time, refresh
from lakehouse_spark.shop.tables import DEAD_LETTERS, ENTITIES, PAGEVIEWS, PAGEVIEWS_DEAD_LETTERS, Catalog
from lakehouse_spark.supervisor import Stream

LAYERS = ("bronze", "silver", "gold")
STREAMED = (
    *(f"bronze.{e}" for e in ENTITIES),
    *(f"silver.{e}" for e in ENTITIES),
    DEAD_LETTERS,
    PAGEVIEWS,
    PAGEVIEWS_DEAD_LETTERS,
)
REFRESHED = (
    "silver.purchases_enriched",
    "silver.pageviews_by_items",
    "gold.top_selling_items",
    "gold.sales_performance_24h",
    "gold.top_converting_items",
    "gold.pageviews_by_channel",
)


class ShopPipeline:
    """Everything of the shop that runs in the driver."""

    name = "shop"

    def __init__(self, spark: SparkSession, settings: Settings, locks: TableLocks) -> None:
        self._spark = spark
        self._settings = settings
        self._locks = locks
        self._sql = settings.sql_dir / "shop"
        self._catalog = Catalog(spark, CATALOG)

    def define(self) -> None:
        """Makes the namespaces and tables."""
        for layer in LAYERS:
            sqlfiles.define(self._spark, self._sql / layer)

    def streams(self) -> list[Stream]:
        """The pipeline's streaming queries."""
        s = self._settings
        changes = cdc.ChangeStream(self._catalog, SchemaRegistry(s.schema_registry_url), self._locks)
        bucket = f"s3a://{s.landing_bucket}"
        landing = f"{bucket}/shop/pageviews"
        views = pageviews.PageviewStream(self._catalog, self._locks, bucket, landing)
        return [
            Stream(
                name="shop-cdc",
                source=lambda: cdc.source(self._spark, s.kafka_bootstrap),
                batch=changes.run,
                trigger="500 milliseconds",
                recover=changes.recover,
                details=changes.details,
            ),
            Stream(
                name="shop-pageviews",
                source=lambda: pageviews.source(self._spark, landing),
                batch=views.run,
                trigger="2 seconds",
                recover=views.recover,
                details=views.details,
            ),
        ]

    def jobs(self) -> list[Job]:
        """The pipeline's jobs."""
        as_of = {"as_of": Parameter("end of the 24 hours of sales, ISO-8601; default the newest purchase", parse_time)}
        maintenance = {
            "keep": Parameter(f"snapshots that stay at least, default {DEFAULT_KEEP}", _positive),
            "older_than_minutes": Parameter(
                f"only older snapshots expire, default {DEFAULT_OLDER_THAN_MINUTES}", _not_negative
            ),
            "tables": Parameter("list of namespace.table, default all", _tables),
        }
        return [
            Job("shop", "silver", "Overwrite the derived silver tables", self._silver),
            Job("shop", "gold", "Overwrite the gold tables", self._gold, as_of),
            Job("shop", "refresh", "silver, then gold", lambda p: self._silver(p) | self._gold(p), as_of),
            Job("shop", "jdbc", "Load users, items and purchases over JDBC into bronze and silver", self._jdbc),
            Job("shop", "maintain", "Compact the tables and expire old snapshots", self._maintain, maintenance),
        ]

    def compact(self) -> None:
        """Keeps the merged tables' files few, between two batches."""
        compact(self._spark, self._locks, CATALOG, [f"silver.{entity}" for entity in ENTITIES])

    def _silver(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {"silver": refresh(self._spark, self._locks, self._sql / "silver", {})}

    def _gold(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {"gold": refresh(self._spark, self._locks, self._sql / "gold", parameters)}

    def _jdbc(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if self._settings.shop is None:
            raise RuntimeError("the driver was started without SHOP_JDBC_URL, SHOP_JDBC_USER and SHOP_JDBC_PASSWORD")
        return jdbc.load(self._catalog, self._locks, jdbc.Source(self._spark, self._settings.shop))

    def _maintain(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return maintain(
            self._spark,
            self._locks,
            CATALOG,
            parameters.get("tables", (*STREAMED, *REFRESHED)),
            parameters.get("keep", DEFAULT_KEEP),
            parameters.get("older_than_minutes", DEFAULT_OLDER_THAN_MINUTES),
        )


def _integer(value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"must be an integer of at least {least}")
    return value


def _positive(value: Any) -> int:
    return _integer(value, 1)


def _not_negative(value: Any) -> int:
    return _integer(value, 0)


def _tables(value: Any) -> tuple[str, ...]:
    known = (*STREAMED, *REFRESHED)
    if not isinstance(value, list) or not value or any(t not in known for t in value):
        raise ValueError(f"must be a list of some of {', '.join(known)}")
    return tuple(value)
