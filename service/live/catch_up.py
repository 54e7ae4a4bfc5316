"""Bringing those up to date who come back, come late or were too slow: from the ring, further back from the database.

A connection gets a piece only when its buffer is empty, so a slow one costs bounded memory and no one else's time.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

from geodata.store import changes
from geodata.store.database import Database, StoreUnavailable
from service.live.connection import Connection
from service.live.protocol import TRY_AGAIN, changes_frame
from service.live.subscription import Subscription, last_values, select

if TYPE_CHECKING:
    from service.live.ring import Ring

DRAINED = 16 * 1024
"""Unsent bytes below which a connection may get its next piece."""

PIECE = 512 * 1024
MOST_PREPARED = 16 * 2**20
"""Bytes kept for those who come back together from the same cursor."""

PATIENCE = 60.0
"""Seconds a connection may be stuck before it is cut off."""

MOST_PAGED = 50_000
"""A client further behind than this many lines gets a fresh picture sooner than them."""

_STEP = 0.05
_TURN = 0.005


class Source(Protocol):
    """What is asked of the hub."""

    started: bool
    cursor: int
    ring: Ring

    def enter(self, connection: Connection) -> None: ...
    def restart(self, connection: Connection, reason: str) -> None: ...
    def sent(self, frames: bytes, receivers: int = 1) -> None: ...


class CatchUp:
    def __init__(self, database: Database, hub: Source) -> None:
        self.behind: set[Connection] = set()
        self.resyncs = 0
        self.cut_off = 0
        self._database, self._hub = database, hub
        self._arrived = asyncio.Event()
        self._prepared: dict[tuple[Subscription, int], tuple[bytes, int]] = {}
        self._prepared_bytes = 0
        self._paging = asyncio.Semaphore(4)

    def add(self, connection: Connection) -> None:
        self.behind.add(connection)
        self._arrived.set()

    def discard(self, connection: Connection) -> None:
        self.behind.discard(connection)
        if connection.paging is not None:
            connection.paging.cancel()
            connection.paging = None

    def forget_prepared(self) -> None:
        """The cursor has moved; what was made for those who come together no longer leads to it."""
        self._prepared.clear()
        self._prepared_bytes = 0

    async def run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            turn = time.monotonic()
            for connection in list(self.behind):
                if connection in self.behind:
                    self._advance(connection)
                if time.monotonic() - turn > _TURN:
                    await asyncio.sleep(0)
                    turn = time.monotonic()
            if self.behind:
                asyncio.get_running_loop().call_later(_STEP, self._arrived.set)

    def _advance(self, connection: Connection) -> None:
        """The next piece from the ring, if there is room for it."""
        hub = self._hub
        if not connection.open:
            self.discard(connection)
        elif not hub.started or connection.paging is not None or not self._has_room(connection):
            pass
        elif hub.ring.floor <= connection.cursor <= hub.cursor:
            frames, reached = self._piece(connection)
            if frames:
                connection.transport.write(frames)
                hub.sent(frames)
            connection.cursor = reached
            if reached == hub.cursor:
                self.behind.discard(connection)
                self.resyncs += 1
                hub.enter(connection)
            else:
                self._arrived.set()
        else:
            connection.paging = asyncio.get_running_loop().create_task(self._page(connection))

    def _has_room(self, connection: Connection) -> bool:
        if connection.transport.get_write_buffer_size() <= DRAINED:
            connection.stuck_since = None
            return True
        now = time.monotonic()
        if connection.stuck_since is None:
            connection.stuck_since = now
        elif now - connection.stuck_since > PATIENCE:
            self.discard(connection)
            self.cut_off += 1
            connection.end(TRY_AGAIN, "too slow")
        return False

    def _piece(self, connection: Connection) -> tuple[bytes, int]:
        """Frames from the connection's cursor on, and the cursor they lead to. Shared by all who stand where it
        stands."""
        assert connection.subscription is not None
        key = (connection.subscription, connection.cursor)
        piece = self._prepared.get(key)
        if piece is None:
            piece = _piece_of(self._hub.ring.after(connection.cursor), connection.subscription, self._hub.cursor)
            self._prepared_bytes += len(piece[0])
            if self._prepared_bytes > MOST_PREPARED:
                self.forget_prepared()
            self._prepared[key] = piece
        return piece

    async def _page(self, connection: Connection) -> None:
        """From the database until the ring can take over; or a fresh picture, if the log does not lead there."""
        hub = self._hub
        try:
            while connection.open and not hub.ring.floor <= connection.cursor <= hub.cursor:
                try:
                    if not await self._next_page(connection):
                        connection.paging = None
                        hub.restart(connection, "the log does not reach from your cursor to now")
                        return
                except StoreUnavailable:
                    await asyncio.sleep(0.5)
                await self._room(connection)
        finally:
            if connection.paging is asyncio.current_task():
                connection.paging = None
                self._arrived.set()

    async def _room(self, connection: Connection) -> None:
        """Until the connection can take more and the hub knows of what it has."""
        while connection.open and (connection.cursor > self._hub.cursor or not self._has_room(connection)):  # noqa: ASYNC110
            await asyncio.sleep(_STEP)

    async def _next_page(self, connection: Connection) -> bool:
        """False if the client must start over. A picture may be newer than what the hub has read: then there is
        nothing to send but to wait for the hub."""
        assert connection.subscription is not None
        async with self._paging:
            bounds = await changes.bounds(self._database)
            if not bounds.holds(connection.cursor) or bounds.newest - connection.cursor > MOST_PAGED:
                return False
            if connection.cursor >= self._hub.ring.floor:
                return True
            page = await changes.since(self._database, connection.cursor, rooms=connection.rooms)
        reached = page[-1].seq if page else connection.cursor
        if len(page) < changes.PAGE:  # what lies between and the end was for others
            reached = max(reached, bounds.newest)
        chosen = select(last_values(page), connection.subscription)
        if chosen and connection.open:
            frames = changes_frame(chosen, reached)
            connection.transport.write(frames)
            self._hub.sent(frames)
        connection.cursor = reached
        return True


def _piece_of(lines: list[changes.Logged], subscription: Subscription, end: int) -> tuple[bytes, int]:
    chosen = select(last_values(lines), subscription)
    size = 0
    for index, change in enumerate(chosen):
        size += len(change.wire)
        if size > PIECE and index:
            chosen, end = chosen[:index], chosen[index - 1].seq
            break
    return (changes_frame(chosen, end) if chosen else b""), end
