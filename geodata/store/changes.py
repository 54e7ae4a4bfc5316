"""Reading the log: in pages from a cursor, and following it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from sqlalchemy import text

from geodata.model.geometry import Bbox
from geodata.store.database import CHANNEL, Database, StoreUnavailable
from geodata.store.swift import swift_of

PAGE = 5_000

_SINCE: LiteralString = """
    SELECT seq, ref, op, room, extent,
           convert_to(jsonb_build_object('seq', seq, 'op', op, 'ref', ref, 'room', room, 'actor', actor, 'at', at,
                                         'provenance', provenance, 'body', body)::text, 'UTF8')
    FROM change
    WHERE seq > %(since)s::bigint AND (%(rooms)s::text[] IS NULL OR room = ANY(%(rooms)s::text[]))
    ORDER BY seq LIMIT %(limit)s::int
"""


@dataclass(frozen=True, slots=True)
class Logged:
    """A change as it goes out: what the hub needs to decide who gets it, and the JSON already built."""

    seq: int
    ref: str
    op: str
    room: str
    extent: Bbox | None
    wire: bytes

    @property
    def kind(self) -> str:
        return self.ref.split("/", 2)[1]


@dataclass(frozen=True, slots=True)
class LogBounds:
    """The oldest and the newest retained sequence number; 0, 0 while nothing was ever written."""

    oldest: int
    newest: int

    def holds(self, cursor: int) -> bool:
        """Whether a follower at this cursor can go on; if not, it starts over with a fresh picture."""
        return self.oldest - 1 <= cursor <= self.newest


async def since(
    database: Database, cursor: int, *, limit: int = PAGE, rooms: Collection[str] | None = None
) -> list[Logged]:
    """The next changes after the cursor, oldest first, at most `limit`; of these rooms only, if any are named."""
    given = {"since": cursor, "limit": limit, "rooms": None if rooms is None else database.asked(rooms)}
    rows = await swift_of(database).rows(_SINCE, given, see=rooms)
    return [Logged(seq, ref, op, room, tuple(box) if box else None, wire) for seq, ref, op, room, box, wire in rows]


async def bounds(database: Database) -> LogBounds:
    async with database.reading() as connection:
        row = (await connection.execute(text("SELECT min(seq) AS oldest, max(seq) AS newest FROM change"))).one()
    return LogBounds(row.oldest or 0, row.newest or 0)


async def follow(database: Database, cursor: int, *, every: float = 1.0) -> AsyncIterator[list[Logged]]:
    """Every change after the cursor, in order, for ever; an empty list each `every` seconds says that the log was
    asked and had nothing new.

    Woken by NOTIFY, but asks each `every` seconds in any case: a LISTEN connection can be lost without a word.
    Raises StoreUnavailable; the caller comes back with its cursor.
    """
    async with AsyncExitStack() as stack:
        try:
            listener = await psycopg.AsyncConnection.connect(database.url, autocommit=True, connect_timeout=5)
            await stack.enter_async_context(listener)
            await listener.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            raise StoreUnavailable(str(error)) from error
        while True:
            page = await since(database, cursor)
            if page:
                cursor = page[-1].seq
            yield page
            if len(page) < PAGE:
                try:
                    async for _ in listener.notifies(timeout=every, stop_after=1):
                        pass
                except psycopg.Error as error:
                    raise StoreUnavailable(str(error)) from error
            await asyncio.sleep(0)
