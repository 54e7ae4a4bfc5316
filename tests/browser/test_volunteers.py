"""Volunteers in the browser: registering on a small phone without script, the staff's side, the desk without a line."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node, running
from tests.service.volunteers.hands import Hands, hands

SMALL = {"width": 320, "height": 640}
TABLET = {"width": 800, "height": 1280}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(nrw_copy: Callable[[], str]) -> AsyncIterator[Hands]:
    async with running(nrw_copy()) as node:
        yield await hands(node, "Stadt Erftstadt")


async def sit(visit: Visit, town: Hands, **options: Any) -> Screen:
    node: Node = town.node
    screen = await visit(node, **options)
    for cookie in town.client.cookies.jar:
        assert cookie.value is not None
        await screen.page.context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": screen.url}])
    return screen


async def test_somebody_registers_on_a_small_phone_without_script_and_says_that_he_is_there(
    visit: Visit, town: Hands
) -> None:
    point = await town.point("Turnhalle Lechenich")
    await town.job(title="Sandsäcke füllen")
    screen = await visit(town.node, viewport=SMALL, java_script_enabled=False)
    page = screen.page
    await page.goto(f"{screen.url}/k/{point['code']}")
    await page.get_by_role("link", name="Jetzt anmelden").click()
    await expect(screen.part("do-not-drive")).to_contain_text("nicht einfach losfahren")
    await expect(screen.part("needed")).to_contain_text("Sandsäcke füllen")
    form = screen.part("sign-up")
    await form.locator("[name=name]").fill("Kim Yılmaz")
    await form.locator("[name=contact]").fill("kim@helferin.example")
    await form.locator("[name=age][value=adult]").check()
    await form.locator("[name=consent]").check()
    wide = await form.bounding_box()
    assert wide is not None
    assert wide["x"] >= 0
    assert wide["x"] + wide["width"] <= SMALL["width"]
    await screen.part("register").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hallo Kim Yılmaz")
    high = await screen.part("check-in").bounding_box()
    assert high is not None
    assert high["height"] >= 44
    await screen.part("check-in").click()
    await expect(screen.part("briefing")).to_contain_text("Bleiben Sie bei Ihrer Gruppe")
    await screen.part("brief").click()
    await expect(screen.part("next")).to_contain_text("Anlaufstelle warten")


async def test_a_job_is_made_verified_and_opened_and_helpers_are_assigned_together(visit: Visit, town: Hands) -> None:
    point = await town.point("Schule Liblar")
    names = ["Lena Hof", "Omar Said"]
    ids = [(await town.volunteer(name))[0] for name in names]
    for helper in ids:
        await town.acts(
            {"kind": "CHECK_IN", "helper": helper, "point": point["id"]}, {"kind": "BRIEF", "helper": helper}
        )
    screen = await sit(visit, town)
    await screen.open(tab="volunteers", incident=town.crew.incident)
    await screen.part("job-new").click()
    for part, said in (("title", "Keller leeren"), ("place", "Hauptstraße 3"), ("supervisor", "Zug 2"),
                       ("commissioned", "Stadt Erftstadt"), ("briefing", "Feste Schuhe")):  # fmt: skip
        await screen.part(f"job-{part}").fill(said)
    await screen.part("risk-NO_RISK").check()
    await screen.part("job-save").click()
    await expect(screen.part("panel-title")).to_have_text("Keller leeren")
    await screen.part("job-said").fill("War dort, Strom ist aus")
    await screen.part("job-to-VERIFIED").click()
    await expect(screen.part("job-verified")).to_contain_text("Strom ist aus")
    await screen.part("job-to-OPEN").click()
    await expect(screen.part("job-to-PAUSED")).to_be_visible()
    await screen.part("volunteers-people").check()
    for name in names:
        await screen.page.locator("li.person", has_text=name).get_by_test_id("pick").check()
    target = screen.part("bulk-target").locator("option", has_text="Keller leeren")
    await screen.part("bulk-target").select_option(await target.get_attribute("value"))
    await screen.part("bulk-assign").click()
    for name in names:
        await expect(screen.page.locator("li.person", has_text=name)).to_contain_text("eingeteilt")
    await screen.part("volunteers-jobs").check()
    await expect(screen.page.locator(".job-row", has_text="Keller leeren")).to_contain_text("2/10")
    assert await findings(screen) == []


async def test_a_ride_is_entered_at_the_point_and_seats_nobody_too_many(visit: Visit, town: Hands) -> None:
    point, _ = await town.point("Bahnhof Erftstadt"), await town.job(title="Deich sichern")
    names = ["Ida Ritt", "Jan Ritt"]
    for name in names:
        helper, _ = await town.volunteer(name)
        await town.acts(
            {"kind": "CHECK_IN", "helper": helper, "point": point["id"]}, {"kind": "BRIEF", "helper": helper}
        )
    screen = await sit(visit, town)
    await screen.open(tab="volunteers", incident=town.crew.incident, sel=f"meeting_point:{point['id']}")
    await screen.part("shuttle-name").fill("Bus 2, 8:40")
    await screen.part("shuttle-seats").fill("1")
    await screen.part("shuttle-add").click()
    ride = screen.part("shuttle")
    await expect(ride).to_contain_text("0 von 1 Sitzen vergeben")
    await screen.part("volunteers-people").check()
    for name in names:
        await screen.page.locator("li.person", has_text=name).get_by_test_id("pick").check()
    target = screen.part("bulk-target").locator("option", has_text="Deich sichern")
    await screen.part("bulk-target").select_option(await target.get_attribute("value"))
    await screen.part("bulk-shuttle").fill("Bus 2, 8:40")
    await screen.part("bulk-assign").click()
    await expect(screen.page.get_by_role("alert").filter(has_text="Bus 2, 8:40")).to_be_visible()
    await expect(ride).to_contain_text("1 von 1 Sitzen vergeben")
    await expect(ride).to_contain_text("voll")
    await screen.shoot("volunteers-ride")
    assert await findings(screen) == []


async def test_the_desk_keeps_who_comes_while_there_is_no_line_and_tells_it_afterwards_once(
    visit: Visit, town: Hands
) -> None:
    await town.point("Rathaus")
    screen = await sit(visit, town, viewport=TABLET)
    await screen.open(page="anlaufstelle", incident=town.crew.incident)
    await expect(screen.part("walkin-name")).to_be_visible()
    await screen.page.context.set_offline(True)
    for name in ("Erste Ohne", "Zweiter Ohne"):
        await screen.part("walkin-name").fill(name)
        await screen.part("walkin-consent").check()
        await screen.part("walkin-save").click()
        await expect(screen.part("desk-saved")).to_contain_text(name)
    await expect(screen.part("desk-queue")).to_contain_text("2 noch nicht")
    await screen.page.context.set_offline(False)
    await expect(screen.part("desk-queue")).to_contain_text("Alles übertragen")
    pool = await town.pool()
    there = {one["id"]: one["name"] for one in pool["people"] if re.search("Ohne$", one["name"])}
    assert sorted(there.values()) == ["Erste Ohne", "Zweiter Ohne"]
    assert [b["state"] for b in pool["bookings"] if b["helper"] in there] == ["CHECKED_IN"] * 2
