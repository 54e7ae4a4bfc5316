"""Alarms: begun, stopped, answered. The engine (`alerting.dispatch`) calls people; what is said here wakes it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model import chain
from alerting.model.alarm import AlarmState
from alerting.model.plan import ChannelKind, Plan, Purpose
from alerting.model.recipient import Answer
from alerting.model.said import Said
from alerting.store import acting, counting, course
from alerting.store.course import Course, Held
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode
from geodata.store.database import StoreError, Transaction
from geodata.store.things import NoSuchThing, new_id

__all__ = ["Answered", "Said", "act", "answer", "arrived", "begin", "left", "opened", "recipients", "safe"]

SIGNS = "ABCDEFGHJKMNPQRTUVWXY346789"
"""Of a code: none that is taken for another when read aloud or on a small display."""
_TRIES = 50
_COMES = (Answer.COMING, Answer.COMING_LATER)

_RECIPIENT = text("""
    SELECT state, answer, eta, answered_at FROM alarm_recipient WHERE alarm = :alarm AND helper = :helper FOR UPDATE
""")
_ANSWER = text("""
    UPDATE alarm_recipient SET state = 'RESPONDED', answer = :answer, answered_at = :now, answered_by = :by, eta = :eta,
                               due_at = NULL
    WHERE alarm = :alarm AND helper = :helper
""")
_QUIET_CALLS = text("""
    UPDATE alarm_call SET state = 'CANCELLED', lease_until = NULL
    WHERE alarm = :alarm AND helper = :helper AND kind IN ('ALARM', 'INFO') AND state = 'QUEUED'
""")
_BIND = text("""
    UPDATE helper h SET bound_to = :alarm
    WHERE id = :helper AND (bound_to IS NULL OR bound_to = :alarm OR NOT EXISTS (
        SELECT FROM alarm a WHERE a.id = h.bound_to AND a.state NOT IN ('CANCELLED', 'CLOSED')))
    RETURNING id
""")
_BOUND = text("SELECT bound_to FROM helper WHERE id = :helper")
_UNBIND = text("UPDATE helper SET bound_to = NULL WHERE id = :helper AND bound_to = :alarm")
_DIRTY = text("UPDATE alarm SET dirty_at = clock_timestamp() WHERE id = :alarm RETURNING id")
_MARKS = {
    "arrived_at": text("""
        UPDATE alarm_recipient SET arrived_at = coalesce(arrived_at, :now), left_at = NULL
        WHERE alarm = :alarm AND helper = :helper RETURNING helper"""),
    "left_at": text("""
        UPDATE alarm_recipient SET left_at = coalesce(left_at, :now)
        WHERE alarm = :alarm AND helper = :helper RETURNING helper"""),
    "safe_at": text("""
        UPDATE alarm_recipient SET safe_at = :now WHERE alarm = :alarm AND helper = :helper RETURNING helper"""),
    "read": text("""
        UPDATE alarm_recipient r SET state = CASE
            WHEN r.state IN ('PENDING', 'QUEUED', 'SENT', 'DELIVERED') THEN 'READ'
            WHEN r.state = 'UNREACHABLE' AND a.ended_at IS NULL THEN 'READ' ELSE r.state END
        FROM alarm a WHERE a.id = r.alarm AND r.alarm = :alarm AND r.helper = :helper RETURNING helper"""),
}
_RECIPIENTS = text("""
    SELECT r.helper, h.name, r.step, r.round, r.state, r.reason, r.answer, r.answered_at, r.answered_by, r.eta,
           r.notified_at, r.arrived_at, r.left_at, r.safe_at, r.skills, h.bound_to,
           coalesce((SELECT jsonb_agg(jsonb_build_object(
                'call', c.id, 'kind', c.kind, 'channel', c.channel, 'state', c.state, 'round', c.round,
                'tries', c.tries, 'gateway', c.gateway, 'queued_at', c.queued_at, 'sent_at', c.sent_at,
                'delivered_at', c.delivered_at, 'read_at', c.read_at, 'failed_at', c.failed_at, 'error', c.error)
                ORDER BY c.queued_at, c.id)
            FROM alarm_call c WHERE c.alarm = r.alarm AND c.helper = r.helper), '[]') AS calls
    FROM alarm_recipient r JOIN helper h ON h.id = r.helper AND h.room = ANY(cast(:rooms AS text[]))
    WHERE r.alarm = :alarm ORDER BY r.step, h.name, r.helper
