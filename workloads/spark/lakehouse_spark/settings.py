"""Settings of the driver, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """The environment lacks a variable or holds one that cannot be used."""


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database reached over JDBC."""

    url: str
    user: str
    password: str


@dataclass(frozen=True)
class Settings:
    """Everything the driver is told from outside."""

    iceberg_rest_uri: str
    warehouse: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    s3_region: str
    landing_bucket: str
    kafka_bootstrap: str
    schema_registry_url: str
    hive_metastore: Database
    shop: Database | None
    pipelines: tuple[str, ...]
    control_token: str
    driver_memory: str
    master: str
    jvm_options: str
    # Batches between two quick compactions of merged tables, and between two full runs of maintenance; 0 is never.
    compact_every: int
    maintain_every: int
    state_dir: Path
    sql_dir: Path

    @staticmethod
    def from_env(env: Mapping[str, str]) -> Settings:
        """Reads all settings and reports every missing variable at once."""
        missing: list[str] = []

        def need(name: str) -> str:
            value = env.get(name, "").strip()
            if not value:
                missing.append(name)
            return value

        def database(prefix: str) -> Database:
            return Database(*[need(f"{prefix}_JDBC_{part}") for part in ("URL", "USER", "PASSWORD")])

        def number(name: str, default: int) -> int:
            text = env.get(name, "").strip() or str(default)
            if not (text.isascii() and text.isdigit()):
                raise SettingsError(f"{name} must be a whole number, not {text!r}")
            return int(text)

        pipelines = tuple(p.strip() for p in env.get("LAKEHOUSE_PIPELINES", "").split(",") if p.strip())
        uses_shop = "shop" in pipelines
        settings = Settings(
            iceberg_rest_uri=need("ICEBERG_REST_URI"),
            warehouse=env.get("WAREHOUSE", "s3://warehouse/"),
            s3_endpoint=need("S3_ENDPOINT"),
            s3_access_key=need("S3_ACCESS_KEY"),
            s3_secret_key=need("S3_SECRET_KEY"),
            s3_region=env.get("S3_REGION", "us-east-1"),
            landing_bucket=env.get("LANDING_BUCKET", "landing"),
            kafka_bootstrap=need("KAFKA_BOOTSTRAP") if uses_shop else env.get("KAFKA_BOOTSTRAP", ""),
            schema_registry_url=need("SCHEMA_REGISTRY_URL") if uses_shop else env.get("SCHEMA_REGISTRY_URL", ""),
            hive_metastore=database("HIVE_METASTORE"),
            # The CDC path needs no direct connection; without one the job shop/jdbc is refused.
            shop=database("SHOP") if env.get("SHOP_JDBC_URL") else None,
            pipelines=pipelines,
            control_token=need("CONTROL_TOKEN"),
            driver_memory=env.get("DRIVER_MEMORY", "1g"),
            master=env.get("SPARK_MASTER", "local[2]"),
            jvm_options=env.get("SPARK_JVM_OPTIONS", ""),
            compact_every=number("LAKEHOUSE_COMPACT_EVERY", 20),
            maintain_every=number("LAKEHOUSE_MAINTAIN_EVERY", 300),
            state_dir=Path(env.get("LAKEHOUSE_STATE_DIR", "/var/lib/spark")),
            sql_dir=Path(env.get("LAKEHOUSE_SQL_DIR", "/opt/lakehouse/sql")),
        )
        if missing:
            raise SettingsError(f"set these environment variables: {', '.join(missing)}")
        unknown = [p for p in pipelines if p != "shop"]
        if unknown:
            raise SettingsError(f"LAKEHOUSE_PIPELINES names unknown pipelines: {', '.join(unknown)}; known: shop")
        return settings
