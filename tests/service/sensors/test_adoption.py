"""From a device's first message to a gauge with thresholds, and what it says from then on."""

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
from tests.service.sensors.sent import ADOPTION, EUI, things_stack

NOW = datetime.now(UTC).replace(microsecond=0)
STATION = f"sensors.{EUI}"


def uplinks(*distances: int, minutes: float = 15, first: int = 1, ending: datetime = NOW, **more: Any) -> list[Uplink]:
    """One each so many minutes, the last one now; distances in mm."""
    start = ending - timedelta(minutes=minutes * (len(distances) - 1))
    sent = [things_stack(start + i * timedelta(minutes=minutes), first + i, d, **more) for i, d in enumerate(distances)]
    return [up for message in sent for up in read(json.dumps(message).encode())]


@pytest.fixture
async def intake(node: Node) -> Intake:
    return Intake(node.database, WallClock(), origin="local", operator="Stadt")


async def adopt(node: Node, **changed: Any) -> dict[str, Any]:
    async with aclosing(await node.sign_in()) as admin:
        answer = await admin.put(f"/api/sensors/devices/{EUI}", json={**ADOPTION, **changed})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


async def device(node: Node) -> dict[str, Any]:
    async with aclosing(await node.sign_in()) as admin:
        (found,) = (await admin.get("/api/sensors/devices")).json()["devices"]
        return dict(found)


async def reading(node: Node) -> dict[str, Any]:
    station = (await node.client.get(f"/api/stations/{STATION}")).json()
    return dict(station["readings"][0]["body"])


async def test_an_adopted_device_is_a_gauge_with_its_kept_messages_as_readings(node: Node, intake: Intake) -> None:
    await intake.take(uplinks(1900, 1850, 1750))
    assert (await node.client.get("/api/stations")).json()["stations"] == []
    told = await adopt(node)
    assert (told["state"], told["station"], told["alarms"]) == ("ADOPTED", STATION, [])
    station = (await node.client.get(f"/api/stations/{STATION}")).json()
    assert station["body"]["name"] == "Ruthenbach Brücke"
    assert station["body"]["water"] == "Ruthenbach"
    assert station["provenance"]["source"] == "sensors"
    assert [(t["name"], t["value"], t["level"]) for t in station["body"]["series"][0]["thresholds"]] == [
        ("Stufe 1", 80, 2), ("Stufe 2", 120, 3), ("Stufe 3", 160, 4),
    ]  # fmt: skip
    assert {k: (await reading(node))[k] for k in ("value", "unit", "level")} == {
        "value": 125.0, "unit": "cm", "level": 3,
    }  # fmt: skip
    history = (await node.client.get(f"/api/stations/{STATION}/observations", params={"points": 10})).json()
    assert [p[1] for p in history["points"]] == [110.0, 115.0, 125.0]


async def test_the_next_message_moves_the_gauge(node: Node, intake: Intake) -> None:
    await intake.take(uplinks(1900, 1900, ending=NOW - timedelta(minutes=15)))
    await adopt(node)
    taken = await intake.take(uplinks(1350, first=3))
    assert (taken.new, taken.readings) == (1, 1)
    assert (await reading(node))["value"] == 165.0
    assert (await reading(node))["level"] == 4


async def test_another_mounting_reckons_the_kept_messages_anew(node: Node, intake: Intake) -> None:
    await intake.take(uplinks(1900, 1850, 1750))
    await adopt(node)
    await adopt(node, mounting=250)
    assert (await reading(node))["value"] == 75.0
    history = (await node.client.get(f"/api/stations/{STATION}/observations", params={"points": 10})).json()
    assert [p[1] for p in history["points"]] == [60.0, 65.0, 75.0]


async def test_an_ignored_device_leaves_the_map_and_is_still_counted(node: Node, intake: Intake) -> None:
    await intake.take(uplinks(1900, ending=NOW - timedelta(minutes=15)))
    await adopt(node)
    async with aclosing(await node.sign_in()) as admin:
        assert (await admin.post(f"/api/sensors/devices/{EUI}/ignore")).status_code == 200
        assert (await node.client.get("/api/stations")).json()["stations"] == []
        await adopt(node)
        assert (await reading(node))["value"] == 110.0
        assert (await admin.post(f"/api/sensors/devices/{EUI}/ignore")).status_code == 200
        await intake.take(uplinks(1800, first=2))
        found = await device(node)
        assert (found["state"], found["messages"]) == ("IGNORED", 2)
        assert found["adoption"]["name"] == "Ruthenbach Brücke", "how it hung is remembered"
    await adopt(node)
    assert (await reading(node))["value"] == 120.0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "   "}, "name"),
    ({"mounting": 0}, "mounting"),
    ({"longitude": 200}, "body.longitude"),
    ({"stages": [{"name": "b", "value": 2, "level": 3}, {"name": "a", "value": 1, "level": 4}]}, "stages"),
    ({"silence_minutes": 0}, "body.silence_minutes"),
    ({"surprise": 1}, "body.surprise"),
]


async def test_what_cannot_be_adopted_names_its_field(node: Node, intake: Intake) -> None:
    await intake.take(uplinks(1900))
    async with aclosing(await node.sign_in()) as admin:
        for changed, field in WRONG:
            answer = await admin.put(f"/api/sensors/devices/{EUI}", json={**ADOPTION, **changed})
            assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await device(node))["state"] == "NEW"


async def test_a_device_that_never_spoke_cannot_be_adopted(node: Node) -> None:
    async with aclosing(await node.sign_in()) as admin:
        assert (await admin.put(f"/api/sensors/devices/{EUI}", json=ADOPTION)).status_code == 404
        assert (await admin.post(f"/api/sensors/devices/{EUI}/ignore")).status_code == 404
        assert (await admin.get(f"/api/sensors/devices/{EUI}/messages")).status_code == 404


async def test_what_nobody_can_have_measured_is_kept_aside(node: Node, intake: Intake) -> None:
    await intake.take(uplinks(2500, ending=NOW - timedelta(minutes=15)))
    await adopt(node, mounting=9000)
    taken = await intake.take(uplinks(100, first=2))
    assert taken.refused == 1
    async with aclosing(await node.sign_in()) as admin:
        aside = (await admin.get("/api/sensors/devices")).json()["aside"]
    assert any(a["item"] == STATION and "outside" in a["reason"] for a in aside)


async def marks(node: Node, points: int = 50) -> list[tuple[str, float]]:
    asked = {"points": points}
    answer = (await node.client.get(f"/api/stations/{STATION}/observations", params=asked)).json()
    return [(why, value) for _, why, value in answer["marks"]]


async def test_doubted_values_are_marked_in_the_series_and_stay_what_they_were(node: Node, intake: Intake) -> None:
    calm = [2500, 2490, 2500, 2510, 2500, 2500]
    await intake.take(uplinks(*calm, ending=NOW - timedelta(minutes=30)))
    await adopt(node)
    await intake.take(uplinks(300, first=7, ending=NOW - timedelta(minutes=15)))
    await intake.take(uplinks(2500, first=8))
    assert await marks(node) == [("SPIKE", 270.0)]
    thinned = uplinks(*[2500] * 40, minutes=1, first=9, ending=NOW - timedelta(minutes=31))
    await intake.take(thinned)
    assert await marks(node, points=10) == [("SPIKE", 270.0)], "a mark stands by itself however the points are thinned"
    answer = (await node.client.get(f"/api/stations/{STATION}/observations")).json()
    assert 270.0 in [point[1] for point in answer["points"]]
    await adopt(node, mounting=310)
    assert await marks(node) == [("SPIKE", 280.0)], "marked anew with the mounting"
