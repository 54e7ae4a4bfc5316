"""The end of the log, read once for all partners at the same place: fifty that follow ask for the same lines.

What the log holds between two places never changes, so that it is the same for whoever sees both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from geodata.store.database import Connection
from service.federation.sending import store
from service.federation.sending.store import Line, Lines
from service.federation.sending.token import Mark
from service.federation.sharing.store import Kept

NEAR = 100
"""So many changes at most are read whole, in whatever rooms they lie; who is further behind asks for its own."""
MOST = 16

_Tail = tuple[list[Line], dict[int, Kept]]


class Recent:
    def __init__(self) -> None:
        self._tails: dict[tuple[int, Mark], _Tail] = {}

    async def lines(
        self, connection: Connection, after: int, newest: Mark, rooms: Collection[str], limit: int
    ) -> Lines:
        """The next changes in these rooms, as `store.lines`."""
        if newest.seq - after > min(NEAR, limit):
            return await store.lines(connection, after, newest, rooms, limit)
        found, _ = await self._tail(connection, after, newest)
        return Lines([line for line in found if line.room in rooms], newest)

    async def bodies(self, connection: Connection, after: int, newest: Mark, wanted: Sequence[int]) -> dict[int, Kept]:
        """What these puts say, of lines after this place."""
        known = self._tails.get((after, newest))
        if known is not None and all(seq in known[1] for seq in wanted):
            return known[1]
        return await store.bodies(connection, wanted)

    async def _tail(self, connection: Connection, after: int, newest: Mark) -> _Tail:
        key = (after, newest)
        if key not in self._tails:
            read = await store.tail(connection, after, newest.seq)
            while len(self._tails) >= MOST:
                self._tails.pop(next(iter(self._tails)))
            self._tails[key] = read
        return self._tails[key]
