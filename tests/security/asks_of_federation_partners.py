"""Asks about partners. `asks` imports this. A partner is made anew for each who changes it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from geodata.model.resource import FleetLevel
from service.federation.identity.keys import kid_of, text_of
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState, PinnedKey
from tests.security.asks import Ask, ask, plain
from tests.security.world import World, told

X = text_of(bytes(range(32)))
SEAL = text_of(bytes(range(1, 33)))
HELLO = {"version": 1, "secret": 43 * "A", "document": {"version": 1}}
ROTATION = {"version": 1, "origin": "niemand", "signed": ["a.b.c"]}

plain("GET /.well-known/lagebild", "GET /api/partners", "GET /api/partners/invitations")
plain("POST /api/partners/invitations", json={"name": "Nachbar"})
plain("POST /api/partners/accept", json={"invitation": "https://stadt.example/keine-einladung"})
plain("POST /api/partners/rotate-key")
plain("GET /api/partners/addresses")
plain("POST /api/partners/addresses", "POST /api/partners/addresses/preview", json={"version": 1})
plain("POST /federation/v1/hello", json=HELLO)
plain("POST /federation/v1/rotate", json=ROTATION)


async def _partner(world: World, state: PeerState = PeerState.ACTIVE) -> str:
    origin = f"nachbar-{uuid4().hex[:8]}"
    key = PinnedKey(kid_of(X), X, datetime.now(UTC))
    async with world.node.database.transaction("test") as tx:
        return await peers.add(
            tx, origin=origin, name=origin, level=FleetLevel.MUNICIPALITY, mode="ACTUAL", keys=[key], seal_key=SEAL,
            url=None, ars=None, document={}, state=state,
        )  # fmt: skip


@ask("GET /api/partners/{id}")
async def _seen(world: World) -> Ask:
    return Ask(path={"id": await _partner(world)})


@ask("POST /api/partners/{id}/suspend", "POST /api/partners/{id}/revoke")
async def _reasoned(world: World) -> Ask:
    return Ask(path={"id": await _partner(world)}, json={"reason": "Probe"})


@ask("POST /api/partners/{id}/drop")
async def _dropped(world: World) -> Ask:
    return Ask(path={"id": await _partner(world, PeerState.REVOKED)})


@ask("PATCH /api/partners/{id}")
async def _edited(world: World) -> Ask:
    return Ask(path={"id": await _partner(world)}, json={"note": "Probe"})


@ask("POST /api/partners/{id}/resume")
async def _resumed(world: World) -> Ask:
    return Ask(path={"id": await _partner(world, PeerState.SUSPENDED)})


@ask("POST /api/partners/{id}/compare")
async def _compared(world: World) -> Ask:
    id = await _partner(world, PeerState.PENDING)
    shown = told(await world.clients["admin"].get(f"/api/partners/{id}"))
    return Ask(path={"id": id}, json={"words": shown["words"]})


@ask("DELETE /api/partners/invitations/{id}")
async def _taken_back(world: World) -> Ask:
    made = told(await world.clients["admin"].post("/api/partners/invitations", json={"name": "Nachbar"}))
    return Ask(path={"id": made["id"]})
