"""The warning watch in the browser: what comes in rings, is acknowledged, decided, passed on, and told afterwards."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node
from tests.service.custody.test_routes import RULE, measure, until, warn
from tests.service.roster.crew import Crew, crew, told


@pytest_asyncio.fixture(loop_scope="session")
async def town(empty: Node) -> Crew:
    return await crew(empty)


async def sit(visit: Visit, town: Crew, **options: object) -> Screen:
    """With the session of whoever leads there, who is no administrator."""
    screen = await visit(town.node, **options)
    for cookie in town.client.cookies.jar:
        assert cookie.value is not None
        await screen.page.context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": screen.url}])
    return screen


async def test_a_warning_rings_is_acknowledged_decided_passed_on_and_its_history_says_so(
    town: Crew, blind_visit: Visit
) -> None:
    screen = await sit(blind_visit, town)
    await screen.open(tab="custody")
    await expect(screen.part("custody-empty")).to_contain_text("Zurzeit liegt nichts vor")
    await warn(town.node, title="Extremes Unwetter <script>")
    await screen.part("custody-ringing").click()
    await screen.titled("Extremes Unwetter <script>")
    await expect(screen.part("custody-state")).to_have_text("gesehen, nicht quittiert")
    await expect(screen.part("custody-left").first).to_contain_text("noch ")
    await screen.part("custody-acknowledge").click()
    await expect(screen.part("custody-state")).to_have_text("quittiert, nicht entschieden")
    await expect(screen.part("custody-ringing")).to_have_count(0)
    await screen.part("decide-ACT").check()
    await screen.part("custody-reason").fill("Deichwache, Campingplatz räumen")
    await screen.part("custody-decide").click()
    await expect(screen.part("custody-decision")).to_have_text("Wir handeln")
    await screen.part("pass-on").click()
    await screen.part("onward-to").fill("Campingplatz")
    await screen.part("onward-save").click()
    await expect(screen.part("onward")).to_contain_text("Empfang nicht bestätigt")
    await screen.part("onward-receipt").click()
    await screen.part("onward-to").fill("Platzwart Meier")
    await screen.part("onward-save").click()
    await expect(screen.part("onward")).to_contain_text("bestätigt von Platzwart Meier")
    steps = screen.page.locator("[data-testid=custody-step]")
    told_steps = ["CONFIRMED", "PASSED_ON", "ACT", "ACKNOWLEDGED", "SEEN", "RAISED"]
    await expect(steps).to_have_count(len(told_steps))
    assert [await step.get_attribute("data-what") for step in await steps.all()] == told_steps
    address = await screen.part("custody-one-report").get_attribute("href")
    report = await screen.page.context.new_page()
    await report.goto(f"{screen.url}{address}")
    await expect(report.locator("table")).to_contain_text("Deichwache, Campingplatz räumen")
    await expect(report.locator("td").nth(2)).to_have_css("border-top-style", "solid")
    await report.close()


async def test_a_rule_is_written_by_hand_tried_out_and_its_alert_shows_its_evidence(
    town: Crew, blind_visit: Visit
) -> None:
    await measure(town.node, (300, 200), (280, 450), (240, 200), (20, 210), (1, 220))
    screen = await sit(blind_visit, town)
    await screen.open(tab="custody")
    await screen.part("custody-face-rules").check()
    await screen.part("rule-new").click()
    await screen.part("rule-station").select_option("own.pegel")
    await screen.part("rule-value").fill("400")
    await screen.part("rule-reset").fill("380")
    await screen.part("rule-name").fill("Sieg über 400")
    await expect(screen.part("rule-sentence")).to_contain_text("Wenn Pegel Sieg 400 erreicht")
    await screen.part("rule-dry-run").click()
    await expect(screen.page.locator("[data-testid=rehearsed]").filter(has_text="ALARM")).to_have_count(1)
    await screen.part("rule-save").click()
    await expect(screen.part("rule-subject")).to_contain_text("OK")
    await measure(town.node, (0, 430))
    await screen.part("rule-alert").click()
    await expect(screen.part("evidence")).to_contain_text("430")
    await expect(screen.page.locator("[data-testid=mark-chart] canvas")).to_be_visible()
    await screen.part("alert-custody").click()
    await screen.titled("Sieg über 400")


@pytest.mark.parametrize(("size", "look"), [(LARGE, LOOKS[0]), (PHONE, LOOKS[1])])
async def test_it_is_readable_by_everybody(
    town: Crew, blind_visit: Visit, size: dict[str, int], look: tuple[str, str]
) -> None:
    theme, language = look
    await warn(town.node)
    rule = {"organisation": town.organisation, "fields": {**RULE, "unknown": 0}}
    made = told(await town.client.post("/api/alarm-rules", json=rule))
    (alert, *_) = await until(lambda: town.seen("risk_alert"))
    one = next(id for id, body in (await until(lambda: town.seen("custody"))).items())
    screen = await sit(blind_visit, town, viewport=size, bypass_csp=True)
    for selected in (f"custody:{one}", f"risk_alert:{alert}", f"alarm_rule:{made['id']}"):
        await screen.open(tab="custody", page="list", theme=theme, lang=language, sel=selected)
        await expect(screen.part("panel-title")).to_be_visible()
        assert await findings(screen) == []
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await screen.page.evaluate(wide) <= 0
    await expect(screen.part("outcome-UNKNOWN").first).to_contain_text("UNKNOWN" if language == "en" else "UNBEKANNT")
