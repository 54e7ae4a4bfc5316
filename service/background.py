"""Loops that must not die silently: restarted when they fail, and their engines' heartbeats."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from geodata.store import heartbeats
from geodata.store.database import Database, StoreError

log = structlog.get_logger()

BEAT_EVERY = 5.0


class Background:
    """Named loops of this process. An engine beats only while its own `alive` says so."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._engines: dict[str, Callable[[], bool]] = {}

    def engine(self, name: str, alive: Callable[[], bool]) -> None:
        self._engines[name] = alive

    def start(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run the loop; when it fails, say so once and run it again after 1, 2, 4 … at most 30 s."""
        self._tasks[name] = asyncio.create_task(self._supervise(name, loop), name=name)

    def start_beating(self) -> None:
        self.start("heartbeats", self._beat)

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _supervise(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        pause = 1.0
        while True:
            try:
                await loop()
                return
            except Exception as error:
                log.error("loop failed, starts again", loop=name, error=repr(error), after=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 30)

    async def _beat(self) -> None:
        while True:
            for name, alive in self._engines.items():
                if alive():
                    try:
                        await heartbeats.beat(self.database, name, BEAT_EVERY)
                    except StoreError:
                        break  # no database, no beat: that is what a silent engine looks like
            await asyncio.sleep(BEAT_EVERY)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work again and again; its failures go to the supervisor."""
    while True:
        await work()
        await asyncio.sleep(seconds)
