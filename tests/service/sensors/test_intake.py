"""What the intake takes once, and what it marks: on a database alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from geodata.model.clock import WallClock
from geodata.model.device import State
from geodata.model.observation import Observation
from geodata.model.station import Series, Station
from geodata.store import devices, observations, stations
from geodata.store.database import Database
from service.sensors.intake import Intake
from service.sensors.shapes import AdoptionIn
from tests.service.sensors.sent import ADOPTION, EUI
from tests.service.sensors.test_adoption import NOW, STATION, uplinks


@pytest.fixture
async def intake(database: Database) -> Intake:
    return Intake(database, WallClock(), origin="local", operator="Stadt")


async def adopt(intake: Intake) -> None:
    adoption = AdoptionIn(**ADOPTION).adoption()
    async with intake.database.transaction("test") as tx:
        device = await devices.change(tx, EUI, state=State.ADOPTED, adoption=adoption)
        assert device is not None
        await intake.adopt(tx, device, adoption)


async def device(intake: Intake) -> devices.Device:
    (found,) = await devices.listed(intake.database)
    return found


async def reading(intake: Intake) -> dict[str, Any]:
    (station,) = await stations.listed(intake.database, ["public"], id=STATION)
    return dict(orjson.loads(station)["readings"][0]["body"])


async def test_doubles_are_counted_and_taken_once(intake: Intake) -> None:
    few = uplinks(*range(1000, 1020), minutes=1)
    taken = [await intake.take(few * 25) for _ in range(20)]
    assert sum(t.new for t in taken) == 20
    assert sum(t.doubles for t in taken) == 9980
    found = await device(intake)
    assert (found.messages, found.doubles) == (20, 9980)


async def test_two_ways_at_the_same_time_bring_a_message_once(intake: Intake) -> None:
    other = Intake(intake.database, WallClock(), origin="local")
    batch = uplinks(*range(1000, 1050), minutes=1)
    taken = await asyncio.gather(*(each.take(b) for each in (intake, other) for b in (batch, batch[::-1], batch)))
    assert sum(t.new for t in taken) == 50
    assert (await device(intake)).doubles == 250


async def test_a_counter_that_starts_anew_is_not_a_double(intake: Intake) -> None:
    await intake.take(uplinks(1900, ending=NOW - timedelta(hours=5)))
    taken = await intake.take(uplinks(1800, ending=NOW))
    assert (taken.new, taken.doubles) == (1, 0)


async def test_only_the_latest_messages_are_kept_for_looking_at(intake: Intake) -> None:
    await intake.take(uplinks(*range(1000, 1030), minutes=1))
    await intake.take(uplinks(990, first=31, ending=NOW))
    kept = (await devices.messages(intake.database, [EUI]))[EUI]
    assert len(kept) == 20
    assert {m["values"][0]["value"] for m in kept[:2]} == {1029, 990}


async def test_a_spike_is_marked_and_shown_but_raises_no_level(intake: Intake) -> None:
    calm = [2500, 2490, 2500, 2510, 2500, 2500]
    await intake.take(uplinks(*calm, ending=NOW - timedelta(minutes=15)))
    await adopt(intake)
    assert (await reading(intake))["level"] == 0
    await intake.take(uplinks(300, first=7))
    told = await reading(intake)
    assert (told["value"], told["state"], told["level"]) == (270.0, "SPIKE", 0)
    assert "trend" not in told
    assert (await devices.messages(intake.database, [EUI]))[EUI][0]["doubt"] == "SPIKE"


async def test_a_flash_flood_is_believed_with_its_second_message(intake: Intake) -> None:
    calm = [2500, 2490, 2500, 2510, 2500, 2500]
    await intake.take(uplinks(*calm, ending=NOW - timedelta(minutes=20)))
    await adopt(intake)
    await intake.take(uplinks(1500, first=7, ending=NOW - timedelta(minutes=10)))
    assert (await reading(intake))["state"] == "SPIKE"
    await intake.take(uplinks(1200, first=8))
    told = await reading(intake)
    assert (told["value"], told.get("state"), told["level"]) == (180.0, None, 4)


async def neighbour(intake: Intake, name: str, heights: list[float], minutes: float) -> None:
    station = Station(f"own.{name}", name, longitude=7.12, latitude=51.21, series=(Series("W", "cm"),))
    start = NOW - timedelta(minutes=minutes * (len(heights) - 1))
    values = [
        Observation(station.key, "W", start + i * timedelta(minutes=minutes), h, "cm") for i, h in enumerate(heights)
    ]
    async with intake.database.transaction("test") as tx:
        await stations.record(tx, "local", [station], source="own", received_at=NOW)
    async with intake.database.transaction("test") as tx:
        await observations.record(tx, "local", values, source="own", received_at=NOW)


async def test_the_same_value_is_marked_stuck_while_a_neighbour_rises(intake: Intake) -> None:
    await neighbour(intake, "oben", [40.0 + 3 * i for i in range(20)], 15)
    await intake.take(uplinks(2500, ending=NOW - timedelta(hours=5)))
    await adopt(intake)
    await intake.take(uplinks(*[2500] * 8, first=2, ending=NOW - timedelta(hours=2)))
    for n in range(8):
        await intake.take(uplinks(2500, first=10 + n, ending=NOW - timedelta(minutes=15 * (7 - n))))
    assert (await reading(intake))["state"] == "STUCK"
    assert (await reading(intake))["value"] == 50.0
    await intake.take(uplinks(2470, first=30, ending=NOW + timedelta(minutes=5)))
    assert "state" not in await reading(intake)


async def test_creeping_away_while_neighbours_stand_is_marked_drift(intake: Intake) -> None:
    for name in ("oben", "unten"):
        await neighbour(intake, name, [40.0 + i % 2 for i in range(40)], 60)
    away = [2500 - 10 * i for i in range(40)]
    await intake.take(uplinks(away[0], minutes=60, ending=NOW - timedelta(hours=39)))
    await adopt(intake)
    await intake.take(uplinks(*away[1:], minutes=60, first=2))
    assert (await reading(intake))["state"] == "DRIFT"
