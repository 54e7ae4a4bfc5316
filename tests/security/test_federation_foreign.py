"""What partners tell stands in picture, lists, search, tiles and history; it decides nothing in our own procedures.

A hostile partner tells of every thing that we have, under the same id, in a room that everybody reads and in the one of
both: what our procedures answer stays the same, and no route of ours changes a thing of his.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest_asyncio
from sqlalchemy import text

from geodata.model.incident import IncidentMode
from tests.security.asking import address
from tests.security.asks import ASKS, Ask
from tests.security.world import World
from tests.service.federation.receiving.neighbour import Neighbour, opened

FOREIGN = "Fremdes Wort"
REMEMBERED = 3.5
"""Seconds after which the node notices rooms that this process has made."""
WORDS = ("title", "name", "callsign", "article", "text", "note", "contact", "address")
MAY = (
    "/api/picture", "/api/changes", "/api/search", "/api/history", "/tiles/", "/api/open/", "/api/ogc", "/api/warnings",
    "/api/stations?", "/api/rooms", "/api/audit", "/api/partners", "/api/shares", "/api/incidents/{id}/joint",
    "/metrics",
)  # fmt: skip
"""Where a partner's thing may stand, or its room, or the line that says that it came."""
OTHERWISE = ("/api/session", "/sign-in/", "/api/oidc", "/api/openapi.json")
PREVIEWS = (
    "POST /api/alarms/preview", "POST /api/alarm-plans/{id}/dry-run", "POST /api/alarm-rules/dry-run",
    "POST /api/fleets/{id}/import/preview", "POST /api/rosters/{id}/import/preview",
)  # fmt: skip
_LOCAL = text("SELECT ref, kind, body, provenance, extent FROM fact WHERE origin = 'local' ORDER BY ref")
_OURS = text("SELECT ref, room, body::text, geom::text FROM fact WHERE origin = 'local' ORDER BY ref")
_FOREIGN = text("SELECT ref, body::text, xmin::text FROM fact WHERE origin = 'altdorf' ORDER BY ref")


def _foreign(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, **{word: FOREIGN for word in WORDS if isinstance(body.get(word), str)}}


async def _tell(neighbour: Neighbour) -> int:
    """Every thing of ours, told by somebody else; how many are held."""
    database = neighbour.database
    async with database.reading() as connection:
        rows = (await connection.execute(_LOCAL)).all()
    items = [
        {
            "type": "put", "share": share, "ref": f"altdorf/{row.ref.split('/', 1)[1]}", "seq": 1 + (share == "s1"),
            "body": _foreign(row.body), "provenance": row.provenance,
            **({"extent": row.extent} if row.extent else {}),
        }
        for row in rows
        for share in ("exchange", "s1")
    ]  # fmt: skip
    for first in range(0, len(items), 100):
        await neighbour.say(*items[first : first + 100])
    async with database.reading() as connection:
        held = len((await connection.execute(_FOREIGN)).all())
    await asyncio.sleep(REMEMBERED)
    return held


async def _answers(world: World, asks: Mapping[str, Ask], roles: tuple[str, ...]) -> dict[str, Any]:
    found = {}
    for route, ask in asks.items():
        method, path = address(route, ask)
        for role in roles:
            answer = await world.clients[role].request(
                method, path, json=ask.json, params=ask.query, headers={**ask.headers}
            )
            found[f"{role}: {route}"] = (answer.status_code, answer.content)
    return found


@pytest_asyncio.fixture(loop_scope="module")
async def asks(world: World) -> dict[str, Ask]:
    chosen = [route for route in ASKS if route.startswith("GET ") or route in PREVIEWS]
    local = [r for r in chosen if not r.split(" ", 1)[1].startswith((*MAY, *OTHERWISE)) and r != "GET /api/stations"]
    return {route: ask for route in local if not (ask := await ASKS[route](world)).ends}


async def test_what_a_partner_tells_decides_nothing_here(world: World, asks: dict[str, Ask]) -> None:
    roles = ("LEITUNG", "S1", "token")
    neighbour = await Neighbour.known(world.node.database, "altdorf", to="local", mode=IncidentMode.EXERCISE)
    await neighbour.say(opened("s1"), opened("exchange", exchange=True))
    await asyncio.sleep(REMEMBERED)
    once, twice = await _answers(world, asks, roles), await _answers(world, asks, roles)
    steady = {name for name in once if once[name] == twice[name]}
    async with world.node.database.reading() as connection:
        ours = (await connection.execute(_OURS)).all()
        kinds = {row.ref.split("/")[1] for row in ours}
    held = await _tell(neighbour)
    assert held > len(ours) * 0.9 and len(kinds) > 20, (held, len(ours), sorted(kinds))
    after = await _answers(world, asks, roles)
    assert len([name for name in steady if once[name][0] == 200]) > 100
    changed = {name: (once[name], after[name]) for name in steady if once[name] != after[name]}
    assert sorted((name, a[1][:3000], b[1][:3000]) for name, (a, b) in changed.items()) == []
    assert FOREIGN.encode() in (await world.clients["S1"].get("/api/picture")).content
    assert [name for name, (_, body) in after.items() if FOREIGN.encode() in body] == []
    async with world.node.database.reading() as connection:
        assert (await connection.execute(_OURS)).all() == ours


async def test_no_route_of_ours_touches_a_thing_of_a_partner(world: World) -> None:
    """By its full ref, and by its id where we have none of that id."""
    database = world.node.database
    async with database.reading() as connection:
        before = (await connection.execute(_FOREIGN)).all()
    assert before
    ways = [route for route in ASKS if not route.startswith(("GET ", "MOUNT ", "TILE ", "WS ")) and "{id}" in route]
    assert len(ways) > 100
    kinds = {row.ref.split("/")[1]: row.ref for row in before}
    for route in ways:
        ask = await ASKS[route](world)
        if ask.ends:
            continue
        for ref in (next(iter(kinds.values())), "altdorf~site~x"):
            method, path = address(route, Ask({**ask.path, "id": ref.replace("/", "%2F")}))
            answer = await world.clients["LEITUNG"].request(method, path, json=ask.json, headers={**ask.headers})
            assert answer.status_code in (401, 403, 404, 405, 409, 410, 413, 415, 422), (route, ref, answer.text[:200])
    async with database.reading() as connection:
        assert (await connection.execute(_FOREIGN)).all() == before


async def test_a_thing_of_an_unknown_kind_is_given_back_as_it_came(world: World) -> None:
    neighbour = await Neighbour.known(world.node.database, "bergheim", to="local", mode=IncidentMode.EXERCISE)
    body = {"drone": {"legs": [1, 2]}, "geometry": {"type": "Point", "coordinates": [7.0, 51.0]}}
    provenance = {"source": "x", "as_of": "2026-07-01T12:00:00Z", "received_at": "2026-07-01T12:00:00Z"}
    told = {"type": "put", "share": "s1", "ref": "bergheim/novel/n1", "seq": 1, "body": body, "provenance": provenance}
    await neighbour.say(opened("s1"), told)
    await asyncio.sleep(REMEMBERED)
    facts = orjson.loads((await world.clients["LEITUNG"].get("/api/picture?kinds=novel")).content)["facts"]
    assert [fact["body"] for fact in facts if fact["ref"] == "bergheim/novel/n1"] == [body]
