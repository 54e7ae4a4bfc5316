"""The recent end of the log in memory, so that sockets which come back need no database."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from geodata.store.changes import Logged

_seq = attrgetter("seq")


class Ring:
    """Lines after `floor`, oldest first, limited in number and bytes. A cursor of at least `floor` finds all it
    missed."""

    def __init__(self, floor: int = 0, *, lines: int = 20_000, size: int = 32 * 2**20) -> None:
        self.floor = floor
        self._lines: list[Logged] = []
        self._most, self._most_bytes, self._bytes = lines, size, 0

    def __len__(self) -> int:
        return len(self._lines)

    def extend(self, lines: Sequence[Logged]) -> None:
        self._lines.extend(lines)
        self._bytes += sum(len(line.wire) for line in lines)
        if len(self._lines) > self._most or self._bytes > self._most_bytes:
            self._shorten()

    def after(self, cursor: int) -> list[Logged]:
        return self._lines[bisect_right(self._lines, cursor, key=_seq) :]

    def restart(self, floor: int) -> None:
        self._lines, self._bytes, self.floor = [], 0, floor

    def _shorten(self) -> None:
        """Down to seven eighths, so that not every line moves the list."""
        cut = 0
        while len(self._lines) - cut > self._most * 7 // 8 or self._bytes > self._most_bytes * 7 // 8:
            self._bytes -= len(self._lines[cut].wire)
            cut += 1
        self.floor = self._lines[cut - 1].seq
        del self._lines[:cut]
