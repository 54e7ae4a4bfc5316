"""When an agreement that is active lets anything out: until its end, and from its legal level on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from geodata.model.clock import Clock
from geodata.model.incident import Declared, IncidentMode, IncidentState
from geodata.model.legal import LegalLevel
from geodata.store.database import Database
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.federation import logbook
from service.federation.logbook import Logbook
from service.federation.sharing import store
from service.federation.sharing.store import Agreement

EVERY = 2.0
"""Seconds between two looks at the conditions."""
_OVER = (IncidentState.CLOSED, IncidentState.ARCHIVED)


def holds(
    share: Agreement,
    incidents: Mapping[str, Mapping[str, Any]],
    levels: Sequence[LegalLevel],
    mode: IncidentMode,
    now: datetime,
) -> bool:
    """Whether it lets anything out now. `incidents` are bodies by id, `levels` the lowest first. The level is asked of
    the incident that the agreement or its room names; if none is named, one open incident of the node's own mode is
    enough."""
    if share.until is not None and now >= share.until:
        return False
    if share.policy.from_level is None:
        return True
    named = share.policy.incident or share.incident
    if named is not None:
        asked = [incidents[named]] if named in incidents else []
    else:
        asked = [body for body in incidents.values() if body.get("mode") == mode]
    codes = [level.code for level in levels]
    if share.policy.from_level not in codes:
        return False
    wanted = codes.index(share.policy.from_level)
    reached = (_level(body, now) for body in asked if body.get("state") not in _OVER)
    return any(code in codes and codes.index(code) >= wanted for code in reached)


def _level(body: Mapping[str, Any], now: datetime) -> str | None:
    declared = msgspec.convert(body.get("legal", []), tuple[Declared, ...])
    return next((one.level for one in reversed(declared) if one.since <= now), None)


class Conditions:
    """Looks at all active agreements, and writes down and tells where one has begun or ceased to hold."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        origin: str,
        mode: IncidentMode,
        levels: Sequence[LegalLevel],
        woken: Callable[[str | None], None] = lambda peer: None,
        logbook: Logbook | None = None,
    ) -> None:
        self.logbook = logbook or Logbook(origin, clock)
        self.database, self.clock, self.origin, self.mode, self.levels = database, clock, origin, mode, levels
        self.woken = woken

    async def met(self, share: Agreement) -> bool:
        async with self.database.reading() as connection:
            incidents = await store.incidents(connection, self.origin)
        return holds(share, incidents, self.levels, self.mode, self.clock.now())

    async def look(self) -> list[str]:
        """The ids of agreements of which that was news."""
        async with self.database.reading() as connection:
            shares = await store.active(connection)
            asked = any(share.policy.from_level for share in shares)
            incidents = await store.incidents(connection, self.origin) if asked else {}
        now = self.clock.now()
        turned: list[Agreement] = []
        for share in shares:
            met = holds(share, incidents, self.levels, self.mode, now)
            if met == share.holds:
                continue
            async with self.database.transaction("sharing") as tx:
                if await store.set_holds(tx, share.id, met):
                    detail = {"peer": share.peer, "room": share.room, "holds": met}
                    await note(tx.connection, Visitor(), "share.holds", f"share:{share.id}", detail)
                    over = share.until is not None and now >= share.until
                    said = logbook.turns(share.name, holds=met, over=over)
                    incident = share.policy.incident or share.incident
                    await self.logbook.agreed(tx, share.peer, share.room, incident, said, now=now)
                    turned.append(share)
        for peer in {share.peer for share in turned}:
            self.woken(peer)
        return [share.id for share in turned]

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY)
