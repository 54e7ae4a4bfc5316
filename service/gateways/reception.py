"""Receipts and answers, as providers tell them, into what is known of calls. What is told twice counts once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog

from alerting.channels.contract import Told
from alerting.channels.hearing import Event
from alerting.channels.switchboard import Switchboard
from alerting.store import calls
from alerting.store.calls import Heard
from alerting.store.sealing import Seal
from geodata.model.clock import Clock
from geodata.store.database import Database
from service.gateways import store

KEPT = timedelta(days=90)
SWEEP_EVERY = 3600.0
EARLY = (0.2, 0.8, 2.0)
"""Seconds after which a receipt is looked at again whose call we do not know yet: it may overtake the very answer in
which its provider names his number of the call."""
MOST_EARLY = 50
"""So many wait for that at the same time; a provider that makes up receipts holds nobody else up."""

log = structlog.get_logger()


class Reception:
    def __init__(self, database: Database, clock: Clock, seal: Seal, switchboard: Switchboard) -> None:
        self.database, self.clock, self.seal, self.switchboard = database, clock, seal, switchboard
        self._early = 0

    async def take(self, gateway: str, payload: Any) -> int:
        """How many of the events in it count. Each is written by itself."""
        events = self._hear(gateway, payload)
        if not events:
            log.warning("a gateway told something that is not understood", gateway=gateway)
        return sum([await self._one(event) for event in events])

    def _hear(self, gateway: str, payload: Any) -> list[Event]:
        for line in self.switchboard.lines:
            hear = getattr(line.gateway, "hear", None)
            if line.name == gateway and hear is not None:
                found: list[Event] = hear(payload, self.clock.now())
                return [replace(event, told=replace(event.told, exercise=line.exercise)) for event in found]
        return []

    async def _one(self, event: Event) -> bool:
        told = event.told
        if told.text is not None:
            return await self._said(event, told)
        if told.state is None:
            return False
        heard = await self._recorded(told)
        if heard is Heard.UNKNOWN and self._early < MOST_EARLY:
            self._early += 1
            try:
                for seconds in EARLY:
                    await asyncio.sleep(seconds)
                    if (heard := await self._recorded(told)) is not Heard.UNKNOWN:
                        break
            finally:
                self._early -= 1
        if heard is Heard.UNKNOWN:
            log.warning("a receipt is for no call of ours", gateway=told.gateway)
        return heard is not Heard.UNKNOWN

    async def _recorded(self, told: Told) -> Heard:
        async with self.database.transaction(f"gateway:{told.gateway}") as tx:
            return await calls.told(tx, told, self.seal, self.clock.now())

    async def _said(self, event: Event, told: Told) -> bool:
        """Kept first: an answer told again would undo what the person has said since. What is no answer, or answers
        nothing that we asked, stays for people to read."""
        now = self.clock.now()
        async with self.database.transaction(f"gateway:{told.gateway}") as tx:
            who = told.address or told.call or told.provider_id or ""
            new = await store.keep(
                tx, self.seal, gateway=told.gateway, key=event.key, sender=who, said=told.text or "", now=now
            )
            if not new:
                return True
            if told.answer is not None and await calls.told(tx, told, self.seal, now) is not Heard.UNKNOWN:
                await store.understood(tx, self.seal, gateway=told.gateway, key=event.key)
        return True

    async def sweep(self) -> None:
        await store.sweep(self.database, before=self.clock.now() - KEPT)
