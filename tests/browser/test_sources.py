"""A source that fails is told with its error; what it said before grows old in sight, and healing brings it back."""

from __future__ import annotations

import re
import time

from playwright.async_api import expect

from tests.browser.conftest import Visit, promised
from tests.browser.screen import heal, steer
from tests.service.conftest import Node

INTERVAL_AND_GRACE = 1 + 5


async def test_a_failing_source_is_told_with_its_error_within_one_interval_and_five_seconds(
    calm: Node, visit: Visit
) -> None:
    screen = await (await (await visit(calm)).open()).loaded()
    await screen.show_sources()
    await expect(screen.condition("pegelonline")).to_contain_text("liefert")
    good = (await screen.standing())["good"]
    staff = await calm.sign_in()
    failed = time.monotonic()
    await steer(staff, action="fault", feed="pegelonline", fault="500")
    await expect(screen.source("pegelonline")).to_contain_text("HTTP 500", timeout=promised(INTERVAL_AND_GRACE) * 1000)
    assert time.monotonic() - failed < promised(INTERVAL_AND_GRACE)
    await expect(screen.condition("pegelonline")).not_to_contain_text("liefert")
    assert (await screen.standing())["good"] == good - 1
    await screen.shoot("source-failing")
    await heal(staff, "pegelonline")
    await expect(screen.condition("pegelonline")).to_contain_text("liefert")
    await expect(screen.source("pegelonline")).not_to_contain_text("HTTP 500")
    assert (await screen.standing())["good"] == good
    await staff.aclose()


async def test_a_source_that_never_answers_stops_counting_as_good_in_time(calm: Node, visit: Visit) -> None:
    screen = await (await (await visit(calm)).open()).loaded()
    await screen.show_sources()
    await expect(screen.condition("pegelonline")).to_contain_text("liefert")
    staff = await calm.sign_in()
    await steer(staff, action="fault", feed="pegelonline", fault="timeout")
    await expect(screen.condition("pegelonline")).not_to_contain_text(
        "liefert", timeout=promised(INTERVAL_AND_GRACE + 1) * 1000
    )
    standing = await screen.standing()
    assert standing["good"] < sum(standing.values())
    await staff.aclose()


async def test_what_a_silent_source_said_turns_stale_and_is_never_shown_as_fresh(calm: Node, visit: Visit) -> None:
    screen = await (await (await visit(calm)).open()).loaded()
    staff = await calm.sign_in()
    await steer(staff, action="fault", feed="pegelonline", fault="unreachable")
    await expect(screen.rows.locator(".mark.stale")).to_have_count(0)
    await steer(staff, action="jump", to="2024-05-14T10:00:00+02:00")
    await expect(screen.rows.locator(".mark.stale")).to_have_count(await screen.rows.count())
    await expect(screen.row("KÖLN").locator(".age")).to_contain_text(re.compile("vor (1|2) h|vor 1\\d\\d min"))
    standing = await screen.standing()
    assert standing["good"] < sum(standing.values())
    await (await screen.reach("KÖLN")).click()
    await expect(screen.part("reading")).to_contain_text("Veraltet")
    await screen.shoot("stale")
    await screen.show_sources()
    await expect(screen.condition("pegelonline")).to_contain_text("gestört")
    await heal(staff, "pegelonline")
    await expect(screen.part("reading")).not_to_contain_text("Veraltet")
    await expect(screen.condition("pegelonline")).to_contain_text("liefert")
    await staff.aclose()


async def test_no_warning_is_only_said_while_every_warning_source_delivers(calm: Node, visit: Visit) -> None:
    screen = await (await visit(calm)).open(tab="warnings")
    await expect(screen.part("empty")).to_contain_text("Keine amtliche Warnung")
    staff = await calm.sign_in()
    await steer(staff, action="fault", feed="dwd_cap", fault="500")
    await expect(screen.part("empty")).to_contain_text("Unbekannt", timeout=promised(INTERVAL_AND_GRACE) * 1000)
    await staff.aclose()


async def test_a_signed_in_person_asks_a_source_now_and_steers_its_failures(calm: Node, visit: Visit) -> None:
    screen = await (await (await visit(calm)).sign_in(calm.database)).loaded()
    await screen.part("exercise-faults").click()
    await screen.part("fault-dwd_cap").select_option("403")
    await screen.show_sources()
    await expect(screen.source("dwd_cap")).to_contain_text("HTTP 403", timeout=promised(INTERVAL_AND_GRACE) * 1000)
    await screen.shoot("exercise-steering")
    await screen.part("fault-dwd_cap").select_option("")
    await screen.source("dwd_cap").locator("summary").click()
    await screen.part("poll-dwd_cap").click()
    await expect(screen.condition("dwd_cap")).to_contain_text("liefert")


async def test_nobody_steers_without_signing_in(calm: Node, visit: Visit) -> None:
    screen = await (await (await visit(calm)).open()).loaded()
    await expect(screen.part("exercise")).to_contain_text("angemeldet")
    await expect(screen.part("exercise-pause")).to_have_count(0)
    await screen.show_sources()
    await screen.source("pegelonline").locator("summary").click()
    await expect(screen.part("poll-pegelonline")).to_have_count(0)
