"""For every route one request that somebody with every right would be granted, aimed at incident a.

What a request uses up (a site to delete, a session to end) is made anew for each asker.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.security.world import HERE, RING, SECRET, TOWN, World, told

OWN_STATION = {"key": "own.pegel", "name": "Pegel", "kind": "gauge", "longitude": 7.1, "latitude": 51.2,
               "series": [{"quantity": "W", "unit": "cm"}]}  # fmt: skip
TEXT = SECRET["a"]


@dataclass
class Ask:
    """`path` fills the route's address. `shows`: the answer of somebody in the incident holds its secret, so that one
    without it is empty. `ends`: the asker's sessions, so that he needs a new one. `page`: as a browser
    sends it, with the Origin."""

    path: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    shows: bool = False
    ends: bool = False
    page: bool = False


Make = Callable[[World], Awaitable[Ask]]
ASKS: dict[str, Make] = {}


def plain(*routes: str, **fields: Any) -> None:
    """Routes whose request is always the same."""

    async def make(world: World) -> Ask:
        return Ask(**fields)

    for route in routes:
        ASKS[route] = make


def ask(*routes: str) -> Callable[[Make], Make]:
    def add(make: Make) -> Make:
        for route in routes:
            ASKS[route] = make
        return make

    return add


# --- page, picture, land ----------------------------------------------------------------------------------------------
plain("MOUNT /", "GET /healthz", "GET /readyz", "GET /metrics", "GET /api/openapi.json", "GET /api/settings",
      "GET /api/session", "GET /api/land", "GET /api/legal-levels", "GET /api/sign-in-methods",
      "GET /api/feeds", "GET /api/exercise", "GET /api/stations", "GET /api/warnings")  # fmt: skip
plain("GET /api/open/cap.atom", "GET /api/ogc", "MOUNT /api/ogc")
plain("GET /api/sta/v1.1")
plain("GET /api/sta/v1.1/{path:path}", path={"path": "Things"})
plain("GET /api/open/cap/{identifier}.xml", path={"identifier": "nobody.zone.x.1"})
plain("GET /api/open/{layer}.geojson", path={"layer": "sites"}, shows=True)
plain("GET /api/picture", "GET /api/views", "GET /api/incidents", shows=True)
plain("GET /api/changes", query={"since": 0, "limit": 5000}, shows=True)
plain("GET /api/search", query={"q": SECRET["a"][:16]}, shows=True)
plain("GET /api/history/bounds")
plain("GET /api/history/changes", query={"from": "2020-01-01T00:00:00Z"}, shows=True)
plain("GET /api/stations/{id}", "GET /api/stations/{id}/observations", path={"id": "own.nirgends"})
plain("GET /api/extents/{id}/parts", path={"id": "own.nirgends"})
plain("PUT /api/stations/{id}", path={"id": "own.pegel"}, json=OWN_STATION)
plain("GET /sign-in/{secret}", path={"secret": "geraten"})
plain("GET /api/feeds/{name}/aside", "POST /api/feeds/{name}/poll", "POST /api/feeds/{name}/pause",
      "POST /api/feeds/{name}/resume", path={"name": "pegelonline"})  # fmt: skip
plain("POST /api/exercise", json={"action": "resume"})
for layer in ("municipalities", "districts", "regions", "places", "stations", "warnings", "extents", "sites", "sectors",
              "facilities", "zones"):  # fmt: skip
    plain(f"TILE {layer}", path={"layer": layer, **TOWN})


@ask("POST /api/observations")
async def _observations(world: World) -> Ask:
    sent = {"station": "own.nirgends", "quantity": "W", "at": "2026-11-21T18:00:00Z", "value": 84.0, "unit": "cm"}
    return Ask(json={"observations": [sent]}, headers={"Idempotency-Key": str(uuid.uuid4())})


# --- sessions and accounts --------------------------------------------------------------------------------------------


@ask("POST /api/session/sign-in")
async def _sign_in(world: World) -> Ask:
    return Ask(json={"login": f"niemand-{uuid.uuid4()}", "password": "geraten-und-falsch"})


plain("POST /api/session/passkey/begin", page=True)
plain("POST /api/session/passkey/finish", json={"ceremony": "geraten", "credential": {}})
plain("POST /api/session/sign-out", ends=True)
plain("GET /api/oidc/start")
plain("GET /api/oidc/callback", query={"state": "geraten", "code": "geraten"})
plain("GET /api/account", "GET /api/account/sessions", "GET /api/people/names")
plain("POST /api/account/passkeys/begin", page=True)
plain("PATCH /api/account", json={})
plain("POST /api/account/password", json={"password": "kurz"})
plain("POST /api/account/passkeys/finish", json={"ceremony": "geraten", "credential": {}, "name": "x"})
plain("DELETE /api/account/passkeys/{id}", path={"id": "Z2VyYXRlbg"})
plain("DELETE /api/account/sessions", ends=True)
plain("GET /api/people", "GET /api/organisations", "GET /api/sessions", "GET /api/audit", "GET /api/rooms")


@ask("DELETE /api/account/sessions/{id}", "DELETE /api/sessions/{id}")
async def _foreign_session(world: World) -> Ask:
    client, id = await world.session_of(world.spare)
    await client.aclose()
    return Ask({"id": id})


@ask("POST /api/people")
async def _new_person(world: World) -> Ask:
    return Ask(json={"name": "Neu Hier"})


@ask("GET /api/people/{id}", "POST /api/people/{id}/link")
async def _one_person(world: World) -> Ask:
    return Ask({"id": world.spare})


@ask("PATCH /api/people/{id}")
async def _change_person(world: World) -> Ask:
    return Ask({"id": world.spare}, {"name": "Ersatz"})


@ask("POST /api/people/{id}/erase")
async def _erase_person(world: World) -> Ask:
    return Ask({"id": await world.person(f"Vergessen {uuid.uuid4()}")})


@ask("POST /api/organisations")
async def _new_organisation(world: World) -> Ask:
    return Ask(json={"name": f"Verein {uuid.uuid4()}"})


@ask("PATCH /api/organisations/{id}")
async def _change_organisation(world: World) -> Ask:
    known = told(await world.clients["admin"].get("/api/organisations"))["organisations"]
    return Ask({"id": known[0]["id"]}, {"kind": "KREIS"})


# --- rooms ------------------------------------------------------------------------------------------------------------
@ask("POST /api/rooms")
async def _new_room(world: World) -> Ask:
    return Ask(json={"name": "Gemeinsamer Raum", "incident": world.a.incident})


@ask("PATCH /api/rooms/{id}")
async def _change_room(world: World) -> Ask:
    return Ask({"id": world.a.room}, {"note": "Hinweis"})


@ask("GET /api/rooms/{id}/members")
async def _members(world: World) -> Ask:
    return Ask({"id": world.a.room})


MEMBER = {"can_write": False, "can_share": False}


@ask("PUT /api/rooms/{id}/members/{kind}/{member:path}")
async def _member(world: World) -> Ask:
    return Ask({"id": world.a.room, "kind": "person", "member": world.spare}, MEMBER)


@ask("DELETE /api/rooms/{id}/members/{kind}/{member:path}")
async def _no_member(world: World) -> Ask:
    path = f"/api/rooms/{world.a.room}/members/person/{world.spare}"
    told(await world.a.lead.put(path, json=MEMBER))
    return Ask({"id": world.a.room, "kind": "person", "member": world.spare})


# --- incidents and staffs ---------------------------------------------------------------------------------------------
@ask("POST /api/incidents")
async def _open(world: World) -> Ask:
    return Ask(json={"name": "Noch eine Lage", "staffs": [{"model": "EINSATZLEITUNG", "name": "EL"}]})


@ask("PATCH /api/incidents/{id}")
async def _name_incident(world: World) -> Ask:
    return Ask({"id": world.a.incident}, {"base": 1, "fields": {"hazard": TEXT}})


@ask("POST /api/incidents/{id}/state")
async def _move_incident(world: World) -> Ask:
    return Ask({"id": world.a.incident}, {"state": "OBSERVED"})


@ask("POST /api/incidents/{id}/legal")
async def _declare(world: World) -> Ask:
    level = told(await world.a.lead.get("/api/legal-levels"))["levels"][0]["code"]
    return Ask({"id": world.a.incident}, {"level": level, "text": TEXT})


@ask("POST /api/incidents/{id}/staffs")
async def _staff(world: World) -> Ask:
    return Ask({"id": world.a.incident}, {"model": "EINSATZLEITUNG", "name": "Zweiter Stab"})


@ask("GET /api/staffs/{id}/assignments")
async def _assignments(world: World) -> Ask:
    return Ask({"id": world.a.staff})


@ask("POST /api/staffs/{id}/assignments")
async def _assign(world: World) -> Ask:
    person = await world.person(f"Ablösung {uuid.uuid4()}")
    return Ask({"id": world.a.staff}, {"function": "EMS", "person": person, "deputy": True})


@ask("POST /api/assignments/{id}/state")
async def _shift(world: World) -> Ask:
    given = await _assign(world)
    made = told(await world.a.lead.post(f"/api/staffs/{world.a.staff}/assignments", json=given.json))
    return Ask({"id": made["assignment"]}, {"state": "OFF", "note": TEXT})


# --- what stands on the map -------------------------------------------------------------------------------------------
NEW = {
    "sites": {"title": TEXT, "priority": "P3", "geometry": HERE},
    "sectors": {"name": TEXT, "geometry": RING},
    "facilities": {"type": "MELDEKOPF", "name": TEXT, "geometry": HERE},
    "zones": {"type": "CLOSURE", "name": TEXT, "geometry": RING},
}
ONE = {"sites": "site", "sectors": "sector", "facilities": "facility", "zones": "zone"}


def _on_the_map(path: str, kind: str) -> None:
    title = "title" if kind == "site" else "name"

    @ask(f"POST /api/incidents/{{id}}/{path}")
    async def new(world: World) -> Ask:
        return Ask({"id": world.a.incident}, {"fields": NEW[path]})

    @ask(f"PATCH /api/{path}/{{id}}")
    async def edit(world: World) -> Ask:
        return Ask({"id": world.a.things[kind]}, {"base": 1, "fields": {title: TEXT}})

    @ask(f"POST /api/{path}/{{id}}/conflicts/{{number}}")
    async def settle(world: World) -> Ask:
        made, lead = await world.fresh(kind), world.a.lead
        for text in ("eins", "zwei"):  # both edited the first version
            told(await lead.patch(f"/api/{path}/{made}", json={"base": 1, "fields": {title: text}}))
        return Ask({"id": made, "number": 0}, {"take": False})

    @ask(f"DELETE /api/{path}/{{id}}")
    async def delete(world: World) -> Ask:
        return Ask({"id": await world.fresh(kind)})

    @ask(f"POST /api/{path}/{{id}}/restore")
    async def restore(world: World) -> Ask:
        made = await world.fresh(kind)
        told(await world.a.lead.delete(f"/api/{path}/{made}"))
        return Ask({"id": made})


for _path, _kind in ONE.items():
    _on_the_map(_path, _kind)


@ask("POST /api/incidents/{id}/conflicts/{number}")
async def _settle_incident(world: World) -> Ask:
    at = f"/api/incidents/{world.a.incident}"
    for text in ("eins", "zwei"):
        told(await world.a.lead.patch(at, json={"base": 1, "fields": {"hazard": f"{text} {uuid.uuid4()}"}}))
    return Ask({"id": world.a.incident, "number": 0}, {"take": False})


@ask("POST /api/sites/{id}/state")
async def _move_site(world: World) -> Ask:
    return Ask({"id": await world.fresh("site")}, {"state": "VERIFIED"})


@ask("POST /api/facilities/{id}/state")
async def _move_facility(world: World) -> Ask:
    return Ask({"id": await world.fresh("facility")}, {"state": "OPEN"})


@ask("POST /api/sites/{id}/merge")
async def _merge(world: World) -> Ask:
    return Ask({"id": await world.fresh("site")}, {"into": await world.fresh("site")})


@ask("POST /api/sites/{id}/unmerge")
async def _unmerge(world: World) -> Ask:
    one, other = await world.fresh("site"), await world.fresh("site")
    told(await world.a.lead.post(f"/api/sites/{one}/merge", json={"into": other}))
    return Ask({"id": one})


# --- orders -----------------------------------------------------------------------------------------------------------
@ask("POST /api/staffs/{id}/tasks")
async def _order(world: World) -> Ask:
    fields = {"title": TEXT, "receiver": {"staff": world.a.staff, "function": "EMS"}}
    return Ask({"id": world.a.staff}, {"fields": fields})


async def _new_order(world: World) -> str:
    given = await _order(world)
    return str(told(await world.a.lead.post(f"/api/staffs/{world.a.staff}/tasks", json=given.json))["id"])


@ask("PATCH /api/tasks/{id}")
async def _edit_order(world: World) -> Ask:
    return Ask({"id": await _new_order(world)}, {"base": 1, "fields": {"text": TEXT}})


@ask("POST /api/tasks/{id}/state")
async def _acknowledge(world: World) -> Ask:
    return Ask({"id": await _new_order(world)}, {"state": "ACKNOWLEDGED"})


@ask("POST /api/tasks/{id}/conflicts/{number}")
async def _settle_order(world: World) -> Ask:
    made = await _new_order(world)
    for text in ("eins", "zwei"):
        told(await world.a.lead.patch(f"/api/tasks/{made}", json={"base": 1, "fields": {"title": text}}))
    return Ask({"id": made, "number": 0}, {"take": False})


# --- journal ----------------------------------------------------------------------------------------------------------
@ask("POST /api/journals/{staff}/entries")
async def _entry(world: World) -> Ask:
    return Ask({"staff": world.a.staff}, {"kind": "NOTE", "text": TEXT})


@ask("GET /api/journals/{staff}/entries", "GET /api/journals/{staff}/export.csv")
async def _entries(world: World) -> Ask:
    return Ask({"staff": world.a.staff}, shows=True)


@ask("GET /api/journals/{staff}/verify", "GET /api/journals/{staff}/export.pdf")
async def _journal(world: World) -> Ask:
    return Ask({"staff": world.a.staff}, query={"kind": "CLOSING"})


@ask("POST /api/journals/{staff}/close")
async def _close(world: World) -> Ask:
    return Ask({"staff": world.a.staff}, {"note": TEXT})


# --- images from satellites: no access is configured, so whoever may ask is told that --------------------------------
SCENE = {"kind": "WATER_SAR", "area": RING, "scene": "S1A_IW_GRDH_1SDV_20210715T172516"}
plain("GET /api/imagery/jobs", "GET /api/imagery/rasters")
plain("POST /api/imagery/scenes", json={"sensor": "SENTINEL_1", "area": RING})
plain("POST /api/imagery/estimate", json=SCENE)
plain("POST /api/imagery/jobs/{id}/cancel", path={"id": "nirgends"})
plain("GET /api/imagery/rasters/{id}/tiles/{z}/{x}/{y}.png", path={"id": "nirgends", **TOWN})


@ask("POST /api/imagery/jobs")
async def _image(world: World) -> Ask:
    return Ask(json={**SCENE, "units": 1000, "title": TEXT, "room": world.a.room})


# --- views ------------------------------------------------------------------------------------------------------------
VIEW = {"name": TEXT, "audience": "S2"}


@ask("POST /api/views")
async def _view(world: World) -> Ask:
    return Ask(json={"fields": VIEW, "room": world.a.room})


async def _new_view(world: World) -> str:
    return str(told(await world.a.lead.post("/api/views", json={"fields": VIEW, "room": world.a.room}))["id"])


@ask("PATCH /api/views/{id}")
async def _edit_view(world: World) -> Ask:
    return Ask({"id": await _new_view(world)}, {"base": 1, "fields": {"audience": TEXT}})


@ask("DELETE /api/views/{id}")
async def _delete_view(world: World) -> Ask:
    return Ask({"id": await _new_view(world)})


@ask("POST /api/views/{id}/restore")
async def _restore_view(world: World) -> Ask:
    made = await _new_view(world)
    told(await world.a.lead.delete(f"/api/views/{made}"))
    return Ask({"id": made})


for _file in sorted(Path(__file__).parent.glob("asks_of_*.py")):
    import_module(f"tests.security.{_file.stem}")
