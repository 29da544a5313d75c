"""Confluent-framed Avro: the frame and the schema registry's writer schemas."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

MAGIC = 0
HEADER = 5


class UnreadableSchemaError(ValueError):
    """A schema id that will not become readable by asking again: the record belongs in the dead-letter table."""


def frame(schema_id: int, payload: bytes) -> bytes:
    """The wire bytes of an Avro payload."""
    return bytes([MAGIC]) + schema_id.to_bytes(4, "big") + payload


def unframe(value: bytes) -> tuple[int, bytes] | None:
    """The schema id and the Avro payload of wire bytes; None if they are not framed."""
    if len(value) < HEADER or value[0] != MAGIC:
        return None
    return int.from_bytes(value[1:HEADER], "big"), value[HEADER:]


@dataclass(frozen=True)
class WriterSchema:
    """A Debezium envelope's Avro schema."""

    id: int
    json: str
    # Avro types of the row's columns, with Kafka Connect's logical names.
    columns: dict[str, Any]


def parse_envelope(schema_id: int, text: str) -> WriterSchema:
    """Checks that a schema is a change-event envelope and takes the row's column types from it."""
    try:
        schema = json.loads(text)
    except ValueError:
        raise UnreadableSchemaError(f"schema {schema_id} is not JSON") from None
    fields = _fields(schema)
    if fields is None or not {"op", "after", "before", "source"} <= fields.keys():
        raise UnreadableSchemaError(f"schema {schema_id} is not a change-event envelope (op, before, after, source)")
    # The row type is written out where it first occurs, and referred to by name afterwards.
    for name in ("before", "after"):
        row = _fields(_without_null(fields[name]))
        if row is not None:
            return WriterSchema(schema_id, text, row)
    raise UnreadableSchemaError(f"schema {schema_id} has no row type")


def _fields(schema: Any) -> dict[str, Any] | None:
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return None
    return {f["name"]: f["type"] for f in schema["fields"]}


def _without_null(schema: Any) -> Any:
    if isinstance(schema, list):
        return next((s for s in schema if s != "null"), None)
    return schema


class SchemaRegistry:
    """Fetches writer schemas by id and keeps them: an id never changes its meaning."""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._known: dict[int, WriterSchema] = {}

    def envelope(self, schema_id: int) -> WriterSchema:
        """The envelope schema with this id.

        Raises UnreadableSchemaError where asking again is useless; an unreachable registry raises OSError.
        """
        if schema_id not in self._known:
            self._known[schema_id] = parse_envelope(schema_id, self._fetch(schema_id))
        return self._known[schema_id]

    def _fetch(self, schema_id: int) -> str:
        try:
            with urllib.request.urlopen(f"{self._url}/schemas/ids/{schema_id}", timeout=self._timeout) as answer:
                body = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise UnreadableSchemaError(f"schema {schema_id} is unknown to the registry") from None
            raise
        if body.get("schemaType", "AVRO") != "AVRO":
            raise UnreadableSchemaError(f"schema {schema_id} is {body['schemaType']}, not AVRO")
        return str(body["schema"])
