"""Reading the log for ever, whatever happens to the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol, cast

import structlog

from geodata.store import changes
from geodata.store.changes import Logged
from geodata.store.database import Database

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_SILENCE = 30.0
"""Seconds after which a database that neither answers nor fails counts as gone."""

_log = structlog.get_logger()


class Reader(Protocol):
    """Who is told what the log says."""

    cursor_read: int

    def begin(self, bounds: changes.LogBounds) -> None:
        """The log can be read (again); these are its ends."""
        ...

    async def take(self, page: list[Logged]) -> None:
        """The next lines, or none if there was nothing new. May take its time; the log waits."""
        ...

    def turned(self, following: bool) -> None:
        """The log was lost or is read again."""
        ...


class Follower:
    """`read_at` is when (monotonic seconds) the log was last read; `following` whether that works now."""

    def __init__(self, database: Database, reader: Reader, *, every: float = 1.0) -> None:
        self._database, self._reader, self._every = database, reader, every
        self.read_at = time.monotonic()
        self.following = False
        self.outages = 0

    async def run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with asyncio.timeout(_SILENCE):
                    self._reader.begin(await changes.bounds(self._database))
                pages = changes.follow(self._database, self._reader.cursor_read, every=self._every)
                async with aclosing(cast(AsyncGenerator[list[Logged], None], pages)):
                    while True:
                        async with asyncio.timeout(_SILENCE):
                            page = await anext(pages)
                        self.read_at, pause = time.monotonic(), _FIRST_PAUSE
                        if not self.following:
                            self._turn(True)
                        await self._reader.take(page)
            except Exception as error:  # whatever it is, the map needs the log again
                if self.following or not self.outages:
                    self.outages += 1
                    self._turn(False, str(error) or type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _turn(self, following: bool, error: str = "") -> None:
        self.following = following
        if following:
            _log.info("log followed", cursor=self._reader.cursor_read)
        else:
            _log.warning("log lost, trying again", error=error)
        self._reader.turned(following)
