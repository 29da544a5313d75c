"""One writer per table.

An Iceberg commit of a stream fails when a compaction replaces files under it, so every writer in the driver, stream
or job, takes the lock of each table that it writes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


class TableLocks:
    """A lock for each table name, made on first use."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.RLock] = {}

    @contextmanager
    def hold(self, *tables: str) -> Iterator[None]:
        """Holds all tables' locks, taken in one order everywhere so that two holders cannot wait for each other."""
        with ExitStack() as stack:
            for table in sorted(set(tables)):
                with self._guard:
                    lock = self._locks.setdefault(table, threading.RLock())
                stack.enter_context(lock)
            yield
