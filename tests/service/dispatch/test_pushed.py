"""CoT over HTTP, and JSON and CoT from a real broker."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import httpx
import pytest

from service.dispatch.routes import EVENT
from tests.feeds.mosquitto import Mosquitto
from tests.service.conftest import Node, running
from tests.service.dispatch.reporting import CALL, ago, bridge, report
from tests.service.resources.fleet import town

PATIENCE = 60.0


async def until(happened: Callable[[], Awaitable[bool]], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not await happened():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


def event(at: datetime, *, longitude: float = 7.1) -> bytes:
    stamp, stale = (moment.isoformat() for moment in (at, at + timedelta(minutes=5)))
    text = EVENT.replace("2026-11-22T04:00:00Z", stamp).replace("2026-11-22T04:05:00Z", stale)
    return text.replace('lon="7.1"', f'lon="{longitude}"').replace("Florian Bergstadt 1 ELW1 1", CALL).encode()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


async def test_a_cot_event_moves_its_resource_once(node: Node) -> None:
    here = await town(node, "Feuerwehr Bergstadt")
    id = await here.add(CALL)
    control = await bridge(node, here)
    first = event(datetime.now(UTC))

    async def post(body: bytes) -> httpx.Response:
        return await control.post("/api/dispatch/cot", content=body, headers={"Content-Type": "application/xml"})

    assert (await post(first)).json() == {"result": "accepted", "resource": id}
    position = (await here.seen("position"))[id]
    assert (position["longitude"], position["speed"], position["heading"], position["accuracy"]) == (7.1, 12, 90, 5)
    assert (await post(first)).json()["result"] == "repeated"
    assert (await post(event(datetime.now(UTC) - timedelta(minutes=1)))).json()["result"] == "older"
    ahead = await post(event(datetime.now(UTC) + timedelta(minutes=3)))
    assert (ahead.status_code, ahead.json()["field"]) == (422, "at")
    refused = await post(b'<!DOCTYPE a [<!ENTITY b "c">]>' + first)
    assert (refused.status_code, refused.json()["field"]) == (422, "event")
    assert (await post(b"<" * 70_000)).status_code == 413


async def test_a_broker_brings_reports_and_cot_for_one_organisation(database_url: str, mosquitto: Mosquitto) -> None:
    async with running(database_url) as node:
        here, there = await town(node, "Feuerwehr Bergstadt"), await town(node, "Feuerwehr Talstadt")
        id = await here.add(CALL)
        other = await there.add("Florian Talstadt 1 RW 1")
        cookies = here.client.cookies
    block = {
        "address": f"mqtt://127.0.0.1:{mosquitto.port}", "topics": ["tetra/#"], "reports": here.organisation
    }  # fmt: skip
    async with running(database_url, mqtt={"tetra": block}) as node:
        client = httpx.AsyncClient(base_url=node.url, cookies=cookies)

        async def connected() -> bool:
            feeds = (await client.get("/api/feeds")).json()["feeds"]
            return any(f["name"] == "mqtt_tetra" and f["condition"] == "FRESH" for f in feeds)

        await until(connected, "the broker is not shown as connected")
        async with aiomqtt.Client("127.0.0.1", mosquitto.port) as publisher:
            several = [report("a", fms="3", at=ago(5)), {"id": "bad"}]
            foreign = report("b", callsign="Florian Talstadt 1 RW 1", fms="4")
            texts = [json.dumps(several).encode(), json.dumps(foreign).encode()]
            for payload in (*texts, b"<broken", b"\x00", event(datetime.now(UTC))):
                await publisher.publish("tetra/1", payload, 1)

        async def body(kind: str, of: str) -> dict[str, object]:
            facts = (await client.get(f"/api/picture?kinds={kind}")).json()["facts"]
            return next((fact["body"] for fact in facts if fact["ref"].endswith(of)), {})

        async def arrived() -> bool:
            return bool(await body("position", id)) and "status" in await body("resource", id)

        await until(arrived, "the reports did not reach the picture")
        assert (await body("resource", id))["availability"] == "COMMITTED_EN_ROUTE"
        admin = await node.sign_in("Verwaltung", admin=True)

        async def kept_aside() -> bool:
            items = (await admin.get("/api/feeds/mqtt_tetra/aside")).json()["items"]
            return len(items) == 3

        await until(kept_aside, "what was not understood is not kept")
        unknown = (await admin.get("/api/dispatch/unknown")).json()["unknown"]
        assert [row["item"] for row in unknown] == ["Florian Talstadt 1 RW 1"]
        assert "status" not in (await there_sees(node, there.client.cookies))[other]
        await client.aclose()


async def there_sees(node: Node, cookies: httpx.Cookies) -> dict[str, dict[str, object]]:
    async with httpx.AsyncClient(base_url=node.url, cookies=cookies) as client:
        facts = (await client.get("/api/picture?kinds=resource")).json()["facts"]
    return {fact["ref"].split("/")[2]: fact["body"] for fact in facts}
