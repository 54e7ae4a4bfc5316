"""The pages of the exercise: one per staff, what must be true of each at the end, and their pictures."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import PHONE, WIDE, Screen
from tests.journeys.exercise import hands
from tests.journeys.exercise.stage import PEOPLES, Moment, Stage
from tests.journeys.exercise.window import PATIENCE, held, never_without_its_word, same_as_fresh

SEATS = {("EINSATZLEITUNG", "S2"): "light", ("KRISENSTAB", "KGS"): "dark", ("SAE", "S3"): "light"}
AT_THE_ERFT = "10/50.62/6.75"


async def open_pages(stage: Stage, visit: Visit) -> None:
    """Three people sign in, by keyboard."""
    for (model, seat), theme in SEATS.items():
        desk = stage.desk(model, seat)
        screen = await visit(stage.node, viewport=WIDE)
        screen.page.context.set_default_timeout(PATIENCE)
        login = await hands.give_password(stage, desk)
        stage.took("sign in", await hands.sign_in(screen, login))
        await screen.open(map=AT_THE_ERFT, tab="sites", theme=theme)
        stage.screens[desk.name] = screen
        await never_without_its_word(screen)


async def shoot(stage: Stage, moment: str) -> None:
    """Each staff's page, wide, and the first one as a phone would show it."""
    for index, screen in enumerate(stage.screens.values()):
        await screen.page.wait_for_timeout(800)
        await screen.shoot(f"exercise-{moment}-{index + 1}")
    first = next(iter(stage.screens.values()))
    await first.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await first.page.wait_for_timeout(800)
    await first.shoot(f"exercise-{moment}-phone")
    await first.page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})


async def all_converge(stage: Stage) -> list[int]:
    """Each page that was open the whole hour equals a fresh one; how many facts each holds."""
    return [await same_as_fresh(screen) for screen in stage.screens.values()]


def peoples(facts: dict[str, Any]) -> dict[str, Any]:
    return {ref: fact["body"] for ref, fact in facts.items() if ref.split("/")[1] in PEOPLES}


GO_TO = """(at) => {
  location.hash = location.hash.replace(/&at=[^&]*/, '') + '&at=' + encodeURIComponent(at);
}"""


async def recalled(screen: Screen, moment: Moment) -> dict[str, Any]:
    """What the page shows of that moment, by the address that the time slider writes."""
    asked = datetime.fromisoformat(moment.at).timestamp() * 1000
    async with asyncio.timeout(60):
        while True:
            await screen.page.wait_for_timeout(600)  # the address bar lags behind the page, and would win
            await screen.page.evaluate(GO_TO, moment.at)
            for _ in range(40):
                now = await held(screen.page)
                if now["past"] is not None and abs(now["past"] - asked) <= 1:
                    await expect(screen.part("past")).to_be_visible()
                    return peoples(now["facts"])
                await asyncio.sleep(0.1)


async def moments_come_back(stage: Stage) -> None:
    """The slider shows on a page what was recorded, as far as the same staff saw it; then the present is back."""
    for model, seat in SEATS:
        screen = stage.screens[stage.desk(model, seat).name]
        before = peoples((await held(screen.page))["facts"])
        lead = stage.desk(model, "LDS" if model == "EINSATZLEITUNG" else "LEITUNG").name
        kept = [moment for moment in stage.moments if lead in moment.seen]
        for moment in (kept[0], kept[-2]):
            assert await recalled(screen, moment) == moment.seen[lead], f"minute {moment.minute} on the page of {model}"
        await hands.come_back(screen)
        assert peoples((await held(screen.page))["facts"]) == before
