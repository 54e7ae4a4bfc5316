"""At 200 % zoom and on a small phone nothing is cut off or out of reach."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import PHONE, SMALL_PHONE, Screen
from tests.service.conftest import Node

KOELN = "pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"
TOUCH: dict[str, Any] = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}
CUT = """
() => {
  const out = [], wide = document.documentElement.clientWidth, high = document.documentElement.clientHeight;
  const scrolls = (e, axis) => {
    for (let p = e.parentElement; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      if (/auto|scroll/.test(axis === 'x' ? s.overflowX : s.overflowY)) return true;
    }
    return false;
  };
  for (const e of document.querySelectorAll('button, a[href], input, select, summary, [role=tab], h1, h2, .notice')) {
    if (!e.checkVisibility() || e.closest('.kern-sr-only, .skip') || e.className === 'skip') continue;
    const target = e.closest('label') ?? e, box = target.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const name = (e.dataset.testid || e.id || e.getAttribute('aria-label') || e.innerText || e.tagName).slice(0, 40);
    const across = box.left < -1 || box.right > wide + 1, down = box.top < -1 || box.bottom > high + 1;
    if (across && !scrolls(e, 'x')) out.push(`${name} reaches from ${box.left | 0} to ${box.right | 0} of ${wide}`);
    if (down && !scrolls(e, 'y')) out.push(`${name} reaches from ${box.top | 0} to ${box.bottom | 0} of ${high}`);
  }
  const page = document.documentElement.scrollWidth;
  if (page > wide + 1) out.push(`the page is ${page} wide`);
  return out;
}
"""
COVERED = """
(within) => [...document.querySelector(within).querySelectorAll('button, a[href], select, [role=tab], [type=search]')]
  .filter((e) => e.checkVisibility() && !e.closest('.kern-sr-only') && e.className !== 'skip').flatMap((e) => {
    e.scrollIntoView({block: 'nearest', inline: 'nearest'});
    const box = e.getBoundingClientRect();
    if (box.width < 2) return [];
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const label = e.closest('label');
    const ok = hit && (e.contains(hit) || hit.contains(e) || (label && label.contains(hit)));
    const name = e.dataset.testid || e.id || e.getAttribute('aria-label') || e.innerText;
    return ok ? [] : [`${name} under ${hit ? hit.outerHTML.slice(0, 80) : 'nothing'}`];
  })
"""


async def nothing_cut(screen: Screen, what: str, within: str = "body") -> None:
    assert await screen.page.evaluate(CUT) == [], what
    assert await screen.page.evaluate(COVERED, within) == [], f"{what}: covered or out of reach"


@pytest.mark.parametrize("size", [(800, 500), (640, 400)])
async def test_at_200_percent_everything_is_there_and_in_reach(
    flood: Node, visit: Visit, size: tuple[int, int]
) -> None:
    screen = await visit(flood, viewport={"width": size[0], "height": size[1]}, device_scale_factor=2)
    await screen.open(page="list")
    await screen.loaded()
    await nothing_cut(screen, "list")
    await (await screen.reach("KÖLN")).click()
    await screen.titled("KÖLN")
    await nothing_cut(screen, "panel", within="[data-testid=panel]")
    assert (await screen.panel_value.bounding_box())["height"] > 10  # type: ignore[index]
    await screen.part("panel-close").click()
    await screen.part("page-sources").click()
    await nothing_cut(screen, "sources")
    await screen.part("page-map").click()
    await nothing_cut(screen, "map")
    box = await screen.map.bounding_box()
    assert box is not None and box["height"] > 120, "something of the map is to be seen"
    await screen.shoot(f"zoom-200-{size[0]}")


@pytest.mark.parametrize("phone", ["small", "usual"])
async def test_the_phone_shows_map_list_sources_and_panel(flood: Node, visit: Visit, phone: str) -> None:
    size = {"small": SMALL_PHONE, "usual": PHONE}[phone]
    screen = await visit(flood, viewport=size, **TOUCH)
    await screen.open()
    await expect(screen.map.locator("canvas")).to_be_visible(timeout=15_000)
    box = await screen.map.bounding_box()
    assert box is not None and box["height"] > 0.35 * size["height"]
    await nothing_cut(screen, "map")
    await screen.part("page-list").tap()
    await screen.loaded()
    await screen.shoot(f"phone-{phone}-list")
    await nothing_cut(screen, "list")
    await (await screen.reach("KÖLN")).tap()
    await screen.titled("KÖLN")
    await screen.shoot(f"phone-{phone}-panel")
    await nothing_cut(screen, "panel", within="[data-testid=panel]")
    await screen.part("panel-close").tap()
    await screen.part("page-sources").tap()
    await expect(screen.part("source-list")).to_be_visible()
    await screen.shoot(f"phone-{phone}-sources")
    await nothing_cut(screen, "sources")


async def test_the_connection_is_told_in_words_on_the_phone_too(flood: Node, visit: Visit) -> None:
    screen = await (await visit(flood, viewport=SMALL_PHONE, **TOUCH)).open()
    await expect(screen.connection.locator(".word")).to_be_visible()
    await expect(screen.connection).to_contain_text("live")


async def test_who_asked_for_little_motion_gets_none(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood, reduced_motion="reduce")).open()).loaded()
    moving = await screen.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((e) => {
             const s = getComputedStyle(e);
             return Math.max(...s.transitionDuration.split(',').map(parseFloat)) > 0.02
               || (s.animationName !== 'none' && parseFloat(s.animationDuration) > 0.02);
           }).map((e) => e.outerHTML.slice(0, 100))"""
    )
    assert moving == []
