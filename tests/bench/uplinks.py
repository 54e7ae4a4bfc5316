"""Own sensors' messages from a real broker through the intake into PostGIS: how many a second, and at what CPU time.

The broker is a real mosquitto. `--direct` leaves it out and hands the same messages to the intake in the same batches.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import pstats
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.mqtt import Broker
from feeds.mqtt_inbox import BATCH, Message
from geodata.model.clock import WallClock
from geodata.model.device import Adoption, Measures, State
from geodata.store import devices
from geodata.store.database import Database
from service.sensors.brokers import Line
from service.sensors.intake import Intake
from tests.bench import private
from tests.feeds.mosquitto import Mosquitto
from tests.service.sensors.sent import things_stack

SENDERS = 4
TOPIC = "v3/town@ttn/devices/{}/up"


def messages(count: int, sensors: int) -> list[tuple[str, bytes]]:
    """Round after round of all sensors, a minute apart, up to now."""
    rounds = -(-count // sensors)
    start = datetime.now(UTC) - timedelta(minutes=rounds)
    found = []
    for number in range(count):
        turn, sensor = divmod(number, sensors)
        eui = f"70B3D57B{sensor:08X}"
        at = start + timedelta(minutes=turn, milliseconds=sensor)
        body = things_stack(at, turn + 1, 1800 + (sensor + turn) % 50, eui=eui)
        found.append((TOPIC.format(eui), json.dumps(body).encode()))
    return found


async def prepared(url: str, sensors: int, adopted: int) -> Intake:
    intake = Intake(Database(url), WallClock(), origin="local", operator="Stadt")
    first = messages(sensors, sensors)
    line = Line(Broker("town", "127.0.0.1", ("#",)), intake, WallClock())
    hello = [(topic, body.replace(b'"f_cnt": 1,', b'"f_cnt": 0,')) for topic, body in first]
    await line.take([Message(topic, body, datetime.now(UTC)) for topic, body in hello])
    for sensor in range(adopted):
        adoption = Adoption(f"Pegel {sensor}", Measures.DISTANCE, 300, 7 + sensor % 100 / 100, 51 + sensor // 100 / 100)
        async with intake.database.transaction("bench") as tx:
            device = await devices.change(tx, f"70B3D57B{sensor:08X}", state=State.ADOPTED, adoption=adoption)
            assert device is not None
            await intake.adopt(tx, device, adoption)
    return intake


async def direct(intake: Intake, sent: list[tuple[str, bytes]]) -> None:
    line = Line(Broker("town", "127.0.0.1", ("#",)), intake, WallClock())
    for first in range(0, len(sent), BATCH):
        await line.take([Message(topic, body, datetime.now(UTC)) for topic, body in sent[first : first + BATCH]])


async def through_broker(intake: Intake, sent: list[tuple[str, bytes]], rate: float) -> None:
    with tempfile.TemporaryDirectory() as directory:
        mosquitto = Mosquitto(Path(directory))
        mosquitto.start()
        line = Line(Broker("town", "127.0.0.1", ("#",), mosquitto.port), intake, WallClock())
        running = asyncio.create_task(line.connection.run())
        while not line.connection.state.connected:
            await asyncio.sleep(0.01)
        await asyncio.gather(*(_published(mosquitto.port, sent[n::SENDERS], rate / SENDERS) for n in range(SENDERS)))
        while line.connection.state.taken < len(sent):
            await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        mosquitto.stop()


async def _published(port: int, sent: list[tuple[str, bytes]], rate: float) -> None:
    """By mosquitto_pub, which loses count once more than 65,535 of its messages wait to be acknowledged."""
    publisher = await asyncio.create_subprocess_exec(
        "mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-q", "1", "-l", "-t", "town/up",
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert publisher.stdin is not None
    began, step = time.monotonic(), 100
    for first in range(0, len(sent), step):
        await asyncio.sleep(max(0.0, began + first / rate - time.monotonic()))
        publisher.stdin.write(b"".join(body + b"\n" for _, body in sent[first : first + step]))
        await publisher.stdin.drain()
    publisher.stdin.close()
    await publisher.wait()


async def measure(options: argparse.Namespace) -> int:
    sent = messages(options.messages, options.sensors)
    with private.database() as (url, _owner, cpu):
        intake = await prepared(url, options.sensors, options.adopted)
        profile = cProfile.Profile() if options.profile else None
        ours, all_of_it, began = time.process_time(), cpu(), time.monotonic()
        if profile:
            profile.enable()
        await (direct(intake, sent) if options.direct else through_broker(intake, sent, options.rate))
        if profile:
            profile.disable()
        wall, spent = time.monotonic() - began, time.process_time() - ours
        database = cpu() - all_of_it - spent
        counted = sum(device.messages for device in await devices.listed(intake.database)) - options.sensors
        await intake.database.close()
        print(f"{counted} of {len(sent)} in the registry, {wall:.1f} s: {len(sent) / wall:,.0f}/s on the wall;"
              f" node {spent / len(sent) * 1e6:.0f} us CPU a message (one core: {len(sent) / spent:,.0f}/s),"
              f" database {database / len(sent) * 1e6:.0f} us")  # fmt: skip
        if profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    return int(counted != len(sent))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench uplinks", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=5_000.0, help="messages a second that are published")
    parser.add_argument("--sensors", type=int, default=2000)
    parser.add_argument("--adopted", type=int, default=200)
    parser.add_argument("--direct", action="store_true")
    parser.add_argument("--profile", action="store_true")
    return asyncio.run(measure(parser.parse_args(argv)))


if __name__ == "__main__":
    raise SystemExit(main())
