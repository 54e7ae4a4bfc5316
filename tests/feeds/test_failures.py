"""The table of twelve source failures for every polled feed (reliability promise "the map never lies"), over real HTTP.

A feed joins by a line in POLLED, and by what the scenario must have so that the simulator speaks it. All sources fail
in the same way at the same time, while the runner works on an exercise clock that runs so fast that each interval is
one second. What is asked of every cell: nothing crashes; what was in force stays in force and nothing that had ended
comes back; health shows it within one interval and five seconds; one log line when it breaks and one when it is back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from feeds.contract import Batch, Polled
from feeds.copernicus_ems import CopernicusEms
from feeds.dwd_cap import DwdCap
from feeds.fetching import Client
from feeds.health import Condition, FeedHealth
from feeds.lanuk import Lanuk
from feeds.lhp import Lhp
from feeds.nina import Nina
from feeds.pegelonline import Pegelonline
from feeds.runner import GRACE, Runner
from feeds.simulator.scenario import load
from feeds.simulator.server import Simulator
from geodata.model.clock import ExerciseClock

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
SPEED = 300.0
POLLED: tuple[type[Polled], ...] = (Pegelonline, Nina, DwdCap, Lanuk, Lhp, CopernicusEms)
FEEDS = tuple(feed.name for feed in POLLED)
FAULTS: dict[str, dict[str, Any]] = {
    "timeout": {},
    "reset": {},
    "403": {},
    "404": {},
    "429": {"retry_after": 2},
    "500": {},
    "empty": {},
    "html": {},
    "truncated": {},
    "yesterday": {},
    "wrong_clock": {"hours": 48},
    "unreachable": {},
}

SCENARIO = """
title = "Ausfälle"
summary = "Eine Warnung von heute und eine von gestern, ein Pegel."
start = 2026-07-14T12:00:00Z
end = 2026-07-20T12:00:00Z
data_from = 2026-07-11T00:00:00Z
"""
GAUGES = """
[[gauge]]
key = "muster"
uuid = "11111111-1111-4111-8111-111111111111"
number = "1"
shortname = "MUSTERSTADT"
longname = "MUSTERSTADT"
water = "RHEIN"
water_longname = "RHEIN"
agency = "STANDORT MUSTERSTADT"
km = 688.0
longitude = 6.96
latitude = 50.94
zero = 35.0
every = 5
forecast = true
rating = [[0, 400], [1000, 9000]]
marks = { MW = 297, M_I = 620, M_II = 830 }
curve = "2026-07-11 00:00 305"
"""
SMALL = (
    """
