"""Brings every partner what is new: one lane per partner, woken by our log, by agreements and by being heard of.

Lanes run beside each other and share nothing but the database: one that waits for a slow or dead partner delays none.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import structlog

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.federation.peers.reaching import Reaching
from service.federation.sending import store
from service.federation.sending.lane import Lane, Take
from service.federation.sending.stream import Streams
from service.federation.wire.envelope import Ack

log = structlog.get_logger(__name__)

GATHER = 0.1
"""Seconds in which changes of the log become one wake."""
LOOK_EVERY = 1.0
"""Seconds after which other processes' changes of partners and agreements are seen."""
BUILDING = 4
"""Envelopes put together at once: each holds a connection to the database meanwhile."""
DEAD_AFTER = 10.0


class Sender:
    """`take` hands to the inbox what a partner gives when asked. `clock` is the wall's."""

    def __init__(
        self, database: Database, streams: Streams, reaching: Reaching, clock: Clock, *, greet: timedelta,
        take: Take | None = None,
    ) -> None:  # fmt: skip
        self.database, self.streams, self.reaching, self.clock = database, streams, reaching, clock
        self.greet, self.take = greet, take
        self.lanes: dict[str, Lane] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._agreed: dict[str, str] = {}
        self._building = asyncio.Semaphore(BUILDING)
        self._looked = -float("inf")

    async def run(self) -> None:
        """For ever. Raises StoreUnavailable; started again it goes on where the partners are."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._look())
        except* Exception as failed:
            raise failed.exceptions[0] from None
        finally:
            tasks, self._tasks, self.lanes, self._agreed = list(self._tasks.values()), {}, {}, {}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def alive(self) -> bool:
        return time.monotonic() - self._looked < DEAD_AFTER

    def wake(self, peer: str | None = None) -> None:
        """Try this partner at once, or all: something of what leaves to it has changed, or somebody wants it so."""
        for id, lane in self.lanes.items():
            if peer is None or id == peer:
                lane.hasten()

    def heard(self, peer: str) -> None:
        """Something came in from this partner."""
        if peer in self.lanes:
            self.lanes[peer].heard()

    async def acknowledged(self, peer: str, ack: Ack) -> None:
        """What a partner's envelope says of our stream to it: the only way to know if it goes by file."""
        async with self.database.reading() as connection:
            moved = await store.heard(connection, peer, ack, now=self.clock.now())
        if moved and ack.repair and peer in self.lanes:
            self.lanes[peer].changed()

    async def _follow(self) -> None:
        seen: int | None = None
        async for end in store.news(self.database, gather=GATHER):
            if seen is not None:
                async with self.database.reading() as connection:
                    concerned = await store.concerned(connection, seen, end)
                for id in concerned & self.lanes.keys():
                    self.lanes[id].changed()
            seen = end

    async def _look(self) -> None:
        """Partners that came or went, agreements that changed, and lanes that have died."""
        while True:
            async with self.database.reading() as connection:
                agreed = await store.agreed(connection)
            for id in self.lanes.keys() - agreed.keys():
                self._tasks.pop(id).cancel()
                del self.lanes[id]
            for id, text in agreed.items():
                task = self._tasks.get(id)
                if task is None or task.done():
                    if task is not None and not task.cancelled():
                        log.error("a partner's lane failed, starts again", peer=id, error=repr(task.exception()))
                    self._begin(id)
                elif self._agreed.get(id) != text:
                    self.lanes[id].hasten()
            self._agreed = agreed
            self._looked = time.monotonic()
            await asyncio.sleep(LOOK_EVERY)

    def _begin(self, id: str) -> None:
        self.lanes[id] = Lane(
            id, self.database, self.streams, self.reaching, self.clock, self.take, greet=self.greet,
            building=self._building,
        )  # fmt: skip
        self._tasks[id] = asyncio.create_task(self.lanes[id].run(), name=f"lane {id}")
