"""From a gauge that crosses its mark to a person on a thin line who answers, and to the staff's board."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import text

from alerting.store.links import token_of
from tests.browser.conftest import EVERY_SECOND, PATIENCE, Visit, promised
from tests.browser.screen import SMALL_PHONE, steer
from tests.service.conftest import Node, running
from tests.service.roster.crew import Crew, crew, told

SLOW = {"offline": False, "latency": 500, "downloadThroughput": 50_000 / 8, "uploadThroughput": 50_000 / 8}
"""50 kbit/s and half a second each way and back."""


@pytest_asyncio.fixture(loop_scope="session")
async def exercise(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    only = {name: feed for name, feed in EVERY_SECOND.items() if name == "pegelonline"}
    async with running(nrw_copy(), mode="EXERCISE", exercise={"scenario": "calm"}, feeds=only) as node:
        yield node


async def row(ours: Crew, helper: str) -> Any:
    """What the database holds of this person, in whatever alarm called him; None before."""
    async with ours.node.database.reading() as connection:
        found = text("SELECT alarm, link, answer, notified_at FROM alarm_recipient WHERE helper = :helper")
        return (await connection.execute(found, {"helper": helper})).one_or_none()


async def station(node: Node, name: str) -> str:
    async with asyncio.timeout(40):
        while True:
            facts = (await node.client.get("/api/picture?kinds=station")).json()["facts"]
            for fact in facts:
                if fact["body"]["name"] == name:
                    return str(fact["body"]["key"])
            await asyncio.sleep(0.1)


async def test_a_gauge_crosses_its_mark_and_a_phone_on_a_thin_line_answers_to_the_board(
    exercise: Node, visit: Visit
) -> None:
    ours = await crew(exercise, "Feuerwehr Köln")
    anna = await ours.add("Anna Adams", "AGT")
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": ours.organisation}], "wait": 3600}]
    fields = {"name": "Deichwache", "title": "Deichwache Rhein", "meeting": "Wache 1", "steps": steps,
              "quota": {"total": 2}}  # fmt: skip
    sent = {"organisation": ours.organisation, "fields": fields}
    plan = told(await ours.client.post("/api/alarm-plans", json=sent))["id"]
    assert told(await ours.client.post(f"/api/alarm-plans/{plan}/approve", json={"version": 1}))["body"]["state"] == (
        "ACTIVE"
    )  # fmt: skip
    gauge = await station(exercise, "KÖLN")
    rule = {"name": "Rhein steigt", "kind": "THRESHOLD", "station": gauge, "value": 700, "plan": plan}
    told(await ours.client.post("/api/alarm-rules", json={"organisation": ours.organisation, "fields": rule}))

    board = await visit(exercise)
    board.page.context.set_default_timeout(PATIENCE)
    await board.signed_in(exercise.database, "Leitung Feuerwehr Köln")
    await board.open(tab="alarms", map="9/50.9/6.9")
    await expect(board.part("alarms-empty")).to_be_visible()

    staff = await exercise.sign_in("Verwaltung", admin=True)
    await steer(staff, action="value", gauge="koeln", value=777.0)
    await staff.aclose()
    async with asyncio.timeout(90):
        while (called := await row(ours, anna)) is None or called.link is None or called.notified_at is None:
            await asyncio.sleep(0.1)
    alarm = board.part("alarm-row")
    await expect(alarm).to_contain_text("Deichwache Rhein")
    await expect(alarm.get_by_test_id("alarm-coming").locator("b")).to_have_text("0")

    phone = await visit(exercise, viewport=SMALL_PHONE)
    line = await phone.page.context.new_cdp_session(phone.page)
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", SLOW)
    began = time.monotonic()
    page = f"{exercise.url}/a/{token_of(ours.seal, bytes(called.link))}"
    opening = asyncio.create_task(phone.page.goto(page, wait_until="commit"))
    pressing = asyncio.create_task(phone.page.locator("button[value=COMING]").click())
    async with asyncio.timeout(90):
        while (await row(ours, anna)).answer is None:
            await asyncio.sleep(0.02)
    stored = time.monotonic()
    coming = alarm.get_by_test_id("alarm-coming").locator("b")
    await expect(coming).to_have_text("1", timeout=PATIENCE)
    shown = time.monotonic()
    await asyncio.gather(opening, pressing)
    await board.shoot("alarm-journey-board")
    await phone.shoot("alarm-journey-phone")
    said = f"stored {stored - began:.2f} s after opening, shown {shown - stored:.2f} s after storing"
    print(said)
    assert stored - began <= promised(8), said
    assert shown - stored <= promised(1), said
