"""Merging changes into the current state: the newest change of a key wins, whatever the order and number of tries."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from lakehouse_spark.shop.evolution import quoted
from lakehouse_spark.shop.tables import KEY, SILVER_META, Catalog

_NEWER = "(s._lsn > t._lsn OR (s._lsn = t._lsn AND s._offset > t._offset))"
# Iceberg skips files by an IN list up to this length.
_KEYS_IN_LIST = 200


def latest(changes: DataFrame) -> DataFrame:
    """The last change of every key."""
    columns = [F.col(quoted(c)) for c in changes.columns]
    newest = F.max_by(F.struct(*columns), F.struct(F.col("_lsn"), F.col("_offset"))).alias("row")
    return changes.groupBy(F.col(KEY).alias("key")).agg(newest).select("row.*")


def key_condition(low: int, high: int, keys: list[int] | None) -> str:
    """A condition on the target's key alone, by which Iceberg leaves out files that the batch cannot touch."""
    if keys is not None and len(keys) <= _KEYS_IN_LIST:
        return f"t.{KEY} IN ({', '.join(str(k) for k in keys)})"
    return f"t.{KEY} BETWEEN {low} AND {high}"


def merge(catalog: Catalog, table: str, changes: DataFrame, silver: Mapping[str, str], condition: str) -> None:
    """Merges changes into a silver table.

    `silver` maps each silver column that comes from the source to its expression over the change's columns; silver
    columns that the change does not have become null.
    """
    columns = catalog.columns(table)
    typed = [
        F.expr(silver[c] if c in silver else "NULL" if c not in SILVER_META else c).cast(kind).alias(c)
        for c, kind in columns.items()
    ]
    source = latest(changes.select(*typed, F.col("_op"))).coalesce(1)
    view = f"changes_{table.replace('.', '_')}"
    source.createOrReplaceTempView(view)
    names = [quoted(c) for c in columns]
    assignments = ", ".join(f"t.{c} = s.{c}" for c in names if c != quoted(KEY))
    source.sparkSession.sql(
        f"""MERGE INTO {catalog(table)} AS t
        USING {view} AS s
        ON t.{KEY} = s.{KEY} AND {condition}
        WHEN MATCHED AND {_NEWER} AND s._op = 'd' THEN DELETE
        WHEN MATCHED AND {_NEWER} THEN UPDATE SET {assignments}
        WHEN NOT MATCHED AND s._op <> 'd' THEN INSERT ({", ".join(names)}) VALUES ({", ".join("s." + c for c in names)})
        """
    )
    source.sparkSession.catalog.dropTempView(view)
