"""Asks about agreements with partners. `asks` imports this."""

from __future__ import annotations

import uuid
from typing import Any

from geodata.model.resource import FleetLevel
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState
from tests.security.asks import Ask, ask
from tests.security.world import SECRET, World, adds, told


async def _draft(world: World, side: str) -> dict[str, Any]:
    origin = f"nachbar-{uuid.uuid4().hex[:8]}"
    async with world.node.database.transaction("test") as tx:
        peer = await peers.add(
            tx, origin=origin, name=origin, level=FleetLevel.MUNICIPALITY, mode="ACTUAL", keys=[], seal_key="x",
            url=None, ars=None, document={}, state=PeerState.SUSPENDED,
        )  # fmt: skip
    return {"peer": peer, "room": world.sides[side].room, "name": SECRET[side], "kinds": ["site"]}


async def _drafted(world: World, side: str) -> str:
    return str(told(await world.sides[side].lead.post("/api/shares", json=await _draft(world, side)))["id"])


@adds
async def _share(world: World, side: str) -> None:
    world.sides[side].things["share"] = await _drafted(world, side)


@ask("GET /api/shares")
async def _list(world: World) -> Ask:
    return Ask()


@ask("POST /api/shares")
async def _new(world: World) -> Ask:
    return Ask(json=await _draft(world, "a"))


@ask("POST /api/shares/preview")
async def _preview(world: World) -> Ask:
    return Ask(json={"draft": await _draft(world, "a")})


@ask("PATCH /api/shares/{id}")
async def _change(world: World) -> Ask:
    return Ask({"id": await _drafted(world, "a")}, {"name": SECRET["a"]})


@ask("POST /api/shares/{id}/activate")
async def _activate(world: World) -> Ask:
    return Ask({"id": await _drafted(world, "a")})


@ask("POST /api/shares/{id}/end")
async def _end(world: World) -> Ask:
    return Ask({"id": await _drafted(world, "a")}, {"reason": "geübt"})
