"""Volunteers as a whole, for `service/alarming.py`: the pages, the staff's routes and what runs by itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import structlog
from fastapi import APIRouter

from alerting.channels.switchboard import Switchboard
from alerting.store import forgetting, jobs
from alerting.store.sealing import Seal
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.store.database import Database, StoreUnavailable
from service.access.limits import Limits
from service.access.sessions import Sessions
from service.background import Background, every
from service.pages.door import Door
from service.pages.look import Look
from service.volunteers import codes, public, routes, store

log = structlog.get_logger()

COUNT_EVERY = 1.0
FORGET_EVERY = 3600.0


class Volunteers:
    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        clock: Clock,
        seal: Seal,
        switchboard: Switchboard,
        look: Look,
        door: Door,
        limits: Limits,
        *,
        origin: str,
        mode: IncidentMode,
        public_url: str,
    ) -> None:
        self.database, self.clock, self.origin = database, clock, origin
        self.part = look.part(Path(__file__).parent)
        self.codes = codes.Codes(database, seal, switchboard, clock, self.part, mode)
        self.routers: list[APIRouter] = [
            routes.routes(database, sessions, clock, seal, self.part, origin=origin, mode=mode, public_url=public_url),
            public.routes(database, clock, door, limits, self.part, self.codes, origin=origin, public_url=public_url),
        ]

    def start(self, background: Background) -> None:
        background.start("volunteer counts", lambda: every(COUNT_EVERY, self.count))
        background.start("volunteer codes", lambda: every(codes.EVERY, self.send))
        background.start("volunteer retention", lambda: every(FORGET_EVERY, self.forget))

    async def count(self) -> None:
        with suppress(StoreUnavailable):
            await jobs.refresh(self.database, self.origin, self.clock.now())

    async def send(self) -> None:
        with suppress(StoreUnavailable):
            await self.codes.look()

    async def forget(self) -> None:
        """By the rules of each roster that takes in volunteers."""
        with suppress(StoreUnavailable):
            async with self.database.reading() as connection:
                rosters = await store.rosters(connection, self.origin)
            for roster in rosters:
                await self._forget(roster.room, roster.body.get("unused_days", 30), roster.body.get("after_days", 90))

    async def _forget(self, room: str, unused_days: int, after_days: int) -> None:
        while True:
            async with self.database.transaction("volunteers") as tx:
                done = await forgetting.sweep(
                    tx, room, unused_days=unused_days, after_days=after_days, now=self.clock.now()
                )
            if done.gone or done.lean or done.erased:
                log.info("volunteers forgotten", gone=done.gone, lean=done.lean, erased=done.erased)
            if max(done.gone, done.lean, done.erased) < forgetting.PAGE:
                return
