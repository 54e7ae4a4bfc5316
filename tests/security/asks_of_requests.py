"""Asks about requests across organisations: incident a asks the fleet of b, and b asks the fleet of a. `asks` imports
this. What only one side may know holds its secret, what both may know does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text

from tests.security.asks import Ask, ask
from tests.security.world import SECRET, World, told

OTHER = {"a": "b", "b": "a"}
Make = Callable[[World, str], Awaitable[str]]


async def _request(world: World, side: str, **fields: Any) -> str:
    made = world.sides[side]
    given = {
        "title": "Pumpen", "capability": "PUMPEN", "quantity": 1, "priority": "URGENT", "text": SECRET[side], **fields,
    }  # fmt: skip
    return str(told(await made.lead.post(f"/api/incidents/{made.incident}/requests", json={"fields": given}))["id"])


async def _put(world: World, side: str) -> str:
    """An inquiry of this side to the other one's fleet."""
    request = await _request(world, side)
    lender = world.sides[OTHER[side]].things["fleet"]
    to = {"organisations": [lender], "stays_open": True}
    found = told(await world.sides[side].lead.post(f"/api/requests/{request}/route", json=to))
    return str(found["inquiries"][0]["id"])


async def _offered(world: World, side: str) -> str:
    inquiry = await _put(world, side)
    resource = await world.owned("resource", OTHER[side], callsign="Pumpe", note="Pumpe")
    await _step(world, OTHER[side], inquiry, "offer", {"resources": [resource], "hold_minutes": 1440})
    return inquiry


async def _taken(world: World, side: str) -> str:
    inquiry = await _offered(world, side)
    await _step(world, side, inquiry, "requisition", {})
    return inquiry


async def _lent(world: World, side: str) -> str:
    inquiry = await _taken(world, side)
    await _step(world, OTHER[side], inquiry, "commit", {})
    return inquiry


async def _step(world: World, side: str, inquiry: str, what: str, given: dict[str, Any]) -> None:
    told(await world.sides[side].lead.post(f"/api/inquiries/{inquiry}/{what}", json=given))


async def _ready(world: World, side: str, make: Make, *states: str) -> str:
    """One that the asker before has not moved on, else a new one."""
    kept = world.sides[side].things
    name = f"inquiry.{make.__name__}"
    async with world.node.database.reading() as connection:
        query = text("SELECT body ->> 'state' FROM fact WHERE id = :id AND kind IN ('inquiry', 'request')")
        state = (await connection.execute(query, {"id": kept.get(name, "")})).scalar()
    if state not in states:
        kept[name] = await make(world, side)
    return kept[name]


async def _one(world: World) -> str:
    return await _ready(world, "a", _request, "SUBMITTED")


# --- who asks ---------------------------------------------------------------------------------------------------------
@ask("POST /api/incidents/{id}/requests")
async def _new(world: World) -> Ask:
    fields = {"title": SECRET["a"], "capability": "PUMPEN", "quantity": 1, "priority": "URGENT"}
    return Ask({"id": world.a.incident}, {"fields": fields})


@ask("PATCH /api/requests/{id}")
async def _edit(world: World) -> Ask:
    return Ask({"id": await _one(world)}, {"base": 1, "fields": {"text": SECRET["a"]}})


@ask("POST /api/requests/{id}/conflicts/{number}")
async def _settle(world: World) -> Ask:
    made = await _request(world, "a")
    for title in ("eins", "zwei"):  # both edited the first version
        told(await world.a.lead.patch(f"/api/requests/{made}", json={"base": 1, "fields": {"title": title}}))
    return Ask({"id": made, "number": 0}, {"take": False})


@ask("POST /api/requests/{id}/submit")
async def _submit(world: World) -> Ask:
    fields = {"title": "Pumpen", "capability": "PUMPEN", "quantity": 1, "priority": "URGENT", "text": SECRET["a"]}
    at = f"/api/incidents/{world.a.incident}/requests"
    made = told(await world.a.lead.post(at, json={"fields": fields, "submit": False}))
    return Ask({"id": made["id"]})


@ask("POST /api/requests/{id}/withdraw", "POST /api/requests/{id}/close")
async def _end(world: World) -> Ask:
    return Ask({"id": await _one(world)}, {"reason": SECRET["a"]})


@ask("POST /api/requests/{id}/duplicate")
async def _duplicate(world: World) -> Ask:
    world.a.things["request"] = world.a.things.get("request") or await _request(world, "a")
    return Ask({"id": await _one(world)}, {"of": world.a.things["request"]})


@ask("POST /api/requests/{id}/route")
async def _route(world: World) -> Ask:
    return Ask({"id": await _one(world)}, {"organisations": [world.b.things["fleet"]]})


@ask("GET /api/requests/{id}/addressees", "GET /api/requests/{id}/settlement.csv")
async def _look(world: World) -> Ask:
    return Ask({"id": await _one(world)})


# --- who borrows ------------------------------------------------------------------------------------------------------
@ask("POST /api/inquiries/{id}/requisition")
async def _requisition(world: World) -> Ask:
    return Ask({"id": await _ready(world, "a", _offered, "OFFERED")}, {})


@ask("POST /api/inquiries/{id}/withdraw")
async def _withdraw(world: World) -> Ask:
    return Ask({"id": await _ready(world, "a", _put, "ROUTED")}, {})


@ask("POST /api/inquiries/{id}/en-route", "POST /api/inquiries/{id}/arrive", "POST /api/inquiries/{id}/in-use",
     "POST /api/inquiries/{id}/release")  # fmt: skip
async def _report(world: World) -> Ask:
    return Ask({"id": await _ready(world, "a", _lent, "COMMITTED")}, {})


# --- who lends --------------------------------------------------------------------------------------------------------
@ask("GET /api/inquiries/{id}/candidates")
async def _candidates(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _put, "ROUTED")}, shows=True)


@ask("GET /api/inquiries/{id}/shown")
async def _shown(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _put, "ROUTED")})


@ask("POST /api/inquiries/{id}/offer")
async def _offer(world: World) -> Ask:
    resource = await world.owned("resource", "a", callsign="Pumpe", note="Pumpe")
    return Ask({"id": await _ready(world, "b", _put, "ROUTED")}, {"resources": [resource]})


@ask("POST /api/inquiries/{id}/decline")
async def _decline(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _put, "ROUTED")}, {"reason": "selbst betroffen"})


@ask("GET /api/inquiries/{id}/pass-on")
async def _whom(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _put, "ROUTED")})


@ask("POST /api/inquiries/{id}/pass-on")
async def _pass_on(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _put, "ROUTED")}, {"organisation": "a"})


@ask("POST /api/inquiries/{id}/commit")
async def _commit(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _taken, "REQUISITIONED")}, {})


@ask("POST /api/inquiries/{id}/recall")
async def _back(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _lent, "COMMITTED")}, {"reason": "selbst betroffen"})


@ask("POST /api/inquiries/{id}/return")
async def _return(world: World) -> Ask:
    return Ask({"id": await _ready(world, "b", _lent, "COMMITTED")}, {})


@ask("GET /api/fleets/{id}/settlement.csv")
async def _settlement(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]})
