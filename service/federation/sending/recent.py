"""The log as several envelopes are told it, read once: fifty partners that follow ask for the same lines at its end,
and one that catches up is told a page of it in ten envelopes.

What the log holds between two places never changes, so that it is the same for whoever sees both. It is kept for
seconds only: a database that was restored is another log, and takes longer to come back.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from typing import TypeVar

from geodata.store.database import Connection
from service.federation.sending import store
from service.federation.sending.store import Line, Lines
from service.federation.sending.token import Mark
from service.federation.sharing.store import Kept

NEAR = 100
"""So many changes at most are read whole, in whatever rooms they lie; who is further behind asks for its own."""
MOST = 16
KEPT = 2.0
"""Seconds."""

K = TypeVar("K")
V = TypeVar("V")
_Tail = tuple[list[Line], dict[int, Kept]]


class Recent:
    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.monotonic = monotonic
        self._tails: dict[tuple[int, Mark], tuple[float, _Tail]] = {}
        self._pages: dict[frozenset[str], tuple[float, int, Lines]] = {}

    async def lines(
        self, connection: Connection, after: int, newest: Mark, rooms: Collection[str], limit: int
    ) -> Lines:
        """The next changes in these rooms, as `store.lines`."""
        if newest.seq - after <= min(NEAR, limit):
            found, _ = await self._tail(connection, after, newest)
            return Lines([line for line in found if line.room in rooms], newest)
        key = frozenset(rooms)
        read, first, page = self._pages.get(key, (0.0, 0, None))
        if page is not None and self.monotonic() - read < KEPT and first <= after < _last(page) <= newest.seq:
            return Lines(page.lines[bisect_right(page.lines, after, key=attrgetter("seq")) :], None)
        page = await store.lines(connection, after, newest, rooms, limit)
        _keep(self._pages, key, (self.monotonic(), after, page))
        return page

    async def bodies(self, connection: Connection, after: int, newest: Mark, wanted: Sequence[int]) -> dict[int, Kept]:
        """What these puts say, of lines after this place."""
        _, (_, said) = self._tails.get((after, newest), (0.0, ([], {})))
        return said if all(seq in said for seq in wanted) else await store.bodies(connection, wanted)

    async def _tail(self, connection: Connection, after: int, newest: Mark) -> _Tail:
        read, tail = self._tails.get((after, newest), (0.0, None))
        if tail is None or self.monotonic() - read >= KEPT:
            tail = await store.tail(connection, after, newest.seq)
            _keep(self._tails, (after, newest), (self.monotonic(), tail))
        return tail


def _last(page: Lines) -> int:
    """Number of its last line; 0 without any."""
    return page.lines[-1].seq if page.lines else 0


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    kept.pop(key, None)
    while len(kept) >= MOST:
        kept.pop(next(iter(kept)))
    kept[key] = value
