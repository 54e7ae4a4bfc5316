"""The watch on a real database: what comes in lies in somebody's hands, whatever falls over meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from alerting.model import custody as steps
from alerting.model.custody import CustodyState, Decision, Tier
from alerting.model.plan import Plan, PlanState, Step, Target, TargetKind
from alerting.model.rule import AlarmRule, RuleKind
from alerting.store import custody as store
from alerting.watch import Watch
from geodata.model.doubt import Doubt
from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import point
from geodata.model.incident import Incident, IncidentMode, IncidentState
from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.ref import Ref
from geodata.store import doubts, observations, things
from geodata.store.database import Database
from tests.alerting.town import GAUGE, KREIS, ORIGIN, TOWN, Town


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database)


async def ids(town: Town, room: str) -> list[str]:
    return [key.split("/")[1] for key in await town.facts("custody") if key.startswith(f"{room}/")]


async def do(town: Town, room: str, step: Callable[[Any], Any]) -> None:
    """What somebody does with the one custody of this room."""
    (id,) = await ids(town, room)
    async with town.database.transaction("person:a") as tx:
        taken = await store.take(tx, ORIGIN, id)
        await store.put(tx, ORIGIN, taken, step(taken.custody), town.clock.now())


async def until(condition: Callable[[], Coroutine[Any, Any, bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


THRESHOLD = AlarmRule("fw", "Sieg über 400", RuleKind.THRESHOLD, station=GAUGE.key, value=400, reset=380, cool_down=0)


async def test_a_warning_for_the_town_gets_an_owner_and_a_deadline_and_others_do_not(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.warn("dwd.1")
    await town.warn("dwd.2", ars=("05913",))
    await town.watch().everything()
    custody = await town.custody(room)
    assert (custody.title, custody.owner.name, custody.state) == ("Starkregen dwd.1", "S2", CustodyState.RAISED)
    assert custody.due_at == town.clock.now() + timedelta(minutes=10)


async def test_without_a_roster_it_is_every_open_incidents(town: Town) -> None:
    async with town.database.transaction("test") as tx:
        for number, state in ((1, IncidentState.ACTIVE), (2, IncidentState.CLOSED)):
            incident = Incident(number, "Hochwasser", IncidentMode.ACTUAL, state, f"i-{number}")
            things.make(tx, Ref(ORIGIN, "incident", f"i{number}"), incident, room=f"i-{number}", at=town.clock.now())
    await town.warn()
    await town.watch().everything()
    assert (await town.custody("i-1")).incident == "i1"
    assert await town.custodies("i-2") == []


async def test_an_incident_with_a_shape_gets_what_touches_its_municipalities(town: Town) -> None:
    square = "POLYGON((7 50, 8 50, 8 51, 7 51, 7 50))"
    async with town.database.transaction("test") as tx:
        statement = """
            INSERT INTO area (ars, ags, level, name, designation, geom, label)
            VALUES (:ars, '05382056', 'municipality', 'Hennef', 'Stadt', ST_Multi(ST_GeomFromText(:square, 4326)),
                    ST_SetSRID(ST_MakePoint(7.5, 50.5), 4326))
        """
        await tx.connection.execute(text(statement), {"ars": TOWN, "square": square})
        incident = Incident(
            1, "Hochwasser", IncidentMode.ACTUAL, IncidentState.ACTIVE, "i-1", geometry=point(7.5, 50.5)
        )
        things.make(tx, Ref(ORIGIN, "incident", "i1"), incident, room="i-1", at=town.clock.now())
    await town.warn("dwd.1", ars=(KREIS,))
    await town.warn("dwd.2", ars=("05913",))
    await town.watch().everything()
    assert (await town.custody("i-1")).about == "local/warning/dwd.1"


async def test_looking_again_and_several_watches_at_once_change_nothing(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.warn()
    await asyncio.gather(*(town.watch().everything() for _ in range(4)))
    before = await town.facts("custody")
    await town.watch().everything()
    assert await town.facts("custody") == before
    assert len(await town.custodies(room)) == 1


async def test_unacknowledged_it_climbs_to_the_kreis_whatever_stood_still_meanwhile(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    above = await town.roster("kreis", "Kreis", ars=KREIS, contact="Leitstelle 02241 1")
    await town.warn("dwd.1", ars=(TOWN,))
    await town.watch().everything()
    await do(town, above, lambda c: steps.assessed(c, Decision.WATCH, "person:k", town.clock.now(), "wir sehen es"))
    tiers = []
    for _ in range(4):
        town.clock.go(120)  # down for two hours: on return it climbs once
        await town.watch().deadlines()
        tiers.append((await town.custody(room)).tier)
    assert tiers == [Tier.DEPUTIES, Tier.HEAD, Tier.PARTNER, Tier.PARTNER]
    low, high = await town.custody(room), await town.custody(above)
    assert low.onward[0].to.startswith("Kreis") and low.due_at is None
    assert [step.what for step in low.history][-1] == "EXHAUSTED"
    assert (high.state, high.round) == (CustodyState.RAISED, 2)
    assert "not acknowledged by Feuerwehr" in [step.text for step in high.history]


async def test_of_several_watches_only_one_escalates(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.warn()
    await town.watch().everything()
    town.clock.go(10)
    done = await asyncio.gather(*(town.watch().deadlines() for _ in range(5)))
    assert sum(done) == 1
    assert [step.what for step in (await town.custody(room)).history] == ["RAISED", "ESCALATED"]


async def test_an_update_asks_again_only_if_it_grew_and_the_end_ends_it(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.warn("dwd.1", Level.MEDIUM)
    watch = town.watch()
    await watch.everything()
    await do(town, room, lambda c: steps.assessed(c, Decision.WATCH, "person:a", town.clock.now(), "abwarten"))
    town.clock.go(5)
    await town.warn("dwd.2", Level.MEDIUM, references=("dwd.1",))
    await watch.everything()
    same = await town.custody(room)
    assert (same.state, same.about, same.chain) == (
        CustodyState.ASSESSED, "local/warning/dwd.2", ("local/warning/dwd.1",),
    )  # fmt: skip
    await town.warn("dwd.3", Level.EXTREME, references=("dwd.2",))
    await watch.everything()
    grown = await town.custody(room)
    assert (grown.state, grown.round, grown.decision) == (CustodyState.RAISED, 2, None)
    await town.unwarn("dwd.3")
    await watch.everything()
    over = await town.custody(room)
    assert over.state is CustodyState.CLEARED and over.missed and over.due_at is None


@pytest.mark.parametrize("end", [{"msg_type": "Cancel"}, {"level": Level.NONE}, {"expires": "past"}])
async def test_an_all_clear_and_an_expiry_end_it(town: Town, end: dict[str, Any]) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.warn()
    await town.watch().everything()
    if "expires" in end:
        end = {"expires": town.clock.now() - timedelta(minutes=1)}
    await town.warn(**{"key": "dwd.1", **end})
    await town.watch().everything()
    assert (await town.custody(room)).state is CustodyState.CLEARED


async def test_a_gauge_over_its_mark_raises_once_with_evidence_and_custody_and_clears(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.rule("r1", THRESHOLD)
    watch = town.watch()
    for value in (390, 410, 415, 385, 405):
        await town.measure(value)
        await watch.everything()
        town.clock.go(5)
    ((key, alert),) = (await town.facts("risk_alert")).items()
    assert key.startswith(f"{room}/r1.")
    assert (alert["outcome"], alert["state"], alert["mode"]) == ("ALARM", "RAISED", "ACTUAL")
    assert alert["evidence"][0] == {
        "ref": "local/reading/own.pegel.W", "name": "Pegel Sieg", "at": "2026-11-22T12:05:00Z", "value": 410.0,
        "unit": "cm", "mark": 400.0,
    }  # fmt: skip
    custody = await town.custody(room)
    assert custody.about.endswith(key.split("/")[1])
    await do(town, room, lambda c: steps.acknowledged(c, "person:a", town.clock.now()))
    assert [body["state"] for body in (await town.facts("risk_alert")).values()] == ["ACKNOWLEDGED"]
    await town.measure(379)
    await watch.everything()
    assert [body["state"] for body in (await town.facts("risk_alert")).values()] == ["CLEARED"]
    assert (await town.custody(room)).state is CustodyState.CLEARED


async def test_silence_is_unknown_and_becomes_an_alert_of_its_own(town: Town) -> None:
    await town.roster("fw", "Feuerwehr")
    await town.rule("r1", THRESHOLD)
    await town.measure(200)
    watch = town.watch()
    await watch.everything()
    for _ in range(4):
        town.clock.go(40)
        await watch.moments()
    (alert,) = (await town.facts("risk_alert")).values()
    assert alert["outcome"] == "UNKNOWN"
    await town.measure(210)
    await watch.everything()
    (alert,) = (await town.facts("risk_alert")).values()
    assert alert["state"] == "CLEARED"


async def test_a_rule_that_is_taken_away_ends_what_it_raised(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.rule("r1", THRESHOLD)
    await town.measure(500)
    watch = town.watch()
    await watch.everything()
    assert (await town.custody(room)).state is CustodyState.RAISED
    async with town.database.transaction("test") as tx:
        tx.drop(Ref(ORIGIN, "alarm_rule", "r1"))
    await watch.everything()
    assert (await town.custody(room)).state is CustodyState.CLEARED


async def test_killed_and_started_again_it_goes_on_where_it_stopped_and_loses_and_doubles_nothing(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.rule("r1", THRESHOLD)

    async def follow(watch: Watch) -> None:
        await watch.run()

    running = asyncio.create_task(follow(town.watch()))
    for number in range(12):
        await town.warn(f"dwd.{number}")
        await town.measure(500 if number % 2 else 300, at=town.clock.go(1))
        if number % 3 == 2:  # in the middle of whatever it is doing
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            running = asyncio.create_task(follow(town.watch()))

    async def all_there() -> bool:
        async with town.database.reading() as connection:
            read = (await connection.execute(text("SELECT seq FROM watch_cursor"))).scalar() or 0
            newest = (
                await connection.execute(text("SELECT max(seq) FROM change WHERE ref NOT LIKE '%/custody/%'"))
            ).scalar()
        return read >= newest

    await until(all_there)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    about = [custody.about for custody in await town.custodies(room) if "/warning/" in custody.about]
    assert sorted(about) == sorted(f"local/warning/dwd.{number}" for number in range(12))
    alerts = await town.facts("risk_alert")
    assert sorted(body["episode"] for body in alerts.values()) == list(range(1, len(alerts) + 1))
    open_ones = [body for body in alerts.values() if body["state"] != "CLEARED"]
    assert len(open_ones) == 1, "the newest value is over the mark"


async def test_an_active_plan_is_started_once_a_draft_never_and_a_large_one_waits_for_a_second(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    step = Step((Target(TargetKind.ORGANISATION, organisation="fw"),))
    plans = {
        "active": Plan("fw", "Pegelkette", (step,), state=PlanState.ACTIVE),
        "draft": Plan("fw", "Entwurf", (step,)),
        "large": Plan("fw", "Vollalarm", (step,), state=PlanState.ACTIVE, four_eyes=True),
    }
    async with town.database.transaction("test") as tx:
        for id, plan in plans.items():
            things.make(tx, Ref(ORIGIN, "alarm_plan", id), plan, room=room, at=town.clock.now())
    for id in plans:
        await town.rule(f"r-{id}", replace(THRESHOLD, name=id, plan=id))
    await town.measure(450)
    await asyncio.gather(*(town.watch().everything() for _ in range(3)))
    alarms = {body["plan"]: (key.split("/")[1], body) for key, body in (await town.facts("alarm")).items()}
    alerts = {body["title"]: (key.split("/")[1], body) for key, body in (await town.facts("risk_alert")).items()}
    assert {plan: body["state"] for plan, (_, body) in alarms.items()} == {"active": "RUNNING", "large": "PROPOSED"}
    assert alarms["active"][1]["cause"] == f"local/risk_alert/{alerts['active'][0]}"
    assert "Pegel Sieg 450 cm (Marke 400)" in alarms["active"][1]["text"]
    assert (alerts["active"][1]["alarm"], alerts["active"][1]["state"]) == (alarms["active"][0], "LINKED")
    problem = {"code": "PLAN_INACTIVE", "plan": "Entwurf", "state": "DRAFT"}
    assert alerts["draft"][1]["problem"] == problem and "alarm" not in alerts["draft"][1]


async def test_on_a_node_in_exercise_whatever_a_rule_raises_is_one(database: Database) -> None:
    town = Town(database, mode=IncidentMode.EXERCISE)
    room = await town.roster("fw", "Feuerwehr")
    await town.rule("r1", replace(THRESHOLD, mode=IncidentMode.ACTUAL))
    await town.measure(450)
    await town.watch().everything()
    assert [body["mode"] for body in (await town.facts("risk_alert")).values()] == ["EXERCISE"]
    assert (await town.custody(room)).mode is IncidentMode.EXERCISE


async def test_a_dead_source_of_warnings_is_never_all_right_and_a_warning_is_alarm(town: Town) -> None:
    await town.roster("fw", "Feuerwehr")
    rule = AlarmRule("fw", "Warnlage", RuleKind.WARNING, at_least=Level.HIGH, feeds=("dwd_cap",), unknown=10)
    await town.rule("r1", rule)
    watch = town.watch()
    await watch.everything()
    town.clock.go(11)
    await watch.everything()
    assert [body["outcome"] for body in (await town.facts("risk_alert")).values()] == ["UNKNOWN"]
    await town.warn("dwd.1", Level.EXTREME)
    await watch.everything()
    alerts = {body["outcome"]: body for body in (await town.facts("risk_alert")).values()}
    assert (alerts["UNKNOWN"]["state"], alerts["ALARM"]["level"]) == ("CLEARED", 4)
    assert alerts["ALARM"]["evidence"][0]["ref"] == "local/warning/dwd.1"


async def test_what_nobody_acknowledged_speaks_by_a_rule_without_a_custody_of_its_own(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    await town.rule("r1", AlarmRule("fw", "Niemand quittiert", RuleKind.CUSTODY, minutes=15))
    await town.warn()
    watch = town.watch()
    await watch.everything()
    town.clock.go(16)
    await watch.everything()
    (alert,) = (await town.facts("risk_alert")).values()
    assert alert["evidence"][0]["name"] == "Starkregen dwd.1" and "custody" not in alert
    await do(town, room, lambda c: steps.acknowledged(c, "person:a", town.clock.now()))
    await watch.everything()
    (alert,) = (await town.facts("risk_alert")).values()
    assert alert["state"] == "CLEARED"


async def test_a_value_that_is_doubted_raises_nothing(town: Town) -> None:
    await town.roster("fw", "Feuerwehr")
    await town.rule("r1", THRESHOLD)
    await town.measure(200)
    spike = Observation(GAUGE.key, "W", town.clock.go(5), 900.0, "cm", state=Doubt.SPIKE.value)
    async with town.database.transaction("feed:own") as tx:
        await observations.record(tx, ORIGIN, [spike], source="own", received_at=town.clock.now())
        await doubts.record(tx, ORIGIN, [spike])
    await town.watch().everything()
    assert await town.facts("risk_alert") == {}
    await town.measure(900, at=town.clock.go(5))
    await town.watch().everything()
    assert [body["evidence"][0]["value"] for body in (await town.facts("risk_alert")).values()] == [900]


async def test_what_cannot_be_read_holds_up_nothing_else(town: Town) -> None:
    room = await town.roster("fw", "Feuerwehr")
    now = town.clock.now()
    async with town.database.transaction("test") as tx:
        for kind, where in (("warning", "public"), ("alarm_rule", room)):
            broken = {"geometry": None, "kind": 7, "texts": "none"}
            tx.put(Fact(Ref(ORIGIN, kind, "a-broken"), where, Provenance("t", now, now), broken))
    await town.rule("r1", THRESHOLD)
    await town.warn()
    await town.measure(500)
    await town.watch().everything()
    assert len(await town.custodies(room)) == 2