""")


class NotNow(StoreError):
    """The alarm is in a state in which this changes nothing."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`state` of the alarm, `coming` with those who come later of `wanted`. `conflict`: the alarm by which this person
    is bound already."""

    state: AlarmState
    coming: int
    wanted: int
    conflict: str | None = None


async def begin(
    tx: Transaction,
    *,
    origin: str,
    mode: IncidentMode,
    organisation: str,
    plan: Plan,
    said: Said,
    incident: str | None,
    room: str,
    rooms: Collection[str],
    by: str,
    now: datetime,
    plan_id: str | None = None,
    cause: str | None = None,
    second: str | None = None,
) -> str:
    """The id of a new alarm; the engine calls the first people at once. One whose plan wants four eyes waits as
    PROPOSED unless `second` agreed already. `rooms` are the rosters from which it may call."""
    if plan.organisation != organisation:
        raise BadEdit("organisation", "an alarm belongs to the organisation of its plan")
    if second is not None and second == by:
        raise BadEdit("second", "the second person is another one")
    waits = plan.four_eyes and second is None
    state = AlarmState.PROPOSED if waits else AlarmState.RUNNING
    kept = Said(said.title, said.text, said.meeting, said.geometry, said.bring, said.report_to, said.site,
                incident or said.incident)  # fmt: skip
    alarm = Held(
        id=new_id(), room=room, mode=mode, state=state, code="", plan=plan, said=kept, rooms=sorted(rooms), step=-1,
        round=0, due_at=None if waits else now, started_at=now, started_by=by, ended_at=None,
        course=Course(plan_id=plan_id, cause=cause, second=second),
    )  # fmt: skip
    alarm.note("PROPOSED" if waits else "ALARM", by, now)
    if second is not None:
        alarm.note("APPROVED", second, now)
    for _ in range(_TRIES):
        alarm.code = "".join(secrets.choice(SIGNS) for _ in range(4))
        if await course.add(tx.connection, alarm, now):
            await counting.show(tx, alarm, origin=origin, now=now)
            await course.wake(tx.connection)
            return alarm.id
    raise StoreError("No code is free: close alarms that are over.")


async def act(tx: Transaction, alarm_id: str, event: chain.Event, *, by: str, now: datetime, origin: str) -> AlarmState:
    """Stop, cancel, call again, escalate, add or approve, at once. Its state after.

    Raises NoSuchThing; BadEdit if whoever approves has begun it; NotNow if it changes nothing any more."""
    alarm = await course.take(tx.connection, alarm_id)
    if isinstance(event, chain.Approved):
        if by == alarm.started_by:
            raise BadEdit("by", "the second person is another one than who began the alarm")
        alarm.course.second = by
    before = alarm.state
    if not await acting.settle_on(tx, alarm, event, by=by, now=now, origin=origin):
        raise NotNow(f"An alarm that is {before} cannot do that any more.")
    return alarm.state


async def answer(
    tx: Transaction,
    alarm_id: str,
    helper_id: str,
    answer: Answer,
    *,
    minutes: int | None,
    by: ChannelKind | Literal["WEB"],
    now: datetime,
) -> Answered:
    """What somebody says; the same twice is once, the last one counts, and late ones are kept. The first "komme" binds
    him. Raises NoSuchThing if he was never called."""
    alarm = await course.take(tx.connection, alarm_id)
    key = {"alarm": alarm_id, "helper": helper_id}
    row = (await tx.connection.execute(_RECIPIENT, key)).one_or_none()
    if row is None:
        raise NoSuchThing("There is no such alarm.")
    eta = now + timedelta(minutes=minutes) if minutes is not None and answer in _COMES else None
    same = row.answer == answer and (eta is None) == (row.eta is None)
    if not (same and (eta is None or abs(eta - row.eta) < timedelta(minutes=1))):
        given = {**key, "answer": answer.value, "now": now, "by": str(by), "eta": eta}
        await tx.connection.execute(_ANSWER, given)
        await tx.connection.execute(_QUIET_CALLS, key)
    conflict = await _bind(tx, alarm, helper_id, answer)
    if not same:
        await _weigh(tx, alarm, now)
    await mark(tx, alarm_id)
    counted = await counting.tally(tx.connection, alarm_id, alarm.step, alarm.plan, alarm.course.partners)
    return Answered(alarm.state, counted.coming, alarm.plan.quota.total, conflict)


async def _weigh(tx: Transaction, alarm: Held, now: datetime) -> None:
    """The fact follows within a third of a second, by the engine."""
    await acting.settle_on(tx, alarm, chain.Answered(), by=acting.ENGINE, now=now, origin="", show=False)


async def _bind(tx: Transaction, alarm: Held, helper: str, answer: Answer) -> str | None:
    """By which other alarm he is bound already, if he comes to this one too."""
    key = {"alarm": alarm.id, "helper": helper}
    if answer not in _COMES:
        await tx.connection.execute(_UNBIND, key)
        return None
    if alarm.plan.purpose is not Purpose.ALARM or alarm.state in (AlarmState.CANCELLED, AlarmState.CLOSED):
        return None
    if (await tx.connection.execute(_BIND, key)).scalar() is not None:
        return None
    bound = (await tx.connection.execute(_BOUND, {"helper": helper})).scalar()
    return str(bound) if bound else None


async def mark(tx: Transaction, alarm: str) -> None:
    """The fact lags behind: the engine brings it up to date. Raises NoSuchThing. Takes the alarm's lock."""
    if (await tx.connection.execute(_DIRTY, {"alarm": alarm})).scalar() is None:
        raise NoSuchThing("There is no such alarm.")
    await course.wake(tx.connection)


