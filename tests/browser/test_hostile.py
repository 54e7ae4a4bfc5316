"""Whatever a source writes into its texts is shown as text: it runs nothing, asks nothing, draws nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from playwright.async_api import expect

from feeds.contract import Batch
from feeds.health import FeedHealth
from feeds.pegelonline import Pegelonline
from geodata.model.clock import WallClock
from geodata.model.geometry import check
from geodata.model.level import Level
from geodata.model.observation import Forecast, Observation
from geodata.model.station import GaugeZero, Series, Station, Threshold
from geodata.model.warning import OfficialWarning, WarningText
from service.intake import Intake
from tests.browser.conftest import Visit
from tests.browser.hostile import MARK, PAYLOADS
from tests.browser.screen import Screen
from tests.service.conftest import Node, running

NOW = datetime.now(UTC).replace(microsecond=0)
assert len(PAYLOADS) >= 60


def station(number: int, text: str) -> Station:
    marks = (Threshold(text[:60], 300.0, "cm", text, Level.HIGH),)
    series = (Series("W", "cm", 15, marks, GaugeZero(30.0, text[:60])), Series("Q", "m³/s", 15, comment=text))
    return Station(
        key=f"hostile.{number}", name=text, kind="gauge", water=text, longitude=6.5 + number % 10 * 0.2,
        latitude=50.8 + number // 10 * 0.15, operator=text, number=text, series=series,
    )  # fmt: skip


def warning(number: int, text: str) -> OfficialWarning:
    west, south = 6.5 + number % 10 * 0.2, 50.8 + number // 10 * 0.15
    ring = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south]]
    return OfficialWarning(
        key=f"hostile.{number}", channel=text, sent=NOW, severity=text, level=Level(number % 5),
        texts=(WarningText("de", text, text, text, text), WarningText(text[:30], text, text, text, text)),
        msg_type=text, status=text, urgency=text, certainty=text, event_code=text, onset=NOW,
        expires=NOW + timedelta(hours=3), sender=text, sender_name=text, web=f"javascript:alert('{MARK}')",
        contact=text, area_names=(text,), parameters={text: text}, note=text,
        geometry=check({"type": "Polygon", "coordinates": [ring]}),
    )  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hostile(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    async with running(nrw_copy(), title=PAYLOADS[12]) as node:
        intake = Intake(node.database, "local", WallClock())
        batch = Batch()
        for number, text in enumerate(PAYLOADS):
            batch.stations.append(station(number, text))
            batch.observations.append(Observation(f"hostile.{number}", "W", NOW, 310.0, "cm", text))
            batch.forecasts.append(
                Forecast(f"hostile.{number}", "W", "cm", NOW, text, ((NOW + timedelta(hours=1), 320.0, text),))
            )
            batch.warnings.append(warning(number, text))
        await intake.deliver(Pegelonline(), batch)
        for number, text in enumerate(PAYLOADS[:20]):
            health = FeedHealth(
                    name=f"source{number}",
                    title=text,
                    publisher=text,
                    licence=text,
                    attribution=text,
                    home=f"javascript:alert('{MARK}')",
                    every=60,
                    stale_after=600,
                    last_try=NOW,
                    last_success=NOW,
                    failures=1,
                    error=text,
                    dropped_reasons={text: 3},
                    unknown={text: 4},
                    since=NOW,
                )  # fmt: skip
            await intake.report(health)
        yield node


async def nothing_ran(screen: Screen) -> None:
    """No element came out of a text; dialogs, errors and foreign requests are looked at when the page is closed."""
    strange = await screen.page.evaluate(
        """() => [...document.querySelectorAll(
             'script:not([src]), iframe, object, embed, marquee, template, base, video, audio, math,'
             + ' img:not([data-testid="sign"][src^="data:image/svg+xml;charset=utf-8,"]),'
             + ' foreignObject, [onerror], [onload], [onfocus], [onmouseover],'
             + ' a[href^="javascript" i], a[href^="data" i]')]
             .map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert strange == []
    assert screen.watch.unwelcome() == []


async def test_gauges_of_a_hostile_source_are_shown_as_text(hostile: Node, visit: Visit) -> None:
    screen = await (await (await visit(hostile)).open(map="9/51.1/7.2")).loaded()
    await expect(screen.part("gauge-count")).to_have_text(str(len(PAYLOADS)))
    assert await screen.all_names() == {" ".join(text.split()) for text in PAYLOADS}
    for number in (0, 12, 21, 30, 53, 64):
        await screen.open(map="11/51.1/7.2", sel=f"station:hostile.{number}")
        await expect(screen.panel_title).to_contain_text(MARK)
        await screen.panel.get_by_role("button", name="Als Tabelle").click()
        await nothing_ran(screen)
    await screen.shoot("hostile-gauge")


async def test_warnings_of_a_hostile_source_are_shown_as_text(hostile: Node, visit: Visit) -> None:
    screen = await (await visit(hostile)).open(tab="warnings", map="9/51.1/7.2")
    await expect(screen.warning_rows).to_have_count(len(PAYLOADS))
    for number in range(0, len(PAYLOADS), 7):
        await screen.open(tab="warnings", sel=f"warning:hostile.{number}")
        await expect(screen.panel_title).to_contain_text(MARK)
        await nothing_ran(screen)
    await expect(screen.panel.locator("a[href^=javascript]")).to_have_count(0)
    await screen.shoot("hostile-warning")


async def test_hostile_sources_are_listed_as_text(hostile: Node, visit: Visit) -> None:
    screen = await (await visit(hostile)).open(tab="sources")
    await expect(screen.part("source-list")).to_contain_text(MARK)
    for summary in await screen.part("source-list").locator("summary").all():
        await summary.click()
    await nothing_ran(screen)
    assert await screen.page.title() == PAYLOADS[12]


async def test_what_is_found_and_what_is_typed_is_text(hostile: Node, visit: Visit) -> None:
    screen = await (await (await visit(hostile)).open()).loaded()
    for typed in ("<img src=x onerror", "<script", "alert"):
        await screen.search.fill(typed)
        await expect(screen.results.first).to_be_visible()
        await nothing_ran(screen)
    await screen.open(water=PAYLOADS[0], sel=f"station:{PAYLOADS[13]}")
    await nothing_ran(screen)
