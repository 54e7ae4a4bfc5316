"""The Land's gauges, rain and flood classes through the real feeds into the store, in the worst night of 2021."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from feeds.fetching import Client
from feeds.lanuk import Lanuk
from feeds.lhp import Lhp
from feeds.plausibility import sift
from feeds.simulator.scenario import load
from feeds.simulator.server import Simulator
from geodata.model.clock import ExerciseClock
from geodata.model.fact import PUBLIC
from geodata.model.level import Level
from geodata.store.database import Database
from service.intake import Intake

NIGHT = datetime(2021, 7, 15, 6, tzinfo=UTC)
ERFTSTADT, STAH_LIES_IN = "053620020020", "05370"


@pytest.fixture
async def bodies(nrw: Database) -> dict[str, dict]:
    """Facts by kind and id."""
    clock = ExerciseClock.starting_at(NIGHT)
    clock.pause()
    simulator, client, intake = Simulator(load("flood_2021"), clock), Client(), Intake(nrw, "test", clock)
    await simulator.start()
    try:
        urls = simulator.base_urls()
        for feed in (Lanuk(urls["lanuk"]), Lhp(urls["lhp"])):
            batch = sift(await feed.poll(client.visit(), clock.now()), clock.now())
            assert not batch.dropped and not batch.missing, feed.name
            await intake.deliver(feed, batch)
    finally:
        await client.aclose()
        await simulator.stop()
    async with nrw.reading([PUBLIC]) as connection:
        rows = await connection.execute(text("SELECT kind || '/' || id, body FROM fact"))
        return {name: body for name, body in rows}


async def test_small_rivers_rain_and_flood_classes_are_in_the_picture(bodies: dict[str, dict]) -> None:
    station = bodies["station/lanuk.2829100000100"]
    assert station["municipality"].startswith(STAH_LIES_IN)
    levels = set()
    for gauge in load("flood_2021").gauges.values():
        reading = bodies.get(f"reading/lanuk.{gauge.number}.W")
        assert (reading is None) or gauge.guest
        if reading is not None and "M_I" in gauge.marks:
            stages = [gauge.marks[mark] for mark in ("M_I", "M_II", "M_III") if mark in gauge.marks]
            reached = sum(reading["value"] >= stage for stage in stages)
            assert reading["level"] == (reached and reached + 1), gauge.key
            levels.add(reading["level"])
    assert levels >= {Level.NONE, Level.MEDIUM, Level.EXTREME}
    rain = bodies["reading/lanuk.99200003.N"]
    assert rain["unit"] == "mm/h" and "level" not in rain
    classes = [b for id, b in bodies.items() if id.startswith("feature/lhp.")]
    assert {b["layer"] for b in classes} == {"Hochwasserklassen"} and len(classes) > 30
    assert {b.get("level") for b in classes} >= {None, Level.EXTREME}, "a silent gauge has no class"
    erft = bodies["warning/lhp.NW_ERFT_L"]
    assert erft["geometry"]["type"] == "LineString"
    assert ERFTSTADT in erft["municipalities"]
    assert not any("2769510000100" in id for id in bodies if "lanuk" in id), "Hattingen comes from PEGELONLINE alone"
