"""From a reading at the source to everybody who looks, through the real feed, store, log and hub."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import orjson
import pytest
from websockets.asyncio.client import connect

from tests.service.conftest import SOURCES, Node, running


@pytest.fixture
async def exercise(database_url: str) -> AsyncIterator[Node]:
    feeds = {**{name: {"enabled": False} for name in SOURCES}, "pegelonline": {"every": 1}}
    async with running(database_url, mode="EXERCISE", exercise={"scenario": "calm"}, feeds=feeds) as node:
        yield node


async def facts(node: Node, kind: str) -> dict[str, dict]:
    answer = await node.client.get(f"/api/picture?kinds={kind}")
    return {fact["ref"]: fact for fact in answer.json()["facts"]}


async def arrived(node: Node, kind: str) -> dict[str, dict]:
    async with asyncio.timeout(20):
        while not (found := await facts(node, kind)):
            await asyncio.sleep(0.1)
    return found


async def test_a_new_level_reaches_an_open_socket_within_two_seconds(exercise: Node) -> None:
    stations = await arrived(exercise, "station")
    await arrived(exercise, "reading")
    koeln = next(s["body"]["key"] for s in stations.values() if s["body"]["name"] == "KÖLN")
    staff = await exercise.sign_in()
    cursor = (await exercise.client.get("/api/picture")).json()["cursor"]
    async with connect(exercise.url.replace("http", "ws") + "/api/live") as socket:
        await socket.send(orjson.dumps({"type": "follow", "since": cursor}).decode())
        told = time.monotonic()
        answer = await staff.post("/api/exercise", json={"action": "value", "gauge": "koeln", "value": 777.0})
        assert answer.status_code == 200, answer.text
        async with asyncio.timeout(10):
            while True:
                frame = orjson.loads(await socket.recv())
                values = [
                    c["body"]["value"]
                    for c in frame.get("changes", ())
                    if c["ref"].endswith(f"/reading/{koeln}.W") and c["op"] == "put"
                ]
                if 777.0 in values:
                    break
        assert time.monotonic() - told < 2.0
    await staff.aclose()
    seen = await exercise.client.get(f"/api/stations/{koeln}")
    assert seen.json()["readings"][0]["body"]["value"] == 777.0
    series = (await exercise.client.get(f"/api/stations/{koeln}/observations?quantity=W")).json()
    assert series["points"][-1][3] == 777.0, "the highest value of the last bucket"
    assert series["unit"] == "cm"


async def test_a_source_that_fails_is_told_on_the_picture_and_its_facts_stay(exercise: Node) -> None:
    before = await arrived(exercise, "reading")
    staff = await exercise.sign_in()
    await staff.post("/api/exercise", json={"action": "fault", "feed": "pegelonline", "fault": "500"})
    async with asyncio.timeout(10):
        while (await facts(exercise, "feed"))["local/feed/pegelonline"]["body"]["failures"] == 0:
            await asyncio.sleep(0.2)
    feed = next(f for f in (await exercise.client.get("/api/feeds")).json()["feeds"])
    assert feed["condition"] != "FRESH"
    assert set(await facts(exercise, "reading")) == set(before)
    await staff.post("/api/exercise", json={"action": "heal", "feed": "pegelonline"})
    async with asyncio.timeout(10):
        while (await facts(exercise, "feed"))["local/feed/pegelonline"]["body"]["failures"]:
            assert (await staff.post("/api/feeds/pegelonline/poll")).status_code == 200
    await staff.aclose()