[[gauge]]
key = "{key}"
uuid = "{number}-1111-4111-8111-111111111111"
number = "{number}"
shortname = "{key}"
longname = "{key}"
water = "{water}"
water_longname = "{water}"
agency = "LANUV NRW (Übung)"
longitude = 6.9
latitude = 50.8
guest = true
marks = {{ M_I = 200, M_II = 300, M_III = 400 }}
curve = """
    + "'''{curve}'''\n"
)
"""A small river that is in flood now, and one whose flood was over at night."""
RAIN = """
[[rain]]
key = "regen"
number = "99200001"
name = "Regen"
longitude = 6.9
latitude = 50.8
total = 0
source = "made up"
curve = "2026-07-11 00:00 2"
"""
MESSAGE = """
[[message]]
id = "mow.DE-NW-K-SE001-{id}"
sent = {sent}
severity = "Severe"
event_code = "BBK-EVC-010"
headline = "Rauch {id}"
headline_en = "Fumes"
description = "Rauch"
sender = "DE-NW-K-SE001"
sender_name = "Feuerwehr Köln"
area_name = "Köln"
areas = ["05315"]
{more}
"""
ALERT = """
[[alert]]
uuid = "{id}"
sent = {sent}
severity = "Moderate"
ii = 61
event = "STARKREGEN"
event_en = "heavy rain"
headline = "Starkregen {id}"
headline_en = "Heavy rain"
description = "Regen"
description_en = "Rain"
onset = {sent}
expires = {expires}
areas = ["05315"]
"""
TODAY = {"nina": "nina.mow.DE-NW-K-SE001-today", "dwd_cap": ".today.MUL", "lhp": "lhp.NW_today_L"}
"""How the key of the one warning in force ends."""
VALUES = {
    "pegelonline": ("pegelonline.11111111-1111-4111-8111-111111111111.W", 250, 350),
    "lanuk": ("lanuk.22222222.W", 240, 260),
}


class InForce:
    """Keeps warnings and features as the store does: an update drops what it names, a complete batch ends all others.
    Of a feature only its key and level count: the time of its last look is another each time."""

    def __init__(self) -> None:
        self.warnings: dict[str, dict[str, str]] = {name: {} for name in FEEDS}
        self.features: dict[str, dict[str, int | None]] = {name: {} for name in FEEDS}
        self.values: dict[str, float] = {}
        self.ever: set[str] = set()

    async def deliver(self, feed: Polled, batch: Batch) -> None:
        known = self.warnings[feed.name]
        for warning in batch.warnings:
            for replaced in warning.references:
                known.pop(replaced, None)
        stated = {w.key: w.headline() for w in batch.warnings}
        if batch.complete:
            for key in set(known) - set(stated) - batch.still_in_force:
                del known[key]
        known.update(stated)
        self.ever.update(stated)
        features = {f.key: f.level for f in batch.features}
        self.features[feed.name] = features if batch.all_features else {**self.features[feed.name], **features}
        self.values.update({f"{o.station}.{o.quantity}": o.value for o in batch.observations})

    async def report(self, health: FeedHealth) -> None:
        pass


class Night:
    """The three feeds at work."""

    def __init__(self, simulator: Simulator, runner: Runner, sink: InForce, clock: ExerciseClock) -> None:
        self.simulator, self.runner, self.sink, self.clock = simulator, runner, sink, clock

    def conditions(self) -> dict[str, Condition]:
        return {name: health.condition(self.clock.now()) for name, health in self.runner.health.items()}

    async def until(self, met: Callable[[Condition], bool], seconds: float) -> dict[str, float]:
        """After how many seconds each feed's condition met it; a feed that never did is not in it."""
        started, seen = time.monotonic(), dict[str, float]()
        while len(seen) < len(FEEDS) and time.monotonic() - started < seconds:
            for name, condition in self.conditions().items():
                if met(condition):
                    seen.setdefault(name, time.monotonic() - started)
            await asyncio.sleep(0.02)
        return seen


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    (tmp_path / "scenario.toml").write_text(SCENARIO)
    in_flood = SMALL.format(key="Heute", number="22222222", water="today", curve="2026-07-11 00:00 250")
    fallen = "2026-07-13 00:00 250\n2026-07-13 20:00 250\n2026-07-13 22:00 100"
    over_by_now = SMALL.format(key="Gestern", number="33333333", water="yesterday", curve=fallen)
    (tmp_path / "gauges.toml").write_text(GAUGES + in_flood + over_by_now)
    (tmp_path / "rain.toml").write_text(RAIN)
    over = "listed_until = 2026-07-14T02:00:00Z"
    messages = (("yesterday", "2026-07-13T06:00:00Z", over), ("today", "2026-07-14T11:00:00Z", ""))
    text = "".join(MESSAGE.format(id=i, sent=sent, more=more) for i, sent, more in messages)
    (tmp_path / "warnings.toml").write_text(text)
    alerts = (
        ("yesterday", "2026-07-13T06:00:00Z", "2026-07-14T02:00:00Z"),
        ("today", "2026-07-14T11:00:00Z", "2026-07-20T02:00:00Z"),
    )
    text = "".join(ALERT.format(id=i, sent=sent, expires=expires) for i, sent, expires in alerts)
    (tmp_path / "weather.toml").write_text(text)
    clock = ExerciseClock.starting_at(NOW, SPEED)
    simulator = Simulator(load(tmp_path), clock)
    await simulator.start()
    client, sink, urls = Client(deadline=3.0), InForce(), simulator.base_urls()
    runner = Runner([feed(urls[feed.name]) for feed in POLLED], sink, clock, client=client)
    await runner.start()
    yield Night(simulator, runner, sink, clock)
    await runner.stop()
    await client.aclose()
    await simulator.stop()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failing_source_is_shown_and_ends_no_warning(night: Night, fault: str) -> None:
    def is_fresh(condition: Condition) -> bool:
        return condition is Condition.FRESH

    assert set(await night.until(is_fresh, 15)) == set(FEEDS)
    before = {name: dict(known) for name, known in night.sink.warnings.items()}
    features = {name: dict(known) for name, known in night.sink.features.items()}
    for feed, ending in TODAY.items():
        assert [key.endswith(ending) for key in before[feed]] == [True], before[feed]
    for value, low, high in VALUES.values():
        assert low < night.sink.values[value] < high
    assert features["lhp"]["lhp.NW_22222222"] == 1

    with capture_logs() as lines:
        for feed in FEEDS:
            night.simulator.set_fault(feed, fault, **FAULTS[fault])
        shown = await night.until(lambda condition: not is_fresh(condition), 20)
        await asyncio.sleep(1.5)
        during = {name: dict(known) for name, known in night.sink.warnings.items()}
        errors = {name: health.error for name, health in night.runner.health.items()}
        for feed in FEEDS:
            night.simulator.heal(feed)
        back = await night.until(is_fresh, 25)

    intervals = {name: night.runner.interval(name) for name in FEEDS}
    assert {n: s for n, s in shown.items() if s > intervals[n] + GRACE} == {}, "shown too late"
    assert set(shown) == set(FEEDS), "never shown"
    assert all(errors.values()), errors
    assert during == before
    assert night.sink.features == features
    assert set(back) == set(FEEDS)
    assert night.sink.warnings == before
    assert not any("yesterday" in key for key in night.sink.ever)
    for feed in FEEDS:
        told = [line["event"] for line in lines if line.get("feed") == feed]
        assert told == ["source broke", "source is back"], feed