async def arrived(tx: Transaction, alarm: str, helper: str, now: datetime) -> None:
    """He is there. Raises NoSuchThing."""
    await _mark(tx, "arrived_at", alarm, helper, now)


async def left(tx: Transaction, alarm: str, helper: str, now: datetime) -> None:
    """He has gone, and is free for others. Raises NoSuchThing."""
    await _mark(tx, "left_at", alarm, helper, now)
    await tx.connection.execute(_UNBIND, {"alarm": alarm, "helper": helper})


async def safe(tx: Transaction, alarm: str, helper: str, now: datetime) -> None:
    """He says that he is safe. Raises NoSuchThing."""
    await _mark(tx, "safe_at", alarm, helper, now)


async def opened(tx: Transaction, alarm: str, helper: str, now: datetime) -> None:
    """He has opened his page. Who has his end state keeps it. Raises NoSuchThing."""
    await _mark(tx, "read", alarm, helper, now)


async def _mark(tx: Transaction, which: str, alarm: str, helper: str, now: datetime) -> None:
    await mark(tx, alarm)
    given = {"alarm": alarm, "helper": helper, **({} if which == "read" else {"now": now})}
    if (await tx.connection.execute(_MARKS[which], given)).scalar() is None:
        raise NoSuchThing("There is no such alarm.")


async def recipients(connection: AsyncConnection, alarm_id: str, rooms: Collection[str]) -> Sequence[Any]:
    """Everybody in it, of these rosters: `helper, name, step, round, state, reason, answer, answered_at, answered_by,
    eta, notified_at, arrived_at, left_at, safe_at, skills, bound_to, calls` (a list of dicts, one per call)."""
    return (await connection.execute(_RECIPIENTS, {"alarm": alarm_id, "rooms": list(rooms)})).all()
