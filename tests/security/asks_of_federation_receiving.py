"""Asks about what partners bring and what of it was set aside. `asks` imports this."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from geodata.model.resource import FleetLevel
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState
from service.federation.receiving import store
from service.federation.receiving.store import Aside
from tests.security.asks import Ask, ask
from tests.security.world import World

ENVELOPE = {
    "version": 1, "sender": "nachbar", "recipient": "local", "mode": "ACTUAL", "epoch": 0, "number": 1, "after": "",
    "upto": "x", "at": "2026-07-01T12:00:00Z", "items": [],
}  # fmt: skip


async def _wrong(world: World) -> tuple[str, int]:
    """A partner of whom something was set aside."""
    now = datetime.now(UTC)
    async with world.node.database.transaction("test") as tx:
        origin = f"nachbar-{uuid.uuid4().hex[:8]}"
        peer = await peers.add(
            tx, origin=origin, name=origin, level=FleetLevel.MUNICIPALITY, mode="ACTUAL", keys=[], seal_key="x",
            url=None, ars=None, document={}, state=PeerState.SUSPENDED,
        )  # fmt: skip
        await store.set_aside(tx.connection, peer, {("", "wrong"): Aside("", "ref", "wrong", "{}")}, now)
        (kept,) = await store.asides(tx.connection, peer, settled=False, before=None, limit=5)
    return peer, kept["id"]


@ask("POST /federation/v1/inbox")
async def _inbox(world: World) -> Ask:
    return Ask(json=ENVELOPE)


@ask("GET /api/partners/{id}/aside")
async def _aside(world: World) -> Ask:
    peer, _ = await _wrong(world)
    return Ask({"id": peer})


@ask("POST /api/partners/{id}/aside/{number}/settle")
async def _settle(world: World) -> Ask:
    peer, number = await _wrong(world)
    return Ask({"id": peer, "number": str(number)})
