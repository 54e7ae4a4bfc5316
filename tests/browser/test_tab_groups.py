"""The lists beside the map stand in a few groups: by hand, by keys, by name, small and large, in every light."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.scene import Scene
from tests.browser.screen import LARGE, PHONE, SMALL_PHONE, WIDE, Screen
from tests.browser.test_accessibility import findings
from tests.browser.test_sizes import nothing_cut
from tests.service.conftest import Node

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def sit(empty: Node, visit: Visit, view: dict[str, str] | None = None, **options: Any) -> tuple[Scene, Screen]:
    scene = await Scene.open(empty)
    screen = await scene.sit(visit, "Anna Leitner", **options)
    await screen.open(**(view or {}))
    await expect(screen.offer("journal")).to_be_visible(timeout=30_000)
    return scene, screen


async def chosen(screen: Screen, group: str, tab: str) -> None:
    await expect(screen.part(f"tabs-{group}")).to_have_attribute("aria-pressed", "true")
    await expect(screen.part(f"tab-{tab}")).to_have_attribute("aria-selected", "true")


async def test_groups_are_walked_and_opened_by_keys_and_remember_their_tab(empty: Node, blind_visit: Visit) -> None:
    _, screen = await sit(empty, blind_visit, {"tab": "alarms"})
    press = screen.page.keyboard.press
    await chosen(screen, "forces", "alarms")
    await expect(screen.part("tab-sites")).to_have_count(0)
    await screen.part("tab-alarms").focus()
    await press("ArrowUp")
    await expect(screen.part("tabs-forces")).to_be_focused()
    await press("Home")
    await expect(screen.part("tabs-picture")).to_be_focused()
    await press("ArrowLeft")
    await expect(screen.part("tabs-running")).to_be_focused()
    await press("ArrowRight")
    await press("ArrowRight")
    await expect(screen.part("tabs-ground")).to_be_focused()
    assert (await screen.focused())["ring"]
    await chosen(screen, "forces", "alarms")
    await press("ArrowDown")
    await chosen(screen, "ground", "sites")
    await expect(screen.part("tab-sites")).to_be_focused()
    await press("End")
    await chosen(screen, "ground", "zones")
    await press("ArrowRight")
    await chosen(screen, "ground", "sites")
    await press("ArrowUp")
    await press("Tab")
    await expect(screen.part("tab-sites")).to_be_focused()
    for key in ("g", "4"):
        await press(key)
    await chosen(screen, "forces", "alarms")
    await screen.page.wait_for_url("**tab=alarms**")
    for key in ("g", "g"):
        await press(key)
    await chosen(screen, "ground", "sites")
    await screen.page.wait_for_url("**tab=sites**")
    await screen.page.reload()
    await chosen(screen, "ground", "sites")
    await screen.part("tabs-forces").click()
    await chosen(screen, "forces", "alarms")
    assert "4" in (await screen.part("tabs-forces").get_attribute("title") or "")


async def test_a_list_is_found_by_the_start_of_its_name(empty: Node, blind_visit: Visit) -> None:
    _, screen = await sit(empty, blind_visit)
    await screen.page.keyboard.press("/")
    await screen.page.keyboard.type("anford")
    await expect(screen.results.first).to_contain_text("Anforderungen")
    await screen.page.keyboard.press("Enter")
    await chosen(screen, "forces", "requests")
    await expect(screen.part("list-column").locator(":focus")).to_have_count(1)


async def test_a_closed_group_says_what_calls_for_somebody_in_it(empty: Node, blind_visit: Visit) -> None:
    scene, screen = await sit(empty, blind_visit)
    calls = screen.part("calls-staff")
    before = await calls.inner_text() if await calls.count() else ""
    staff = scene.opened["staffs"][0]["id"]
    due = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    given = {"title": "Pumpen holen", "receiver": {"staff": staff, "function": "LDS"}, "due_at": due}
    answer = await scene.lead.post(f"/api/staffs/{staff}/tasks", json={"fields": given})
    assert answer.status_code == 201, answer.text
    await expect(calls).to_contain_text("Aufmerksamkeit")
    await expect(calls).not_to_have_text(before)
    await expect(screen.part("tab-tasks")).to_have_count(0)
    await screen.turn_to("tasks")
    await expect(screen.part("count-tasks")).to_contain_text("⚠")


async def test_a_view_with_few_tabs_shows_them_side_by_side_and_another_behind(empty: Node, blind_visit: Visit) -> None:
    _, screen = await sit(empty, blind_visit, {"tab": "sites", "tabs": "sites,gauges,journal"})
    await expect(screen.part("tab-groups")).to_have_count(0)
    assert await screen.tabs() == ["sites", "gauges", "journal"]
    for key in ("g", "t"):
        await screen.page.keyboard.press(key)
    await expect(screen.part("tab-tasks")).to_have_attribute("aria-selected", "true")
    assert await screen.tabs() == ["sites", "gauges", "journal", "tasks"]


@pytest.mark.parametrize(
    ("size", "theme"),
    [(LARGE, "light"), (WIDE, "dark"), (PHONE, "night"), (SMALL_PHONE, "dark"), ((640, 400), "light")],
)
async def test_they_fit_and_are_read_in_every_size_and_light(
    empty: Node, blind_visit: Visit, size: Any, theme: str
) -> None:
    options: dict[str, Any] = {"viewport": size, "bypass_csp": True}
    if isinstance(size, tuple):
        options |= {"viewport": {"width": size[0], "height": size[1]}, "device_scale_factor": 2}
    language = "en" if theme == "dark" else "de"
    _, screen = await sit(
        empty, blind_visit, {"tab": "resources", "page": "list", "theme": theme, "lang": language}, **options
    )
    width = options["viewport"]["width"]
    for tab in ("resources", "warnings", "partners"):
        await screen.turn_to(tab)
        assert await screen.page.evaluate(WIDER) <= 0
        inside = "() => { const e = document.getElementById('tabs'); return e.scrollWidth - e.clientWidth; }"
        assert await screen.page.evaluate(inside) <= 0, "no tab is beside the screen"
        await screen.shoot(f"tabs-{tab}-{width}-{theme}")
    assert await findings(screen) == []
    await nothing_cut(screen, "tabs", within=".list-column")
    if width < 900:
        await screen.part("page-more").click()
        await expect(screen.part("more-requests")).to_be_visible()
        await screen.shoot(f"tabs-more-{width}-{theme}")
        assert await findings(screen) == []
