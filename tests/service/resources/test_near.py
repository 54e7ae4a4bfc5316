"""What is near is found by capability, radius and travel time, from where it was seen or else from home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyproj import Geod

from geodata.model.ref import Ref
from geodata.model.resource import Position
from geodata.store import resources
from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

PLACE = (7.1, 51.2)


@pytest.fixture
async def here(node: Node) -> Town:
    return await town(node, "Feuerwehr Bergstadt")


async def near(town: Town, **asked: Any) -> list[dict[str, Any]]:
    query = {"longitude": PLACE[0], "latitude": PLACE[1], **asked}
    answer = await town.client.get("/api/resources/near", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["lines"])


async def test_by_capability_radius_time_and_what_is_free(here: Town) -> None:
    await here.add("HLF nah", "HLF20", home=[7.11, 51.2])
    boat = await here.add("RTB", "HLF20", home=[7.3, 51.2], capabilities=["BOOT"])
    await here.add("HLF fern", "HLF20", home=[8.4, 51.2])
    await here.add("ohne Ort", "HLF20")
    lines = await near(here)
    assert [line["callsign"] for line in lines] == ["HLF nah", "RTB", "HLF fern"]
    straight = Geod(ellps="WGS84").inv(*PLACE, 7.3, 51.2)[2] / 1000
    assert lines[1]["km"] == pytest.approx(straight, abs=0.06)
    assert lines[1]["minutes"] == pytest.approx(straight * 1.4 / 50 * 60, abs=1)
    assert [line["callsign"] for line in await near(here, km=50)] == ["HLF nah", "RTB"]
    assert [line["callsign"] for line in await near(here, minutes=5)] == ["HLF nah"]
    assert [line["id"] for line in await near(here, capability="BOOT")] == [boat]
    assert await near(here, free=True) == []
    await here.client.post(f"/api/resources/{boat}/status", json={"code": "2"})
    assert [line["id"] for line in await near(here, free=True)] == [boat]


async def test_a_fresh_position_counts_before_home_and_an_old_one_does_not(here: Town, node: Node) -> None:
    moving, lost = [await here.add(name, home=[7.11, 51.2]) for name in ("unterwegs", "verschollen")]
    now = datetime.now(UTC)
    async with node.database.transaction("machine") as tx:
        for id, hours in ((moving, 0.1), (lost, 5)):
            place = Position(7.5, 51.2, now - timedelta(hours=hours), "test")
            resources.put_position(tx, Ref("local", "position", id), here.room, place, received_at=now)
    lines = {line["callsign"]: line for line in await near(here)}
    assert lines["unterwegs"]["place"] == [7.5, 51.2]
    assert lines["unterwegs"]["seen"]
    assert (lines["verschollen"]["place"], lines["verschollen"]["seen"]) == ([7.11, 51.2], None)
    assert [line["callsign"] for line in await near(here, km=5)] == ["verschollen"]


async def test_nobody_finds_what_he_does_not_see_and_nonsense_is_refused(here: Town, node: Node) -> None:
    await here.add("HLF nah", home=[7.11, 51.2])
    there = await town(node, "Feuerwehr Talstadt")
    assert await near(there) == []
    for wrong in ("longitude=nan&latitude=51", "longitude=7&latitude=91", "longitude=7&latitude=51&km=-1"):
        assert (await here.client.get(f"/api/resources/near?{wrong}")).status_code == 422
