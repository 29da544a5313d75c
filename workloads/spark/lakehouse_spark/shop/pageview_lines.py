"""One landed object of page views, line by line: what is valid and, for the rest, why not. Plain Python, no Spark."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CHANNELS = ("organic_search", "paid_ads", "social", "email", "direct", "referral")
# A page view has a few hundred bytes; a line beyond this is not one, whatever it parses to.
LONGEST_LINE = 1024 * 1024
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})")
_BIGINT = 2**63


@dataclass(frozen=True)
class Line:
    """A line's outcome: `view` where it is valid, otherwise `raw`, `encoding` and `reason`."""

    number: int
    view: tuple[str, int, int | None, str, str, datetime, str] | None = None
    raw: str | None = None
    encoding: str | None = None
    reason: str | None = None


class InvalidLineError(ValueError):
    """A line is not a page view; its text is the reason."""


def parse_object(content: bytes) -> Iterator[Line]:
    """Every line of an object. An object without any content yields one dead line with the number 0."""
    if not content:
        yield Line(0, raw="", encoding="utf-8", reason="empty object")
        return
    lines = content.split(b"\n")
    if not lines[-1]:
        lines.pop()  # what follows the last line break is not a line
    for number, line in enumerate(lines, start=1):
        try:
            yield Line(number, view=parse_line(line.removesuffix(b"\r")))
        except InvalidLineError as error:
            raw, encoding = keep(line)
            yield Line(number, raw=raw, encoding=encoding, reason=str(error))


def keep(line: bytes) -> tuple[str, str]:
    """A line as text that gives its bytes back: itself where it is UTF-8, base64 where not."""
    try:
        return line.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(line).decode("ascii"), "base64"


def parse_line(line: bytes) -> tuple[str, int, int | None, str, str, datetime, str]:
    """The page view on a line; raises InvalidLineError with the reason."""
    if len(line) > LONGEST_LINE:
        raise InvalidLineError(f"line of {len(line)} bytes is longer than {LONGEST_LINE}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidLineError(f"wrong encoding: byte {error.start + 1} is not UTF-8") from None
    if "\x00" in text:
        raise InvalidLineError("wrong encoding: holds NUL, is it UTF-16?")
    if not text.strip():
        raise InvalidLineError("empty line")
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        kind = "truncated JSON" if text.lstrip("\ufeff \t").startswith("{") and _ends_early(text, error) else "not JSON"
        raise InvalidLineError(f"{kind}: {error.msg} at column {error.colno}") from None
    except (RecursionError, ValueError) as error:
        raise InvalidLineError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidLineError(f"wrong type: the line is {_kind(value)}, not an object")
    return _view(value)


def _ends_early(text: str, error: json.JSONDecodeError) -> bool:
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")


def _view(value: dict[str, Any]) -> tuple[str, int, int | None, str, str, datetime, str]:
    names = ("pageview_id", "user_id", "item_id", "page", "channel", "viewed_at", "user_agent")
    missing = [name for name in names if name not in value]
    if missing:
        raise InvalidLineError(f"missing {', '.join(missing)}")
    faults: list[str] = []
    for name in ("pageview_id", "page", "channel", "viewed_at", "user_agent"):
        if not isinstance(value[name], str):
            faults.append(f"{name} is {_kind(value[name])}, not a string")
    for name in ("user_id", "item_id"):
        if name == "item_id" and value[name] is None:
            continue
        if not isinstance(value[name], int) or isinstance(value[name], bool):
            faults.append(f"{name} is {_kind(value[name])}, not an integer")
        elif not -_BIGINT <= value[name] < _BIGINT:
            faults.append(f"{name} does not fit 64 bits")
    if faults:
        raise InvalidLineError(f"wrong type: {'; '.join(faults)}")
    if not _UUID.fullmatch(value["pageview_id"]):
        faults.append("pageview_id is not a UUID")
    if value["channel"] not in CHANNELS:
        faults.append(f"channel is not one of {', '.join(CHANNELS)}")
    viewed_at = _time(value["viewed_at"])
    if viewed_at is None:
        faults.append("viewed_at is not an ISO-8601 time")
    for name in ("page", "user_agent"):
        if any("\ud800" <= character <= "\udfff" for character in value[name]):
            faults.append(f"{name} holds half a surrogate pair")
    if faults or viewed_at is None:
        raise InvalidLineError(f"wrong value: {'; '.join(faults)}")
    return (
        value["pageview_id"].lower(),
        value["user_id"],
        value["item_id"],
        value["page"],
        value["channel"],
        viewed_at,
        value["user_agent"],
    )


def _time(text: str) -> datetime | None:
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "an integer", float: "a number", str: "a string", list: "an array"}
    return names.get(type(value), "an object")
