"""The page in every state that is not the usual one, each designed, none of them lying."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from playwright.async_api import Route, expect

from tests.browser import pixels
from tests.browser.conftest import Visit
from tests.browser.screen import PHONE
from tests.node import free_port
from tests.service.conftest import SOURCES, Node, running


async def test_before_any_source_has_spoken_the_page_says_so_and_shows_nothing_as_good(
    empty: Node, visit: Visit
) -> None:
    screen = await (await visit(empty)).open()
    await expect(screen.part("empty")).to_contain_text("Noch kein Pegel")
    assert (await screen.standing())["good"] == 0
    await screen.see(lambda image: pixels.colours(image) > 100)
    await screen.shoot("empty")
    await screen.part("tab-warnings").click()
    await expect(screen.part("empty")).to_contain_text("Unbekannt")
    await expect(screen.part("empty")).not_to_contain_text("Keine amtliche Warnung")
    await screen.show_sources()
    await expect(screen.part("source-list")).to_contain_text("Noch keine Quelle")


async def test_while_the_picture_is_on_its_way_the_page_says_that_it_loads(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    arrive = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrive.wait()
        await route.continue_()

    await screen.page.route("**/api/picture*", hold)
    await screen.open()
    await expect(screen.part("empty")).to_contain_text("geladen")
    await expect(screen.connection).not_to_have_class(re.compile("live"))
    assert (await screen.standing())["good"] == 0
    await screen.shoot("loading")
    arrive.set()
    await screen.loaded()


async def test_a_server_that_cannot_answer_is_told_and_asked_again(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)

    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, content_type="application/problem+json", body='{"status": 503}')

    await screen.page.route("**/api/picture*", refuse)
    await screen.open()
    await expect(screen.connection).not_to_have_class(re.compile("live"))
    await expect(screen.notice).to_be_visible(timeout=15_000)
    await screen.shoot("error-picture")
    await screen.page.unroute("**/api/picture*")
    await screen.loaded()
    await expect(screen.notice).to_have_count(0)


async def test_without_webgl_the_list_the_search_and_the_panels_still_work(flood: Node, blind_visit: Visit) -> None:
    screen = await (await (await blind_visit(flood)).open()).loaded()
    await expect(screen.page.get_by_text("Die Karte braucht WebGL2")).to_be_visible()
    await screen.search.fill("köln")
    await expect(screen.results.first).to_be_visible()
    await screen.search.fill("")
    await (await screen.reach("KÖLN")).click()
    await screen.titled("KÖLN")
    await expect(screen.panel_value).to_be_visible()
    await expect(screen.panel.locator("canvas").first).to_be_visible()
    await screen.shoot("webgl-missing")


async def test_an_exercise_is_marked_on_the_page_in_the_title_and_in_the_icon(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open()).loaded()
    await expect(screen.mode).to_have_text("ÜBUNG")
    await expect(screen.part("exercise")).to_contain_text("ÜBUNG")
    await expect(screen.page).to_have_title(re.compile("ÜBUNG"))
    icons = {}
    for name in ("favicon.svg", "favicon-exercise.svg"):
        icons[name] = (await flood.client.get(f"/{name}")).content
    assert len(set(icons.values())) == 2
    await expect(screen.page.locator("#favicon")).to_have_attribute("href", re.compile("exercise"))
    frame = await screen.part("app").evaluate(
        "e => [getComputedStyle(e), getComputedStyle(e, '::before'), getComputedStyle(e, '::after')]"
        ".some((s) => /repeating-linear-gradient/.test(s.borderImageSource + s.backgroundImage))"
    )
    assert frame, "a striped frame"


async def test_the_real_picture_does_not_look_like_an_exercise(empty: Node, visit: Visit) -> None:
    screen = await (await visit(empty)).open()
    await expect(screen.mode).to_have_text("ECHT")
    await expect(screen.part("exercise")).to_have_count(0)
    assert "ÜBUNG" not in await screen.page.title()


async def test_without_internet_the_page_says_so_per_source_and_offers_the_exercise(
    nrw_copy: Callable[[], str], visit: Visit
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    feeds = {name: {"base_url": nobody} for name in SOURCES}
    async with running(nrw_copy(), feeds=feeds) as node:
        screen = await (await visit(node)).open()
        await screen.show_sources()
        for name in SOURCES:
            await expect(screen.condition(name)).to_contain_text("gestört")
            await expect(screen.source(name).locator(".error")).to_be_visible()
        await expect(screen.part("offline")).to_contain_text("Internet")
        await expect(screen.part("offline")).to_contain_text("--exercise")
        assert await screen.standing() == {"good": 0, "attention": 0, "bad": len(SOURCES)}
        await screen.see(lambda image: pixels.colours(image) > 100)
        await screen.shoot("no-internet")
        phone = await (await visit(node, viewport=PHONE, is_mobile=True, has_touch=True)).open()
        await phone.part("page-sources").click()
        await expect(phone.part("offline")).to_be_visible()
        await phone.shoot("no-internet-phone")


async def test_the_page_keeps_its_own_policy_and_asks_nobody_but_its_node(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    answer = await screen.page.goto(f"{flood.url}/")
    assert answer is not None
    policy = await answer.header_value("content-security-policy") or ""
    assert "unsafe" not in policy and "default-src 'self'" in policy
    await screen.loaded()
    await (await screen.reach("KÖLN")).click()
    await expect(screen.panel.locator("canvas").first).to_be_visible()
    for part in ("tab-warnings", "tab-sources", "rail-legend", "rail-help", "language"):
        await screen.part(part).click()
    await screen.part("theme").select_option("night")
    await screen.settled()
    paths = {url.split("/", 3)[3].split("?")[0].split("/")[0] for url in screen.watch.requests if "://" in url}
    assert {"api", "tiles", "assets"} <= paths
    assert screen.watch.unwelcome() == []
    assert screen.watch.network == []
