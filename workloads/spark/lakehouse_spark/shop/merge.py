"""Merging changes into the current state: the newest change of a key wins, whatever the order and number of tries."""

from __future__ import annotations

from collections.abc import Collection

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from lakehouse_spark.shop.evolution import quoted
from lakehouse_spark.shop.tables import KEY, Catalog

_NEWER = "(s._lsn > t._lsn OR (s._lsn = t._lsn AND s._offset > t._offset))"
_LONGEST_LIST = 5000


def latest(changes: DataFrame) -> DataFrame:
    """The last change of every key."""
    columns = [F.col(quoted(c)) for c in changes.columns]
    newest = F.max_by(F.struct(*columns), F.struct(F.col("_lsn"), F.col("_offset"))).alias("row")
    return changes.groupBy(F.col(KEY).alias("key")).agg(newest).select("row.*")


def key_condition(keys: Collection[int]) -> str:
    """A condition on the target's key alone.

    By its range Iceberg leaves out whole files, by its list Spark leaves out rows before it joins: without it every
    batch would sort the whole table.
    """
    condition = f"t.{KEY} BETWEEN {min(keys)} AND {max(keys)}"
    if len(keys) <= _LONGEST_LIST:
        condition += f" AND t.{KEY} IN ({', '.join(str(k) for k in sorted(keys))})"
    return condition


def merge(catalog: Catalog, table: str, source: DataFrame, condition: str) -> None:
    """Merges changes, one for each key, which have the table's columns and `_op`, into a silver table."""
    view = f"changes_{table.replace('.', '_')}"
    source.createOrReplaceTempView(view)
    names = [quoted(c) for c in source.columns if c != "_op"]
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
