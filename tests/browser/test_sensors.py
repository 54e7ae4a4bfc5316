"""A new LoRaWAN device, from its first message to a gauge with thresholds on the map."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import expect

from feeds.lorawan.reading import read
from feeds.lorawan.uplink import Uplink
from geodata.model.clock import WallClock
from service.sensors.alarms import Watch
from service.sensors.intake import Intake
from tests.browser import pixels
from tests.browser.conftest import Visit
from tests.browser.screen import PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node
from tests.service.sensors.sent import ADOPTION, EUI, things_stack

AT = (7.1, 51.2)
NAME = "Ruthenbach Brücke"


async def registry(node: Node, visit: Visit, **options: Any) -> Screen:
    screen = await visit(node, **options)
    await screen.sign_in(node.database, "Administration")
    await screen.page.goto("about:blank")  # else the first address reaches a page that is writing its own
    await screen.open(page="sensors", map=f"12/{AT[1]}/{AT[0]}")
    await expect(screen.part("sensors")).to_be_visible()
    return screen


async def send(node: Node, secret: str, counter: int, distance: int, **more: Any) -> None:
    answer = await node.client.post(
        "/api/sensors/uplinks/things_stack",
        json=things_stack(datetime.now(UTC), counter, distance, **more),
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 202, answer.text


async def secret_of(node: Node) -> str:
    admin = await node.sign_in()
    answer = await admin.post("/api/sensors/keys", json={"source": "things_stack"})
    await admin.aclose()
    return str(answer.json()["secret"])


async def test_a_new_device_becomes_a_gauge_with_thresholds_on_the_map(empty: Node, visit: Visit) -> None:
    screen = await registry(empty, visit)
    await expect(screen.part("sensors-none")).to_be_visible()
    await screen.part("key-make").click()
    bearer = await screen.part("key-fresh").locator("code").nth(1).inner_text()
    await send(empty, bearer.removeprefix("Bearer "), 1, 1823)
    began = time.monotonic()
    card = screen.part("device")
    await expect(card.get_by_test_id("device-state")).to_have_text("neu")
    await expect(card.get_by_test_id("device-message")).to_contain_text("1.823 mm")
    await card.get_by_test_id("device-adopt").click()
    await screen.part("adopt-name").fill(NAME)
    await screen.part("adopt-water").fill("Ruthenbach")
    await screen.part("adopt-mounting").fill("300")
    await expect(screen.part("adopt-result")).to_contain_text("117,7 cm")
    await screen.part("site-place").fill("51,20000 7,10000")
    for number, value in enumerate((80, 120, 160), 1):
        await screen.part(f"adopt-stage-{number}").fill(str(value))
    assert await findings(screen) == []
    await screen.part("adopt-form").scroll_into_view_if_needed()
    await screen.shoot("sensors-adopting")
    await screen.part("adopt-save").click()
    await expect(card.get_by_test_id("device-state")).to_have_text("übernommen")
    await card.get_by_test_id("device-show").click()
    await screen.titled(NAME)
    await expect(screen.panel_value).to_have_text("118")
    print(f"from first message to gauge: {time.monotonic() - began:.1f} s")
    await expect(screen.part("panel-level")).to_have_text("mittel")
    await expect(screen.panel.locator(".marks .reached")).to_have_count(1)
    await send(empty, bearer.removeprefix("Bearer "), 2, 1500)
    await expect(screen.panel_value).to_have_text("150")
    await expect(screen.part("panel-level")).to_have_text("hoch")
    wanted = await screen.mark_colour(NAME)
    await screen.settled()
    where = await screen.projection()
    await screen.see(lambda image: pixels.nearest(image, wanted, *where(*AT), radius=6) < 12)
    await screen.shoot("sensors-gauge")


async def test_on_a_phone_in_the_dark_the_form_fits_and_alarms_are_shown(empty: Node, blind_visit: Visit) -> None:
    secret = await secret_of(empty)
    await send(empty, secret, 1, 1900, battery=2.2)
    admin = await empty.sign_in()
    assert (await admin.put(f"/api/sensors/devices/{EUI}", json=ADOPTION)).status_code == 200
    await admin.aclose()
    await send(empty, secret, 1, 1823, eui="70B3D57BA0005678")
    phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "color_scheme": "dark"}
    screen = await registry(empty, blind_visit, **phone)
    await expect(screen.part("device")).to_have_count(2)
    await expect(screen.part("device-alarm")).to_have_text("⚠ Batterie schwach")
    await screen.part("device").first.get_by_test_id("device-adopt").click()
    await expect(screen.part("adopt-form")).to_be_visible()
    wide = await screen.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], "nothing stands out to the side"
    assert await findings(screen) == []
    await screen.part("adopt-form").scroll_into_view_if_needed()
    await screen.shoot("sensors-phone")
    await screen.part("site-place").fill("nirgends")
    await screen.part("site-place").press("Tab")
    await expect(screen.part("adopt-form").get_by_role("alert").first).not_to_be_empty()


async def test_doubted_values_are_marked_in_the_curve_its_legend_and_its_table(empty: Node, blind_visit: Visit) -> None:
    intake = Intake(empty.database, WallClock(), origin="local")
    distances = [*range(2200, 2000, -20), 600, 1980, *[1960] * 12, 700, 1940]
    start = datetime.now(UTC) - timedelta(minutes=10 * len(distances))
    await intake.take(read_all(start, distances[:4]))
    admin = await empty.sign_in()
    assert (await admin.put(f"/api/sensors/devices/{EUI}", json={**ADOPTION, "name": NAME})).status_code == 200
    await admin.aclose()
    await intake.take(read_all(start, distances)[4:])
    screen = await blind_visit(empty)
    await screen.open(sel=f"station:sensors.{EUI}")
    await screen.titled(NAME)
    await expect(screen.part("mark-SPIKE")).to_have_text("△Ausreißer: 2 Werte")
    chart = screen.part("hydrograph")
    await expect(chart).to_have_attribute("aria-label", re.compile("Ausreißer: 2 Werte"))
    await screen.part("chart-table").click()
    told = screen.page.locator(".chart-table .doubt-cell", has_text="Ausreißer")
    await expect(told).to_have_count(2)
    assert await findings(screen) == []
    await screen.shoot("sensors-marks")


def read_all(start: datetime, distances: list[int]) -> list[Uplink]:
    sent = [things_stack(start + i * timedelta(minutes=10), i + 1, d) for i, d in enumerate(distances)]
    return [uplink for message in sent for uplink in read(json.dumps(message).encode())]


async def test_the_feed_page_shows_what_of_own_sensors_was_set_aside(empty: Node, blind_visit: Visit) -> None:
    intake = Intake(empty.database, WallClock(), origin="local")
    message = things_stack(datetime.now(UTC), 1, 0, payload=b"\x09<b>broken</b>")
    await intake.take(read(json.dumps(message).encode()))
    await Watch(empty.database, WallClock(), origin="local", operator="Stadt").look()
    screen = await blind_visit(empty)
    await screen.sign_in(empty.database)
    await screen.show_sources()
    card = screen.part("feed-sensors")
    await card.locator("summary").click()
    await expect(screen.part("poll-sensors")).to_have_count(0)
    await screen.part("open-sensors").click()
    await expect(screen.part("aside-list")).to_contain_text(EUI)
    await expect(screen.part("aside-list")).to_contain_text("093C623E")
    await expect(screen.part("steer-raw")).to_have_count(0)
    assert await findings(screen) == []
    await screen.shoot("sensors-aside")
