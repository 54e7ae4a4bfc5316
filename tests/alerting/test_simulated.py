"""Generated plans under generated events in simulated time, by the real engine on a real database.

The long form (LAGEBILD_PROVE) plays 1,000 plans. Downtime is time that passes while nobody decides.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.dispatch import Dispatch
from alerting.model import chain
from alerting.model.alarm import AlarmState
from alerting.model.availability import ZONE, Quiet, quiet_until
from alerting.model.plan import ChannelKind, Escalate, Plan, Purpose, Quota, Step
from alerting.model.recipient import Answer
from alerting.store.alarms import NotNow
from alerting.store.auditing import BROKEN
from geodata.store.database import Database
from tests.alerting import ladders
from tests.alerting.deadlines import Deadlines
from tests.alerting.ground import NOON, Double, Ground, ground, named, plan

KINDS = (ChannelKind.PUSH, ChannelKind.SMS, ChannelKind.VOICE)
PEOPLE = {f"P{number}": KINDS[: 1 + number % 3] for number in range(9)}
SKILLED = ("P0", "P3", "P6")
PLANS = 1000 if os.environ.get("LAGEBILD_PROVE") else 80
ASKING = ("ALARM", "INFO")
EVENING = 9 - 2 / 3600
"""Hours after noon (UTC) at which the quiet hours begin in two seconds."""

_HELD = """
    SELECT c.due_at FROM alarm_call c JOIN alarm_recipient r ON r.alarm = c.alarm AND r.helper = c.helper
    WHERE c.kind = 'INFO' AND c.state = 'QUEUED' AND (c.due_at > :now OR r.state <> 'RESPONDED')
