"""A one-hour flood exercise: three staffs, forty damage sites, a hundred journal entries, twenty tasks, a hand-over at
half-time and a seat that stays empty. Afterwards everything that was promised is checked.

Shorter here, whole with LAGEBILD_PROVE=1. docs/exercise-script.md tells people how to hold the same exercise.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.exercise import checks, hour, situation
from tests.journeys.exercise.stage import USUAL, Stage, build
from tests.service.conftest import running

EVERY_SECOND = {name: {"every": 1} for name in ("pegelonline", "nina", "dwd_cap")}


@pytest.fixture
async def stage(nrw_url: str) -> AsyncIterator[Stage]:
    exercise = {"scenario": "flood_2021", "start": situation.START}
    async with running(nrw_url, mode="EXERCISE", exercise=exercise, feeds=EVERY_SECOND) as node:
        stage = await build(node, USUAL)
        yield stage
        await stage.close()


@pytest.mark.proof
async def test_an_hour_of_flood_is_played_and_everything_promised_holds_afterwards(stage: Stage) -> None:
    await hour.play(stage)
    played = await checks.counts(stage)
    print(f"\nplayed: {played}, {len(stage.moments)} moments kept")
    assert played["site"] == stage.scale.sites + 1 and played["task"] == stage.scale.tasks
    assert played["sector"] + played["facility"] + played["zone"] == 8
    assert played["entries"] >= stage.scale.entries
    await checks.journals_verify(stage)
    await checks.numbers_have_no_gaps(stage)
    await checks.rooms_are_kept(stage)
    await checks.states_are_as_played(stage)
    await checks.moments_come_back(stage)
    await checks.tampering_is_found(stage)
