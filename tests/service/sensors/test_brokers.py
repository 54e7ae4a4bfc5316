"""From a published message to the registry and the source's state, through a real broker and a real database."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from feeds.mqtt import Broker
from geodata.model.clock import WallClock
from geodata.store import devices
from geodata.store import feeds as feed_store
from geodata.store.database import Database
from service.sensors.brokers import Brokers
from service.sensors.intake import Intake
from tests.feeds.mosquitto import Mosquitto
from tests.service.conftest import running
from tests.service.sensors.sent import EUI, things_stack

PATIENCE = 60.0
TOPIC = "v3/stadt@ttn/devices/bach/up"


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


async def until(happened: Callable[[], Awaitable[bool]], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not await happened():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


async def publish(mosquitto: Mosquitto, *payloads: bytes) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        for payload in payloads:
            await client.publish(TOPIC, payload, 1)


def up(counter: int) -> bytes:
    return json.dumps(things_stack(datetime.now(UTC), counter, 2000 + counter)).encode()


@asynccontextmanager
async def lines(mosquitto: Mosquitto, database: Database) -> AsyncIterator[Brokers]:
    intake = Intake(database, WallClock(), origin="local", operator="Stadt")
    broker = Broker("ttn", "127.0.0.1", ("v3/+/devices/+/up",), mosquitto.port)
    brokers = Brokers([broker], intake, WallClock())
    task = asyncio.create_task(brokers.run())
    yield brokers
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def told(database: Database) -> dict[str, Any]:
    return (await feed_store.bodies(database)).get("mqtt_ttn", {})


async def test_messages_reach_the_registry_and_what_is_not_understood_is_kept_aside(
    mosquitto: Mosquitto, database: Database
) -> None:
    async with lines(mosquitto, database) as brokers:
        state = brokers.lines[0].connection.state

        async def connected() -> bool:
            return state.connected

        async def heard() -> bool:
            found = await devices.listed(database)
            return bool(found) and found[0].messages == 3

        async def aside() -> bool:
            return len(await feed_store.kept_aside(database, "mqtt_ttn")) == 1

        await until(connected, str(state.error))
        again = up(2)
        await publish(mosquitto, up(1), again, b"no json", again, up(3))
        await until(heard, "not in the registry")
        await until(aside, "not kept aside")
        (device,) = await devices.listed(database)
        assert device.id == EUI
        (kept,) = await feed_store.kept_aside(database, "mqtt_ttn")
        assert (kept["item"], kept["raw"]) == (TOPIC, "no json")

        async def shown() -> bool:
            return (await told(database)).get("publisher") == f"127.0.0.1:{mosquitto.port}"

        await until(shown, "the source is not told of")
        assert brokers.lines[0].health(datetime.now(UTC)).condition(datetime.now(UTC)) == "FRESH"
        assert brokers.lines[0].health(datetime.now(UTC)).dropped_reasons == {"not understood": 1, "double": 1}

        await asyncio.to_thread(mosquitto.stop)

        async def lost() -> bool:
            return bool((await told(database)).get("error"))

        await until(lost, "the loss is not told")

    await Brokers([], Intake(database, WallClock(), origin="local"), WallClock()).run()
    assert await told(database) == {}, "a broker taken out of the configuration is no source any more"


async def test_a_node_listens_to_the_brokers_of_its_configuration(mosquitto: Mosquitto, database_url: str) -> None:
    mqtt = {"town": {"address": f"mqtt://127.0.0.1:{mosquitto.port}", "topics": ["v3/+/devices/+/up"]}}
    async with running(database_url, mqtt=mqtt) as node:

        async def listening() -> bool:
            body = (await feed_store.bodies(node.database)).get("mqtt_town", {})
            return body.get("last_success") is not None

        await until(listening, "the node does not listen")
        await publish(mosquitto, up(7))

        async def heard() -> bool:
            return bool(await devices.listed(node.database))

        await until(heard, "not in the registry")
