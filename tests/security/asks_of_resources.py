"""Asks about what organisations have: fleets, resources, stock. `asks` imports this."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from tests.security.asks import Ask, ask, plain
from tests.security.world import SECRET, World, told

TEXT = SECRET["a"]
NEW = {
    "resources": {"kind": "VEHICLE", "type": "HLF20", "callsign": TEXT},
    "stock": {"article": TEXT, "unit": "Stück", "quantity": 10},
}
ONE = {"resources": "resource", "stock": "stock"}


@ask("POST /api/fleets")
async def _found(world: World) -> Ask:
    made = await world.clients["admin"].post("/api/organisations", json={"name": f"Wehr {uuid.uuid4()}"})
    return Ask(json={"organisation": told(made)["id"]})


@ask("PATCH /api/fleets/{id}")
async def _fleet(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]}, {"base": 1, "fields": {"note": TEXT}})


@ask("POST /api/fleets/{id}/conflicts/{number}")
async def _settle_fleet(world: World) -> Ask:
    at = f"/api/fleets/{world.a.things['fleet']}"
    for _ in range(2):
        told(await world.a.lead.patch(at, json={"base": 1, "fields": {"contact": str(uuid.uuid4())}}))
    return Ask({"id": world.a.things["fleet"], "number": 0}, {"take": False})


def _kept(path: str, kind: str) -> None:
    title = "callsign" if kind == "resource" else "article"

    @ask(f"POST /api/fleets/{{id}}/{path}")
    async def new(world: World) -> Ask:
        return Ask({"id": world.a.things["fleet"]}, {"fields": NEW[path]})

    @ask(f"PATCH /api/{path}/{{id}}")
    async def edit(world: World) -> Ask:
        return Ask({"id": world.a.things[kind]}, {"base": 1, "fields": {title: TEXT}})

    @ask(f"POST /api/{path}/{{id}}/conflicts/{{number}}")
    async def settle(world: World) -> Ask:
        made, lead = await world.owned(kind), world.a.lead
        for text in ("eins", "zwei"):  # both edited the first version
            told(await lead.patch(f"/api/{path}/{made}", json={"base": 1, "fields": {title: text}}))
        return Ask({"id": made, "number": 0}, {"take": False})

    @ask(f"DELETE /api/{path}/{{id}}")
    async def delete(world: World) -> Ask:
        return Ask({"id": await world.owned(kind)})

    @ask(f"POST /api/{path}/{{id}}/restore")
    async def restore(world: World) -> Ask:
        made = await world.owned(kind)
        told(await world.a.lead.delete(f"/api/{path}/{made}"))
        return Ask({"id": made})


for _path, _kind in ONE.items():
    _kept(_path, _kind)


@ask("POST /api/resources/{id}/status")
async def _status(world: World) -> Ask:
    return Ask({"id": await world.owned("resource")}, {"code": "2"})


@ask("POST /api/resources/{id}/signal")
async def _signal(world: World) -> Ask:
    made = await world.owned("resource")
    told(await world.a.lead.post(f"/api/resources/{made}/status", json={"code": "5"}))
    return Ask({"id": made})


@ask("POST /api/resources/{id}/deployment")
async def _deployment(world: World) -> Ask:
    fields = {"incident": world.a.incident, "site": world.a.things["site"]}
    return Ask({"id": await world.owned("resource")}, {"state": "ALERTED", "fields": fields})


@ask("GET /api/resources/overview")
async def _overview(world: World) -> Ask:
    return Ask()


@ask("GET /api/resources/strength.csv")
async def _strength(world: World) -> Ask:
    return Ask()


# --- dispatch systems -------------------------------------------------------------------------------------------------
plain("GET /api/dispatch/resources", shows=True)
plain("GET /api/dispatch/unknown")
plain("POST /api/dispatch/cot")
plain("POST /api/dispatch/reports", json={"reports": [{"id": "1", "at": "2026-11-22T04:00:00Z", "callsign": "X"}]})


# --- Meldekopf --------------------------------------------------------------------------------------------------------
@ask("POST /api/incidents/{id}/arrivals")
async def _arrivals(world: World) -> Ask:
    id = str(uuid.uuid4())
    fields = {"facility": world.a.things["facility"], "callsign": TEXT}
    now = datetime.now(UTC).isoformat()
    act = {"id": id, "arrival": id, "kind": "CHECK_IN", "at": now, "fields": fields}
    return Ask({"id": world.a.incident}, {"acts": [act]})


@ask("GET /api/incidents/{id}/under-way")
async def _under_way(world: World) -> Ask:
    return Ask({"id": world.a.incident})


@ask("GET /api/resources/{id}/qr.svg")
async def _qr(world: World) -> Ask:
    return Ask({"id": await world.owned("resource")})


@ask("GET /api/fleets/{id}/labels.pdf")
async def _labels(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]})


# --- catalogue --------------------------------------------------------------------------------------------------------
plain("GET /api/catalogue")


async def _own_type(world: World) -> str:
    path, code = f"/api/fleets/{world.a.things['fleet']}/types", f"X{uuid.uuid4().hex[:8]}"
    return str(told(await world.a.lead.post(path, json={"fields": {"code": code, "name": TEXT}}))["id"])


@ask("POST /api/fleets/{id}/types")
async def _types(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]}, {"fields": {"code": f"X{uuid.uuid4().hex[:8]}", "name": TEXT}})


@ask("PATCH /api/fleets/{id}/types/{type}")
async def _edit_type(world: World) -> Ask:
    path = {"id": world.a.things["fleet"], "type": await _own_type(world)}
    return Ask(path, {"base": 1, "fields": {"name": TEXT}})


@ask("DELETE /api/fleets/{id}/types/{type}")
async def _delete_type(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"], "type": await _own_type(world)})


@ask("POST /api/fleets/{id}/units")
async def _units(world: World) -> Ask:
    members = [await world.owned("resource")]
    return Ask({"id": world.a.things["fleet"]}, {"concept": "LZ", "callsign": TEXT, "members": members})


@ask("POST /api/fleets/{id}/import/preview")
async def _preview(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]}, content=f"Rufname;Typ\n{TEXT};HLF20\n".encode())


@ask("POST /api/fleets/{id}/import")
async def _import(world: World) -> Ask:
    return Ask({"id": world.a.things["fleet"]}, content=f"Rufname;Typ\n{uuid.uuid4()};HLF20\n".encode())


def _of_the_fleet(route: str) -> None:
    @ask(route)
    async def asked(world: World) -> Ask:
        return Ask({"id": world.a.things["fleet"]})


for _route in ("export.csv", "export.xlsx", "import/template.xlsx"):
    _of_the_fleet(f"GET /api/fleets/{{id}}/{_route}")
