"""One full cycle of work by keyboard alone: sign in, site, entry, task, time slider, hand-over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import expect

from service.accounts.store import ensure
from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.journeys.exercise import hands, opening, shift, situation
from tests.journeys.exercise.stage import SHORT, Stage, build
from tests.journeys.exercise.window import PATIENCE, held, never_without_its_word
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
    screen.page.context.set_default_timeout(PATIENCE)
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
    to = f"{s2.staff}|S3"
    took["give a task about it"] = await hands.give_task(screen, "Zwei Boote an die Hauptstraße 1", to)
    (task,) = (await s2.things("task")).values()
    assert task.body["site"] == selected.rsplit("/", 1)[1] and task.body["receiver"]["function"] == "S3"
    await stage.go_to(20)
    took["look back"] = await hands.look_back(screen, 1)
    await screen.page.wait_for_timeout(1500)  # the map takes its signs away by a fade
    await screen.shoot("exercise-past")
    assert selected not in (await held(screen.page))["facts"]
    took["come back"] = await hands.come_back(screen)
    assert selected in (await held(screen.page))["facts"]
    took["hand over"] = await relieve(stage, screen)
    took["sign out"] = await hands.sign_out(screen)
    print(f"\nkeys pressed: {took}")
    assert max(took[each] for each in ("write an entry about it", "look back", "come back", "move a site")) <= 4


async def relieve(stage: Stage, screen: Screen) -> int:
    """S1 has planned who comes next; S2 hands over to him and has no seat any more."""
    s1, s2 = stage.desk("EINSATZLEITUNG", "S1"), stage.desk("EINSATZLEITUNG", "S2")
    post = f"{s2.staff}.S2"
    planned = {"function": "S2", "person": await ensure(stage.node.database, "Pesch"), "state": "PLANNED"}
    await s1.send("POST", f"/staffs/{s2.staff}/assignments", planned)
    holders = (await s1.thing("post", post)).body["holders"]
    (successor,) = (holder["assignment"] for holder in holders if holder["state"] == "PLANNED")
    keys = await hands.hand_over(screen, s2, shift.NOTE, successor)
    (holder,) = (await s1.thing("post", post)).body["holders"]
    assert (holder["assignment"], holder["state"]) == (successor, "ON_DUTY")
    return keys
