"""People who can be called, in the browser: added, changed, imported, reported on and erased."""

from __future__ import annotations

import re
from typing import Any

from PIL import Image
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import PHONE, SCREENSHOTS, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told

NAME = "Feuerwehr Bergstadt"
TABLE = "Name;Qualifikationen;Mobil\nClara Neu;AGT;0151 2345678\nDora Falsch;NIX;\n"


async def staffed(node: Node) -> Crew:
    ours = await crew(node, NAME, strengths={"AGT": {"wanted": 3, "warn_below": 2}, "ZF": {"wanted": 1}})
    given: list[dict[str, Any]] = [
        {
            "fields": {
                "name": "Ada Muster",
                "units": ["LZ 1", "TEL"],
                "functions": ["Zugführerin"],
                "home": [7.1, 51.2],
            },
            "skills": [
                {"code": "ZF", "verification": "ORGANISATION_VOUCHES"},
                {"code": "AGT", "verification": "DOCUMENT_SEEN", "valid_until": "2020-01-01"},
            ],
            "channels": [{"kind": "SMS", "value": "0151 23456789"}, {"kind": "EMAIL", "value": "ada@example.org"}],
        },
        {"fields": {"name": "Bo Ohneweg", "state": "PAUSED"}, "skills": [{"code": "AGT"}]},
    ]
    for one in given:
        told(await ours.client.post("/api/helpers", json={"roster": ours.organisation, **one}))
    return ours


async def page_of(node: Node, visit: Visit, **options: Any) -> Screen:
    look = {name: options.pop(name) for name in ("theme", "lang") if name in options}
    screen = await visit(node, **options)
    await screen.signed_in(node.database, f"Leitung {NAME}")
    await screen.open(page="roster", **look)
    await expect(screen.part("helper")).to_have_count(2)
    return screen


async def test_somebody_is_added_gets_a_way_a_skill_and_hours_and_is_erased(empty: Node, blind_visit: Visit) -> None:
    ours = await staffed(empty)
    screen = await page_of(empty, blind_visit)
    await screen.part("person-add").press("Enter")
    await screen.part("person-name").fill("Eva Neu")
    await screen.part("person-sms").fill("keine Nummer")
    await screen.part("person-save").click()
    await expect(screen.part("person-problem")).to_contain_text("+49 170 1234567")
    await screen.part("person-sms").fill("0170 1234567")
    await screen.part("person-save").click()
    row = screen.part("helper").filter(has_text="Eva Neu")
    await row.get_by_role("button", name="Eva Neu öffnen").click()
    await expect(row.get_by_test_id("channel").first).to_contain_text("+491701234567")
    await row.get_by_test_id("channel-kind").select_option("EMAIL")
    await row.get_by_test_id("channel-value").fill("eva@example.org")
    await row.get_by_test_id("channel-add").click()
    await expect(row.get_by_test_id("channel")).to_have_count(3)
    await row.get_by_test_id("skill-code").select_option("AGT")
    await row.get_by_test_id("skill-until").fill("2027-05-31")
    await row.get_by_test_id("skill-add").click()
    await expect(row.get_by_test_id("skills")).to_contain_text("Nachweis gesehen")
    await row.get_by_test_id("window-add").click()
    await expect(row.get_by_test_id("windows")).to_contain_text("Mo, Di, Mi, Do, Fr 08:00–16:00")
    await row.get_by_test_id("usual").select_option("NOT_AVAILABLE")
    await expect(row.get_by_text("nicht verfügbar").first).to_be_visible()
    await row.get_by_test_id("consent-item").fill("Foto")
    await row.get_by_test_id("consent-add").click()
    await expect(row.get_by_test_id("consent")).to_contain_text("Einwilligung, seit")
    await row.get_by_test_id("self-link").click()
    await expect(row.get_by_test_id("self-link-url")).to_have_value(re.compile(r"/me/[\w-]{20,}$"))
    await row.get_by_test_id("person-erase").click()
    await expect(row).to_contain_text("Das lässt sich nicht zurücknehmen")
    await row.get_by_test_id("person-erase-yes").click()
    await expect(screen.part("helper")).to_have_count(2)
    assert told(await ours.client.get("/api/helpers?q=Eva"))["total"] == 0


async def test_reach_and_strengths_are_figures_and_a_table_is_looked_at_before_it_is_written(
    empty: Node, blind_visit: Visit
) -> None:
    await staffed(empty)
    screen = await page_of(empty, blind_visit)
    await screen.part("roster-reach").click()
    await expect(screen.part("reach-why")).to_contain_text("kein Weg eingetragen")
    await expect(screen.part("reach-person")).to_have_count(2)
    await screen.page.screenshot(path=SCREENSHOTS / "roster-reach.png", full_page=True)
    await screen.part("roster-strengths").click()
    await expect(screen.part("strengths").locator("tr", has_text="AGT")).to_contain_text("kritisch")
    await screen.part("strength-code").select_option("ZF")
    await screen.part("strength-wanted").fill("4")
    await screen.part("strength-set").click()
    await expect(screen.part("strengths").locator("tr", has_text="ZF").first).to_contain_text("zu wenige")
    await screen.part("roster-import").click()
    await screen.part("import-file").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    await expect(screen.part("import-errors")).to_contain_text("Zeile 3")
    await screen.page.screenshot(path=SCREENSHOTS / "roster-import.png", full_page=True)
    await screen.part("import-write").click()
    await screen.part("roster-people").click()
    await expect(screen.part("helper")).to_have_count(3)
    await screen.part("roster-search").fill("clara")
    await expect(screen.part("helper")).to_have_count(1)


async def test_everything_is_readable_on_a_phone_and_at_night(empty: Node, blind_visit: Visit) -> None:
    await staffed(empty)
    screen = await page_of(empty, blind_visit, viewport=PHONE, theme="dark", bypass_csp=True)
    await screen.part("helper-open").first.click()
    await expect(screen.part("channels")).to_be_visible()
    wide = await screen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"scrolls sideways by {wide} px"
    assert await findings(screen) == []
    await screen.part("usual").scroll_into_view_if_needed()
    await screen.shoot("roster-phone")


async def test_the_map_shows_where_many_live_and_the_reader_of_the_table_leads_there(empty: Node, visit: Visit) -> None:
    ours = await staffed(empty)
    for number in range(4):
        await ours.add(f"Nachbarin {number}", "AGT", home=(7.1, 51.2))
    screen = await visit(empty)
    await screen.signed_in(empty.database, f"Leitung {NAME}")
    await screen.open(map="12.5/51.205/7.1025", layers="gauges", page="roster", list="0")
    await screen.part("roster-strengths").click()
    await screen.page.get_by_role("button", name="Auf der Karte: Atemschutzgeräteträger").click()
    await expect(screen.map).to_be_visible()
    at = (await screen.projection())(7.0975, 51.2025)

    def violet(image: Image.Image) -> bool:
        red, green, blue = image.getpixel((round(at[0]), round(at[1])))  # type: ignore[misc]
        return red - green > 5 and blue - green > 12

    await screen.see(violet)
    await screen.shoot("roster-map")
