"""Rain gauges that send a running total, from the message to the reading."""

from __future__ import annotations

import json
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeds.lorawan.reading import read
from feeds.lorawan.uplink import Uplink
from geodata.model.clock import WallClock
from service.sensors.intake import Intake
from tests.service.conftest import Node
from tests.service.sensors.sent import ADOPTION, EUI, chirpstack

NOW = datetime.now(UTC).replace(microsecond=0)
STATION = f"sensors.{EUI}"


def wts506(total: float) -> bytes:
    """Milesight WTS506: battery 90 %, total rain in 0.01 mm (4 bytes) and its counter."""
    return bytes.fromhex("01755a08ec") + round(total * 100).to_bytes(4, "little") + b"\x07"


def rain(counter: int, total: float, minutes_ago: float) -> list[Uplink]:
    message = chirpstack(NOW - timedelta(minutes=minutes_ago), counter, wts506(total))
    message["deviceInfo"]["deviceProfileName"] = "Milesight WTS506"
    return read(json.dumps(message).encode())


@pytest.fixture
async def intake(node: Node) -> Intake:
    return Intake(node.database, WallClock(), origin="local", operator="Stadt")


async def adopt(node: Node) -> dict[str, Any]:
    given = {**ADOPTION, "measures": "RAIN", "mounting": 0, "stages": [{"name": "Starkregen", "value": 10, "level": 3}]}
    async with aclosing(await node.sign_in()) as admin:
        answer = await admin.put(f"/api/sensors/devices/{EUI}", json=given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def reading(node: Node) -> dict[str, Any] | None:
    readings = (await node.client.get(f"/api/stations/{STATION}")).json()["readings"]
    return dict(readings[0]["body"]) if readings else None


async def history(node: Node) -> list[float]:
    asked: dict[str, str | int] = {"quantity": "N", "points": 100}
    answer = (await node.client.get(f"/api/stations/{STATION}/observations", params=asked)).json()
    return [point[1] for point in answer["points"]]


async def test_a_running_total_becomes_rain_with_its_interval(node: Node, intake: Intake) -> None:
    await intake.take(rain(1, 312.4, 40))
    told = await adopt(node)
    assert told["proposed"] == "RAIN"
    assert await reading(node) is None, "one total alone is no rain"
    await intake.take(rain(2, 313.0, 30))
    assert await reading(node) == {
        "station": STATION, "quantity": "N", "unit": "mm", "value": 0.6, "level": 0, "minutes": 10.0,
    }  # fmt: skip
    await intake.take([*rain(3, 325.5, 20), *rain(4, 325.5, 10), *rain(4, 325.5, 10)])
    assert await history(node) == [0.6, 12.5, 0.0]
    await intake.take(rain(5, 0.2, 0))
    told_now = await reading(node)
    assert told_now is not None
    assert (told_now["value"], told_now["level"]) == (0.2, 0), "the counter has begun anew"
    assert await history(node) == [0.6, 12.5, 0.0, 0.2]


async def test_a_late_total_divides_what_was_told_and_a_double_changes_nothing(node: Node, intake: Intake) -> None:
    await intake.take(rain(1, 100.0, 60))
    await adopt(node)
    await intake.take(rain(3, 115.0, 0))
    told = await reading(node)
    assert told is not None
    assert (told["value"], told["minutes"], told["level"]) == (15.0, 60.0, 3)
    await intake.take(rain(2, 109.0, 30))
    assert await history(node) == [9.0, 6.0]
    told = await reading(node)
    assert told is not None
    assert (told["value"], told["minutes"], told["level"]) == (6.0, 30.0, 0)
    taken = await intake.take([*rain(2, 109.0, 30), *rain(3, 115.0, 0)])
    assert (taken.new, taken.doubles, taken.readings) == (0, 2, 0)
    assert await history(node) == [9.0, 6.0]


async def test_kept_messages_become_rain_with_the_adoption_as_often_as_it_is_said(node: Node, intake: Intake) -> None:
    for counter, total in enumerate((50.0, 50.4, 52.0), 1):
        await intake.take(rain(counter, total, 40 - 10 * counter))
    await adopt(node)
    assert await history(node) == pytest.approx([0.4, 1.6])
    await adopt(node)
    assert await history(node) == pytest.approx([0.4, 1.6])


async def test_rain_of_a_long_silence_is_told_but_raises_no_level(node: Node, intake: Intake) -> None:
    await intake.take(rain(1, 100.0, 3 * 1440))
    await adopt(node)
    await intake.take(rain(2, 140.0, 0))
    told = await reading(node)
    assert told is not None
    assert (told["value"], told["minutes"], told["level"]) == (40.0, 3 * 1440, 0)


async def test_a_leap_no_rain_can_make_is_kept_aside_and_counted_from_anew(node: Node, intake: Intake) -> None:
    await intake.take(rain(1, 100.0, 30))
    await adopt(node)
    await intake.take(rain(2, 400.0, 20))
    assert await reading(node) is None
    await intake.take(rain(3, 401.0, 10))
    assert await history(node) == [1.0]
    async with aclosing(await node.sign_in()) as admin:
        aside = (await admin.get("/api/sensors/devices")).json()["aside"]
    assert [a["reason"] for a in aside] == ["rain counter leapt from 100 to 400 mm: counted anew from there"]
