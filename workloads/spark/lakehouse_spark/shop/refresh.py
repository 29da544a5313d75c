"""The jobs silver and gold: every table overwritten from its SQL file, with the same result at every run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lakehouse_spark import sqlfiles
from lakehouse_spark.locks import TableLocks


def parse_time(value: Any) -> datetime:
    """An ISO-8601 time with its offset, from JSON."""
    if not isinstance(value, str):
        raise ValueError("must be an ISO-8601 string")
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an ISO-8601 time") from None
    if parsed.tzinfo is None:
        raise ValueError(f"{value!r} has no offset; write for example 2026-01-31T12:00:00Z")
    return parsed


def refresh(spark: SparkSession, locks: TableLocks, folder: Path, args: Mapping[str, Any]) -> dict[str, Any]:
    """Runs a folder's files in order; each INSERT holds its table."""
    took: dict[str, float] = {}
    for file in sqlfiles.files(folder):
        for statement in sqlfiles.split(file.read_text(encoding="utf-8")):
            table = sqlfiles.written_table(statement)
            began = time.monotonic()
            try:
                with locks.hold(*([table] if table else [])):
                    sqlfiles.run(spark, statement, args)
            except Exception as error:
                raise RuntimeError(f"{folder.name}/{file.name}: {error}") from error
            if table:
                took[table] = round(time.monotonic() - began, 3)
    return {"seconds": took}
