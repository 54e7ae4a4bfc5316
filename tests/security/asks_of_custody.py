"""Asks about custody of warnings and rules. `asks` imports this."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.model.custody import Terms, Tier, Watched
from alerting.model.warned import Keeper
from alerting.store import custody
from geodata.model.incident import IncidentMode
from geodata.model.level import Level
from geodata.store.things import new_id
from tests.security.asks import Ask, ask, plain
from tests.security.world import SECRET, World, adds, told

TERMS = Terms({}, timedelta(hours=9), {Tier.OWNER: ("S2",)})
RULE = {"name": SECRET["a"], "kind": "THRESHOLD", "station": "own.nirgends", "value": 1}


async def _received(world: World, side: str) -> str:
    made = world.sides[side]
    keeper = Keeper(made.things["roster_room"], organisation=made.things["roster"], name=SECRET[side])
    seen = Watched(f"local/risk_alert/{new_id()}", SECRET[side], Level.HIGH, IncidentMode.ACTUAL)
    async with world.node.database.transaction("test") as tx:
        id = await custody.receive(tx, "local", keeper, [keeper], seen, TERMS, datetime.now(UTC))
    assert id is not None
    return id


@adds
async def _custody(world: World, side: str) -> None:
    world.sides[side].things["custody"] = await _received(world, side)


async def _rule(world: World) -> str:
    sent = {"organisation": world.a.things["roster"], "fields": RULE}
    return str(told(await world.a.lead.post("/api/alarm-rules", json=sent))["id"])


SENT: dict[str, Any] = {
    "seen": None,
    "acknowledge": {},
    "assess": {"decision": "WATCH", "reason": "beobachten"},
    "owner": {"name": "S3"},
    "onward": {"to": "Kreis", "way": "Telefon"},
}


for _step, _body in SENT.items():

    @ask(f"POST /api/custody/{{id}}/{_step}")
    async def _step_of(world: World, body: Any = _body) -> Ask:
        return Ask({"id": await _received(world, "a")}, body)


@ask("POST /api/custody/{id}/onward/{number}/receipt")
async def _receipt(world: World) -> Ask:
    id = await _received(world, "a")
    told(await world.a.lead.post(f"/api/custody/{id}/onward", json={"to": "Kreis", "way": "Telefon"}))
    return Ask({"id": id, "number": 0}, {"by": "Meldekopf"})


@ask("GET /api/custody/{id}/report")
async def _report(world: World) -> Ask:
    return Ask({"id": world.a.things["custody"]}, shows=True)


plain("GET /api/custody/report", shows=True)


@ask("POST /api/alarm-rules", "POST /api/alarm-rules/dry-run")
async def _new_rule(world: World) -> Ask:
    return Ask({}, {"organisation": world.a.things["roster"], "fields": RULE})


@ask("PATCH /api/alarm-rules/{id}")
async def _edit_rule(world: World) -> Ask:
    return Ask({"id": await _rule(world)}, {"base": 1, "fields": {"value": 2}})


@ask("DELETE /api/alarm-rules/{id}", "GET /api/alarm-rules/{id}/states")
async def _a_rule(world: World) -> Ask:
    return Ask({"id": await _rule(world)})
