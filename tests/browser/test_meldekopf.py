"""The tablet at a Meldekopf: an hour without a line, two hundred forces, and every one of them in the book once."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import segno
from PIL import Image
from playwright.async_api import async_playwright, expect

from geodata.model.ref import Ref
from service.arrivals.labels import content
from tests.browser.conftest import CHROMIUM, NO_GL, QUIET, Visit, pages
from tests.browser.cutting import line
from tests.browser.hostile import MARK, PAYLOADS
from tests.browser.scene import Scene, point
from tests.browser.screen import Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node, running

TABLET = {"width": 800, "height": 1280}
SMALL = {"width": 360, "height": 740}
MIRA = "Mira Kopf"
HOSTILE = (PAYLOADS[0], PAYLOADS[1], PAYLOADS[12], PAYLOADS[14])
CALLSIGN = "Florian Köln 1-HLF20-1"
SPEED = 200
"""Exercise seconds in a second: what takes 18 seconds here took the tablet an hour."""
FORCES = 200
HOUR = 3600 / SPEED
QUICKLY = """async ([from, to]) => {
  const part = (id) => document.querySelector(`[data-testid=${id}]`);
  const until = async (met) => { while (!met()) await new Promise((go) => setTimeout(go, 4)); };
  const type = (id, value) => {
    part(id).value = value;
    part(id).dispatchEvent(new Event('input', { bubbles: true }));
  };
  for (let number = from; number <= to; number++) {
    await until(() => part('gate-check-in'));
    part('gate-check-in').click();
    await until(() => part('check-in-form'));
    type('check-in-callsign', `Florian Test ${number}`);
    type('check-in-step-2', '8');
    part('check-in-save').click();
    await until(() => !part('check-in-form'));
  }
}"""
"""Check-ins by the page's own form, as fast as it goes."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quick(nrw_copy: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node on which time flies."""
    exercise = {"scenario": "calm", "speed": SPEED}
    folder = tmp_path_factory.mktemp("meldekopf")
    async with running(nrw_copy(), data_dir=folder, mode="EXERCISE", exercise=exercise) as node:
        yield node


@pytest_asyncio.fixture(loop_scope="session")
async def scene(quick: Node) -> Scene:
    """An incident of the test's own."""
    scene = await Scene.open(quick)
    await scene.seat(MIRA, "MELDEKOPF")
    return scene


async def bodies(scene: Scene, kind: str) -> list[dict[str, Any]]:
    return [body for body in await scene.bodies(kind) if body["incident"] == scene.incident]


async def gate(scene: Scene, type: str = "MELDEKOPF", name: str = "Autohof") -> str:
    return await scene.make("facilities", type=type, name=name, geometry=point(), state="OPEN")


async def sit(scene: Scene, visit: Visit, url: str | None = None, *, view: Any = None, **options: Any) -> Screen:
    screen = await visit(url or scene.node, **{"viewport": TABLET, **options})
    await screen.signed_in(scene.node.database, MIRA)
    await screen.open(page="meldekopf", incident=scene.incident, **(view or {}))
    await expect(screen.part("gate-check-in")).to_be_visible()
    return screen


async def check_in(screen: Screen, callsign: str, crew: int = 8) -> None:
    await screen.part("gate-check-in").click()
    await screen.part("check-in-callsign").fill(callsign)
    await screen.part("check-in-step-2").fill(str(crew))
    await screen.part("check-in-save").click()
    await expect(screen.part("check-in-form")).to_have_count(0)


