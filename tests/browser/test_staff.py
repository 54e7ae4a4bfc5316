"""Staffs in the browser: incidents opened, seats filled and handed over, and everybody sees at once who sits where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from service.access.store import make_link
from service.accounts.store import ensure
from tests.browser.conftest import Visit
from tests.browser.scene import Scene
from tests.browser.screen import PHONE, SMALL_PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node

ANNA, FRIEDA = "Anna Leitner", "Frieda Früh"


async def sit(node: Node, visit: Visit, person: str, *, admin: bool = False, **options: object) -> Screen:
    """A browser in which this person has signed in; no administrator unless told."""
    screen = await visit(node, **options)
    link = await make_link(node.database, await ensure(node.database, person, admin=admin))
    await screen.page.goto(f"{node.url}/sign-in/{link}", timeout=60_000)
    await screen.page.goto("about:blank")
    return screen


async def ready(screen: Screen, part: str) -> None:
    """A page needs a while on a busy machine; from then on all is quick."""
    await expect(screen.part(part).first).to_be_visible(timeout=30_000)


async def test_an_incident_is_opened_a_seat_filled_handed_over_and_left_and_both_browsers_follow(
    empty: Node, visit: Visit
) -> None:
    await ensure(empty.database, FRIEDA)
    anna = await sit(empty, visit, ANNA, admin=True)
    frieda = await sit(empty, visit, FRIEDA)
    await frieda.open(tab="staff")
    await ready(frieda, "staffs-empty")

    await anna.open(tab="incidents")
    await ready(anna, "incidents-empty")
    await anna.part("open-incident").click()
    await anna.part("incident-name").fill("Hochwasser Erft")
    await anna.part("incident-hazard").fill("Hochwasser")
    await anna.part("staff-KRISENSTAB").check()
    await anna.part("incident-save").click()
    await expect(anna.part("staff")).to_have_count(2)
    tactical = anna.part("staff").first
    await expect(tactical.get_by_test_id("seat-LDS")).to_contain_text(ANNA)

    vacant = tactical.get_by_test_id("seat-S2")
    await expect(vacant.get_by_test_id("vacant")).to_have_text("UNBESETZT")
    style = await vacant.evaluate("e => [getComputedStyle(e).borderStyle, getComputedStyle(e).borderWidth]")
    assert style == ["dashed", "2px"], "told by its shape, not by the word alone"
    assert await vacant.locator("svg").count() == 1
    await expect(tactical.get_by_test_id("lacking")).to_have_text("6 Pflichtfunktionen unbesetzt")
    await expect(anna.part("count-staff")).to_have_text("9 ⚠")
    optional = tactical.get_by_test_id("seat-MELDEKOPF")
    await expect(optional).to_contain_text("frei")
    await expect(optional.get_by_test_id("vacant")).to_have_count(0)

    await vacant.locator("button").click()
    await expect(anna.part("vacancy-box")).to_contain_text("UNBESETZT")
    await anna.part("assign").click()
    await anna.part("seat-person").select_option(label=FRIEDA)
    await anna.part("seat-save").click()
    await expect(vacant).to_contain_text(FRIEDA)
    await expect(anna.part("vacancy-box")).to_have_count(0)
    await expect(anna.part("count-staff")).to_have_text("8 ⚠")

    # She sees the incident, without having touched her page, because she holds a seat now.
    hers = frieda.part("staff").first.get_by_test_id("seat-S2")
    await expect(hers).to_contain_text("Sie")
    await hers.locator("button").click()
    await expect(frieda.part("assign")).to_have_count(0)
    await frieda.part("hand-over").click()
    await expect(frieda.part("handover-save")).to_be_disabled()
    await frieda.part("handover-note").fill("Pegel Neubrück meldet nicht.\nDeichwache ab 20 Uhr zugesagt.")
    await frieda.part("handover-save").click()

    await expect(vacant.get_by_test_id("vacant")).to_have_text("UNBESETZT")
    await expect(frieda.part("staffs-empty")).to_be_visible()

    await anna.part("take-over").click()
    await expect(vacant).to_contain_text("auch LdS")
    await expect(tactical.get_by_test_id("seat-LDS")).to_contain_text("auch S2")
    note = anna.part("sat").filter(has_text=FRIEDA)
    await expect(note).to_contain_text("Deichwache ab 20 Uhr zugesagt.")
    await anna.shoot("staff-wide")


async def test_a_successor_takes_the_seat_before_the_other_leaves_it(empty: Node, visit: Visit) -> None:
    scene = await Scene.open(empty)
    await scene.seat(FRIEDA, "S2")
    await ensure(empty.database, "Spät Dienst")
    anna = await sit(empty, visit, ANNA, admin=True)
    await anna.open(tab="staff", incident=scene.incident)
    await ready(anna, "seat-S2")
    await anna.part("seat-S2").locator("button").click()
    await anna.part("hand-over").click()
    await anna.part("handover-note").fill("Alles ruhig.")
    await anna.part("handover-next").select_option(label="Spät Dienst")
    await anna.part("handover-save").click()
    await expect(anna.part("seat-S2")).to_contain_text("Spät Dienst")
    await expect(anna.part("seat-S2")).not_to_contain_text(FRIEDA)
    posts = await scene.bodies("post")
    (s2,) = [post for post in posts if post["function"] == "S2"]
    assert [holder["state"] for holder in s2["holders"]] == ["ON_DUTY"]


async def test_who_is_on_duty_for_more_than_twelve_hours_is_to_be_relieved(empty: Node, visit: Visit) -> None:
    scene = await Scene.open(empty)
    staff = scene.opened["staffs"][0]["id"]
    for person, function, hours in ((FRIEDA, "S2", 13), ("Emil Einsatz", "S3", 11)):
        starts = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
        sent = {"function": function, "person": await ensure(empty.database, person), "starts": starts}
        assert (await scene.lead.post(f"/api/staffs/{staff}/assignments", json=sent)).status_code == 201
    anna = await sit(empty, visit, ANNA, admin=True)
    await anna.open(tab="staff", incident=scene.incident)
    await ready(anna, "seat-S2")
    await expect(anna.part("seat-S2").get_by_test_id("relief")).to_have_text("Ablösung nötig: 13 h im Dienst")
    await expect(anna.part("seat-S3")).to_contain_text("seit 11 h")
    await expect(anna.part("relief")).to_have_count(1)


async def test_a_level_is_declared_and_an_incident_closed_and_taken_up_again(empty: Node, visit: Visit) -> None:
    scene = await Scene.open(empty)
    await scene.seat(FRIEDA, "S2")
    anna, frieda = await sit(empty, visit, ANNA, admin=True), await sit(empty, visit, FRIEDA)
    for screen in (anna, frieda):
        await screen.open(tab="incidents", incident=scene.incident)
        await ready(screen, "incident-row")
        await screen.part("incident-row").locator("button").click()
        await expect(screen.part("incident-title")).to_contain_text("Hochwasser Erft")
    await expect(frieda.part("declare")).to_have_count(0)
    await anna.part("declare").click()
    await anna.part("declare-level").select_option("KATASTROPHE")
    await anna.part("declare-text").fill("Der Landrat stellt die Katastrophe fest.")
    await anna.part("declare-save").click()
    for screen in (anna, frieda):
        await expect(screen.part("legal-step")).to_contain_text("Der Landrat stellt die Katastrophe fest.")
        await expect(screen.part("legal-step").locator("b")).to_have_text("Katastrophe")

    await anna.part("incident-CLOSED").click()
    await expect(frieda.part("incident-row")).to_contain_text("beendet")
    await anna.part("incident-ACTIVE").click()
    await anna.part("incident-reason").fill("Der Pegel steigt wieder")
    await anna.part("incident-confirm").click()
    await expect(frieda.part("panel")).to_contain_text("Der Pegel steigt wieder")


async def test_who_leads_one_staff_is_told_that_the_seats_of_another_are_not_his(empty: Node, visit: Visit) -> None:
    scene = await Scene.open(empty)
    crisis = {"model": "KRISENSTAB", "name": "Krisenstab"}
    founded = (await scene.lead.post(f"/api/incidents/{scene.incident}/staffs", json=crisis)).json()
    head = {"function": "LEITUNG", "person": await ensure(empty.database, "Karla Kreis")}
    assert (await scene.lead.post(f"/api/staffs/{founded['id']}/assignments", json=head)).status_code == 201
    await scene.seat("Emil Einsatz", "LDS")
    emil = await sit(empty, visit, "Emil Einsatz")
    await emil.open(tab="staff", incident=scene.incident, sel=f"post:{founded['id']}.BUMA")
    await ready(emil, "take-over")
    await emil.part("take-over").click()
    await expect(emil.part("post-wrong")).to_contain_text("ASSIGN")
    await expect(emil.part("vacancy-box")).to_be_visible()


@pytest.mark.proof
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_serious_for_axe(empty: Node, visit: Visit, theme: str, language: str) -> None:
    scene = await Scene.open(empty)
    anna = await sit(empty, visit, ANNA, admin=True, bypass_csp=True)
    seat = f"post:{scene.opened['staffs'][0]['id']}.S2"
    await anna.open(tab="staff", incident=scene.incident, theme=theme, lang=language, sel=seat)
    await ready(anna, "assign")
    await anna.part("assign").click()
    await expect(anna.part("seat-form")).to_be_visible()
    assert await findings(anna) == []
    await anna.shoot(f"staff-{theme}-{language}")
    await anna.turn_to("incidents")
    await anna.part("incident-row").locator("button").click()
    await anna.part("declare").click()
    assert await findings(anna) == []
    await anna.part("open-incident").click()
    await expect(anna.part("incident-form")).to_be_visible()
    assert await findings(anna) == []


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE], ids=["phone", "small"])
async def test_on_a_phone_everything_fits(empty: Node, visit: Visit, size: dict[str, int]) -> None:
    scene = await Scene.open(empty)
    anna = await sit(empty, visit, ANNA, admin=True, viewport=size, bypass_csp=True)
    await anna.open(tab="staff", page="list", incident=scene.incident)
    await ready(anna, "seat-S2")
    await expect(anna.part("seat-S2").get_by_test_id("vacant")).to_be_visible()
    assert await anna.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    await anna.shoot(f"staff-phone-{size['width']}")
    await anna.part("seat-S2").locator("button").click()
    await anna.part("assign").click()
    await expect(anna.part("seat-form")).to_be_visible()
    assert await anna.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert await findings(anna) == []
