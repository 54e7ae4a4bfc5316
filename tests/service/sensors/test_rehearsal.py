from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from feeds.simulator.scenario import load
from geodata.store import devices
from geodata.store.database import Database
from service.sensors.intake import Intake
from service.sensors.rehearsal import Rehearsal
from tests.service.conftest import running

PATIENCE = 60.0


class HandClock:
    speed = 1.0

    def __init__(self, shown: datetime) -> None:
        self.shown = shown

    def now(self) -> datetime:
        return self.shown


async def messages(database: Database) -> list[int]:
    return sorted(device.messages for device in await devices.listed(database))


async def test_sensors_of_the_scenario_speak_as_its_clock_goes_and_jumps(database: Database) -> None:
    calm = load("calm")
    clock = HandClock(calm.start)
    rehearsal = Rehearsal(calm, Intake(database, clock, origin="local", operator="Stadt"), clock)
    await rehearsal.look()
    assert await messages(database) == [24, 24], "the last two hours"
    await rehearsal.look()
    clock.shown += timedelta(minutes=20)
    await rehearsal.look()
    assert await messages(database) == [28, 28]
    clock.shown -= timedelta(hours=1)
    await rehearsal.look()
    assert await messages(database) == [36, 36], "only what was before the first two hours is new"
    clock.shown += timedelta(days=1, hours=12)
    await rehearsal.look()
    assert await messages(database) == [60, 60], "what lies between is not made up for"
    assert {d.state.value.lower() for d in await devices.listed(database)} == {"new"}


async def test_an_exercise_has_new_sensors_to_adopt(database_url: str) -> None:
    async with running(database_url, mode="EXERCISE", exercise={"scenario": "calm"}) as node:
        end = time.monotonic() + PATIENCE
        while len(await messages(node.database)) < 2:
            assert time.monotonic() < end, "no sensor has spoken"
            await asyncio.sleep(0.1)