async def shown(screen: Screen) -> dict[str, str]:
    """When each force that is listed arrived, by call sign."""
    found: dict[str, str] = await screen.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('[data-testid=entry-card]')].map((card) => [
             card.querySelector('.callsign').textContent, card.querySelector('[data-testid=entry-arrived]').dateTime,
           ]))"""
    )
    return found


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def waits(screen: Screen, count: int) -> None:
    await expect(screen.part("gate-waiting")).to_have_attribute("data-count", str(count))


async def opens_without_a_line(screen: Screen) -> None:
    await expect(screen.page.get_by_text("Öffnet auch ohne Verbindung")).to_be_visible()


async def test_an_hour_without_a_line_loses_and_doubles_nothing(scene: Scene, visit: Visit) -> None:
    await gate(scene)
    async with line(scene.node.url, b"/arrivals HTTP/1.1") as way:
        way.cut = 1
        screen = await sit(scene, visit, way.url)
        await opens_without_a_line(screen)
        await check_in(screen, "Vorher 0")
        await waits(screen, 0)
        began = asyncio.get_running_loop().time()
        await screen.page.context.set_offline(True)
        await check_in(screen, "Florian Test 1")
        await screen.page.evaluate(QUICKLY, [2, FORCES // 2])
        await expect(screen.part("gate-waiting")).to_have_text(re.compile(rf"^{FORCES // 2} noch nicht übertragen"))
        await screen.page.reload(wait_until="commit")
        await expect(screen.part("gate-mode")).to_have_text("ÜBUNG")
        await waits(screen, FORCES // 2)
        await screen.page.evaluate(QUICKLY, [FORCES // 2 + 1, FORCES])
        await waits(screen, FORCES)
        await asyncio.sleep(max(0, began + HOUR - asyncio.get_running_loop().time()))
        own_times = await shown(screen)
        offline = asyncio.get_running_loop().time() - began
        assert len(own_times) == FORCES + 1
        assert len(await bodies(scene, "arrival")) == 1, "nothing has gone over the line"

        await screen.page.context.set_offline(False)
        await waits(screen, 0)
    print(f"\noffline {offline:.0f} s at speed {SPEED}: {offline * SPEED / 60:.0f} min; {way.heard} batches, one cut")
    assert way.swallowed == 1
    book = sorted(await bodies(scene, "arrival"), key=lambda body: body["number"])
    assert [body["callsign"] for body in book] == ["Vorher 0", *(f"Florian Test {n}" for n in range(1, FORCES + 1))]
    assert [body["number"] for body in book] == list(range(1, FORCES + 2))
    assert {body["callsign"]: moment(body["arrived_at"]) for body in book} == {
        name: moment(at) for name, at in own_times.items()
    }
    assert all(moment(one["arrived_at"]) < moment(other["arrived_at"]) for one, other in pairwise(book)), "in order"
    assert {body["strength"] for body in book} == {"0/0/8//8"}
    assert (await bodies(scene, "facility"))[0]["used"] == 8 * (FORCES + 1)


async def test_a_session_that_ended_meanwhile_keeps_the_entries_until_somebody_signs_in(
    scene: Scene, visit: Visit
) -> None:
    await gate(scene)
    screen = await sit(scene, visit)
    await opens_without_a_line(screen)
    await screen.page.context.set_offline(True)
    await check_in(screen, "Florian Bergstadt 1")
    await screen.page.context.clear_cookies()
    await screen.page.reload(wait_until="commit")
    await screen.page.context.set_offline(False)
    await expect(screen.part("gate-signed-out")).to_be_visible()
    await waits(screen, 1)
    assert await bodies(scene, "arrival") == []
    await screen.signed_in(scene.node.database, MIRA)
    await screen.page.reload(wait_until="commit")
    await waits(screen, 0)
    assert [body["callsign"] for body in await bodies(scene, "arrival")] == ["Florian Bergstadt 1"]


async def test_the_page_is_always_the_servers_while_there_is_a_line(scene: Scene, visit: Visit) -> None:
    await gate(scene)
    screen = await sit(scene, visit)
    await opens_without_a_line(screen)
    await screen.page.reload(wait_until="commit")
    assert await screen.page.evaluate("() => navigator.serviceWorker.controller !== null")
    stored = await screen.page.evaluate(
        """async () => {
          const cache = await caches.open((await caches.keys())[0]);
          await cache.put('/', new Response('<title>alt</title>', { headers: { 'Content-Type': 'text/html' } }));
          return (await cache.keys()).map((request) => new URL(request.url).pathname);
        }"""
    )
    assert not [path for path in stored if path.startswith("/api")]
    await screen.page.reload(wait_until="commit")
    await expect(screen.part("gate-check-in")).to_be_visible()
    await screen.open(map="11/50.8/6.88")
    await expect(screen.part("app")).to_be_visible()


async def test_a_force_gets_its_order_on_paper_and_goes_on(scene: Scene, visit: Visit) -> None:
    await gate(scene)
    site = await scene.site("Deichbruch km 12")
    screen = await sit(scene, visit)
    await check_in(screen, "THW Musterstadt 24/10")
    card = screen.part("entry-card")
    await card.get_by_test_id("entry-order").click()
    await screen.part("order-text").fill("Deich sichern, 2000 Sandsäcke")
    await screen.part("order-to").select_option(f"site:{site}")
    await screen.part("order-meeting").fill("Brücke Nord")
    await screen.part("order-give").click()
    await expect(card.locator(".order")).to_contain_text("Deichbruch km 12")
    await screen.page.evaluate("() => { window.print = () => {}; }")
    await card.get_by_test_id("entry-print").click()
    await screen.page.emulate_media(media="print")
    slip = screen.part("slip")
    await expect(slip).to_be_visible()
    for words in ("ÜBUNG", "THW Musterstadt 24/10", "Deich sichern", "Brücke Nord", "Deichbruch km 12"):
        await expect(slip).to_contain_text(words)
    await expect(screen.part("gate-check-in")).to_be_hidden()
    await expect(screen.page.locator("#slip-paper")).to_be_attached()
    paper = await screen.page.pdf(prefer_css_page_size=True)
    assert re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)", paper) == [(b"298", b"420")], "one sheet of A6"
    await screen.page.emulate_media(media="screen")
    await card.get_by_test_id("entry-out").click()
    await screen.part("entry-word").fill("Heimat")
    await screen.part("entry-confirm").click()
    await screen.part("gate-tab-gone").click()
    await expect(card).to_contain_text("abgemeldet")
    await waits(screen, 0)
    (body,) = await bodies(scene, "arrival")
    assert (body["state"], body["left_to"], body["instruction"]["site"]) == ("CHECKED_OUT", "Heimat", site)


async def test_what_forces_are_called_is_text(scene: Scene, visit: Visit) -> None:
    await gate(scene)
    screen = await sit(scene, visit)
    for payload in HOSTILE:
        await check_in(screen, payload)
    await expect(screen.part("entry-card")).to_have_count(len(HOSTILE))
    assert {text for text in await shown(screen) if MARK in text} == set(HOSTILE)


async def test_a_label_before_the_camera_fills_the_form(scene: Scene, tmp_path: Path) -> None:
    await gate(scene)
    film = filmed(content(Ref("node.example", "resource", "01a2"), CALLSIGN), tmp_path / "label.y4m")
    camera = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *NO_GL, *camera])
        async for visit in pages(browser):
            screen = await sit(scene, visit, permissions=["camera"])
            await screen.part("gate-scan").click()
            await expect(screen.part("check-in-callsign")).to_have_value(CALLSIGN)
        await browser.close()


def filmed(code: str, path: Path) -> Path:
    """A still picture of the code as a camera sees it: 640 × 480, grey, a bit off the middle."""
    matrix = Image.new("L", (640, 480), 170)
    with io.BytesIO() as drawn:
        segno.make(code, error="m", micro=False, encoding="utf-8", eci=True).save(drawn, kind="png", scale=6, border=4)
        matrix.paste(Image.open(drawn).convert("L"), (150, 60))
    frame = b"FRAME\n" + matrix.tobytes() + b"\x80" * (640 * 480 // 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 3)
    return path


SIZED = [(TABLET, *LOOKS[0]), (SMALL, *LOOKS[1])] + [(size, *look) for size in (TABLET, SMALL) for look in LOOKS[2:]]


@pytest.mark.parametrize(("size", "theme", "language"), SIZED)
async def test_nothing_serious_on_the_tablet(
    scene: Scene, visit: Visit, size: dict[str, int], theme: str, language: str
) -> None:
    await gate(scene)
    await gate(scene, "BEREITSTELLUNGSRAUM", "Sportplatz")
    screen = await sit(scene, visit, view={"theme": theme, "lang": language}, viewport=size, bypass_csp=True)
    await check_in(screen, "Florian Bergstadt 1-HLF20-1 mit einem sehr langen Namen aus Oberbergischer Kreis")
    found = await findings(screen)
    await screen.part("entry-order").click()
    found += await findings(screen)
    await screen.part("gate-check-in").click()
    found += await findings(screen)
    assert await screen.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    await screen.page.get_by_role("button", name=re.compile("Abbrechen|Cancel")).click()
    await screen.part("gate-tab-overdue").click()
    await expect(screen.page.locator(".gate-page .hint, .gate-page .entry").last).to_be_visible()
    assert found + await findings(screen) == []
