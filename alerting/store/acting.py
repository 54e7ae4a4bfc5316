"""Doing what `decide` says: one function per effect, all in one transaction under the alarm's lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text

from alerting.model import chain
from alerting.model.alarm import AlarmState, StepShown
from alerting.model.chain import Effect, Event, decide
from alerting.model.plan import Step, Target, TargetKind
from alerting.model.problem import Problem, ProblemCode
from alerting.store import counting, course, opening, partners
from alerting.store.course import Held
from geodata.store.database import Transaction

_PARTNER = text("""
    SELECT o.name, f.body ->> 'contact' AS contact FROM organisation o
    LEFT JOIN fact f ON f.kind = 'roster' AND f.id = o.id AND f.room = ANY(cast(:rooms AS text[]))
        AND NOT EXISTS (SELECT FROM peer_copy p WHERE p.ref = f.ref)
    WHERE o.id = :id
""")

ENGINE = "engine"
"""The actor of what nobody did by hand."""


async def settle_on(
    tx: Transaction, alarm: Held, event: Event, *, by: str, now: datetime, origin: str, show: bool = True
) -> list[Effect]:
    """Decide about the event, do it, keep it. What was decided; empty if it came too late to matter."""
    done: list[Effect] = []
    pending: list[Event] = [event]
    while pending:
        event = pending.pop(0)
        effects = decide(await course.running(tx.connection, alarm, now), event, now)
        for effect in effects:
            if await _do(tx, alarm, effect, by=by, now=now):
                pending.append(chain.Nobody())
        done += effects
        by = ENGINE
    if done:
        await course.save(tx.connection, alarm, now)
        if show:
            await counting.show(tx, alarm, origin=origin, now=now)
    return done


async def _do(tx: Transaction, alarm: Held, effect: Effect, *, by: str, now: datetime) -> bool:
    """True if a step was opened that has nobody to call."""
    match effect:
        case chain.CallStep(step, round):
            return await _call_step(tx, alarm, step, round, by=by, now=now)
        case chain.Repeat(step, round):
            alarm.ended_at = None
            await opening.repeat(tx, alarm, alarm.plan.steps[step], number=step, round=round, now=now)
            if step == alarm.step:
                alarm.round = round
            _shown(alarm, step, round=round)
            alarm.note("REPEATED", by, now, _name(alarm, step))
        case chain.CallMore(targets):
            await _call_more(tx, alarm, targets, by=by, now=now)
        case chain.Escalate(step):
            _shown(alarm, alarm.step, over=now)
            alarm.solved(ProblemCode.STEP_OVER, _name(alarm, step - 1))
            alarm.note("ESCALATED", by, now, _name(alarm, step))
        case chain.Hold(step):
            _shown(alarm, step, over=now)
            alarm.warn(Problem(ProblemCode.STEP_OVER, step=_name(alarm, step)))
            alarm.note("HELD", by, now, _name(alarm, step))
        case chain.Reached():
            alarm.become(AlarmState.QUOTA_REACHED)
            alarm.solved(ProblemCode.NOBODY_LEFT)
            alarm.note("REACHED", by, now)
        case chain.Resume():
            alarm.become(AlarmState.RUNNING)
            alarm.course.missing = {}
            alarm.solved(ProblemCode.NOBODY_LEFT)
            alarm.note("RUNNING", by, now)
        case chain.Exhaust(missing):
            _shown(alarm, alarm.step, over=now)
            alarm.become(AlarmState.EXHAUSTED)
            alarm.course.missing = dict(missing)
            alarm.warn(Problem(ProblemCode.NOBODY_LEFT, missing=dict(missing)))
            alarm.note("EXHAUSTED", by, now, lacking(missing))
        case chain.CallSupervisor(people):
            await _supervise(tx, alarm, people, by=by, now=now)
        case chain.AskPartner(organisation, target):
            await _ask(tx, alarm, organisation, target, by=by, now=now)
        case chain.Settle():
            await opening.settle(tx, alarm.id)
            _shown(alarm, alarm.step, over=now)
            alarm.due_at, alarm.ended_at = None, alarm.ended_at or now
        case chain.Stop():
            alarm.become(AlarmState.STOPPED)
            alarm.note("STOPPED", by, now)
        case chain.AllClear():
            alarm.become(AlarmState.CANCELLED)
            told = await opening.all_clear(tx, alarm, now)
            alarm.note("CANCELLED", by, now, f"{told}")
        case chain.Close():
            alarm.become(AlarmState.CLOSED)
            await opening.free(tx, alarm.id)
            alarm.note("CLOSED", by, now)
        case chain.Wake(at):
            alarm.due_at = at
            _shown(alarm, alarm.step, until=at)
    return False


async def _ask(tx: Transaction, alarm: Held, organisation: str, target: Target, *, by: str, now: datetime) -> None:
    """A partner's people are not ours to call: a partner node is asked, and a human or its own policy decides there;
    any other organisation is asked by a human here, and the alarm says whom."""
    if await partners.ask(tx.connection, alarm, organisation, target, by=by, now=now):
        return
    row = (await tx.connection.execute(_PARTNER, {"id": organisation, "rooms": alarm.rooms})).first()
    whom = (row.name if row else organisation) + (f" ({row.contact})" if row and row.contact else "")
    what = f": {target.limit or ''} {target.skill}".replace(":  ", ": ") if target.skill else ""
    alarm.warn(Problem(ProblemCode.ASK_PARTNER, whom=whom, count=target.limit, skill=target.skill))
    alarm.note("ASK_PARTNER", by, now, f"{whom}{what}")


async def _call_step(tx: Transaction, alarm: Held, number: int, round: int, *, by: str, now: datetime) -> bool:
    step = alarm.plan.steps[number]
    if alarm.step < 0:
        alarm.note("STARTED", by, now)
    alarm.step, alarm.round, alarm.ended_at = number, round, None
    opened = await opening.call(tx, alarm, step.targets, step, number=number, round=round, now=now)
    _shown(alarm, number, round=round, began=now)
    alarm.note("STEP", by, now, _name(alarm, number))
    if opened is None or opened.calls:
        return False
    alarm.warn(Problem(ProblemCode.STEP_UNREACHED, step=_name(alarm, number)))
    return all(target.kind is not TargetKind.PARTNER for target in step.targets)


async def _call_more(tx: Transaction, alarm: Held, targets: tuple[Target, ...], *, by: str, now: datetime) -> None:
    """Added people are called as the current step calls its own."""
    alarm.ended_at = None
    number = max(alarm.step, 0)
    step = alarm.plan.steps[number]
    opened = await opening.call(tx, alarm, targets, step, number=number, round=alarm.round, now=now)
    if opened is not None and not opened.calls:
        alarm.warn(Problem(ProblemCode.ADDED_UNREACHED))
    alarm.note("ADDED", by, now, f"{opened.people if opened else 0}")


async def _supervise(tx: Transaction, alarm: Held, people: Sequence[str], *, by: str, now: datetime) -> None:
    alarm.ended_at = None
    step = alarm.plan.steps[alarm.step] if alarm.step >= 0 else Step()
    opened = await opening.supervise(tx, alarm, people, step, round=alarm.round, now=now)
    if not opened.calls:
        alarm.warn(Problem(ProblemCode.SUPERVISOR_UNREACHED))
    alarm.note("SUPERVISOR", by, now, f"{opened.people}")


def _shown(
    alarm: Held, number: int, *, round: int | None = None, began: datetime | None = None,
    until: datetime | None = None, over: datetime | None = None,
) -> None:  # fmt: skip
    """What the picture tells of a step."""
    steps = alarm.course.steps
    while len(steps) < len(alarm.plan.steps):
        steps.append(StepShown(alarm.plan.steps[len(steps)].name))
    if not 0 <= number < len(steps):
        return
    old = steps[number]
    steps[number] = StepShown(
        old.name,
        old.round if round is None else round,
        old.began or began,
        until or old.until,
        None if began else old.over or over,
    )


def _name(alarm: Held, number: int) -> str:
    return alarm.plan.steps[number].name or f"{number + 1}"


def lacking(missing: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {code}".strip() for code, count in missing.items())
