"""SQL files: statements split at semicolons, with comments and quoted text respected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import SparkSession

# One token at a time: a comment, a quoted text, or a single character.
_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`|.", re.DOTALL)
_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`", re.DOTALL)
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


def parameters(statement: str) -> set[str]:
    """Names of the `:name` parameters that a statement uses."""
    return set(_PARAMETER.findall(_QUOTED.sub(" ", statement)))


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
    """Runs one statement; a parameter that is not given is null."""
    names = parameters(statement)
    if names:
        given = args or {}
        spark.sql(statement, args={n: given.get(n) for n in names})
    else:
        spark.sql(statement)


def define(spark: SparkSession, folder: Path) -> None:
    """Makes the namespaces and tables that a folder's files declare."""
    for file in files(folder):
        for statement in split(file.read_text(encoding="utf-8")):
            if is_definition(statement):
                try:
                    run(spark, statement)
                except Exception as error:
                    raise RuntimeError(f"{file.parent.name}/{file.name}: {error}") from error
