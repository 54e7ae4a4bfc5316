"""One full cycle of work by keyboard alone: sign in, report a site, and so on, on a page of an exercise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.journeys.exercise import hands, opening, situation
from tests.journeys.exercise.stage import SHORT, Stage, build
from tests.journeys.exercise.window import held, never_without_its_word
from tests.service.conftest import running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(nrw_copy: Callable[[], str]) -> AsyncIterator[Stage]:
    exercise = {"scenario": "calm", "start": situation.START}
    async with running(nrw_copy(), mode="EXERCISE", exercise=exercise) as node:
        stage = await build(node, SHORT)
        await opening.play(stage)
        yield stage
        await stage.close()


async def test_a_cycle_of_work_needs_no_mouse(stage: Stage, visit: Visit) -> None:
    s2 = stage.desk("EINSATZLEITUNG", "S2")
    login = await hands.give_password(stage, s2)
    screen = await visit(stage.node)
    took = {"sign in": await hands.sign_in(screen, login)}
    await never_without_its_word(screen)
    site = situation.sites(1)[0]
    took["report a site"] = await hands.report_site(screen, site)
    await screen.shoot("exercise-site")
    took["move a site"] = await hands.move_site(screen, "VERIFIED")
    await expect(screen.part("thing-state")).to_have_text("geprüft")
    found = await s2.things("site")
    assert [(t.body["title"], t.body["state"], t.body["priority"]) for t in found.values()] == [
        (site.title, "VERIFIED", "P1")
    ]
    selected = next(iter(found))
    words = "Zwei Boote zum Dach geschickt, Rückmeldung in 15 Minuten."
    took["write an entry about it"] = await hands.write_entry(screen, words)
    entry = next(t.body for t in (await s2.things("entry")).values() if t.body["text"] == words)
    assert entry["function"] == "S2" and entry["refs"] == [selected]
    await stage.go_to(20)
    took["look back"] = await hands.look_back(screen, 1)
    await screen.shoot("exercise-past")
    assert selected not in (await held(screen.page))["facts"]
    took["come back"] = await hands.come_back(screen)
    assert selected in (await held(screen.page))["facts"]
    took["sign out"] = await hands.sign_out(screen)
    print(f"\nkeys pressed: {took}")
