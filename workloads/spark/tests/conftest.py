"""A Spark session on a local Iceberg catalog: no network, no services."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse_spark import sqlfiles
from lakehouse_spark.session import CATALOG, JVM_OPTIONS, common_conf
from lakehouse_spark.shop.tables import Catalog

# In the image, or in the repository.
SQL = Path(os.environ.get("LAKEHOUSE_SQL_DIR") or Path(__file__).resolve().parents[3] / "sql") / "shop"


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    root = tmp_path_factory.mktemp("spark")
    builder = SparkSession.builder.master("local[2]").appName("tests")
    conf = common_conf() | {
        f"spark.sql.catalog.{CATALOG}.type": "hadoop",
        f"spark.sql.catalog.{CATALOG}.warehouse": (root / "warehouse").as_uri(),
        "spark.sql.warehouse.dir": (root / "default").as_uri(),
        "spark.ui.enabled": "false",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": f"{JVM_OPTIONS} {os.environ.get('SPARK_JVM_OPTIONS', '')}",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
    }
    for key, value in conf.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def sql_dir() -> Path:
    return SQL


@pytest.fixture
def catalog(spark: SparkSession, sql_dir: Path) -> Iterator[Catalog]:
    """The shop's tables, empty."""
    for layer in ("bronze", "silver", "gold"):
        sqlfiles.define(spark, sql_dir / layer)
    yield Catalog(spark, CATALOG)
    for layer in ("bronze", "silver", "gold"):
        for row in spark.sql(f"SHOW TABLES IN {CATALOG}.{layer}").collect():
            spark.sql(f"DROP TABLE {CATALOG}.{layer}.{row['tableName']} PURGE")
