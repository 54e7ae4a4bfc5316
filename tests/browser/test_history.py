"""The time slider in the browser: any past moment on list and map, unmistakably past, nothing written, and back."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.scene import AT_THE_ERFT, Scene
from tests.browser.screen import PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node

ANNA = "Anna Leitner"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(empty: Node) -> Scene:
    return await Scene.open(empty)


async def rename(scene: Scene, site: str, title: str) -> None:
    answer = await scene.lead.patch(f"/api/sites/{site}", json={"base": 1, "fields": {"title": title}})
    assert answer.status_code == 200, answer.text


async def moment() -> str:
    """Now, with a little quiet on either side."""
    await asyncio.sleep(0.3)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    await asyncio.sleep(1.3)  # what lies less than a second back counts as now
    return now


async def titles(screen: Screen) -> list[str]:
    rows: list[str] = await screen.page.locator("#tab-panel [data-key]").all_inner_texts()
    return rows


async def test_the_address_leads_to_a_past_moment_and_now_leads_back(scene: Scene, visit: Visit) -> None:
    site = await scene.site("Keller früher")
    then = await moment()
    await rename(scene, site, "Keller heute")
    await scene.site("Erst danach", dx=0.01)
    anna = await scene.sit(visit, ANNA)
    await anna.open(map=AT_THE_ERFT, tab="sites", sel=f"site:{site}", at=then)
    await anna.titled("Keller früher")
    await expect(anna.part("past")).to_contain_text("VERGANGENHEIT")
    await expect(anna.part("past")).to_contain_text("nur lesen")
    await expect(anna.part("count-sites")).to_have_text("1")
    await expect(anna.part("list-column")).not_to_contain_text("Erst danach")
    for forbidden in ("edit", "remove", "moves", "task-about"):
        await expect(anna.part(forbidden)).to_have_count(0)
    frame = await anna.part("app").evaluate("e => getComputedStyle(e).boxShadow")
    assert "inset" in frame
    word = await anna.page.locator(".map-frame").evaluate("e => getComputedStyle(e, '::after').content")
    assert "VERGANGENHEIT" in word
    assert "grayscale" in await anna.map.evaluate("e => getComputedStyle(e).filter")
    await scene.site("Noch einer", dx=0.02)  # the present goes on beneath
    await expect(anna.part("count-sites")).to_have_text("1")
    await anna.page.wait_for_timeout(2_000)
    await anna.shoot("history-past")
    await anna.part("time-now").click()
    await anna.titled("Keller heute")
    await expect(anna.part("count-sites")).to_have_text("3")
    await expect(anna.part("past")).to_have_count(0)
    await expect(anna.part("edit")).to_be_visible()
    await expect(anna.part("app")).to_have_css("box-shadow", "none")
    await expect(anna.page).not_to_have_url(re.compile("[#&]at="))


async def test_nothing_is_written_while_the_past_is_shown(scene: Scene, visit: Visit) -> None:
    site = await scene.site("Keller")
    then = await moment()
    anna = await scene.sit(visit, ANNA)
    await anna.open(map=AT_THE_ERFT, tab="sites", sel=f"site:{site}", at=then)
    await expect(anna.part("past")).to_be_visible()
    sent: list[str] = []
    anna.page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    for key in ("n", "a"):
        await anna.page.keyboard.press(key)
        for button in ("save", "task-issue"):
            await expect(anna.part(button)).to_have_count(0)
    await anna.part("time-now").click()
    assert sent == []


async def test_keys_step_through_time_and_the_slider_is_worked_without_a_mouse(scene: Scene, visit: Visit) -> None:
    await scene.site("Keller")
    await moment()
    anna = await scene.sit(visit, ANNA)
    await anna.open(tab="sites")
    await expect(anna.part("time-foot")).to_be_visible()
    await anna.part("time-span").select_option("1")
    await anna.part("time-span").blur()
    await anna.page.keyboard.press("[")
    await expect(anna.part("past")).to_be_visible()
    await expect(anna.part("time-moment")).not_to_have_text("Jetzt")
    await anna.part("time-slider").press("ArrowLeft")
    await expect(anna.part("past")).to_be_visible()
    await anna.page.keyboard.press("j")
    await expect(anna.part("past")).to_have_count(0)
    await anna.page.keyboard.press("]")
    await expect(anna.part("past")).to_have_count(0)
    await expect(anna.page).not_to_have_url(re.compile("[#&]at="))


async def test_a_moment_before_the_oldest_is_told_and_the_present_stays(scene: Scene, visit: Visit) -> None:
    await scene.site("Keller")
    async with scene.node.database.transaction("test") as tx:
        await tx.connection.exec_driver_sql("INSERT INTO checkpoint (seq, at) VALUES (1, now() - interval '1 minute')")
    anna = await scene.sit(visit, ANNA)
    await anna.open(tab="sites", at="2020-01-01T00:00:00.000Z")
    await expect(anna.part("time-told")).to_contain_text("Nicht zurückgegangen")
    await expect(anna.part("past")).to_have_count(0)
    await expect(anna.part("count-sites")).to_have_text("1")


async def test_what_is_new_changed_and_gone_since_the_briefing_is_listed_and_leads_to_each(
    scene: Scene, visit: Visit
) -> None:
    changed, gone = await scene.site("Keller"), await scene.site("Baum", dx=0.01)
    anna = await scene.sit(visit, ANNA)
    await anna.open(map=AT_THE_ERFT, tab="changes")
    await anna.part("since-briefing").check(force=True)
    await expect(anna.part("changes")).to_contain_text("Noch keine Lagebesprechung")
    await anna.part("briefing").click()
    await expect(anna.part("changes-from")).to_be_visible()
    await moment()
    await rename(scene, changed, "Keller unter Wasser")
    await scene.site("Straße gesperrt", dx=0.02)
    assert (await scene.lead.delete(f"/api/sites/{gone}")).status_code in (200, 204)
    await anna.part("since-hour").check(force=True)
    await anna.part("since-briefing").check(force=True)
    await expect(anna.part("change-changed").filter(has_text="Keller unter Wasser")).to_contain_text("Titel")
    await expect(anna.part("change-new").filter(has_text="Straße gesperrt")).to_have_count(1)
    lost = anna.part("change-gone").filter(has_text="Baum")
    await expect(lost).to_contain_text("zeigen, wie es war")
    await anna.shoot("history-changes")
    await anna.part("change-changed").filter(has_text="Keller unter Wasser").click()
    await anna.titled("Keller unter Wasser")
    await lost.click()
    await anna.titled("Baum")
    await expect(anna.part("past")).to_be_visible()


async def test_marks_are_jumped_to(scene: Scene, visit: Visit) -> None:
    staff = scene.opened["staffs"][0]["id"]
    site = await scene.site("vorher")
    await moment()
    entry: dict[str, Any] = {"kind": "SITUATION", "text": "Lagebesprechung 1"}
    assert (await scene.lead.post(f"/api/journals/{staff}/entries", json=entry)).status_code == 201
    await moment()
    await rename(scene, site, "nachher")
    anna = await scene.sit(visit, ANNA)
    await anna.open(tab="sites", sel=f"site:{site}")
    await anna.titled("nachher")
    option = anna.part("time-jump").locator("option", has_text="Lagebesprechung")
    await anna.part("time-jump").select_option(await option.get_attribute("value"))
    await anna.titled("vorher")
    await expect(anna.part("past")).to_be_visible()


async def test_on_a_phone_the_past_is_as_unmistakable(scene: Scene, visit: Visit) -> None:
    await scene.site("Keller")
    then = await moment()
    anna = await scene.sit(visit, ANNA, viewport=PHONE, has_touch=True)
    await anna.open(tab="sites", page="list", at=then)
    await expect(anna.part("past")).to_contain_text("VERGANGENHEIT")
    await anna.shoot("history-phone")
    assert await anna.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await anna.part("time-now").tap()
    await expect(anna.part("past")).to_have_count(0)


@pytest.mark.proof
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_serious_about_the_past(scene: Scene, visit: Visit, theme: str, language: str) -> None:
    site = await scene.site("Keller")
    then = await moment()
    await rename(scene, site, "Keller heute")
    anna = await scene.sit(visit, ANNA)
    found = []
    for tab, at in (("sites", then), ("changes", None)):
        parts = {"tab": tab, "theme": theme, "lang": language, **({"at": at} if at else {})}
        await anna.open(map=AT_THE_ERFT, **parts)
        await expect(anna.part("time-foot")).to_be_visible()
        await expect(anna.part("past")).to_have_count(1 if at else 0)
        await anna.page.wait_for_timeout(500)  # the colours of the theme come by a transition
        found += await findings(anna)
        await anna.shoot(f"history-{tab}-{theme}")
    assert not found, "\n".join(found)
