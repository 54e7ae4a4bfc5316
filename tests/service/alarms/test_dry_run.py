from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from alerting.model import chain
from alerting.model.plan import Plan
from alerting.model.said import Said
from alerting.store import acting, alarms, course
from geodata.model.body import from_body
from geodata.model.editing import KEPT
from geodata.model.incident import IncidentMode
from tests.service.alarms.test_plans import plan
from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told


async def dry_run(ours: Crew, id: str, **given: Any) -> dict[str, Any]:
    found = told(await ours.client.post(f"/api/alarm-plans/{id}/dry-run", json=given))
    assert isinstance(found, dict)
    return found


async def test_a_dry_run_says_who_is_called_when_on_which_channel_and_who_cannot_be_reached_and_why(
    node: Node,
) -> None:
    ours = await crew(node, large_from=3)
    anna = await ours.add("Anna", "C", channels=(("CONSOLE", "anna"), ("SMS", "+4915112345678")))
    ben = await ours.add("Ben", "ZF", channels=(("SMS", "+4915112345679"),))
    chief = await ours.add("Chefin", channels=(("CONSOLE", "chefin"),))
    steps = [
        {"targets": [{"kind": "PERSONS", "ids": [anna, ben]}], "fall_back": 60, "wait": 300, "name": "Erste"},
        {"targets": [{"kind": "ORGANISATION", "organisation": ours.organisation}], "wait": 60},
    ]
    made = await plan(ours, steps=steps, quota={"total": 2, "skills": {"C": 1, "ZF": 1}}, supervisor=[chief])
    # In an exercise the console stands in for every way.
    found = await dry_run(ours, made["id"], mode="EXERCISE")
    first, second = found["steps"]
    assert [(p["name"], [(c["after"], c["channel"]) for c in p["calls"]]) for p in first["people"]] == [
        ("Anna", [(0, "CONSOLE"), (60, "SMS")]), ("Ben", [(0, "SMS")]),
    ]  # fmt: skip
    # Nobody has answered, so the second step calls all; who leads is called once more when it was in vain.
    assert {p["name"]: [c["after"] for c in p["calls"]] for p in second["people"]} == {
        "Anna": [300], "Ben": [300], "Chefin": [300, 360],
    }  # fmt: skip
    assert (found["reach"], found["unreachable"], found["large"], found["needs_second"]) == (3, 0, True, True)
    assert {q["skill"]: (q["wanted"], q["possible"], q["met"]) for q in found["quotas"]} == {
        "": (2, 3, True), "C": (1, 1, True), "ZF": (1, 1, True),
    }  # fmt: skip
    assert found["first"] == {"CONSOLE": 1, "SMS": 1}
    # For real nothing is set up here that sends an SMS.
    real = await dry_run(ours, made["id"])
    unreachable = {p["name"]: p["reason"] for step in real["steps"] for p in step["unreachable"]}
    assert unreachable["Ben"] == "NO_GATEWAY"
    assert {q["skill"]: q["met"] for q in real["quotas"]}["ZF"] is False
    assert "+49" not in str(real)


async def test_a_dry_run_names_nobody_to_strangers_and_calls_nobody(node: Node) -> None:
    ours, theirs = await crew(node, "Alpha"), await crew(node, "Bravo")
    await ours.add("Anna")
    made = await plan(ours)
    assert (await theirs.client.post(f"/api/alarm-plans/{made['id']}/dry-run", json={})).status_code == 404
    await dry_run(ours, made["id"])
    assert await ours.seen("alarm") == {}


async def test_what_the_dry_run_says_is_what_the_engine_does(node: Node) -> None:
    ours = await crew(node)
    anna, ben = await ours.add("Anna", "C"), await ours.add("Ben", "C")
    await ours.add("Carl", "ZF")
    chief = await ours.add("Chefin")
    steps = [
        {"targets": [{"kind": "PERSONS", "ids": [anna, ben]}], "wait": 300, "repeat": 1},
        {"targets": [{"kind": "SKILL", "skill": "HUNDEFUEHRER"}], "wait": 600},
        {"targets": [{"kind": "ORGANISATION", "organisation": ours.organisation}], "wait": 60},
    ]
    made = await plan(ours, steps=steps, quota={"total": 9}, supervisor=[chief])
    found = await dry_run(ours, made["id"], mode="EXERCISE")
    said = {
        (call["after"], one["helper"])
        for step in found["steps"]
        for one in step["people"]
        for call in one["calls"]
    }  # fmt: skip
    now = start = datetime.now(UTC)
    body = made["body"]
    kept = from_body({name: value for name, value in body.items() if name not in KEPT}, Plan)
    async with node.database.transaction("test") as tx:  # nobody else sees it before it has run its course
        id = await alarms.begin(
            tx, origin="local", mode=IncidentMode.EXERCISE, organisation=ours.organisation, plan=kept,
            said=Said("Deich"), incident=None, room=ours.room, rooms=[ours.room], by="test", now=now,
        )  # fmt: skip
        event: chain.Event = chain.Started()
        while True:
            held = await course.take(tx.connection, id)
            await acting.settle_on(tx, held, event, by="test", now=now, origin="local")
            if held.due_at is None or held.due_at <= now:
                break
            now, event = held.due_at, chain.Due()
        rows = await tx.connection.execute(
            text("SELECT helper, queued_at FROM alarm_call WHERE alarm = :alarm"), {"alarm": id}
        )
        done = {(round((row.queued_at - start).total_seconds(), 3), row.helper) for row in rows}
    assert done == said
    assert len(done) == 2 + 2 + 4 + 1
