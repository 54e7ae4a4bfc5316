"""Two nodes in two browsers: a message and its receipt, people asked for and counted, a report sent and summed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from geodata.store.cluster import Cluster
from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.federation.procedures.carried import bodies, until
from tests.service.federation.procedures.test_alarms import ask, plan
from tests.service.federation.procedures.test_reports import ranked, site
from tests.service.federation.towns import FAST, Town, towns
from tests.service.roster.crew import Crew, crew, told


@dataclass
class Side:
    town: Town
    crew: Crew

    async def sit(self, visit: Visit, face: str, view: dict[str, str] | None = None, **options: Any) -> Screen:
        screen = await self.look(visit, options, tab="partners", page="list", **(view or {}))
        await screen.part(f"face-{face}").check(force=True)
        return screen

    async def look(self, visit: Visit, options: dict[str, Any] | None = None, **view: str) -> Screen:
        screen = await visit(self.town.node, **(options or {}))
        await screen.signed_in(self.town.database, f"Leitung {self.town.origin.title()}")
        return await screen.open(**view)

    def at(self, other: Side) -> str:
        return f"/api/partners/{self.town.peers[other.town.origin].id}"


Pair = tuple[Side, Side]


@pytest_asyncio.fixture(loop_scope="session")
async def pair(cluster: Cluster) -> AsyncIterator[Pair]:
    """Altdorf is a town of Bergheim's."""
    async with towns(cluster, "altdorf", "bergheim", federation={**FAST, "level": "DISTRICT"}) as (altdorf, bergheim):
        await ranked(altdorf, bergheim="REGION")
        await ranked(bergheim, altdorf="MUNICIPALITY")
        sides = [Side(town, await crew(town.node, town.origin.title())) for town in (altdorf, bergheim)]
        yield sides[0], sides[1]


async def test_a_message_its_receipt_on_the_other_screen_and_the_answer(pair: Pair, blind_visit: Visit) -> None:
    here, there = await pair[0].sit(blind_visit, "exchange"), await pair[1].sit(blind_visit, "partners")
    await expect(here.part("messages-empty")).to_contain_text("Quittung")
    await here.part("message-new").click()
    await expect(here.part("message-to")).to_have_value("bergheim")
    await expect(here.part("message-send")).to_be_disabled()
    await here.part("message-text").fill("Deich Süd hält noch zwei Stunden")
    await here.part("face-partners").check(force=True)
    await here.part("face-exchange").check(force=True)
    await expect(here.part("message-text")).to_have_value("Deich Süd hält noch zwei Stunden")
    await here.part("message-priority").select_option("IMMEDIATE")
    await here.part("message-send").click()
    state = here.part("message-state").first
    await expect(state).to_have_text("da, nicht gelesen")
    await expect(here.part("exchange-bell")).to_have_count(0)

    await expect(there.part("exchange-bell")).to_contain_text("1 Partnernachricht")
    await there.part("exchange-bell").click()
    await expect(there.part("message")).to_contain_text("von Altdorf")
    await expect(there.part("message")).to_contain_text("Sofort")
    await expect(there.part("message-state")).to_have_text("neu")
    await there.part("message-open").click()
    await expect(there.part("message-state")).to_contain_text("hier gelesen von Leitung")
    await expect(there.part("exchange-bell")).to_have_count(0)
    await expect(state).to_contain_text("gelesen von Leitung")

    await there.part("message-reply").click()
    await there.part("message-text").fill("Verstanden, Sandsäcke kommen")
    await there.part("message-send").click()
    await expect(here.part("message")).to_have_count(2)
    await expect(here.part("message-state").nth(1)).to_contain_text("beantwortet von Leitung")
    await expect(here.part("message").first).to_contain_text("von Bergheim")
    await here.part("message-open").first.click()
    await expect(here.part("message").first).to_contain_text("Antwort auf Nr. 1")
    await here.part("message-journal").click()
    await expect(here.page.locator("#log-line")).to_have_value(
        "Nachricht 1 (Sofort) von Bergheim (Leitung): „Verstanden, Sandsäcke kommen“."
    )
    then = datetime.now(UTC).isoformat()
    await here.open(tab="partners", page="list", at=then)
    await here.part("face-exchange").check(force=True)
    await expect(here.part("exchange")).to_contain_text("nur zum Lesen")
    await expect(here.part("message")).to_have_count(2)
    await expect(here.part("message").first).to_contain_text("Antwort auf Nr. 1")
    for gone in ("message-new", "message-form", "message-reply", "message-journal"):
        await expect(here.part(gone)).to_have_count(0)


async def test_people_are_asked_for_accepted_by_a_plan_and_counted_on_our_board(pair: Pair, blind_visit: Visit) -> None:
    ours, theirs = pair[0].crew, pair[1].crew
    people = [await theirs.add(name, "AGT") for name in ("Anna", "Ben")]
    chosen = await plan(theirs)
    there = await pair[1].sit(blind_visit, "partners")
    alarm = await ask(ours, "bergheim", total=2)
    await expect(there.part("exchange-bell")).to_contain_text("1 Alarmbitte")
    await there.part("exchange-bell").click()
    await expect(there.part("alarm-ask")).to_contain_text("Altdorf bittet um 2 Personen")
    await expect(there.part("ask-state")).to_have_text("wartet auf Entscheidung")
    await there.part("ask-accept").click()
    await there.part("ask-plan").select_option(chosen)
    await expect(there.part("ask-really")).to_have_count(0)
    await there.part("ask-preview").click()
    await expect(there.part("alarm-preview")).to_contain_text("2 heute nicht erreichbar")  # no gateway here
    assert await theirs.seen("alarm") == {}
    await there.part("ask-really").click()
    await expect(there.part("ask-state")).to_have_text("angenommen")
    await expect(there.part("exchange-bell")).to_have_count(0)
    (begun,) = await theirs.seen("alarm")

    async def called() -> Any:
        return (await theirs.seen("alarm"))[begun].get("counts", {}).get("total") == 2

    await until(called)
    for person, answer in zip(people, ("COMING", "COMING_LATER"), strict=True):
        said = {"answer": answer, "minutes": 15}
        told(await theirs.client.post(f"/api/alarms/{begun}/recipients/{person}/answer", json=said))
    await expect(there.part("ask-counts")).to_contain_text("1 kommen, 1 später")
    here = await pair[0].look(blind_visit, tab="alarms", page="list", sel=f"alarm:{alarm}")
    await expect(here.part("alarm-partner-state")).to_have_text("angenommen")
    await expect(here.part("panel").get_by_test_id("need-total")).to_contain_text("2 von 2, davon 2 von Bergheim")
    await expect(here.part("alarm-partner-counts")).to_contain_text("1 kommen, 1 später")


