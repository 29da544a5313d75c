"""High-water marks: which records a table holds already, so that a batch done again appends nothing twice."""

from __future__ import annotations

from collections.abc import Mapping

Marks = Mapping[tuple[str, int], int]


def beyond(marks: Marks, topic: str) -> str:
    """A condition (SQL over `partition` and `offset`) that is true for records above the topic's marks."""
    mine = {partition: offset for (name, partition), offset in marks.items() if name == topic}
    if not mine:
        return "true"
    cases = " ".join(f"WHEN {partition} THEN {offset}" for partition, offset in sorted(mine.items()))
    return f"`offset` > CASE `partition` {cases} ELSE -1 END"


def is_beyond(marks: Marks, topic: str, partition: int, offset: int) -> bool:
    """The same condition for one record."""
    return offset > marks.get((topic, partition), -1)


def highest(*marks: Marks) -> dict[tuple[str, int], int]:
    """The highest mark of each partition."""
    merged: dict[tuple[str, int], int] = {}
    for each in marks:
        for place, offset in each.items():
            merged[place] = max(offset, merged.get(place, -1))
    return merged
