"""From a gauge that rises at the source to somebody who is called: feed, store, log, rule, custody, plan, engine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.service.conftest import SOURCES, Node, running
from tests.service.custody.test_routes import until
from tests.service.roster.crew import Crew, crew, told

PEGELONLINE = {**{name: {"enabled": False} for name in SOURCES}, "pegelonline": {"every": 1}}


@pytest.fixture
async def exercise(database_url: str) -> AsyncIterator[Node]:
    async with running(
        database_url, mode="EXERCISE", exercise={"scenario": "calm", "forces": False}, feeds=PEGELONLINE
    ) as node:
        yield node


async def gauge(town: Crew) -> str:
    async def known() -> str | None:
        stations = await town.seen("station")
        return next((id for id, body in stations.items() if body["name"] == "KÖLN"), None)

    return str(await until(known))


async def plan_of(town: Crew) -> str:
    """A plan in force that calls one person of the roster."""
    helper = await town.add("Erika Muster")
    steps = [{"targets": [{"kind": "PERSONS", "ids": [helper]}]}]
    fields = {"name": "Pegelkette", "steps": steps, "quota": {"total": 1}}
    made = told(await town.client.post("/api/alarm-plans", json={"organisation": town.organisation, "fields": fields}))
    told(await town.client.post(f"/api/alarm-plans/{made['id']}/approve", json={"version": 1}))
    return str(made["id"])


async def test_a_gauge_that_crosses_its_mark_is_in_somebodys_hands_and_people_are_called(exercise: Node) -> None:
    town = await crew(exercise)
    koeln, plan = await gauge(town), await plan_of(town)
    fields: dict[str, Any] = {
        "name": "Rhein über 9 m", "kind": "THRESHOLD", "station": koeln, "value": 900, "reset": 880, "plan": plan,
        "unknown": None,
    }  # fmt: skip
    told(await town.client.post("/api/alarm-rules", json={"organisation": town.organisation, "fields": fields}))
    steering = await exercise.sign_in("Übungsleitung")
    began = time.monotonic()
    told(await steering.post("/api/exercise", json={"action": "value", "gauge": "koeln", "value": 933.0}))
    ((alert_id, alert),) = (await until(lambda: town.seen("risk_alert"))).items()
    took = time.monotonic() - began
    assert (alert["mode"], alert["outcome"], alert["evidence"][0]["value"]) == ("EXERCISE", "ALARM", 933)
    custody = (await town.seen("custody"))[alert["custody"]]
    assert (custody["mode"], custody["state"], custody["about"]) == (
        "EXERCISE", "RAISED", f"local/risk_alert/{alert_id}",
    )  # fmt: skip
    alarm = (await town.seen("alarm"))[alert["alarm"]]
    assert (alarm["mode"], alarm["cause"], alarm["plan"]) == ("EXERCISE", f"local/risk_alert/{alert_id}", plan)

    async def called() -> bool:
        rows = told(await town.client.get(f"/api/alarms/{alert['alarm']}/recipients"))
        return any(
            call["state"] in ("SENT", "DELIVERED", "READ") for row in rows["recipients"] for call in row["calls"]
        )

    await until(called)
    assert took < 20, f"{took:.1f} s from the source to the alert"
    assert len(await town.seen("alarm")) == 1
    await steering.aclose()
