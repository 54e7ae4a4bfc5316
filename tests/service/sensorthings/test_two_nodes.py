"""A town reads its neighbour: one node polls what another serves, and hears what the neighbour's broker tells."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import pytest

from geodata.model.observation import Observation
from geodata.store import feeds as feed_store
from geodata.store import observations
from geodata.store.cluster import Cluster
from tests.feeds.mosquitto import Mosquitto
from tests.service.conftest import Node, running
from tests.service.sensorthings.measured import COUNT, KOELN, flow

PATIENCE = 60.0


@pytest.fixture
def other_url(cluster: Cluster, database_url: str) -> Iterator[str]:
    name = database_url.rsplit("/", 1)[-1].split("?")[0] + "_b"
    cluster.create_database(name, template="template_lagebild")
    yield cluster.url(name)
    cluster.drop_database(name)


@asynccontextmanager
async def neighbours(database_url: str, other_url: str, **settings: Any) -> AsyncIterator[tuple[Node, Node]]:
    """Reader and neighbour, whose newest level is of this very moment."""
    newest = datetime.now(UTC).replace(microsecond=0)
    async with running(other_url) as neighbour:
        await flow(neighbour.database, newest - timedelta(minutes=5 * (COUNT - 1)))
        block = {
            "kind": "sensorthings", "url": f"{neighbour.url}/api/sta/v1.1", "title": "Nachbarstadt", "every": "1 h",
            "licence": "DL-DE-Zero-2.0", "attribution": "Nachbarstadt", "filter": "Sensor/id eq 'test'",
        }  # fmt: skip
        async with running(database_url, sources={"nachbar": block}, **settings) as reader:
            yield reader, neighbour


async def until(happened: Callable[[], Awaitable[Any]], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := await happened()):
        assert time.monotonic() < end, what
        await asyncio.sleep(0.1)
    return found


async def level(client: httpx.AsyncClient) -> float | None:
    stations = (await client.get("/api/stations")).json()["stations"]
    readings = [r for s in stations if s["body"]["key"] == f"nachbar.{KOELN.key}" for r in s["readings"]]
    return next((r["body"]["value"] for r in readings if r["body"]["quantity"] == "W"), None)


async def test_what_one_node_serves_another_reads(database_url: str, other_url: str) -> None:
    async with neighbours(database_url, other_url) as (reader, neighbour):
        newest = 300 + (COUNT - 1) / 4

        async def arrived() -> bool:
            return await level(reader.client) == newest

        await until(arrived, "the neighbour's level is not there")
        told = (
            await reader.client.get("/api/sta/v1.1/Datastreams('nachbar.test.koeln.W')/Observations?$count=true")
        ).json()
        assert told["@iot.count"] == 288, "five minutes apart, a day back"
        station = (await reader.client.get(f"/api/stations/nachbar.{KOELN.key}")).json()
        assert station["body"]["name"] == "KÖLN" and station["body"]["longitude"] == 6.96
        health = (await feed_store.bodies(reader.database))["nachbar"]
        assert health.get("error") is None and health["items"] and not health.get("dropped"), health

        at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60)
        async with neighbour.database.transaction("t") as tx:
            risen = [Observation(KOELN.key, "W", at, 640.0, "cm")]
            await observations.record(tx, "local", risen, source="test", received_at=at)
        leader = await reader.sign_in()
        asked = await leader.post("/api/feeds/nachbar/poll", headers={"Origin": reader.url})
        await leader.aclose()
        assert asked.status_code in (200, 202), asked.text

        async def risen_here() -> bool:
            return await level(reader.client) == 640.0

        await until(risen_here, "what was new at the neighbour did not come")


async def test_what_the_neighbours_broker_tells_is_there_before_the_next_look(
    database_url: str, other_url: str, tmp_path: Path
) -> None:
    broker = Mosquitto(tmp_path)
    broker.start()
    topic = f"v1.1/Datastreams('{KOELN.key}.W')/Observations"
    mqtt = {"nachbar": {"address": f"mqtt://127.0.0.1:{broker.port}", "topics": [topic], "source": "nachbar"}}
    try:
        async with neighbours(database_url, other_url, mqtt=mqtt) as (reader, _):

            async def connected() -> bool:
                health = (await feed_store.bodies(reader.database)).get("mqtt_nachbar")
                return bool(health and health.get("last_success"))

            await until(connected, "the broker is not connected")
            at = datetime.now(UTC).isoformat()
            async with aiomqtt.Client("127.0.0.1", broker.port) as client:
                await client.publish(topic, b"no observation", 1)
                await client.publish(topic, json.dumps({"phenomenonTime": at, "result": 655.5}).encode(), 1)

            async def heard() -> bool:
                return await level(reader.client) == 655.5

            await until(heard, "the message did not become a reading")
            aside = await feed_store.kept_aside(reader.database, "mqtt_nachbar")
            assert [item["item"] for item in aside] == [topic]
    finally:
        broker.stop()
