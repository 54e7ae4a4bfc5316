"""What one incident holds is never told to the other or to strangers: with both locks, and with the second alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from geodata.store.database import Database
from tests.security.asking import asked
from tests.security.asks import ASKS
from tests.security.live import everything
from tests.security.matrix import expected
from tests.security.world import SECRET, STRANGERS, World, told

TABLE = expected()
OUTSIDE = [role for role in STRANGERS if role != "other"]
ROUTES = sorted(row for row in TABLE if not row.startswith(("WS ", "MOUNT ")))
ENDS = ("POST /api/session/sign-out", "DELETE /api/account/sessions")


BEARERS = ("/a/", "/me/")
"""Whoever has such a link is the person it was made for; it tells of the other incident no more than any answer."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["both locks", "row-level security alone"])
async def guarded(world: World, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The second time the application's own check is off: each query asks for every room."""
    if request.param == "both locks":
        yield world
        return
    for route in ("POST /api/inquiries/{id}/arrive", "POST /api/inquiries/{id}/recall"):
        await ASKS[route](world)  # so that the rooms which both share are among them
    async with world.node.database.reading() as connection:
        rooms = sorted((await connection.execute(text("SELECT id FROM room"))).scalars())
    assert {world.a.room, world.b.room, world.a.own_room, world.b.own_room} <= set(rooms)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Database, "asked", lambda self, asked: rooms)
        yield world


async def test_the_switch_is_one_that_would_leak(guarded: World, request: pytest.FixtureRequest) -> None:
    """That with neither lock the secret would come out shows that these tests can fail."""
    from geodata.store import picture

    database = guarded.node.database
    seen = b"".join((await picture.snapshot(database, ["public"]))[1])
    assert SECRET["a"].encode() not in seen
    async with database.reading() as connection:  # as the owner: no row-level security
        query = text("SELECT string_agg(body::text, '') FROM fact WHERE room = ANY(cast(:rooms AS text[]))")
        bare = (await connection.execute(query, {"rooms": database.asked(["public"])})).scalar() or ""
    off = "alone" in request.node.name
    assert (SECRET["a"] in bare) is off


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in ENDS])
async def test_no_answer_tells_the_secret_of_another_incident(guarded: World, route: str) -> None:
    leaks = []
    for role in STRANGERS:
        answer = await asked(guarded, route, role)
        if SECRET["a"].encode() in answer.body and not route.split()[1].startswith(BEARERS):
            leaks.append(f"{role}: {answer}")
        if role != "other" and SECRET["b"].encode() in answer.body:
            leaks.append(f"{role} of b: {answer}")
        writes = not route.startswith(("GET ", "TILE "))
        if writes and TABLE[route][role] in ("401", "403", "404", "422") and answer.status < 400:
            leaks.append(f"{role} got {answer}, expected {TABLE[route][role]}")
    for role in ("LEITUNG", "S2"):
        answer = await asked(guarded, route, role)
        if SECRET["b"].encode() in answer.body:
            leaks.append(f"{role}: {answer}")
    assert leaks == []


async def test_no_frame_of_the_socket_tells_it(guarded: World) -> None:
    await guarded.fresh("site")
    await guarded.nothing_exchanged()
    for role in (*STRANGERS, "LEITUNG", "OBSERVER"):
        frames = b"".join(await everything(guarded.clients[role]))
        for side in ("a", "b"):
            inside = role == "other" if side == "b" else role not in STRANGERS
            assert (SECRET[side].encode() in frames) is inside, f"{role} about {side}"


async def test_nothing_can_be_written_into_the_other_incident(guarded: World) -> None:
    """Nor moved, merged, ordered or cited across."""
    a, b, lead = guarded.a, guarded.b, guarded.b.lead
    database = guarded.node.database

    async def facts() -> list[object]:
        async with database.reading() as connection:
            statement = text("SELECT ref, body FROM fact WHERE room = ANY(:rooms) ORDER BY ref")
            return list(await connection.execute(statement, {"rooms": [a.room, a.own_room]}))

    own = await guarded.fresh("site", "b")
    before = await facts()
    for method, path, body in (
        ("POST", f"/api/incidents/{a.incident}/sites", {"fields": {"title": "x", "priority": "P1", "geometry": {"type": "Point", "coordinates": [7, 51]}}}),  # noqa: E501
        ("PATCH", f"/api/sites/{a.things['site']}", {"base": 1, "fields": {"title": "x"}}),
        ("POST", f"/api/sites/{a.things['site']}/state", {"state": "VERIFIED"}),
        ("POST", f"/api/sites/{own}/merge", {"into": a.things["site"]}),
        ("PATCH", f"/api/sites/{own}", {"base": 1, "fields": {"sector": a.things["sector"]}}),
        ("DELETE", f"/api/sites/{a.things['site']}", None),
        ("POST", f"/api/incidents/{a.incident}/state", {"state": "ACTIVE"}),
        ("POST", f"/api/incidents/{a.incident}/state", {"state": "ARCHIVED", "reason": "x"}),
        ("POST", f"/api/incidents/{a.incident}/staffs", {"model": "SAE", "name": "x"}),
        ("POST", f"/api/staffs/{a.staff}/assignments", {"function": "S2", "person": guarded.spare}),
        ("POST", f"/api/journals/{a.staff}/entries", {"kind": "NOTE", "text": "x"}),
        ("POST", f"/api/staffs/{b.staff}/tasks", {"fields": {"title": "x", "receiver": {"staff": a.staff}}}),
        ("POST", f"/api/staffs/{b.staff}/tasks", {"fields": {"title": "x", "receiver": {"staff": b.staff}, "site": a.things["site"]}}),  # noqa: E501
        ("PATCH", f"/api/tasks/{a.things['task']}", {"base": 1, "fields": {"title": "x"}}),
        ("POST", f"/api/tasks/{a.things['task']}/state", {"state": "CANCELLED"}),
        ("POST", "/api/views", {"fields": {"name": "x"}, "room": a.room}),
        ("PATCH", f"/api/views/{a.things['view']}", {"base": 1, "fields": {"name": "x"}}),
        ("PUT", f"/api/rooms/{a.room}/members/person/{guarded.people['b.LEITUNG']}", {"can_write": True}),
    ):  # fmt: skip
        answer = await lead.request(method, path, json=body)
        assert answer.status_code in (403, 404, 422), f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        assert SECRET["a"] not in answer.text, f"{method} {path}"
    assert await facts() == before


async def test_an_idempotency_key_of_another_session_tells_nothing(guarded: World) -> None:
    key = {"Idempotency-Key": "wiederholt-4711"}
    fields = {"kind": "NOTE", "text": SECRET["a"]}
    told(await guarded.a.lead.post(f"/api/journals/{guarded.a.staff}/entries", json=fields, headers=key))
    again = await guarded.b.lead.post(f"/api/journals/{guarded.a.staff}/entries", json=fields, headers=key)
    assert again.status_code in (403, 404)
    assert SECRET["a"] not in again.text
