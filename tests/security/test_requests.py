"""Requests in somebody else's name, guessed ids, made-up hosts and borrowed cookies."""

from __future__ import annotations

import uuid

import httpx
import pytest

from service.access.cookie import PLAIN
from service.access.store import make_link
from tests.security.asking import address
from tests.security.asks import ASKS
from tests.security.matrix import expected
from tests.security.world import World

CHANGING = sorted(row for row in expected() if row.split()[0] in ("POST", "PUT", "PATCH", "DELETE"))
SOMEWHERE = "https://attacker.invalid"


@pytest.mark.parametrize("route", CHANGING)
async def test_a_page_of_somebody_else_cannot_change_anything(world: World, route: str) -> None:
    ask = await ASKS[route](world)
    method, path = address(route, ask)
    for headers in ({"Origin": SOMEWHERE}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": ""}):
        answer = await world.a.lead.request(method, path, json=ask.json, headers={**ask.headers, **headers})
        assert answer.status_code == 403, f"{headers}: {answer.status_code} {answer.text[:200]}"
        assert answer.json()["field"] == "Origin"


async def test_the_socket_refuses_pages_of_somebody_else(world: World) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus

    url = world.node.url.replace("http", "ws") + "/api/live"
    for origin in (SOMEWHERE, "null", "http://127.0.0.1.attacker.invalid", "http://127.0.0.1@attacker.invalid"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers={"Origin": origin})
        assert refused.value.response.status_code == 403


GUESSED = (
    ("PATCH", "/api/sites/{site}", {"base": 1, "fields": {"title": "x"}}),
    ("POST", "/api/sites/{site}/state", {"state": "VERIFIED"}),
    ("DELETE", "/api/sites/{site}", None),
    ("POST", "/api/sites/{site}/restore", None),
    ("PATCH", "/api/zones/{zone}", {"base": 1, "fields": {"name": "x"}}),
    ("PATCH", "/api/incidents/{incident}", {"base": 1, "fields": {"name": "x"}}),
    ("POST", "/api/incidents/{incident}/sites", {"fields": {"title": "x", "priority": "P1", "geometry": {
        "type": "Point", "coordinates": [7, 51]}}}),
    ("POST", "/api/incidents/{incident}/staffs", {"model": "SAE", "name": "x"}),
    ("POST", "/api/staffs/{staff}/assignments", {"function": "S2", "person": "x"}),
    ("GET", "/api/staffs/{staff}/assignments", None),
    ("POST", "/api/staffs/{staff}/tasks", {"fields": {"title": "x", "receiver": {"staff": "x"}}}),
    ("PATCH", "/api/tasks/{task}", {"base": 1, "fields": {"title": "x"}}),
    ("GET", "/api/journals/{staff}/entries", None),
    ("GET", "/api/journals/{staff}/export.csv", None),
    ("POST", "/api/journals/{staff}/entries", {"kind": "NOTE", "text": "x"}),
    ("PATCH", "/api/views/{view}", {"base": 1, "fields": {"name": "x"}}),
    ("DELETE", "/api/views/{view}", None),
    ("GET", "/api/rooms/{room}/members", None),
    ("PATCH", "/api/rooms/{room}", {"note": "x"}),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), GUESSED)
async def test_what_is_not_seen_is_told_like_what_does_not_exist(
    world: World, method: str, path: str, body: object
) -> None:
    """Else the difference would say that there is such a thing."""
    a, nobody = world.a, str(uuid.uuid4())
    real = {**a.things, "incident": a.incident, "staff": a.staff, "room": a.room}
    made_up = {**dict.fromkeys(real, nobody), "room": "i-000000000000"}
    for role in ("other", "token", "anonymous"):
        client = world.clients[role]
        there = await client.request(method, path.format(**real), json=body)
        nowhere = await client.request(method, path.format(**made_up), json=body)
        told = there.text.replace(real["room"], "…"), nowhere.text.replace(made_up["room"], "…")
        assert (there.status_code, told[0]) == (nowhere.status_code, told[1]), role
        assert there.status_code in (401, 403, 404), role


async def test_a_session_from_before_signing_in_is_not_taken_over(world: World) -> None:
    """A cookie that somebody planted never becomes a signed-in one."""
    planted = "planted-" + "x" * 40
    link = await make_link(world.node.database, world.spare)
    async with httpx.AsyncClient(base_url=world.node.url, cookies={PLAIN: planted}) as browser:
        answer = await browser.get(f"/sign-in/{link}")
        given = answer.headers["set-cookie"]
        assert answer.status_code == 303
        assert planted not in given
    async with httpx.AsyncClient(base_url=world.node.url, cookies={PLAIN: planted}) as attacker:
        assert (await attacker.get("/api/session")).json()["signed_in"] is False
    attributes = {part.strip().lower() for part in given.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes


async def test_who_signs_in_again_leaves_no_session_behind(world: World) -> None:
    first = await make_link(world.node.database, world.spare)
    second = await make_link(world.node.database, world.spare)
    async with httpx.AsyncClient(base_url=world.node.url) as browser:
        await browser.get(f"/sign-in/{first}")
        old = browser.cookies[PLAIN]
        await browser.get(f"/sign-in/{second}")
        assert browser.cookies[PLAIN] != old
    async with httpx.AsyncClient(base_url=world.node.url, cookies={PLAIN: old}) as left:
        assert (await left.get("/api/session")).json()["signed_in"] is False


@pytest.mark.parametrize("host", ["attacker.invalid", "attacker.invalid:80@127.0.0.1", "127.0.0.1, attacker.invalid"])
async def test_a_made_up_host_stands_in_no_answer(world: World, host: str) -> None:
    headers = {"Host": host, "X-Forwarded-Host": "attacker.invalid", "X-Forwarded-Proto": "https"}
    link = await make_link(world.node.database, world.spare)
    async with httpx.AsyncClient(base_url=world.node.url) as client:
        for path in ("/", "/api/session", "/api/settings", "/api/openapi.json", f"/sign-in/{link}", "/api/oidc/start"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code < 500 or path == "/api/oidc/start"
            assert "attacker.invalid" not in answer.text, path
            assert "attacker.invalid" not in answer.headers.get("location", ""), path
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_no_answer_may_be_framed_sniffed_or_kept_by_somebody_between(world: World) -> None:
    lead = world.a.lead
    for path in ("/", "/api/picture", "/api/session", f"/api/journals/{world.a.staff}/entries", "/api/views"):
        answer = await lead.get(path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
        assert "public" not in answer.headers.get("cache-control", ""), path
