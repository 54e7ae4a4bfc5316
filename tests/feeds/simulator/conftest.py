from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from feeds.simulator import dwd, lanuk, lhp, nina, pegelonline
from feeds.simulator.gauge import LOCAL
from feeds.simulator.reply import Moment, Reply
from feeds.simulator.scenario import Scenario, load
from feeds.simulator.server import Simulator
from geodata.model.clock import ExerciseClock

Ask = Callable[..., Reply]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


@pytest.fixture(scope="session")
def flood() -> Scenario:
    return load("flood_2021")


@pytest.fixture(scope="session")
def calm() -> Scenario:
    return load("calm")


@pytest.fixture
def ask_pegelonline(flood: Scenario) -> Ask:
    def ask(path: str, at: str = "2021-07-15 10:00", **query: Any) -> Reply:
        return pegelonline.answer(flood, Moment(local(at)), path, {k: str(v) for k, v in query.items()})

    return ask


@pytest.fixture
def ask_federal(flood: Scenario) -> Ask:
    """The small rivers' gauges as if the federal service had them, for what only those show."""
    gauges = {key: replace(gauge, guest=False) for key, gauge in flood.gauges.items()}
    every = replace(flood, gauges=gauges)

    def ask(path: str, at: str = "2021-07-15 10:00", **query: Any) -> Reply:
        return pegelonline.answer(every, Moment(local(at)), path, {k: str(v) for k, v in query.items()})

    return ask


@pytest.fixture
def ask_lanuk(flood: Scenario) -> Ask:
    def ask(path: str, at: str = "2021-07-15 10:00") -> Reply:
        return lanuk.answer(flood, Moment(local(at)), path, {})

    return ask


@pytest.fixture
def ask_lhp(flood: Scenario) -> Ask:
    def ask(path: str, at: str = "2021-07-15 10:00", **query: Any) -> Reply:
        return lhp.answer(flood, Moment(local(at)), path, query)

    return ask


@pytest.fixture
def ask_nina(flood: Scenario) -> Ask:
    def ask(path: str, at: str = "2021-07-15 10:00") -> Reply:
        return nina.answer(flood, Moment(local(at)), path, {})

    return ask


@pytest.fixture
def ask_dwd(flood: Scenario) -> Ask:
    def ask(path: str, at: str = "2021-07-14 12:00") -> Reply:
        return dwd.answer(flood, Moment(local(at)), path, {})

    return ask


@pytest.fixture
async def simulator(calm: Scenario) -> AsyncIterator[Simulator]:
    """The calm scenario, standing still at eight in the morning."""
    clock = ExerciseClock.starting_at(calm.start)
    clock.pause()
    simulator = Simulator(calm, clock)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def flood_simulator(flood: Scenario) -> AsyncIterator[Simulator]:
    """The flood, standing still at its beginning."""
    clock = ExerciseClock.starting_at(flood.start)
    clock.pause()
    simulator = Simulator(flood, clock)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        yield client
