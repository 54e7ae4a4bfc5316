"""Asks about alarms and their plans. `asks` imports this."""

from __future__ import annotations

from typing import Any

from tests.security.asks import Ask, ask
from tests.security.world import SECRET, World, told


async def _plan(world: World, **fields: Any) -> str:
    made = world.a
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": made.things["roster"]}]}]
    given = {"name": "Kette", "steps": steps, "note": SECRET["a"], **fields}
    sent = {"organisation": made.things["roster"], "fields": given}
    return str(told(await made.lead.post("/api/alarm-plans", json=sent))["id"])


@ask("POST /api/alarm-plans")
async def _new_plan(world: World) -> Ask:
    fields = {"name": "Neu", "steps": [{"targets": [{"kind": "FUNCTION", "function": "ZF"}]}]}
    return Ask({}, {"organisation": world.a.things["roster"], "fields": fields})


@ask("PATCH /api/alarm-plans/{id}")
async def _edit_plan(world: World) -> Ask:
    return Ask({"id": await _plan(world)}, {"base": 1, "fields": {"note": "anders"}})


@ask("POST /api/alarm-plans/{id}/conflicts/{number}")
async def _settle_plan(world: World) -> Ask:
    plan = await _plan(world)
    for note in ("eins", "zwei"):
        told(await world.a.lead.patch(f"/api/alarm-plans/{plan}", json={"base": 1, "fields": {"note": note}}))
    return Ask({"id": plan, "number": 0}, {"take": False})


@ask("POST /api/alarm-plans/{id}/approve")
async def _approve_plan(world: World) -> Ask:
    return Ask({"id": await _plan(world)}, {"version": 1})


@ask("POST /api/alarm-plans/{id}/retire", "DELETE /api/alarm-plans/{id}")
async def _a_plan(world: World) -> Ask:
    return Ask({"id": await _plan(world)})


@ask("POST /api/alarm-plans/{id}/restore")
async def _restore_plan(world: World) -> Ask:
    plan = await _plan(world)
    assert (await world.a.lead.delete(f"/api/alarm-plans/{plan}")).status_code == 204
    return Ask({"id": plan})


@ask("POST /api/alarm-plans/{id}/dry-run")
async def _dry_run(world: World) -> Ask:
    return Ask({"id": await _plan(world)}, {})


async def _alarm(world: World, *, running: bool = True) -> str:
    """Begun by somebody who holds none of the seats that ask, and agreed to by LEITUNG."""
    made = world.a
    starter = await world.person("Auslöser")
    given = {"function": "S3", "person": starter}
    if "starter" not in made.things:
        told(await made.lead.post(f"/api/staffs/{made.staff}/assignments", json=given))
        made.things["starter"] = starter
    client = await world.signed_in(made.things["starter"])
    target = {"kind": "PERSONS", "ids": [made.things["helper"]]}
    fields = {"title": SECRET["a"], "steps": [{"targets": [target]}, {"targets": [target]}], "four_eyes": True}
    sent = {"organisation": made.things["roster"], "fields": fields, "mode": "EXERCISE", "incident": made.incident}
    alarm = str(told(await client.post("/api/alarms", json=sent))["id"])
    await client.aclose()
    if running:
        told(await made.lead.post(f"/api/alarms/{alarm}/approve"))
    return alarm


@ask("POST /api/alarms", "POST /api/alarms/preview")
async def _new_alarm(world: World) -> Ask:
    made = world.a
    steps = [{"targets": [{"kind": "PERSONS", "ids": [made.things["helper"]]}]}]
    sent = {"organisation": made.things["roster"], "fields": {"title": "Deich", "steps": steps}, "mode": "EXERCISE"}
    return Ask({}, {**sent, "incident": made.incident})


@ask("POST /api/alarms/{id}/approve")
async def _approve(world: World) -> Ask:
    return Ask({"id": await _alarm(world, running=False)})


@ask("POST /api/alarms/{id}/stop", "POST /api/alarms/{id}/escalate")
async def _steer(world: World) -> Ask:
    return Ask({"id": await _alarm(world)})


@ask("GET /api/alarms/{id}/recipients")
async def _recipients(world: World) -> Ask:
    return Ask({"id": await _alarm(world)})


@ask("POST /api/alarms/{id}/close")
async def _close(world: World) -> Ask:
    alarm = await _alarm(world)
    told(await world.a.lead.post(f"/api/alarms/{alarm}/stop"))
    return Ask({"id": alarm})


@ask("POST /api/alarms/{id}/again", "POST /api/alarms/{id}/cancel")
async def _again(world: World) -> Ask:
    return Ask({"id": await _alarm(world)}, {})


@ask("POST /api/alarms/{id}/add")
async def _add(world: World) -> Ask:
    return Ask({"id": await _alarm(world)}, {"targets": [{"kind": "FUNCTION", "function": "ZF"}]})


@ask("POST /api/alarms/{id}/inform", "POST /api/alarms/{id}/thanks")
async def _tell(world: World) -> Ask:
    return Ask({"id": await _alarm(world)}, {"text": "Neuer Treffpunkt"})


@ask("POST /api/alarms/{id}/recipients/{helper}/answer")
async def _answer(world: World) -> Ask:
    return Ask({"id": await _alarm(world), "helper": world.a.things["helper"]}, {"answer": "COMING"})


@ask("POST /api/alarms/{id}/recipients/{helper}/arrival")
async def _arrival(world: World) -> Ask:
    return Ask({"id": await _alarm(world), "helper": world.a.things["helper"]}, {})


@ask("GET /api/alarm-plans/{id}/drills", "GET /api/alarm-plans/{id}/call-list.pdf")
async def _read_plan(world: World) -> Ask:
    return Ask({"id": await _plan(world)})
