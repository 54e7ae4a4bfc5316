"""The operations log in the browser: three keystrokes, citations, live elsewhere, kept while the line is down."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Route, expect

from tests.browser.conftest import EVERY_SECOND, Visit
from tests.browser.hostile import MARK, PAYLOADS
from tests.browser.scene import AT_THE_ERFT, Scene
from tests.browser.screen import PHONE, SMALL_PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import running

ANNA, BERT = "Anna Leitner", "Bert Lage"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(nrw_copy: Callable[[], str], tmp_path: Path) -> AsyncIterator[Scene]:
    async with running(
        nrw_copy(), data_dir=tmp_path, mode="EXERCISE", exercise={"scenario": "calm"}, feeds=EVERY_SECOND
    ) as node:
        scene = await Scene.open(node)
        await scene.seat(BERT, "S2")
        yield scene


def staff(scene: Scene) -> str:
    return str(scene.opened["staffs"][0]["id"])


async def write(scene: Scene, text: str, **more: Any) -> int:
    sent = {"kind": "SITUATION", "text": text, **more}
    answer = await scene.lead.post(f"/api/journals/{staff(scene)}/entries", json=sent)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


async def texts(scene: Scene) -> list[str]:
    answer = await scene.lead.get(f"/api/journals/{staff(scene)}/entries")
    return [entry["text"] for entry in answer.json()["entries"]][::-1]


async def sit(
    scene: Scene, visit: Visit, person: str = BERT, *, view: dict[str, str] | None = None, **options: Any
) -> Screen:
    screen = await scene.sit(visit, person, **options)
    await screen.open(map=AT_THE_ERFT, incident=scene.incident, **{"tab": "journal", **(view or {})})
    await expect(screen.part("app")).to_be_visible(timeout=30_000)
    return screen


def line(screen: Screen) -> Locator:
    return screen.part("log-line")


def entry(screen: Screen, number: int) -> Locator:
    return screen.page.locator(f'[data-testid=entry][data-number="{number}"]')


async def type_entry(screen: Screen, text: str) -> None:
    """Three keystrokes beside the text: L, Enter, and none for anything else."""
    await expect(line(screen)).to_be_visible()
    await screen.page.evaluate("document.activeElement?.blur()")
    await screen.page.keyboard.press("l")
    await expect(line(screen)).to_be_focused()
    await screen.page.keyboard.type(text)
    await screen.page.keyboard.press("Enter")


async def test_an_entry_takes_three_keystrokes_and_stands_live_in_the_other_browser(scene: Scene, visit: Visit) -> None:
    anna, bert = await sit(scene, visit, ANNA), await sit(scene, visit)
    await type_entry(bert, "Deich bei km 12 feucht")
    await expect(bert.part("log-saved")).to_have_text("Eintrag 1 gespeichert")
    await expect(line(bert)).to_have_value("")
    for screen in (bert, anna):
        await expect(entry(screen, 1).get_by_test_id("entry-text")).to_have_text("Deich bei km 12 feucht")
        await expect(entry(screen, 1).locator(".who")).to_have_text("S2 Bert Lage")
    await bert.page.keyboard.type("/b THW zum Deich")
    await expect(bert.part("log-kind")).to_have_value("ORDER")
    await bert.page.keyboard.press("Enter")
    await expect(entry(anna, 2).locator(".kind")).to_have_text("Befehl")
    await expect(entry(anna, 2).get_by_test_id("entry-text")).to_have_text("THW zum Deich")
    await expect(bert.part("log-kind")).to_have_value("SITUATION")


async def test_what_is_selected_is_cited_and_the_citation_leads_there(scene: Scene, visit: Visit) -> None:
    site = await scene.site("Keller Bachstraße")
    bert = await sit(scene, visit, view={"sel": f"site:{site}"})
    await expect(bert.part("chip")).to_have_text(re.compile("Schadensstelle 1 Keller Bachstraße"))
    await type_entry(bert, "Pumpe läuft")
    await expect(entry(bert, 1).get_by_test_id("citation")).to_have_text(re.compile("Keller Bachstraße"))
    await bert.part("chip").get_by_role("button").click()
    await expect(bert.part("chip")).to_have_count(0)
    await type_entry(bert, "Ohne Verweis")
    await expect(entry(bert, 2).get_by_test_id("citation")).to_have_count(0)
    await bert.page.keyboard.press("Escape")
    await bert.page.keyboard.press("e")
    await expect(line(bert)).to_be_focused()
    await expect(bert.part("chip")).to_have_count(1)

    anna = await sit(scene, visit, ANNA)
    await entry(anna, 1).get_by_test_id("citation").click()
    await anna.titled("Keller Bachstraße")
    await expect(anna.page).to_have_url(re.compile(f"sel=site:{site}"))
    await anna.part("entry-about").click()
    await expect(line(anna)).to_be_focused()
    await expect(anna.part("chip")).to_have_count(1)


async def test_one_change_of_the_picture_is_cited_with_one_key(scene: Scene, visit: Visit) -> None:
    site = await scene.site("Keller Bachstraße")
    bert = await sit(scene, visit, view={"tab": "changes"})
    await bert.part("since-hour").check(force=True)
    row = bert.page.locator(f'[data-key="{site}"]')
    await row.focus()
    await bert.page.keyboard.press("e")
    await expect(line(bert)).to_be_focused()
    await expect(bert.part("chip")).to_have_text(re.compile(r"Schadensstelle 1 Keller Bachstraße, Änderung \d+"))
    await bert.page.keyboard.type("Gemeldet von Anwohnern")
    await bert.page.keyboard.press("Enter")
    await expect(bert.part("log-saved")).to_have_text("Eintrag 1 gespeichert")
    found = (await scene.lead.get(f"/api/journals/{staff(scene)}/entries")).json()["entries"]
    assert re.fullmatch(rf"[a-z]+/site/{site}@\d+", found[0]["refs"][0])


async def test_entries_wait_for_the_connection_survive_a_reload_and_are_written_once(
    scene: Scene, visit: Visit
) -> None:
    bert = await sit(scene, visit)

    async def cut(route: Route) -> None:
        await route.abort("connectionfailed")

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionfailed")

    address = "**/api/journals/*/entries"
    await bert.page.route(address, cut)
    await type_entry(bert, "eins")
    await type_entry(bert, "zwei")
    await expect(bert.part("log-waiting")).to_have_text("2 Einträge warten auf die Verbindung")
    await expect(bert.part("entry-pending")).to_have_count(2)
    assert await texts(scene) == []
    await bert.page.reload()
    await expect(bert.part("log-waiting")).to_have_text("2 Einträge warten auf die Verbindung")
    await bert.page.unroute(address)
    await bert.page.route(address, lose_the_answer, times=1)
    await expect(entry(bert, 2)).to_be_visible(timeout=20_000)
    await expect(bert.part("log-waiting")).to_have_count(0)
    assert await texts(scene) == ["eins", "zwei"]


async def test_what_the_server_refuses_comes_back_into_the_line(scene: Scene, visit: Visit) -> None:
    bert = await sit(scene, visit)
    await expect(line(bert)).to_be_visible()
    await line(bert).fill("unsichtbar\u200b und verdreht \u202e")
    await line(bert).press("Enter")
    await expect(bert.part("entry-refused")).to_contain_text("Nicht gespeichert")
    await bert.part("entry-refused").get_by_role("button").first.click()
    await expect(line(bert)).to_have_value(re.compile("verdreht"))
    await expect(bert.part("entry-refused")).to_have_count(0)


async def test_correcting_closing_verifying_and_searching_by_keyboard_alone(scene: Scene, visit: Visit) -> None:
    for text in ("50 Betroffene", "Straße frei"):
        await write(scene, text)
    bert = await sit(scene, visit, view={"tab": "gauges"})
    await expect(line(bert)).to_be_visible()
    keys = bert.page.keyboard
    await keys.press("g")
    await keys.press("e")
    await expect(bert.part("tab-journal")).to_have_attribute("aria-selected", "true")
    await bert.part("journal-search").focus()
    for _ in range(20):
        await keys.press("Tab")
        if (await bert.focused())["name"].startswith("Berichtigen: Nr. 1"):
            break
    assert (await bert.focused())["ring"]
    await keys.press("Enter")
    await expect(line(bert)).to_be_focused()
    await keys.type("15 Betroffene")
    await keys.press("Enter")
    await expect(entry(bert, 3).get_by_test_id("corrects")).to_have_text("berichtigt Nr. 1")
    await expect(entry(bert, 1)).to_have_class(re.compile("struck"))
    await bert.part("journal-close").focus()
    await keys.press("Enter")
    await expect(bert.part("close-note")).to_be_focused()
    await keys.type("Schichtwechsel")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(entry(bert, 4).locator(".kind")).to_have_text("Abschluss")
    await bert.part("journal-verify").focus()
    await keys.press("Enter")
    await expect(bert.part("journal-verdict")).to_have_text("Unverändert: 4 Einträge geprüft, davon 1 Abschlüsse.")
    await bert.part("journal-search").focus()
    await keys.type("Betroffene")
    await expect(bert.part("entry")).to_have_count(2)
    await bert.part("journal-kind").select_option("CORRECTION")
    await expect(bert.part("entry")).to_have_count(1)


async def test_while_somebody_reads_further_down_new_entries_wait(scene: Scene, visit: Visit) -> None:
    for number in range(1, 41):
        await write(scene, f"Eintrag {number}")
    bert = await sit(scene, visit)
    await expect(entry(bert, 40)).to_be_visible()
    body = bert.part("journal-entries")
    await body.evaluate("e => { e.scrollTop = 400; }")
    await bert.page.wait_for_timeout(200)
    before = await body.evaluate("e => e.scrollTop")
    for number in range(41, 44):
        await write(scene, f"Eintrag {number}")
    await expect(bert.part("journal-fresh")).to_have_text("3 neue Einträge")
    assert await body.evaluate("e => e.scrollTop") == before
    await expect(entry(bert, 43)).to_have_count(0)
    await bert.part("journal-fresh").click()
    await expect(entry(bert, 43)).to_be_in_viewport()


async def test_older_entries_than_the_picture_holds_are_loaded(
    scene: Scene, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.journal.store.SHOWN", 5)
    for number in range(1, 13):
        await write(scene, f"Eintrag {number}")
    bert = await sit(scene, visit)
    await expect(bert.part("entry")).to_have_count(5)
    await bert.part("journal-older").click()
    await expect(bert.part("entry")).to_have_count(12)
    await expect(bert.part("journal-older")).to_have_count(0)


async def test_hostile_texts_stay_texts(scene: Scene, visit: Visit) -> None:
    for payload in PAYLOADS:
        if "\u202e" not in payload:
            await write(scene, payload)
    bert = await sit(scene, visit)
    await expect(bert.part("entry").first).to_be_visible()
    shown = await bert.part("entry-text").all_text_contents()
    assert len(shown) == len(PAYLOADS) - 1
    assert all(MARK in text for text in shown)
    assert set(shown) == {payload for payload in PAYLOADS if "\u202e" not in payload}


@pytest.mark.proof
@pytest.mark.parametrize("theme", sorted({theme for theme, _ in LOOKS}))
async def test_nothing_serious_for_axe(scene: Scene, visit: Visit, theme: str) -> None:
    site = await scene.site("Keller Bachstraße")
    ref = f"{(await scene.lead.get('/api/settings')).json()['origin']}/site/{site}"
    await write(scene, "50 Betroffene", refs=[ref])
    await write(scene, "15", kind="CORRECTION", corrects=1)
    bert = await sit(scene, visit, view={"theme": theme, "sel": f"entry:{staff(scene)}.1"}, bypass_csp=True)
    await bert.titled("Nr. 1 Lage")
    await bert.part("journal-close").click()
    assert await findings(bert) == []
    await bert.shoot(f"journal-{theme}")


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE], ids=["phone", "small"])
async def test_on_a_phone_the_log_has_a_tab_with_its_line(scene: Scene, visit: Visit, size: Any) -> None:
    await write(scene, "Deich bei km 12 feucht")
    bert = await sit(scene, visit, view={"tab": "gauges"}, viewport=size, bypass_csp=True)
    await bert.part("page-journal").click()
    await expect(entry(bert, 1)).to_be_visible()
    await line(bert).fill("Boot unterwegs")
    await line(bert).press("Enter")
    await expect(entry(bert, 2).get_by_test_id("entry-text")).to_have_text("Boot unterwegs")
    assert await bert.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert await findings(bert) == []
    await bert.shoot(f"journal-phone-{size['width']}")
