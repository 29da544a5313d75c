"""How a source table's columns become the lakehouse table's columns, and what has to change when they differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import types as T  # noqa: N812

_WIDER: dict[str, tuple[str, ...]] = {
    "tinyint": ("smallint", "int", "bigint"),
    "smallint": ("int", "bigint"),
    "int": ("bigint",),
    "float": ("double",),
}
# Widenings that Iceberg can do in place.
_IN_PLACE = {("int", "bigint"), ("float", "double")}
_ICEBERG_TYPE = {"tinyint": "int", "smallint": "int"}


@dataclass(frozen=True)
class Change:
    """What a table lacks to hold incoming rows."""

    add: dict[str, str] = field(default_factory=dict)
    widen: dict[str, str] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()

    def statements(self, table: str) -> list[str]:
        """The ALTER TABLE statements; new columns are nullable, rows before the change hold null."""
        statements = []
        if self.add:
            columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in self.add.items())
            statements.append(f"ALTER TABLE {table} ADD COLUMNS ({columns})")
        statements += [f"ALTER TABLE {table} ALTER COLUMN {quoted(n)} TYPE {kind}" for n, kind in self.widen.items()]
        return statements


def quoted(name: str) -> str:
    """A column name as SQL."""
    return f"`{name.replace('`', '``')}`"


def iceberg_type(kind: str) -> str:
    """The type that Iceberg keeps a Spark type as."""
    return _ICEBERG_TYPE.get(kind, kind)


def difference(incoming: dict[str, str], existing: dict[str, str]) -> Change:
    """Compares columns (name to Spark type). A column that no longer comes stays and is null from then on."""
    add: dict[str, str] = {}
    widen: dict[str, str] = {}
    conflicts: list[str] = []
    by_name = {name.lower(): kind for name, kind in existing.items()}
    for name, raw in incoming.items():
        if name.startswith("_"):
            conflicts.append(f"column {name}: names that begin with _ are the lakehouse's own")
            continue
        kind = iceberg_type(raw)
        held = by_name.get(name.lower())
        if held is None:
            add[name] = kind
        elif not holds(held, kind):
            if (held, kind) in _IN_PLACE or _wider_decimal(held, kind):
                widen[name] = kind
            else:
                conflicts.append(f"column {name}: {held} cannot hold {kind}")
    return Change(add, widen, tuple(conflicts))


def holds(held: str, kind: str) -> bool:
    """Whether a column of type `held` takes every value of type `kind`."""
    return held == kind or held in _WIDER.get(kind, ()) or _wider_decimal(kind, held)


def _wider_decimal(narrow: str, wide: str) -> bool:
    if not (narrow.startswith("decimal(") and wide.startswith("decimal(")):
        return False
    p1, s1 = (int(n) for n in narrow[8:-1].split(","))
    p2, s2 = (int(n) for n in wide[8:-1].split(","))
    return s1 == s2 and p2 >= p1


def row_types(row: T.StructType) -> dict[str, str]:
    """Column names and Spark types of a decoded row."""
    return {f.name: f.dataType.simpleString() for f in row.fields}


# Kafka Connect's logical names whose physical type means a point in time, with how silver reads them.
_LOGICAL = {
    "io.debezium.time.ZonedTimestamp": ("timestamp", "try_to_timestamp({c})"),
    "io.debezium.time.Timestamp": ("timestamp", "timestamp_millis({c})"),
    "io.debezium.time.MicroTimestamp": ("timestamp", "timestamp_micros({c})"),
    "io.debezium.time.NanoTimestamp": ("timestamp", "timestamp_micros({c} div 1000)"),
    "io.debezium.time.Date": ("date", "date_from_unix_date({c})"),
}


def logical_name(avro: Any) -> str | None:
    """The Kafka Connect name on an Avro type, looked for inside a union with null."""
    if isinstance(avro, list):
        return next((n for n in map(logical_name, avro) if n), None)
    if isinstance(avro, dict):
        return avro.get("connect.name")
    return None


@dataclass(frozen=True)
class SilverColumn:
    """A typed silver column and the expression that makes it from the bronze column."""

    kind: str
    expression: str


def silver_column(name: str, kind: str, avro: Any) -> SilverColumn:
    """Silver has typed times where bronze keeps what the connector sent."""
    typed = _LOGICAL.get(logical_name(avro) or "")
    if typed is None:
        return SilverColumn(iceberg_type(kind), quoted(name))
    return SilverColumn(typed[0], typed[1].format(c=quoted(name)))
