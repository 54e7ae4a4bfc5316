"""A person before a screen: what the page holds, and the gestures that every act needs."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.screen import Screen
from tests.journeys.exercise.desk import Desk

Held = dict[str, Any]
PATIENCE = 120_000
"""Milliseconds: three pages that draw in software and a node share two cores."""
expect.set_options(timeout=30_000)


async def held(page: Page) -> Held:
    """Cursor and facts as the page has them."""
    found: Held = await page.evaluate("() => window.lagebild.held()")
    return found


async def until(page: Page, expression: str) -> None:
    """Playwright's own waiting evaluates within the page from its second look on, which our policy forbids."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.1)


async def has_loaded(page: Page) -> None:
    await until(page, "() => Boolean(window.lagebild) && window.lagebild.held().cursor > 0")


async def sit(screen: Screen, desk: Desk) -> Screen:
    """The desk's session in this browser: the same person at the same time by hand and by interface."""
    for cookie in desk.client.cookies.jar:
        assert cookie.value is not None
        await screen.page.context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": screen.url}])
    await screen.open()
    await has_loaded(screen.page)
    return screen


async def same_as_fresh(screen: Screen) -> int:
    """The open page equals a second one of the same person, at the same cursor; how many facts that are."""
    fresh = await screen.page.context.new_page()
    try:
        await fresh.goto(f"{screen.url}/", wait_until="commit")
        await has_loaded(fresh)
        async with asyncio.timeout(60):
            while True:
                old, new = await asyncio.gather(held(screen.page), held(fresh))
                if old["cursor"] == new["cursor"]:
                    break
                await asyncio.sleep(0.05)
        wrong = {
            ref for ref in old["facts"].keys() | new["facts"].keys() if old["facts"].get(ref) != new["facts"].get(ref)
        }
        assert not wrong, f"{len(wrong)} facts differ from a fresh page: {sorted(wrong)[:5]}"
        return len(old["facts"])
    finally:
        await fresh.close()


async def kinds_of(screen: Screen) -> set[str]:
    return {ref.split("/")[1] for ref in (await held(screen.page))["facts"]}


async def never_without_its_word(screen: Screen) -> None:
    """ÜBUNG stands on the page, in the title and around it."""
    await expect(screen.mode).to_have_text("ÜBUNG")
    assert "ÜBUNG" in await screen.page.title()
    await expect(screen.part("exercise")).to_be_visible()


async def prints_with_its_word(screen: Screen) -> None:
    await screen.page.emulate_media(media="print")
    for mark in (".print-head", ".print-mark"):
        await expect(screen.page.locator(mark).first).to_be_visible()
        await expect(screen.page.locator(mark).first).to_contain_text("ÜBUNG")
    await screen.page.emulate_media(media="screen")
