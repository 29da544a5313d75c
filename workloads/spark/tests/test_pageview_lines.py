"""Every kind of malformed page view, in plain Python."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from lakehouse_spark.shop.pageview_lines import LONGEST_LINE, InvalidLineError, parse_line, parse_object

GOOD = {
    "pageview_id": "3f2b8c1e-0d4a-4b7e-9a63-1c5d2e7f8a90",
    "user_id": 7,
    "item_id": 3,
    "page": "/items/3",
    "channel": "email",
    "viewed_at": "2026-01-02T03:04:05.678Z",
    "user_agent": "Mozilla/5.0 (ä€😀)",
}


def line(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}, ensure_ascii=False).encode()


def test_a_valid_line() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert parse_line(line()) == (*list(GOOD.values())[:5], at, GOOD["user_agent"])
    assert parse_line(line(item_id=None))[2] is None
    assert parse_line(line(viewed_at="2026-01-02T05:04:05.678+02:00"))[5] == at
    assert parse_line(b"\xef\xbb\xbf" + line())[1] == 7
    assert parse_line(line(more="is ignored"))[1] == 7


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello", "not JSON"),
        (b"{'single': 1}", "not JSON"),
        (line()[:40], "truncated JSON"),
        (line()[:-1], "truncated JSON"),
        (b"[1, 2]", "wrong type: the line is an array"),
        (b"null", "wrong type: the line is null"),
        (b'"text"', "wrong type: the line is a string"),
        (b"{}", "missing pageview_id, user_id, item_id, page, channel, viewed_at, user_agent"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "item_id"}).encode(), "missing item_id"),
        (line(user_id="7"), "user_id is a string, not an integer"),
        (line(user_id=7.5), "user_id is a number, not an integer"),
        (line(user_id=True), "user_id is a boolean, not an integer"),
        (line(user_id=None), "user_id is null, not an integer"),
        (line(user_id=2**63), "user_id does not fit 64 bits"),
        (line(item_id=[1]), "item_id is an array, not an integer"),
        (line(page=5, channel={}), "page is an integer, not a string; channel is an object, not a string"),
        (line(pageview_id="nope"), "pageview_id is not a UUID"),
        (line(channel="carrier_pigeon"), "channel is not one of"),
        (line(viewed_at="yesterday"), "viewed_at is not an ISO-8601 time"),
        (line(viewed_at="2026-02-30T00:00:00Z"), "viewed_at is not an ISO-8601 time"),
        (line(viewed_at="2026-01-02T03:04:05"), "viewed_at is not an ISO-8601 time"),
        (json.dumps({**GOOD, "page": "\ud800"}).encode(), "page holds half a surrogate pair"),
        (line().replace("ä".encode(), "ä".encode("latin-1")), "wrong encoding: byte"),
        (line().decode().encode("utf-16"), "wrong encoding"),
        (line().decode().encode("utf-16-be"), "wrong encoding"),
        (json.dumps(GOOD).encode("utf-16-be"), "wrong encoding: holds NUL"),
        (b"   ", "empty line"),
        (line(page="x" * LONGEST_LINE), "is longer than"),
        (b"[" * 100_000, "JSON"),
        (b'{"user_id": ' + b"9" * 5000 + b"}", "not JSON"),
    ],
)
def test_why_a_line_is_not_valid(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidLineError) as caught:
        parse_line(content)
    assert reason in str(caught.value)


def test_every_line_of_an_object_has_one_outcome() -> None:
    latin = line().replace("ä".encode(), b"\xe4")
    lines = list(parse_object(b"\n".join([line(), b"nope", line() + b"\r", b"", latin, line(user_id=8)])))
    assert [x.number for x in lines] == [1, 2, 3, 4, 5, 6]
    assert [x.view is not None for x in lines] == [True, False, True, False, False, True]
    assert (lines[1].raw, lines[1].encoding) == ("nope", "utf-8")
    assert lines[4].encoding == "base64"
    assert base64.b64decode(lines[4].raw or "") == latin


def test_the_last_line_break_is_no_line() -> None:
    assert len(list(parse_object(line() + b"\n"))) == 1
    assert len(list(parse_object(line() + b"\n\n"))) == 2


def test_an_empty_object_leaves_a_trace() -> None:
    assert [(x.number, x.raw, x.reason) for x in parse_object(b"")] == [(0, "", "empty object")]


def test_ten_megabytes_on_one_line_are_kept_whole() -> None:
    content = b"x" * (10 * 1024 * 1024)
    (only,) = parse_object(content)
    assert only.raw is not None
    assert only.raw.encode() == content
    assert "longer" in (only.reason or "")
