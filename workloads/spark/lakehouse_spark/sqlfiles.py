"""SQL files: statements split at semicolons, with comments and quoted text respected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import SparkSession

# One token at a time: a comment, a quoted text, or a single character.
_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`|.", re.DOTALL)
_QUOTED_OR_PARAMETER = re.compile(
    r"(--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`|::)|:([A-Za-z_]\w*)", re.DOTALL
)
_INSERT = re.compile(r"\s*INSERT\s+(?:OVERWRITE|INTO)\s+(?:TABLE\s+)?([\w.]+)", re.IGNORECASE)
_CREATE = re.compile(r"\s*CREATE\b", re.IGNORECASE)


def split(text: str) -> list[str]:
    """Splits a file's text into statements without comments and without the closing semicolon."""
    statements: list[str] = []
    current: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == ";":
            statements.append("".join(current).strip())
            current = []
        elif token.startswith(("--", "/*")) and len(token) > 1:
            current.append(" ")
        else:
            current.append(token)
    statements.append("".join(current).strip())
    return [s for s in statements if s]


def bind(statement: str, args: Mapping[str, object]) -> str:
    """Puts values in the place of `:name` parameters; one that is not given is null.

    Spark's own binding does not reach into the WITH clause of an INSERT.
    """

    def replace(match: re.Match[str]) -> str:
        name = match.group(2)
        return match.group(1) if name is None else literal(args.get(name))

    return _QUOTED_OR_PARAMETER.sub(replace, statement)


def literal(value: object) -> str:
    """A value as a SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no offset")
        return f"TIMESTAMP'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00:00'"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def is_definition(statement: str) -> bool:
    """Whether a statement makes a namespace or a table."""
    return _CREATE.match(statement) is not None


def written_table(statement: str) -> str | None:
    """The table that an INSERT writes, as `namespace.table`."""
    match = _INSERT.match(statement)
    return ".".join(match.group(1).split(".")[-2:]).lower() if match else None


def files(folder: Path) -> list[Path]:
    """The folder's SQL files in the order of their numbers."""
    found = sorted(folder.glob("*.sql"))
    if not found:
        raise FileNotFoundError(f"no SQL files in {folder}")
    return found


def run(spark: SparkSession, statement: str, args: Mapping[str, object] | None = None) -> None:
    """Runs one statement."""
    spark.sql(bind(statement, args or {}))


def define(spark: SparkSession, folder: Path) -> None:
    """Makes the namespaces and tables that a folder's files declare."""
    for file in files(folder):
        for statement in split(file.read_text(encoding="utf-8")):
            if is_definition(statement):
                try:
                    run(spark, statement)
                except Exception as error:
                    raise RuntimeError(f"{file.parent.name}/{file.name}: {error}") from error
