"""A whole node with a real source: its raw answers, and a recorded file looked at and then taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.service.conftest import SOURCES, Node, running

OFF = {name: {"enabled": False} for name in SOURCES}
BLOCK = {
    "kind": "geojson", "title": "Sperrungen", "licence": "CC0-1.0", "attribution": "Musterstadt", "every": "1 h",
    "key": "geheim", "params": {"token": "{key}"},
    "fields": {"id": "id", "title": "properties.name", "at": "properties.at"},
}  # fmt: skip


def closures(*names: str, minutes: int = 5) -> bytes:
    at = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    features = [
        {"type": "Feature", "id": name, "geometry": {"type": "Point", "coordinates": [6.9, 50.9]},
         "properties": {"name": f"Sperrung {name}", "at": at}} for name in names
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


class Town:
    """A source that says what it is told to, with an ETag."""

    def __init__(self) -> None:
        self.says, self.url = closures("a"), ""

    async def answer(self, request: web.Request) -> web.Response:
        tag = f'"{hash(self.says)}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        return web.Response(body=self.says, content_type="application/geo+json", headers={"ETag": tag})


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    app = web.Application()
    app.router.add_get("/data", town.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    town.url = f"http://127.0.0.1:{runner.addresses[0][1]}/data"
    yield town
    await runner.cleanup()


@pytest.fixture
async def node(database_url: str, town: Town) -> AsyncIterator[Node]:
    async with running(database_url, feeds=OFF, sources={"stadt": {**BLOCK, "url": town.url}}) as node:
        yield node


@pytest.fixture
async def admin(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    client = await node.sign_in()
    client.headers["Origin"] = node.url
    yield client
    await client.aclose()


async def features(client: httpx.AsyncClient) -> dict[str, str]:
    """Ids of the features shown and the source each is said to come from."""
    facts = (await client.get("/api/picture")).json()["facts"]
    return {f["ref"].split("/")[2]: f["provenance"]["source"] for f in facts if "/feature/" in f["ref"]}


async def until(ask: Any, met: Any) -> Any:
    async with asyncio.timeout(30):
        while not met(found := await ask()):
            await asyncio.sleep(0.05)
    return found


async def raw(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/api/feeds/stadt/raw")
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["payloads"]
    return listed


async def test_each_answer_is_kept_as_it_came_without_the_key(admin: httpx.AsyncClient, town: Town) -> None:
    first = town.says
    (line,) = await until(lambda: raw(admin), bool)
    assert line["url"].endswith("/data?token=…") and line["size"] == len(first)
    town.says = closures("a", "b")
    await admin.post("/api/feeds/stadt/poll")
    newest, oldest = await until(lambda: raw(admin), lambda found: len(found) == 2)
    assert (newest["size"], oldest["id"]) == (len(town.says), line["id"])
    kept = await admin.get(f"/api/feeds/stadt/raw/{oldest['id']}")
    assert kept.content == first
    assert kept.headers["content-type"] == "application/octet-stream"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["content-disposition"].startswith('attachment; filename="stadt-')
    assert kept.headers["content-disposition"].endswith('.json"')
    assert (await admin.get("/api/feeds/stadt/raw/999")).status_code == 404
    audit = (await admin.get("/api/audit")).json()
    assert any(line["action"] == "feed.raw" and line["subject"] == "feed:stadt" for line in audit["lines"]), audit


async def test_a_file_is_first_looked_at_then_taken_and_marked_until_the_source_answers(
    admin: httpx.AsyncClient, town: Town
) -> None:
    await until(lambda: features(admin), lambda f: f == {"stadt.a": "stadt"})
    recorded = closures("a", "z", minutes=90)
    answer = await admin.post("/api/feeds/stadt/replay?file=gestern.json", content=recorded)
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    assert (preview["items"], preview["features"], preview["recognised"]) == (2, 2, True)
    assert preview["titles"] == ["Sperrung a", "Sperrung z"]
    assert await features(admin) == {"stadt.a": "stadt"}, "looking takes nothing"
    assert (await admin.post(f"/api/feeds/stadt/replay/{preview['token']}")).status_code == 200
    assert await features(admin) == {"stadt.a": "stadt:replay", "stadt.z": "stadt:replay"}
    assert (await admin.post(f"/api/feeds/stadt/replay/{preview['token']}")).status_code == 404, "once only"
    changes = (await admin.get("/api/changes?since=0&limit=1000")).json()["changes"]
    assert any(c["actor"] == "feed:stadt:replay" and "/feature/stadt.z" in c["ref"] for c in changes)
    audit = (await admin.get("/api/audit")).json()
    assert any(line["action"] == "feed.replay" and line["detail"]["items"] == 2 for line in audit["lines"])
    await admin.post("/api/feeds/stadt/poll")  # the same answer as before: only its ETag could hide the truth
    assert await features(admin) == {"stadt.a": "stadt"}


async def test_a_kept_answer_can_be_played_again(admin: httpx.AsyncClient, town: Town) -> None:
    (line,) = await until(lambda: raw(admin), bool)
    town.says = closures("b")
    await admin.post("/api/feeds/stadt/poll")
    assert await features(admin) == {"stadt.b": "stadt"}
    preview = (await admin.post(f"/api/feeds/stadt/raw/{line['id']}/replay")).json()
    await admin.post(f"/api/feeds/stadt/replay/{preview['token']}")
    assert await features(admin) == {"stadt.a": "stadt:replay", "stadt.b": "stadt"}, "nothing ends by a replay"


async def test_a_preview_belongs_to_the_session_that_looked(admin: httpx.AsyncClient, node: Node) -> None:
    preview = (await admin.post("/api/feeds/stadt/replay", content=closures("z"))).json()
    other = await node.sign_in("Andere")
    other.headers["Origin"] = node.url
    assert (await other.post(f"/api/feeds/stadt/replay/{preview['token']}")).status_code == 404
    await other.aclose()


async def test_a_file_that_is_none_of_this_source_is_refused_with_the_reason(admin: httpx.AsyncClient) -> None:
    for content in (b"", b"<html>", b"\x00\xff" * 50, b'{"type": "FeatureCollection"}', b"[" * 5000):
        answer = await admin.post("/api/feeds/stadt/replay", content=content)
        assert answer.status_code == 422 and answer.json()["field"] == "body", answer.text


async def test_nobody_else_sees_or_replays(node: Node, admin: httpx.AsyncClient) -> None:
    paths = [("GET", "raw"), ("GET", "raw/1"), ("POST", "replay"), ("POST", "raw/1/replay"), ("POST", "replay/x")]
    plain = await node.sign_in("Mitarbeit", admin=False)
    plain.headers["Origin"] = node.url
    for method, path in paths:
        assert (await node.client.request(method, f"/api/feeds/stadt/{path}")).status_code == 401
        assert (await plain.request(method, f"/api/feeds/stadt/{path}")).status_code == 403
        assert (await admin.request(method, f"/api/feeds/unbekannt/{path}")).status_code == 404
    await plain.aclose()


async def test_with_no_days_nothing_is_kept(database_url: str, town: Town) -> None:
    given = {"stadt": {**BLOCK, "url": town.url}}
    async with running(database_url, feeds=OFF, sources=given, evidence={"days": 0}) as node:
        client = await node.sign_in()
        await until(lambda: features(client), bool)
        answer = (await client.get("/api/feeds/stadt/raw")).json()
        assert answer == {"days": 0, "payloads": []}
        await client.aclose()
