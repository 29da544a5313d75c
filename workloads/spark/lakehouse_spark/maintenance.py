"""Table maintenance while streams write: compaction, manifests, expiry, each under the table's lock."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession

from lakehouse_spark.locks import TableLocks

DEFAULT_KEEP = 100
DEFAULT_OLDER_THAN_MINUTES = 60
# delete-file-threshold 1: a data file with any row deleted is rewritten, so no merge-on-read debt is left.
_REWRITE = "map('min-input-files', '2', 'delete-file-threshold', '1', 'remove-dangling-deletes', 'true')"


def maintain(
    spark: SparkSession,
    locks: TableLocks,
    catalog: str,
    tables: Iterable[str],
    keep: int = DEFAULT_KEEP,
    older_than_minutes: int = DEFAULT_OLDER_THAN_MINUTES,
) -> dict[str, Any]:
    """Compacts each table and expires snapshots that are old enough, of which at least `keep` stay."""
    result: dict[str, Any] = {}
    for table in tables:
        began = time.monotonic()
        # Its stream waits here, between two batches, so that no commit meets another.
        with locks.hold(table):
            waited = time.monotonic() - began
            result[table] = _maintain_table(spark, catalog, table, keep, older_than_minutes)
            result[table]["seconds"] = round(time.monotonic() - began - waited, 3)
    return result


def compact(spark: SparkSession, locks: TableLocks, catalog: str, tables: Iterable[str]) -> None:
    """The quick part, often: every merge reads each small file of its table, so they must stay few."""
    for table in tables:
        with locks.hold(table):
            _call(spark, catalog, "rewrite_data_files", table, f"options => {_REWRITE}")


def _call(spark: SparkSession, catalog: str, procedure: str, table: str, *args: str) -> dict[str, Any]:
    arguments = ", ".join([f"table => '{table}'", *args])
    rows = spark.sql(f"CALL {catalog}.system.{procedure}({arguments})").collect()
    return rows[0].asDict() if rows else {}


def _maintain_table(
    spark: SparkSession, catalog: str, table: str, keep: int, older_than_minutes: int
) -> dict[str, Any]:
    def call(procedure: str, *args: str) -> dict[str, Any]:
        return _call(spark, catalog, procedure, table, *args)

    data = call("rewrite_data_files", f"options => {_REWRITE}")
    deletes = call("rewrite_position_delete_files", "options => map('min-input-files', '2')")
    manifests = call("rewrite_manifests", "use_caching => false")
    before = datetime.now(UTC) - timedelta(minutes=older_than_minutes)
    expired = call(
        "expire_snapshots",
        f"older_than => TIMESTAMP '{before:%Y-%m-%d %H:%M:%S.%f}+00:00'",
        f"retain_last => {keep}",
        "stream_results => true",
    )
    return {
        "data_files_rewritten": data.get("rewritten_data_files_count", 0),
        "data_files_added": data.get("added_data_files_count", 0),
        "delete_files_rewritten": deletes.get("rewritten_delete_files_count", 0),
        "delete_files_removed": data.get("removed_delete_files_count", 0),
        "manifests_rewritten": manifests.get("rewritten_manifests_count", 0),
        "data_files_deleted": expired.get("deleted_data_files_count", 0),
        "manifest_lists_deleted": expired.get("deleted_manifest_lists_count", 0),
        "snapshots": spark.sql(f"SELECT count(*) FROM {catalog}.{table}.snapshots").collect()[0][0],
    }
