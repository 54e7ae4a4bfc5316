"""The page of an alarm on a small phone: seen at once, answered without script, without network, over a thin line."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import CDPSession, Page, expect

from tests.browser.conftest import Visit, promised
from tests.browser.screen import SCREENSHOTS, SMALL_PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node, running
from tests.service.phone.called import Called, called, own_link
from tests.service.roster.crew import Crew, crew

SLOW = {"offline": False, "latency": 500, "downloadThroughput": 50_000 / 8, "uploadThroughput": 50_000 / 8}
"""50 kbit/s and half a second each way and back."""
PATIENT = 8.0
LOOKS = [("light", "de"), ("dark", "leicht")]
if os.environ.get("LAGEBILD_PROVE"):
    LOOKS += [("dark", "de"), ("light", "en"), ("dark", "en"), ("light", "leicht")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brigade(nrw_copy: Callable[[], str]) -> AsyncIterator[Crew]:
    async with running(nrw_copy()) as node:
        yield await crew(node, "Freiwillige Feuerwehr Erftstadt")


@pytest_asyncio.fixture(loop_scope="session")
async def alarm(brigade: Crew) -> Called:
    return await called(brigade, await brigade.add("Anna Adams"), await brigade.add("Ben Becker"))


async def opened(visit: Visit, node: Node, path: str, **options: Any) -> Screen:
    screen = await visit(node, **{"viewport": SMALL_PHONE, **options})
    await screen.page.goto(f"{node.url}{path}")
    return screen


async def fits(page: Page) -> None:
    wide = await page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1], f"scrolls sideways: {wide}"


async def answer_of(alarm: Called, helper: str, wanted: str, within: float = 30) -> None:
    async with asyncio.timeout(within):
        while (await alarm.row(helper)).answer != wanted:
            await asyncio.sleep(0.02)


async def test_it_is_seen_at_once_in_every_look(visit: Visit, alarm: Called) -> None:
    node, path = alarm.crew.node, f"/a/{alarm.tokens[alarm.helpers[0]]}"
    own = f"/me/{await own_link(alarm.crew, alarm.helpers[0])}"
    found = []
    for scheme, language in LOOKS:
        screen = await opened(visit, node, f"{path}?lang={language}", color_scheme=scheme, bypass_csp=True)
        page = screen.page
        for value in ("COMING", "NOT_COMING"):
            box = await page.locator(f"button[value={value}]").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= SMALL_PHONE["height"], f"{value} is below the first screen"
            assert box["height"] >= 56
            assert box["width"] >= SMALL_PHONE["width"] - 32
        await page.locator("summary.button").click()
        for button in await page.locator("button[value^=LATER]").all():
            box = await button.bounding_box()
            assert box is not None
            assert min(box["height"], box["width"]) >= 44
        await fits(page)
        await screen.shoot(f"phone-alarm-{scheme}-{language}")
        found += await findings(screen)
        await page.goto(f"{node.url}{own}?lang={language}")
        for summary in await page.locator("details > summary").all():
            await summary.click()
        await fits(page)
        await page.screenshot(path=SCREENSHOTS / f"phone-own-{scheme}-{language}.png", full_page=True)
        found += await findings(screen)
    assert found == []


async def test_it_is_answered_without_script(visit: Visit, alarm: Called) -> None:
    anna, ben = alarm.helpers
    screen = await opened(visit, alarm.crew.node, f"/a/{alarm.tokens[anna]}", java_script_enabled=False)
    page = screen.page
    await page.get_by_role("button", name="Ich komme", exact=True).click()
    await expect(page.get_by_test_id("saved")).to_contain_text("1 von 12 kommt.")
    await page.locator("summary.button").click()
    await page.get_by_role("button", name="20 min").click()
    await expect(page.get_by_test_id("saved")).to_contain_text("Sie kommen gegen")
    assert (await alarm.row(anna)).answer == "COMING_LATER"
    await page.get_by_role("button", name="Ich bin da").click()
    await expect(page.get_by_test_id("on-site")).to_contain_text("Angemeldet um")
    assert (await alarm.row(ben)).answer is None


async def registration_of(line: CDPSession, page: Page, scope: str) -> str:
    """The id by which the browser's own tools know the worker of this scope."""
    known: dict[str, str] = {}
    line.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: known.update({one["scopeURL"]: one["registrationId"] for one in told["registrations"]}),
    )
    await line.send("ServiceWorker.enable")
    async with asyncio.timeout(40):
        while not (found := next((id for url, id in known.items() if url.endswith(scope)), None)):
            await page.wait_for_timeout(50)
    return found


