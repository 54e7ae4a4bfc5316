"""Asks about the shifts of an organisation's people, and what is near. `asks` imports this."""

from __future__ import annotations

import uuid
from typing import Any

from tests.security.asks import Ask, ask
from tests.security.world import World, told


def _shift() -> dict[str, Any]:
    """Of somebody else each time: nobody is in two places."""
    return {"person": f"Person {uuid.uuid4()}", "starts": "2030-01-01T06:00:00Z", "ends": "2030-01-01T14:00:00Z"}


async def _made(world: World) -> str:
    answer = await world.a.lead.post(f"/api/fleets/{world.a.things['fleet']}/shifts", json={"shifts": [_shift()]})
    return str(told(answer)["shifts"][0]["id"])


@ask("POST /api/fleets/{id}/shifts")
async def _new(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]}, {"shifts": [_shift()]})


@ask("GET /api/fleets/{id}/duty")
async def _duty(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]})


@ask("POST /api/fleets/{id}/relief-plan")
async def _relief(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]}, {"within_hours": 12})


@ask("PATCH /api/shifts/{id}")
async def _edit(world: World) -> Ask:
    return Ask({"id": await _made(world)}, {"base": 1, "fields": {"note": "später"}})


@ask("DELETE /api/shifts/{id}")
async def _delete(world: World) -> Ask:
    return Ask({"id": await _made(world)})


@ask("GET /api/resources/near")
async def _near(world: World) -> Ask:
    return Ask(query={"longitude": 7.1, "latitude": 51.2, "km": 10})
