"""What a source says stands on every open page within two seconds, without a reload, everywhere the same."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from playwright.async_api import expect

from tests.browser import pixels
from tests.browser.conftest import Visit, promised
from tests.browser.screen import Screen, steer
from tests.service.conftest import Node

WHERE = {"map": "11/50.936949/6.9633", "layers": "gauges,municipalities"}
GAUGE = (6.9633, 50.936949)
KOELN = "pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"


async def mark_reload(screen: Screen) -> None:
    await screen.page.evaluate("() => { window.__same = true; }")


async def not_reloaded(screen: Screen) -> bool:
    return bool(await screen.page.evaluate("() => window.__same === true"))


@pytest.mark.proof
async def test_a_new_value_stands_in_list_and_panel_within_two_seconds(calm: Node, visit: Visit) -> None:
    screen = await (await (await visit(calm)).open(sel=f"station:{KOELN}", **WHERE)).loaded()
    await expect(screen.panel_value).to_have_text(re.compile(r"^(29|30|31)\d$"))
    await mark_reload(screen)
    staff = await calm.sign_in()
    took = []
    for value in (777, 512, 688, 299, 401):
        await steer(staff, action="value", gauge="koeln", value=value)
        told = time.monotonic()
        await expect(screen.row_value("KÖLN")).to_have_text(str(value))
        await expect(screen.panel_value).to_have_text(str(value))
        took.append(time.monotonic() - told)
    print(f"from the source to list and panel: {', '.join(f'{each:.2f} s' for each in took)}")
    assert statistics.median(took) < promised(2.0)
    await staff.aclose()
    assert await not_reloaded(screen)


async def test_list_panel_and_map_say_the_same_level(calm: Node, visit: Visit) -> None:
    screen = await (await (await visit(calm)).open(sel=f"station:{KOELN}", **WHERE)).loaded()
    normal = await screen.mark_colour("KÖLN")
    where = await screen.projection()
    await screen.see(lambda i: pixels.nearest(i, normal, *where(*GAUGE), radius=4) < 12)
    staff = await calm.sign_in()
    await steer(staff, action="value", gauge="koeln", value=845)
    await expect(screen.row_value("KÖLN")).to_have_text("845")
    high = await screen.mark_colour("KÖLN")
    assert pixels.distance(high, normal) > 60, "above the second mark the class is another one"
    await screen.see(lambda i: pixels.nearest(i, high, *where(*GAUGE), radius=4) < 12)
    word = await screen.panel.get_by_test_id("panel-level").inner_text()
    assert word in await screen.row("KÖLN").locator(".level").inner_text()
    await staff.aclose()


async def test_a_reading_grows_older_on_the_page_by_itself(calm: Node, visit: Visit) -> None:
    screen = await (await (await visit(calm)).open(sel=f"station:{KOELN}", **WHERE)).loaded()
    staff = await calm.sign_in()
    await steer(staff, action="fault", feed="pegelonline", fault="500")
    before = await screen.part("panel-age").inner_text()
    await expect(screen.part("panel-age")).not_to_have_text(before)
    await steer(staff, action="speed", speed=60)
    await expect(screen.part("panel-age")).to_contain_text(re.compile(r"vor \d+ min"))
    await expect(screen.row("KÖLN").locator(".age")).to_contain_text(re.compile(r"vor \d+ min"))
    await staff.aclose()


async def test_two_pages_show_the_same(calm: Node, visit: Visit) -> None:
    screens = [await (await (await visit(calm)).open()).loaded() for _ in range(2)]
    staff = await calm.sign_in()
    await steer(staff, action="value", gauge="duesseldorf", value=444)
    for screen in screens:
        await expect(screen.row_value("DÜSSELDORF")).to_have_text("444")
    await staff.aclose()