"""

people = st.lists(st.sampled_from(sorted(PEOPLE)), min_size=1, max_size=5, unique=True)
quotas = st.builds(
    lambda total, skilled: Quota(total, {"ZF": 1} if skilled else None), st.integers(0, 4), st.booleans()
)
events = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.sampled_from([1, 30, 61, 300])),
        st.tuples(st.just("down"), st.sampled_from([1, 60, 7200])),
        st.tuples(st.just("answer"), st.tuples(st.sampled_from(sorted(PEOPLE)), st.sampled_from(list(Answer)))),
        st.tuples(st.just("answer"), st.tuples(st.sampled_from(sorted(PEOPLE)), st.just(Answer.COMING))),
        st.tuples(st.sampled_from(["stop", "again", "escalate", "cancel"]), st.none()),
        st.tuples(st.just("add"), people),
    ),
    min_size=2,
    max_size=9,
)


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "people": draw(people), "wait": draw(st.sampled_from([0, 60, 300])), "repeat": draw(st.integers(0, 2)),
        "escalate": draw(st.sampled_from(list(Escalate))), "fall_back": draw(st.sampled_from([30, 120])),
        "at_once": draw(st.booleans()), "ack": draw(st.sampled_from([None, 1, 2])),
    }  # fmt: skip


@dataclass
class Play:
    """One alarm under its events. `moments` are those at which the engine looked."""

    here: Ground
    engine: Dispatch
    doubles: list[Double]
    plan: Plan
    alarm: str = ""
    moments: list[datetime] = field(default_factory=list)
    answers: dict[str, tuple[Answer, datetime]] = field(default_factory=dict)
    answered: set[datetime] = field(default_factory=set)
    """When somebody answered or changed his mind."""
    by_hand: bool = False
    held: dict[datetime, datetime] = field(default_factory=dict)
    """Looks that found calls which the night has held back, and when it ends."""

    async def row(self) -> Any:
        [row] = await self.here.rows(
            "SELECT state, ended_at, due_at, step, course FROM alarm WHERE id = :id", id=self.alarm
        )
        return row

    async def look(self) -> None:
        """The engine does what is due; then what must hold is checked."""
        before, calls = await self.row(), self.asked()
        now = self.here.clock.now()
        first = now not in self.moments  # what is due is decided then; what is called after that waits by itself
        for row in await self.here.rows(_HELD, now=now) if first else []:
            if ends := quiet_until(Quiet(), now) or quiet_until(Quiet(), row.due_at - timedelta(microseconds=1)):
                self.held[now] = max(ends, self.held.get(now, ends))
        self.moments.append(self.here.clock.now())
        await self.engine.settle()
        if before.ended_at is not None:
            assert self.asked() == calls, "a call after the end"
        await self.check()

    def asked(self) -> int:
        return sum(call.kind in ASKING for one in self.doubles for _, call in one.calls)

    def tried(self) -> dict[str, list[datetime]]:
        """When each call was made."""
        found: dict[str, list[datetime]] = defaultdict(list)
        for one in self.doubles:
            for at, call in one.calls:
                found[call.id].append(at)
        return found

    async def silent(self) -> set[str]:
        """People of the first step who have not answered."""
        sql = "SELECT helper FROM alarm_recipient WHERE alarm = :id AND step = 0 AND state <> 'RESPONDED'"
        return {row.helper for row in await self.here.rows(sql, id=self.alarm)}

    async def call_ids(self) -> dict[str, str]:
        """Who was called by each call."""
        sql = "SELECT id, helper FROM alarm_call WHERE alarm = :id AND kind IN ('ALARM', 'INFO')"
        return {row.id: row.helper for row in await self.here.rows(sql, id=self.alarm)}

    async def check(self) -> None:
        row, now = await self.row(), self.here.clock.now()
        assert row.due_at is None or row.due_at > now, "a deadline was missed"
        late = "SELECT count(*) AS n FROM alarm_recipient WHERE due_at <= :now"
        assert (await self.here.rows(late, now=now))[0].n == 0, "a next channel was missed"
        assert await ladders.wrong(self.here, self.alarm, self.plan, self.tried(), self.moments) == []
        waiting = "SELECT count(*) AS n FROM alarm_call WHERE state IN ('QUEUED', 'SENDING') AND due_at <= :now"
        assert (await self.here.rows(waiting, now=now))[0].n == 0, "a call was not made"
        async with self.here.database.reading() as connection:
            assert (await connection.execute(BROKEN)).scalar_one() == 0, "somebody has no end state"
        coming = [name for name, (answer, _) in self.answers.items() if answer is not Answer.NOT_COMING]
        quota = self.plan.quota
        wanted = quota.total or sum((quota.skills or {}).values())
        enough = len(coming) >= quota.total and all(
            sum(name in SKILLED for name in coming) >= count for count in (quota.skills or {}).values()
        )
        alarms = self.plan.purpose is Purpose.ALARM
        if alarms and wanted and row.state in (AlarmState.RUNNING, AlarmState.EXHAUSTED):
            assert not enough, "the quota is reached and it still runs"
        if alarms and row.state == AlarmState.QUOTA_REACHED and wanted:
            assert enough, "too few come and it counts as reached"
            if self.plan.stop_when_reached and not self.by_hand:
                assert row.ended_at is not None, "it is reached and still calls"

    async def morning(self, until: datetime) -> None:
        """Time passes until then, and the engine looks when the night ends: then each hears of it once."""
        begins = quiet_until(Quiet(), self.here.clock.now()) or quiet_until(Quiet(), until)
        if begins is not None and begins <= until:
            self.here.clock.shown = begins
            await self.look()
            heard = [call for one in self.doubles for at, call in one.taken if at == begins]
            rung = Counter(call.address.partition(":")[2] for call in heard)
            meant = any(step.at_once or not step.wait for step in self.plan.steps)
            assert meant or self.plan.purpose is Purpose.ALARM or max(rung.values(), default=0) <= 1, (
                f"rung together when the night ends: {rung}"
            )
        self.here.clock.shown = until
        await self.look()

    async def at_the_end(self) -> None:
        """The order of steps and calls, over the whole play."""
        course = (await self.row()).course
        began = [datetime.fromisoformat(one["began"]) if one.get("began") else None for one in course.get("steps", [])]
        known = [moment for moment in began if moment is not None]
        assert began[: len(known)] == known and known == sorted(known), "steps did not begin in order"
        for one in self.doubles:
            for at, call in one.calls:
                if call.kind == "INFO":
                    here = at.astimezone(ZONE)
                    assert 7 <= here.hour < 22, f"told at {here:%H:%M}"
                if call.kind in ASKING:
                    said = self.answers.get(call.address.partition(":")[2])
                    assert said is None or at <= said[1], "called although he has answered"
        assert Deadlines(self.plan, self.moments, self.answered, self.held).follow(course.get("protocol", [])) == []


async def play(here: Ground, board: dict[str, Any], seed: int) -> None:
    dice = random.Random(seed)

    def does(call: Call, tries: int) -> Receipt:
        outcome = dice.choices(list(Outcome), weights=[6, 2, 1, 2])[0]
        return Receipt(outcome, provider_id=call.id, error=None if outcome in ("TAKEN", "DELIVERED") else "no")

    doubles = [Double(kind.lower(), kind, does, now=here.clock.now) for kind in KINDS]
    ids = here.helpers
    made = [
        Step(named(*(ids[name] for name in one["people"])), f"S{number}", wait=one["wait"], repeat=one["repeat"],
             escalate=one["escalate"], fall_back=one["fall_back"], at_once=one["at_once"], ack=one["ack"])
        for number, one in enumerate(board["steps"])
    ]  # fmt: skip
    of = plan(*made, quota=board["quota"], purpose=board["purpose"], stop_when_reached=board["stops"],
              supervisor=(ids["P8"],) if board["supervised"] else ())  # fmt: skip
    here.clock.shown = NOON + timedelta(hours=board["hour"])
    game = Play(here, here.engine(*doubles), doubles, of)
    game.alarm = await here.begin(of)
    await game.look()
    for what, with_what in board["events"]:
        await one_event(game, what, with_what)
    for _ in range(3):
        await game.morning(here.clock.now() + timedelta(hours=9))
    await game.at_the_end()


async def one_event(game: Play, what: str, given_: Any) -> None:
    here = game.here
    if what in ("pass", "down"):
        if what == "pass":
            await game.look()
        here.clock.forward(seconds=given_)
        await game.look()
    elif what == "answer":
        here.clock.forward(seconds=1)
        await game.look()
        name, answer = given_
        called = "SELECT 1 AS n FROM alarm_recipient WHERE alarm = :alarm AND helper = :helper"
        if await here.rows(called, alarm=game.alarm, helper=here.helpers[name]):
            first = game.answers.get(name, (answer, here.clock.now()))[1]
            game.answers[name] = answer, first
            game.answered.add(here.clock.now())
            await here.answer(game.alarm, name, answer)
            here.clock.forward(seconds=1)
            await game.look()
    else:
        event: Any = {
            "stop": chain.Stopped(), "cancel": chain.Cancelled(), "escalate": chain.Escalated(), "again": chain.Again(0)
        }.get(what)  # fmt: skip
        event = event or chain.Added(named(*(here.helpers[name] for name in given_)))
        silent, before = await game.silent(), await game.call_ids()
        try:
            await here.act(game.alarm, event)
            if what == "again":
                again = {helper for id, helper in (await game.call_ids()).items() if id not in before}
                assert again == silent, "those of the step who are silent are called once more"
            game.by_hand = game.by_hand or what in ("again", "escalate", "add")
        except NotNow:
            pass
        await game.look()


def test_generated_plans_keep_their_deadlines_their_quota_their_order_and_quiet_hours(database_url: str) -> None:
    with asyncio.Runner() as runner:
        database = Database(database_url)
        here: Ground = runner.run(ground(database))
        for name, kinds in PEOPLE.items():
            runner.run(here.add(name, *kinds, skills=("ZF",) if name in SKILLED else ()))

        async def fresh() -> None:
            async with database.transaction("test") as tx:
                await tx.connection.execute(text("DELETE FROM alarm"))
                await tx.connection.execute(text("UPDATE helper SET bound_to = NULL WHERE bound_to IS NOT NULL"))
                await tx.connection.execute(text("UPDATE helper_channel SET closed_at = NULL, failures = 0"))

        @settings(max_examples=PLANS, deadline=None, database=None, derandomize=True,
                  suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
        @given(
            st.fixed_dictionaries({
                "steps": st.lists(steps(), min_size=1, max_size=4), "quota": quotas, "stops": st.booleans(),
                "purpose": st.sampled_from([Purpose.ALARM, Purpose.INFO]), "events": events,
                "supervised": st.booleans(), "hour": st.sampled_from([10, 0, 9, 15, 18, EVENING, EVENING]),
            }),
            st.integers(0, 10_000),
        )  # fmt: skip
        def played(board: dict[str, Any], seed: int) -> None:
            runner.run(fresh())
            runner.run(play(here, board, seed))

        try:
            played()
        finally:
            runner.run(database.close())
