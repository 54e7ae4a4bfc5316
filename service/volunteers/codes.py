"""A contact is proven before it is used: a code goes there, and whoever reads it types it in."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import structlog

from alerting.channels.contract import Call, Outcome
from alerting.channels.switchboard import Switchboard
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind
from alerting.store import links, people
from alerting.store.people import Address
from alerting.store.sealing import Seal, Unreadable
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from geodata.store.things import new_id
from service.pages.look import Part
from service.volunteers import store
from service.volunteers.signup import LINK_LASTS

log = structlog.get_logger()

EVERY = 2.0
LASTS = timedelta(hours=24)
AGAIN = timedelta(seconds=60)
MOST_A_DAY = 5
"""Codes to one address, whoever registers with it."""
MOST_TRIES = 6


class Codes:
    """Sends what is due; several nodes may run it."""

    def __init__(
        self, database: Database, seal: Seal, switchboard: Switchboard, clock: Clock, part: Part, mode: IncidentMode
    ) -> None:
        self.database, self.seal, self.switchboard, self.clock = database, seal, switchboard, clock
        self.part, self.mode = part, mode

    async def look(self) -> int:
        """How many were tried."""
        now = self.clock.now()
        claimed: list[tuple[Any, str]] = []
        async with self.database.transaction("volunteers") as tx:
            for row in await store.due(tx.connection, now):
                if await store.sent_to(tx.connection, row.digest, now - timedelta(days=1)) >= MOST_A_DAY:
                    await self._note(tx, row, None, None, counted=0, problem="too often")
                    continue
                code = f"{secrets.randbelow(1_000_000):06}"
                # Due again unless it goes well: a node that dies while it sends forgets nobody.
                await self._note(tx, row, self.digest(row.helper, code), now + AGAIN, counted=1, problem=None)
                claimed.append((row, code))
        for row, code in claimed:
            problem = await self._send(row, code)
            async with self.database.transaction("volunteers") as tx:
                later = now + AGAIN if problem and row.sent < 2 else None
                await self._note(tx, row, self.digest(row.helper, code), later, counted=0, problem=problem)
        return len(claimed)

    async def _note(self, tx: Any, row: Any, code: bytes | None, again: datetime | None, **more: Any) -> None:
        expires = self.clock.now() + LASTS
        await store.note_sent(tx.connection, row.helper, code=code, again=again, expires=expires, **more)

    async def _send(self, row: Any, code: str) -> str | None:
        """Why it did not go out; None if it did."""
        try:
            address = self.seal.own(row.key).open(row.sealed)
        except Unreadable:
            return "the key is not here"
        language = self.part.languages.get(row.language) or self.part.languages["de"]
        mode = "" if self.mode is IncidentMode.ACTUAL else language.say(f"pages.mode_{self.mode.value}") + ": "
        said = mode + language.say("code.text", code=code, node=self.part.look.title)
        call = Call(
            new_id(), CallKind.INFO, self.mode, ChannelKind(row.kind), address, language.say("code.title"), said, "",
            language=language.code,
        )  # fmt: skip
        sent = await self.switchboard.send(call)
        if sent.receipt.outcome in (Outcome.TAKEN, Outcome.DELIVERED):
            return None
        log.warning("a code was not sent", gateway=sent.gateway, error=sent.receipt.error)
        return "not sent"

    def digest(self, helper: str, code: str) -> bytes:
        return self.seal.digest(f"code:{helper}:{code}")

    async def prove(self, helper: str, code: str, now: datetime) -> str | None:
        """The helper who this is now, perhaps one who was registered before by the same contact; None: the code is
        wrong, too old, or was tried too often."""
        async with self.database.transaction("volunteers") as tx:
            held = await store.unproven(tx.connection, helper)
            if held is None or held.code is None or held.expires_at < now or held.tries >= MOST_TRIES:
                return None
            if not secrets.compare_digest(held.code, self.digest(helper, code)):
                await store.tried(tx.connection, helper)
                return None
            row = await store.helper(tx.connection, helper)
            older = await store.same(tx.connection, helper, row.room, held.digest)
            value = self.seal.own(row.key).open(held.sealed)
            await store.proven(tx.connection, helper)
            if older is not None and await store.merge(tx.connection, helper, older):
                return older
            address = Address(ChannelKind(held.kind), value)
            channel = await people.add_address(tx.connection, self.seal, helper, row.key, address, position=0, now=now)
            await store.note_tested(tx.connection, channel, now)
            return helper

    async def token(self, helper: str, now: datetime) -> str:
        """A new link for this helper's page."""
        async with self.database.transaction("volunteers") as tx:
            made = await links.make(tx.connection, helper, links.Purpose.JOB, now=now, expires=now + LINK_LASTS)
        return links.token_of(self.seal, made)