async def test_a_request_is_declined_with_a_reason_that_the_other_reads(pair: Pair, blind_visit: Visit) -> None:
    there = await pair[1].sit(blind_visit, "exchange")
    alarm = await ask(pair[0].crew, "bergheim")
    await there.part("ask-decline").click()
    await there.part("ask-reason").fill("Alle im eigenen Einsatz")
    await there.part("ask-decline-now").click()
    here = await pair[0].look(blind_visit, tab="alarms", page="list", sel=f"alarm:{alarm}")
    await expect(here.part("alarm-partner")).to_contain_text("Alle im eigenen Einsatz")
    await expect(here.part("alarm-partner-state")).to_have_text("abgelehnt")
    await here.open(tab="alarms", page="list", sel="alarm_plan:new")
    await here.part("target-kind").select_option("PARTNER")
    await here.part("target-partner").select_option("bergheim")
    await expect(here.part("target-partner").locator("option:checked")).to_have_text("Bergheim")
    await expect(here.part("target")).to_contain_text("zählt hier mit")


async def test_a_report_is_looked_at_sent_seen_above_and_whoever_is_late_is_silent(
    pair: Pair, blind_visit: Visit
) -> None:
    await site(pair[0].crew, "Unterführung")
    there = await pair[1].sit(blind_visit, "reports")
    row = there.part("report-row")
    await expect(row).to_contain_text("keine Meldung")
    await there.part("report-rhythm").select_option("6")
    await expect(row).to_contain_text("nächste bis")
    here = await pair[0].sit(blind_visit, "reports")
    await expect(here.part("own-report")).to_contain_text("erbittet eine alle 6 h")
    await expect(here.part("report-send")).to_have_count(0)
    await here.part("report-text").fill("Pegel steigt")
    await here.part("report-preview").click()
    await expect(here.part("figure-sites").locator("b")).to_have_text("1")
    await here.part("report-send").click()
    await expect(here.part("sent-state")).to_have_text("dort angekommen")
    await expect(row).to_contain_text("Nr. 1")
    await expect(row.locator("td").nth(1)).to_have_text("1")
    await expect(there.part("report-sum")).to_contain_text("Summe über 1 Knoten")
    await there.part("report-open").click()
    await expect(there.part("node-report")).to_contain_text("Pegel steigt")
    told(await pair[1].crew.client.put("/api/situation-reports/rhythm", json={"hours": 0.0003}))
    await expect(there.part("report-silent")).to_be_visible()
    await expect(here.part("own-late")).to_contain_text("überfällig")


@pytest.mark.parametrize(("size", "look"), [(LARGE, LOOKS[0]), (PHONE, LOOKS[1])])
async def test_it_is_readable_by_everybody(
    pair: Pair, blind_visit: Visit, size: dict[str, int], look: tuple[str, str]
) -> None:
    altdorf, bergheim = pair
    theme, language = look
    for side, other, words in ((altdorf, bergheim, "Brauchen Boote"), (bergheim, altdorf, "Zwei Boote unterwegs")):
        given = {"text": words, "priority": "FLASH"}
        told(await side.crew.client.post(f"{side.at(other)}/messages", json=given))
    await ask(altdorf.crew, "bergheim", text="Sandsäcke füllen", meeting="Bauhof Altdorf")
    report = {"to": [altdorf.town.peers["bergheim"].id], "text": "Pegel steigt"}
    told(await altdorf.crew.client.post("/api/situation-reports", json=report))
    told(await bergheim.crew.client.put("/api/situation-reports/rhythm", json={"hours": 6}))

    async def all_there() -> Any:
        kinds = ("alarm_request", "situation_report", "partner_receipt")
        return all([await bodies(bergheim.crew.client, kind) for kind in kinds])

    await until(all_there)
    view = {"theme": theme, "lang": language}
    there = await bergheim.sit(blind_visit, "exchange", view, viewport=size, bypass_csp=True)
    named = f"{theme}-{'phone' if size is PHONE else 'wide'}"

    async def looked_at(state: str) -> None:
        await there.shoot(f"exchange-{state}-{named}")
        assert await findings(there) == [], state
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await there.page.evaluate(wide) <= 0, state

    await expect(there.part("alarm-ask")).to_be_visible()
    await there.part("message-open").filter(has_text="Brauchen Boote").click()
    await looked_at("messages")
    await there.part("message-reply").click()
    await looked_at("reply")
    await there.part("face-reports").check(force=True)
    await expect(there.part("report-sum")).to_be_visible()
    await there.part("report-open").click()
    await looked_at("reports")
    here = there = await altdorf.sit(blind_visit, "reports", view, viewport=size, bypass_csp=True)
    await here.part("report-preview").click()
    await expect(here.part("report-send")).to_be_visible()
    await looked_at("own-report")
