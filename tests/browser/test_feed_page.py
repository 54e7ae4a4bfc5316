"""What a configured source tells, seen on list, map and panel; its raw answers and a recorded file played again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.pixels import nearest
from tests.browser.screen import PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import SOURCES, Node, running

BLOCK: dict[str, Any] = {
    "kind": "geojson", "title": "Straßensperrungen Musterstadt", "licence": "CC0-1.0", "attribution": "Musterstadt",
    "every": "1 h",
    "fields": {"id": "id", "title": "properties.name", "text": "properties.why", "at": "properties.at",
               "severity": "properties.word", "link": "properties.page"},
    "severity": {"rot": "HIGH", "gelb": "LOW"},
    "more": {"Straße": "properties.street"},
}  # fmt: skip
HIGH = (181, 15, 44)
"""The colour of level 3 by day."""
ROAD = {"type": "LineString", "coordinates": [[6.90, 50.92], [6.96, 50.94], [7.02, 50.95]]}
AREA = {"type": "Polygon", "coordinates": [[[7.0, 51.0], [7.2, 51.0], [7.2, 51.1], [7.0, 51.1], [7.0, 51.0]]]}


def closure(name: str, word: str, where: Any, *, minutes: int = 12) -> dict[str, Any]:
    at = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    told = {"name": name, "word": word, "at": at, "street": "B 265", "page": "https://musterstadt.example/1",
            "why": "Unterspült.<script>alert(1)</script> <b>Nicht</b> befahren!"}  # fmt: skip
    return {"type": "Feature", "id": name, "geometry": where, "properties": told}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


USUAL = collection(
    closure("Brücke gesperrt", "rot", ROAD),
    closure("Umleitung", "gelb", {"type": "Point", "coordinates": [6.8, 51.2]}),
    closure("Park <i>zu</i>", "lila", AREA),
    closure("Hotline überlastet", "gelb", None),
)


@pytest_asyncio.fixture(loop_scope="session")
async def town(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    """A node in earnest with one source that is nothing but a block of the settings."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=USUAL, content_type="application/geo+json")

    app = web.Application()
    app.router.add_get("/data", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/data"
    off = {name: {"enabled": False} for name in SOURCES}
    async with running(nrw_copy(), feeds=off, sources={"sperrungen": {**BLOCK, "url": url}}) as node:
        yield node
    await runner.cleanup()


async def feature_list(screen: Screen, **view: str | float) -> Screen:
    await screen.open(tab="features", **view)
    await expect(screen.part("feature-row").first).to_be_visible()
    return screen


async def test_what_a_further_source_tells_stands_in_list_map_and_panel(town: Node, visit: Visit) -> None:
    screen = await feature_list(await visit(town), map="9/50.98/6.95")
    rows = screen.part("feature-row")
    await expect(rows).to_have_count(4)
    await expect(rows.first).to_contain_text("Brücke gesperrt")
    await expect(rows.nth(1)).to_contain_text("Park zu")
    await expect(rows.nth(1)).to_contain_text("lila")
    await expect(rows.nth(3).or_(rows.nth(2)).filter(has_text="Hotline").first).to_contain_text("ohne Ort")
    await expect(screen.part("count-features")).to_have_text("4")
    await expect(screen.part("layer-features")).to_have_attribute("aria-pressed", "true")
    where = await screen.projection()
    await screen.see(lambda image: nearest(image, HIGH, *where(6.93, 50.93), 6) < 60)
    await screen.part("layer-features").click()
    await screen.see(lambda image: nearest(image, HIGH, *where(6.93, 50.93), 6) > 60)
    await screen.part("layer-features").click()
    await rows.first.click()
    panel = screen.page.get_by_test_id("panel")
    await expect(screen.part("panel-title")).to_have_text("Brücke gesperrt")
    await expect(panel).to_contain_text("Nicht befahren!")
    await expect(panel).not_to_contain_text("alert(1)")
    await expect(panel).to_contain_text("B 265")
    await expect(screen.part("provenance")).to_contain_text("Straßensperrungen Musterstadt")
    await expect(screen.part("provenance")).to_contain_text("CC0-1.0")
    await expect(screen.page.locator("canvas.maplibregl-canvas")).to_be_attached()
    await screen.shoot("features")
    assert await findings(screen) == []


async def test_a_recorded_file_is_looked_at_then_taken_and_marked(town: Node, visit: Visit, tmp_path: Path) -> None:
    screen = await visit(town)
    await screen.sign_in(town.database)
    await screen.turn_to("features")
    await expect(screen.part("feature-row").first).to_be_visible()
    await screen.show_sources()
    card = screen.source("sperrungen")
    await card.locator("summary").click()
    await screen.part("open-sperrungen").click()
    await expect(screen.part("steer-sperrungen")).to_contain_text("Nichts wurde beiseitegelegt.")

    await screen.part("steer-raw").click()
    await expect(screen.part("raw-row")).to_have_count(1)
    async with screen.page.expect_download() as started:
        await screen.part("raw-download").click()
    download = await started.value
    await download.save_as(tmp_path / "raw")
    assert (tmp_path / "raw").read_bytes() == USUAL
    assert download.suggested_filename.startswith("sperrungen-") and download.suggested_filename.endswith(".json")
    await screen.shoot("feed-raw")

    await screen.part("steer-replay").click()
    wrong = tmp_path / "falsch.html"
    wrong.write_text("<html>Wartung</html>")
    await screen.part("replay-file").set_input_files(wrong)
    await expect(screen.part("steer-sperrungen").get_by_role("alert")).to_contain_text("HTML or XML instead of JSON")
    recorded = tmp_path / "gestern.json"
    recorded.write_bytes(collection(closure("Damm sickert", "rot", AREA, minutes=600)))
    await screen.part("replay-file").set_input_files(recorded)
    preview = screen.part("replay-preview")
    await expect(preview).to_contain_text("1 Meldungen")
    await expect(preview).to_contain_text("Damm sickert")
    await expect(screen.part("replay-real")).to_be_visible()
    await preview.scroll_into_view_if_needed()
    await screen.shoot("feed-replay")
    assert await findings(screen) == []
    await screen.part("replay-take").click()
    await expect(screen.part("steer-told")).to_contain_text("1 Eintrag eingespielt")

    await screen.turn_to("features")
    row = screen.part("feature-row").filter(has_text="Damm sickert")
    await expect(row).to_contain_text("eingespielt")
    await row.click()
    await expect(screen.part("replayed")).to_be_visible()
    await expect(screen.part("provenance")).to_contain_text("Straßensperrungen Musterstadt")
    await screen.shoot("feature-replayed")
    admin = await town.sign_in()
    admin.headers["Origin"] = town.url
    assert (await admin.post("/api/feeds/sperrungen/poll")).status_code == 200
    await admin.aclose()
    await expect(row).to_have_count(0)


async def test_a_source_is_paused_and_goes_on(town: Node, visit: Visit) -> None:
    screen = await visit(town)
    await screen.sign_in(town.database)
    await screen.turn_to("features")
    await expect(screen.part("feature-row").first).to_be_visible()
    await screen.show_sources()
    await screen.source("sperrungen").locator("summary").click()
    await screen.part("pause-sperrungen").click()
    await expect(screen.condition("sperrungen")).to_contain_text("angehalten")
    await screen.turn_to("features")
    await expect(screen.part("feature-group-sperrungen")).to_contain_text("Quelle angehalten")
    await screen.show_sources()
    await screen.source("sperrungen").locator("summary").click()
    await screen.part("pause-sperrungen").click()
    await expect(screen.condition("sperrungen")).to_contain_text("liefert")


async def test_it_reads_on_a_phone_in_english_at_night_and_without_anything(
    town: Node, empty: Node, visit: Visit
) -> None:
    screen = await feature_list(await visit(town, viewport=PHONE), page="list", lang="en", theme="night")
    await expect(screen.part("feature-list")).to_contain_text("no place")
    await screen.shoot("features-phone-night")
    assert await findings(screen) == []
    nothing = await visit(empty)
    await nothing.open(tab="features")
    await expect(nothing.part("feature-list")).to_contain_text("Keine weitere Quelle meldet etwas.")
