"""A one-hour flood exercise: three staffs, forty damage sites, a hundred journal entries, twenty tasks, a hand-over at
half-time and a seat that stays empty. Afterwards everything that was promised is checked.

Shorter here, whole with LAGEBILD_PROVE=1. docs/exercise-script.md tells people how to hold the same exercise.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.browser.conftest import EVERY_SECOND, Visit
from tests.journeys.exercise import checks, hour, opening, screens, situation
from tests.journeys.exercise.stage import USUAL, Stage, build
from tests.journeys.exercise.window import held, never_without_its_word, prints_with_its_word
from tests.service.conftest import running

pytestmark = [pytest.mark.proof, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(nrw_copy: Callable[[], str]) -> AsyncIterator[Stage]:
    exercise = {"scenario": "flood_2021", "start": situation.START, "forces": False}
    async with running(nrw_copy(), mode="EXERCISE", exercise=exercise, feeds=EVERY_SECOND) as node:
        stage = await build(node, USUAL)
        await opening.play(stage)
        yield stage
        await stage.close()


async def everything_holds(stage: Stage) -> None:
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


async def test_an_hour_of_flood_is_played_and_everything_promised_holds_afterwards(stage: Stage) -> None:
    await hour.play(stage)
    await everything_holds(stage)
    await checks.tampering_is_found(stage)


@pytest.mark.alone
@pytest.mark.browser
async def test_the_hour_is_played_on_three_open_pages_that_all_end_up_right(stage: Stage, visit: Visit) -> None:
    began = time.monotonic()
    await screens.open_pages(stage, visit)
    await hour.play(stage, pause=lambda moment: screens.shoot(stage, moment))
    facts = await screens.all_converge(stage)
    print(f"\n{time.monotonic() - began:.0f} s, facts on each page {facts}, most keys {stage.by_hand}")
    for name, screen in stage.screens.items():
        await never_without_its_word(screen)
        await prints_with_its_word(screen)
        own = next(desk for desk in stage.desks.values() if desk.name == name)
        entries = [f["body"] for ref, f in (await held(screen.page))["facts"].items() if ref.split("/")[1] == "entry"]
        assert entries and {body["staff"] for body in entries} == {own.staff}
    await screens.moments_come_back(stage)
    await everything_holds(stage)
