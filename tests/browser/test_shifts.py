"""Shifts in the browser: entered, begun, seen on the line, and a relief proposed and taken over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

NAME = "Feuerwehr Bergstadt"


def shift(person: str, starts: float, ends: float, *codes: str, **fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    at = [(now + timedelta(hours=hours)).isoformat() for hours in (starts, ends)]
    held = [{"code": code} for code in codes]
    return {"person": person, "starts": at[0], "ends": at[1], "qualifications": held, "break_minutes": 45, **fields}


async def crewed(node: Node) -> Town:
    """An ambulance whose crew must be relieved in two hours; somebody who could, and somebody who has not rested."""
    here = await town(node, NAME)
    due = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    rtw = await here.add("Rettung Bergstadt 1 RTW 1", "RTW", relief_due=due)
    await here.client.post(f"/api/resources/{rtw}/deployment", json={"state": "ALERTED"})
    given = [
        shift("Nora Notfall", -9, 2, "NFS", resource=rtw, function="SUBLEADER"),
        shift("Sven Sanitäter", -9, 2, "SH", resource=rtw),
        shift("Paula Pause", 30, 38, "NFS"),
        shift("Max Müde", 8, 16, "RS"),
    ]
    made = await here.client.post(f"/api/fleets/{here.organisation}/shifts", json={"shifts": given})
    assert made.status_code == 201, made.text
    for one in made.json()["shifts"][:2]:
        answer = await here.client.patch(f"/api/shifts/{one['id']}", json={"base": 1, "fields": {"state": "ON_DUTY"}})
        assert answer.is_success, answer.text
    return here


async def page_of(node: Node, visit: Visit, **options: Any) -> Screen:
    look = {name: options.pop(name) for name in ("theme", "lang") if name in options}
    screen = await visit(node, **options)
    await screen.signed_in(node.database, f"Führung {NAME}")
    await screen.open(page="shifts", **look)
    await expect(screen.part("shifts-here").locator("li")).to_have_count(2)
    return screen


async def test_a_shift_is_entered_and_begun_and_a_relief_taken_over(empty: Node, blind_visit: Visit) -> None:
    here = await crewed(empty)
    screen = await page_of(empty, blind_visit)
    await expect(screen.part("shifts-crews")).to_contain_text("es fehlt 1 × RS")
    await screen.part("shift-new").press("Enter")
    await screen.part("shift-person").fill("Ines Neu")
    await screen.part("shift-holds").fill("NIX")
    await screen.part("shift-save").click()
    await expect(screen.part("shift-form").get_by_role("alert")).to_contain_text("NIX")
    await screen.part("shift-holds").fill("GF, AGT")
    await screen.part("shift-save").click()
    row = screen.part("shift-table").locator("tr", has_text="Ines Neu")
    await expect(row).to_contain_text("geplant")
    await row.get_by_role("button", name="Antreten: Ines Neu").click()
    await expect(screen.part("shifts-here")).to_contain_text("Ines Neu")

    await screen.part("relief-ask").click()
    plan = screen.part("relief-plan")
    await expect(plan).to_contain_text("Paula Pause")
    await expect(plan).not_to_contain_text("Max Müde")
    await expect(plan).to_contain_text("Nicht gedeckt: 1 × RS")
    assert len(await here.seen("shift")) == 5
    await screen.part("relief-take").click()
    await expect(screen.part("shift-table").locator("tr", has_text="Paula Pause")).to_have_count(2)
    await expect(screen.part("shift-line")).to_contain_text("Paula Pause")
    assert len(await here.seen("shift")) == 6


async def test_nothing_serious_for_axe_and_it_fits_a_phone(empty: Node, blind_visit: Visit) -> None:
    await crewed(empty)
    found = []
    for look in ({"theme": "light", "lang": "de"}, {"theme": "dark", "lang": "en", "viewport": PHONE}):
        screen = await page_of(empty, blind_visit, bypass_csp=True, **look)
        await screen.part("relief-ask").click()
        await expect(screen.part("relief-plan")).to_be_visible()
        await screen.part("shift-new").click()
        await expect(screen.part("shift-form")).to_be_visible()
        found += [f"{look['theme']}: {line}" for line in await findings(screen)]
        wide = await screen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{look} scrolls sideways by {wide} px"
    assert found == []
