"""Asks about rosters and the people in them. `asks` imports this."""

from __future__ import annotations

import uuid

from tests.security.asks import Ask, ask
from tests.security.world import World, told


@ask("POST /api/rosters")
async def _new(world: World) -> Ask:
    keeper = await world.signed_in(await world.person("Eröffnung", admin=True))
    made = told(await keeper.post("/api/organisations", json={"name": f"Wehr {uuid.uuid4()}"}))
    await keeper.aclose()
    return Ask({}, {"organisation": made["id"]})


@ask("PATCH /api/rosters/{id}")
async def _edit(world: World) -> Ask:
    base = (await world.a.lead.get("/api/picture?kinds=roster")).json()["facts"][0]["body"]["version"]
    return Ask({"id": world.a.things["roster"]}, {"base": base, "fields": {"contact": "Wache"}})


@ask("GET /api/helpers")
async def _people(world: World) -> Ask:
    return Ask({})


@ask("GET /api/helpers/cells")
async def _cells(world: World) -> Ask:
    return Ask({})


@ask("POST /api/helpers")
async def _new_person(world: World) -> Ask:
    return Ask({}, {"roster": world.a.things["roster"], "fields": {"name": f"Person {uuid.uuid4()}"}})


@ask("GET /api/helpers/{id}")
async def _person(world: World) -> Ask:
    return Ask({"id": world.a.things["helper"]})


@ask("GET /api/helpers/{id}/export")
async def _export(world: World) -> Ask:
    return Ask({"id": world.a.things["helper"]})


@ask("PATCH /api/helpers/{id}")
async def _change(world: World) -> Ask:
    return Ask({"id": await _somebody(world)}, {"base": 1, "fields": {"languages": ["de"]}})


@ask("DELETE /api/helpers/{id}")
async def _forget(world: World) -> Ask:
    return Ask({"id": await _somebody(world)})


@ask("POST /api/helpers/{id}/skills")
async def _skills(world: World) -> Ask:
    return Ask({"id": await _somebody(world)}, {"skills": [{"code": "AGT"}]})


@ask("PUT /api/helpers/{id}/channels")
async def _channels(world: World) -> Ask:
    return Ask({"id": await _somebody(world)}, {"channels": [{"kind": "EMAIL", "value": "one@example.org"}]})


@ask("POST /api/helpers/{id}/link")
async def _link(world: World) -> Ask:
    return Ask({"id": await _somebody(world)})


async def _somebody(world: World) -> str:
    """Of side a; new for each ask."""
    given = {"roster": world.a.things["roster"], "fields": {"name": f"Person {uuid.uuid4()}"}}
    return str(told(await world.a.lead.post("/api/helpers", json=given))["id"])


@ask("POST /api/rosters/{id}/import/preview")
async def _preview(world: World) -> Ask:
    return Ask({"id": world.a.things["roster"]}, content=f"Name\nPerson {uuid.uuid4()}\n".encode())


@ask("POST /api/rosters/{id}/import")
async def _import(world: World) -> Ask:
    return Ask({"id": world.a.things["roster"]}, content=f"Name\nPerson {uuid.uuid4()}\n".encode())


@ask("GET /api/rosters/{id}/export.csv")
async def _table(world: World) -> Ask:
    return Ask({"id": world.a.things["roster"]})


@ask("GET /api/rosters/{id}/reach")
async def _reach(world: World) -> Ask:
    return Ask({"id": world.a.things["roster"]})


@ask("GET /api/rosters/{id}/strengths")
async def _strengths(world: World) -> Ask:
    return Ask({"id": world.a.things["roster"]})