async def test_an_answer_without_network_is_kept_shown_and_sent_once(visit: Visit, alarm: Called) -> None:
    anna = alarm.helpers[0]
    screen = await opened(visit, alarm.crew.node, f"/a/{alarm.tokens[anna]}")
    page = screen.page
    sent: list[str] = []
    page.on("requestfinished", lambda request: sent.append(request.method))
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Ich kann nicht").click()
    await expect(page.get_by_test_id("waiting")).to_contain_text("Noch nicht gesendet")
    await page.get_by_role("button", name="Ich komme", exact=True).click()
    await expect(page.locator("button[value=COMING]")).to_have_attribute("data-waits", "")
    # Closed and opened again without network: the page is there, and so is the answer.
    await page.reload()
    await expect(page.get_by_test_id("waiting")).to_contain_text("Noch nicht gesendet")
    await screen.shoot("phone-alarm-waiting")
    assert (await alarm.row(anna)).answer is None
    sent.clear()
    await page.context.set_offline(False)
    await expect(page.get_by_test_id("saved")).to_contain_text("1 von 12 kommt.")
    await expect(page.get_by_test_id("waiting")).to_be_hidden()
    assert (await alarm.row(anna)).answer == "COMING"
    assert sent.count("POST") == 1
    # Kept by a page that is closed then: the worker sends it. The sign at the meeting point finds the phone's alarm.
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Ich kann nicht").click()
    await expect(page.get_by_test_id("waiting")).to_contain_text("Noch nicht gesendet")
    await page.goto("about:blank")
    await page.context.set_offline(False)
    other = await page.context.new_page()
    await other.goto(f"{alarm.crew.node.url}/da/{alarm.code}")
    line = await page.context.new_cdp_session(other)
    worker = await registration_of(line, other, "/a/")
    sync = {"origin": alarm.crew.node.url, "registrationId": worker, "tag": "outbox", "lastChance": False}
    await line.send("ServiceWorker.dispatchSyncEvent", sync)
    await answer_of(alarm, anna, "NOT_COMING")
    await other.get_by_role("button", name="Ich bin da").click()
    await expect(other.get_by_test_id("on-site")).to_contain_text("Angemeldet um")
    assert (await alarm.row(anna)).arrived_at is not None


async def test_over_a_thin_line_the_answer_is_stored_within_eight_seconds(visit: Visit, alarm: Called) -> None:
    ben = alarm.helpers[1]
    screen = await visit(alarm.crew.node, viewport=SMALL_PHONE)
    page = screen.page
    line = await page.context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", SLOW)
    began = time.monotonic()
    opening = asyncio.create_task(page.goto(f"{alarm.crew.node.url}/a/{alarm.tokens[ben]}", wait_until="commit"))
    await page.locator("button[value=COMING]").click()
    await answer_of(alarm, ben, "COMING", within=60)
    took = time.monotonic() - began
    await opening
    await expect(page.get_by_test_id("saved")).to_contain_text("kommt")
    print(f"answer stored {took:.1f} s after opening")
    assert took <= promised(PATIENT), f"{took:.1f} s"


async def test_a_push_is_always_shown(visit: Visit, alarm: Called) -> None:
    node = alarm.crew.node
    own = await own_link(alarm.crew, alarm.helpers[0])
    screen = await visit(node, viewport=SMALL_PHONE, permissions=["notifications"])
    page = screen.page
    await page.goto(f"{node.url}/me/{own}")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    line = await page.context.new_cdp_session(page)
    worker = await registration_of(line, page, "/me/")
    link = f"{node.url}/a/{alarm.tokens[alarm.helpers[0]]}"
    alarmed = await page.context.new_page()
    await alarmed.goto(link)
    await expect(alarmed.get_by_role("button", name="Ich kann nicht")).to_be_visible()
    await alarm.put("UPDATE alarm SET state = 'CANCELLED', ended_at = now() WHERE id = :alarm")
    message = {"id": "call-1", "code": alarm.code, "title": f"ALARM {alarm.code}", "text": "Deich", "link": link}
    for data in (json.dumps(message), json.dumps(message), "no JSON at all"):
        given = {"origin": node.url, "registrationId": worker, "data": data}
        await line.send("ServiceWorker.deliverPushMessage", given)
    shown = """() => navigator.serviceWorker.ready.then((there) => there.getNotifications())
                 .then((all) => all.map((one) => [one.title, one.body, one.data.link]))"""
    async with asyncio.timeout(40):
        while len(found := await page.evaluate(shown)) < 2:
            await page.wait_for_timeout(50)
    # The same call twice is one notification; what cannot be read is shown too.
    assert sorted(found) == [[f"ALARM {alarm.code}", "Deich", link], ["Lagebild", "no JSON at all", "/"]]
    # And the open page of the alarm shows what has changed.
    await expect(alarmed.get_by_test_id("all-clear")).to_contain_text("Alarm aufgehoben")
    await expect(alarmed.get_by_role("button", name="Ich kann nicht")).to_have_count(0)
