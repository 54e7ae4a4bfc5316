"""What an alarm decides, as a table: how it stands, what happens, what it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerting.model import chain
from alerting.model.alarm import AlarmState as S
from alerting.model.chain import Running, Tally, decide
from alerting.model.plan import Escalate as When
from alerting.model.plan import Plan, Purpose, Quota, Step, Target, TargetKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
THEM = (Target(TargetKind.UNIT, ids=("1. Zug",)),)
PARTNER = Target(TargetKind.PARTNER, organisation="thw", skill="BF-B")


def plan(*steps: Step, **fields: object) -> Plan:
    return Plan("fw", "Deich", steps, **{"quota": Quota(2), **fields})  # type: ignore[arg-type]


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


ONE = Step(THEM, wait=60)
TWICE = Step(THEM, wait=60, repeat=1)
CHAIN = plan(ONE, Step(THEM, wait=90))
LAST = replace(CHAIN, steps=(ONE,))
ENOUGH = Tally(coming=2, called=5, answered=2)
WITH_SKILL = plan(ONE, quota=Quota(2, {"ZF": 1}))
ACK = plan(Step(THEM, wait=60, escalate=When.NO_ACK, ack=2), ONE, quota=Quota(0))
HAND = plan(Step(THEM, wait=60, escalate=When.MANUAL), ONE)
INFO = plan(ONE, ONE, purpose=Purpose.INFO, quota=Quota(0))
ASKING = plan(ONE, Step((*THEM, PARTNER), wait=30))


def stands(of: Plan, state: S = S.RUNNING, **fields: object) -> Running:
    given = {"step": 0, "due_at": NOW, "tally": Tally(called=5)} | fields
    return Running(of, state, **given)  # type: ignore[arg-type]


MISSING = {"": 2}
TABLE: dict[str, tuple[Running, chain.Event, list[chain.Effect]]] = {
    "starts with its first step": (
        Running(CHAIN, S.RUNNING), chain.Started(), [chain.CallStep(0), chain.Wake(at(60))],
    ),
    "starts once": (stands(CHAIN), chain.Started(), []),
    "waits for the second person": (Running(CHAIN, S.PROPOSED), chain.Started(), []),
    "starts when the second person agrees": (
        Running(CHAIN, S.PROPOSED), chain.Approved(), [chain.Resume(), chain.CallStep(0), chain.Wake(at(60))],
    ),
    "is not due before its time": (stands(CHAIN, due_at=at(1)), chain.Due(), []),
    "goes on when the quota is missed": (
        stands(CHAIN), chain.Due(), [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(90))],
    ),
    "waits anew after a long downtime": (
        stands(CHAIN, due_at=at(-7200)), chain.Due(), [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(90))],
    ),
    "calls again before it goes on": (
        stands(plan(TWICE, ONE)), chain.Due(), [chain.Repeat(0, 1), chain.Wake(at(60))],
    ),
    "goes on after its repetitions": (
        stands(plan(TWICE, ONE), round=1), chain.Due(), [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(60))],
    ),
    "does not wait for nobody": (
        stands(plan(TWICE, ONE), due_at=at(60)), chain.Nobody(),
        [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(60))],
    ),
    "has a human ask the partner": (
        stands(ASKING), chain.Due(),
        [chain.Escalate(1), chain.CallStep(1), chain.AskPartner("thw", PARTNER), chain.Wake(at(30))],
    ),
    "is exhausted without a supervisor": (
        stands(LAST), chain.Due(), [chain.Exhaust(MISSING), chain.Settle()],
    ),
    "calls the supervisor when nobody is left": (
        stands(replace(LAST, supervisor=("anna",))), chain.Due(),
        [chain.Exhaust(MISSING), chain.Settle(), chain.CallSupervisor(("anna",)), chain.Wake(at(600))],
    ),
    "rests when the supervisor was called": (stands(LAST, S.EXHAUSTED), chain.Due(), [chain.Settle()]),
    "is reached": (stands(CHAIN, tally=ENOUGH), chain.Answered(), [chain.Reached(), chain.Settle()]),
    "is not reached by one": (stands(CHAIN, tally=Tally(1, called=5, answered=5)), chain.Answered(), []),
    "is not reached without the skill": (stands(WITH_SKILL, tally=Tally(3, {"ZF": 0}, 5, 3)), chain.Answered(), []),
    "is reached with the skill": (
        stands(WITH_SKILL, tally=Tally(3, {"ZF": 1}, 5, 3)), chain.Answered(), [chain.Reached(), chain.Settle()],
    ),
    "lets run out what began": (
        stands(replace(CHAIN, stop_when_reached=False), tally=ENOUGH, due_at=at(9)), chain.Answered(),
        [chain.Reached()],
    ),
    "ends what ran out": (stands(CHAIN, S.QUOTA_REACHED, tally=ENOUGH), chain.Due(), [chain.Settle()]),
    "is reached by its step's own quota": (
        stands(plan(replace(ONE, quota=Quota(1)), quota=Quota(0)), tally=Tally(1, called=5, answered=1)),
        chain.Answered(), [chain.Reached(), chain.Settle()],
    ),
    "calls the spared when one changes his mind": (
        stands(CHAIN, S.QUOTA_REACHED, due_at=None, tally=Tally(1, called=5, answered=2, spared=3)), chain.Answered(),
        [chain.Resume(), chain.CallStep(0, 0), chain.Wake(at(60))],
    ),
    "goes on when one changes his mind and all were called": (
        stands(CHAIN, S.QUOTA_REACHED, due_at=None, tally=Tally(1, called=5, answered=2)), chain.Answered(),
        [chain.Resume(), chain.Escalate(1), chain.CallStep(1), chain.Wake(at(90))],
    ),
    "keeps running out when one changes his mind": (
        stands(CHAIN, S.QUOTA_REACHED, due_at=at(9), tally=Tally(1, called=5, answered=2)), chain.Answered(),
        [chain.Resume()],
    ),
    "is reached late": (
        stands(LAST, S.EXHAUSTED, due_at=None, tally=ENOUGH), chain.Answered(), [chain.Reached(), chain.Settle()],
    ),
    "stays stopped whoever answers": (stands(LAST, S.STOPPED, tally=ENOUGH), chain.Answered(), []),
    "ends when enough have answered": (
        stands(ACK, due_at=at(9), tally=Tally(called=5, answered=2)), chain.Answered(),
        [chain.Reached(), chain.Settle()],
    ),
    "goes on when too few have answered": (
        stands(ACK, tally=Tally(called=5, answered=1)), chain.Due(),
        [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(60))],
    ),
    "waits for a hand": (stands(HAND), chain.Due(), [chain.Hold(0), chain.Wake(None)]),
    "goes on by hand": (
        stands(HAND, due_at=None), chain.Escalated(), [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(60))],
    ),
    "has no step after the last": (stands(LAST), chain.Escalated(), []),
    "always goes on": (
        stands(plan(replace(ONE, escalate=When.ALWAYS), ONE, quota=Quota(0))), chain.Due(),
        [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(60))],
    ),
    "tells everybody what is no alarm": (
        stands(INFO), chain.Due(), [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(60))],
    ),
    "waits from the end of quiet hours": (
        Running(INFO, S.RUNNING, quiet_until=at(3600)), chain.Started(), [chain.CallStep(0), chain.Wake(at(3660))],
    ),
    "is not over while it holds something back": (
        stands(INFO, step=1, held_until=at(3600)), chain.Due(), [chain.Wake(at(3660))],
    ),
    "begins no step while it holds something back": (
        stands(INFO, held_until=at(3600)), chain.Due(), [chain.Wake(at(3660))],
    ),
    "ends nothing that is held back when the last step has nobody": (
        stands(INFO, step=1, due_at=at(60), held_until=at(3600)), chain.Nobody(), [chain.Wake(at(3660))],
    ),
    "waits no longer for what could have been said": (
        stands(INFO, step=1, held_until=at(-60)), chain.Due(), [chain.Reached(), chain.Settle()],
    ),
    "an alarm holds nothing back": (
        stands(CHAIN, held_until=at(3600)), chain.Due(), [chain.Escalate(1), chain.CallStep(1), chain.Wake(at(90))],
    ),
    "rings in quiet hours": (
        Running(CHAIN, S.RUNNING, quiet_until=at(3600)), chain.Started(), [chain.CallStep(0), chain.Wake(at(60))],
    ),
    "stops": (stands(CHAIN), chain.Stopped(), [chain.Stop(), chain.Settle()]),
    "stops once": (stands(CHAIN, S.STOPPED), chain.Stopped(), []),
    "is called off": (stands(CHAIN), chain.Cancelled(), [chain.AllClear(), chain.Settle()]),
    "is called off after it was stopped": (
        stands(CHAIN, S.STOPPED), chain.Cancelled(), [chain.AllClear(), chain.Settle()],
    ),
    "is called off before it began": (
        Running(CHAIN, S.PROPOSED), chain.Cancelled(), [chain.AllClear(), chain.Settle()],
    ),
    "does nothing once called off": (stands(CHAIN, S.CANCELLED), chain.Again(0), []),
    "is never due once stopped": (stands(CHAIN, S.STOPPED), chain.Due(), []),
    "calls a step again by hand": (
        stands(CHAIN, S.STOPPED, due_at=None), chain.Again(0), [chain.Resume(), chain.Repeat(0, 1), chain.Wake(at(60))],
    ),
    "calls an earlier step again and again": (
        stands(CHAIN, step=1, rounds=(1, 0)), chain.Again(0), [chain.Repeat(0, 2), chain.Wake(at(60))],
    ),
    "calls no step that did not begin": (stands(CHAIN), chain.Again(1), []),
    "adds people while it runs": (
        stands(CHAIN, due_at=at(500)), chain.Added(THEM), [chain.CallMore(THEM), chain.Wake(at(500))],
    ),
    "adds people although it is reached": (
        stands(CHAIN, S.QUOTA_REACHED, due_at=None, tally=ENOUGH), chain.Added(THEM),
        [chain.CallMore(THEM), chain.Wake(at(60))],
    ),
    "is closed when it is over": (stands(CHAIN, S.STOPPED), chain.Closed(), [chain.Settle(), chain.Close()]),
    "is not closed while it runs": (stands(CHAIN), chain.Closed(), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_an_alarm(name: str) -> None:
    alarm, event, effects = TABLE[name]
    assert decide(alarm, event, NOW) == effects


@pytest.mark.parametrize("purpose", [Purpose.INFO, Purpose.DRILL])
def test_nothing_lacks_where_nobody_is_asked_to_come(purpose: Purpose) -> None:
    alarm = stands(replace(CHAIN, purpose=purpose), tally=ENOUGH)
    assert alarm.lacks() == {} and not alarm.reached()
