"""Asks about proposals of who goes where. `asks` imports this."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.security.asks import Ask, ask
from tests.security.world import World, told

NEEDS = [{"title": "Keller", "place": [7.0, 51.0], "capability": "TECHNISCHE_HILFE"}]


async def _computed(world: World) -> str:
    """One proposal with a line for everybody who asks."""
    made = world.a
    if "allocation" not in made.things:
        fields = {"home": [7.01, 51.0]}
        resource = await world.owned("resource", "a", **fields)
        told(await made.lead.post(f"/api/resources/{resource}/status", json={"code": "2"}))
        given = {"needs": NEEDS}
        id = str(told(await made.lead.post(f"/api/incidents/{made.incident}/allocations", json=given))["id"])
        async with asyncio.timeout(60):
            while (await _body(world, id))["state"] == "COMPUTING":
                await asyncio.sleep(0.2)
        made.things |= {"allocation": id, "allocated": resource}
    return str(made.things["allocation"])


async def _body(world: World, id: str) -> dict[str, Any]:
    facts = (await world.a.lead.get("/api/picture?kinds=allocation")).json()["facts"]
    return next(dict(fact["body"]) for fact in facts if fact["ref"].endswith(id))


@ask("POST /api/incidents/{id}/allocations")
async def _new(world: World) -> Ask:
    return Ask({"id": world.a.incident}, {"needs": NEEDS})


@ask("POST /api/allocations/{id}/cancel")
async def _cancel(world: World) -> Ask:
    made = world.a
    if "cancelled" not in made.things:
        given = {"needs": NEEDS}
        id = told(await made.lead.post(f"/api/incidents/{made.incident}/allocations", json=given))["id"]
        told(await made.lead.post(f"/api/allocations/{id}/cancel"))
        made.things["cancelled"] = id
    return Ask({"id": made.things["cancelled"]})


@ask("GET /api/allocations/{id}/stale")
async def _stale(world: World) -> Ask:
    return Ask({"id": await _computed(world)})


@ask("POST /api/allocations/{id}/lines/{number}")
async def _line(world: World) -> Ask:
    id = await _computed(world)
    if "decision" in (await _body(world, id))["lines"][0]:
        given = {"action": "WITHDRAW", "reason": "anders"}
        told(await world.a.lead.post(f"/api/allocations/{id}/lines/1", json=given))
    return Ask({"id": id, "number": 1}, {"action": "OVERRIDE", "reason": "wird hier gebraucht"})


@ask("POST /api/allocations/{id}/locks")
async def _lock(world: World) -> Ask:
    id = await _computed(world)
    return Ask({"id": id}, {"word": "FORBID", "resource": world.a.things["allocated"]})


@ask("GET /api/travel")
async def _travel(world: World) -> Ask:
    return Ask(query={"from": "7.0,51.0", "to": "7.1,51.1"})
