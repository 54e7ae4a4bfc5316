"""Asks for files to partners, and for what is left at a relay. `asks` imports this."""

from __future__ import annotations

import uuid

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from geodata.model.resource import FleetLevel
from service.federation.identity.keys import text_of
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState
from tests.security.asks import Ask, ask, plain
from tests.security.world import World

plain("GET /federation/v1/schema")


@ask("GET /api/partners/{id}/bundle")
async def _bundle(world: World) -> Ask:
    origin = f"insel-{uuid.uuid4().hex[:8]}"
    seal_key = text_of(X25519PrivateKey.generate().public_key().public_bytes_raw())
    async with world.node.database.transaction("test") as tx:
        id = await peers.add(
            tx, origin=origin, name=origin, level=FleetLevel.MUNICIPALITY, mode="ACTUAL", keys=[], seal_key=seal_key,
            url=None, ars=None, document={}, state=PeerState.ACTIVE,
        )  # fmt: skip
    return Ask({"id": id})


@ask("POST /api/partners/bundles")
async def _read(world: World) -> Ask:
    return Ask(content=b"no.parcel.of.anybody.here")


@ask("POST /federation/v1/relay")
async def _leave(world: World) -> Ask:
    return Ask(json={"recipient": "insel", "parcels": ["x"]})


@ask("POST /federation/v1/relay/fetch")
async def _fetch(world: World) -> Ask:
    return Ask(json={"taken": []})
