"""Opening a step, calling once more, calling off, and giving everybody his end: each one statement over all people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from alerting.model.availability import ZONE
from alerting.model.plan import ChannelKind, Purpose, Step, Target, TargetKind
from alerting.model.recipient import CallKind
from alerting.store.audience import Selection, of_targets
from alerting.store.course import Held
from geodata.store.database import Transaction

OUT = "('SENT', 'DELIVERED', 'READ')"
_ENDS = "('RESPONDED', 'SILENT', 'UNREACHABLE', 'SPARED')"

# `able` are the channels that can be used, in the person's order or the step's. One statement writes both tables: what
# is chosen is read once and never leaves the database.
_OPEN = """
    WITH chosen AS MATERIALIZED (
        SELECT DISTINCT helper FROM ({chosen}) AS u
    ), able AS MATERIALIZED (
        SELECT c.helper, c.id, c.kind, count(*) OVER (PARTITION BY c.helper) AS channels,
               row_number() OVER (PARTITION BY c.helper ORDER BY {order}c.position, c.id) - 1 AS rank
        FROM helper_channel c JOIN chosen USING (helper)
        WHERE c.closed_at IS NULL AND c.kind <> 'MANUAL' {kinds}
    ), can AS MATERIALIZED (
        SELECT s.helper, array_agg(s.code) AS codes FROM helper_skill s JOIN chosen USING (helper)
        WHERE s.valid_until IS NULL OR s.valid_until >= cast(:today AS date) GROUP BY s.helper
    ), put AS (
        INSERT INTO alarm_recipient AS r (alarm, helper, step, round, state, skills, rank, due_at, reason)
        SELECT :alarm, h.id, :step, :round, CASE WHEN a.helper IS NULL THEN 'UNREACHABLE' ELSE 'QUEUED' END,
               coalesce(can.codes, '{{}}'), CASE WHEN :at_once THEN greatest(coalesce(a.channels, 1) - 1, 0) ELSE 0 END,
               CASE WHEN a.channels > 1 AND NOT :at_once THEN cast(:fall_back AS timestamptz) END,
               CASE WHEN a.helper IS NULL THEN 'NO_CHANNEL' END
        FROM chosen JOIN helper h ON h.id = chosen.helper AND h.state = 'ACTIVE'
        LEFT JOIN able a ON a.helper = h.id AND a.rank = 0
        LEFT JOIN can ON can.helper = h.id
        ON CONFLICT (alarm, helper) DO UPDATE SET step = excluded.step, round = excluded.round,
            state = CASE WHEN r.state IN ('SENT', 'DELIVERED', 'READ') THEN r.state ELSE excluded.state END,
            rank = excluded.rank, due_at = excluded.due_at, reason = excluded.reason
        WHERE r.state = 'SPARED' OR (r.state <> 'RESPONDED' AND (r.step, r.round) <> (excluded.step, excluded.round))
        RETURNING helper
    ), called AS (
        INSERT INTO alarm_call (id, alarm, helper, kind, step, round, mode, channel, address, state, due_at, queued_at)
        SELECT gen_random_uuid()\\:\\:text, :alarm, a.helper, :kind, :step, :round, :mode, a.kind, a.id, 'QUEUED',
               :now, :now
        FROM put JOIN able a ON a.helper = put.helper AND (:at_once OR a.rank = 0)
        RETURNING helper
    )
    SELECT (SELECT count(*) FROM put) AS people, (SELECT count(*) FROM called) AS calls
"""
_SILENT = """
    SELECT helper FROM alarm_recipient WHERE alarm = :of AND step = :which AND state <> 'RESPONDED'
"""
# Else he would be rung twice when the quiet hours end.
_REPLACED = text("""
    UPDATE alarm_call c SET state = 'CANCELLED', lease_until = NULL FROM alarm_recipient r
    WHERE r.alarm = :alarm AND r.step = :step AND r.round = :round AND c.alarm = r.alarm AND c.helper = r.helper
      AND c.kind = 'INFO' AND c.state = 'QUEUED' AND (c.step, c.round) <> (r.step, r.round)
""")
# Whoever was called hears of it where he heard of the alarm.
_ALL_CLEAR = text(f"""
    INSERT INTO alarm_call (id, alarm, helper, kind, step, round, mode, channel, address, state, due_at, queued_at)
    SELECT gen_random_uuid()\\:\\:text, c.alarm, c.helper, :kind, max(c.step), max(c.round), :mode, c.channel,
           c.address, 'QUEUED', :now, :now
    FROM alarm_call c
    WHERE c.alarm = :alarm AND c.kind IN ('ALARM', 'INFO', 'UPDATE') AND (c.state IN {OUT} OR c.state = 'SENDING')
    GROUP BY c.alarm, c.helper, c.channel, c.address
""")
_CANCEL = text("""
    UPDATE alarm_call SET state = 'CANCELLED', lease_until = NULL
    WHERE alarm = :alarm AND kind IN ('ALARM', 'INFO')
      AND (state = 'QUEUED' OR (state = 'SENDING' AND (lease_until IS NULL OR lease_until < clock_timestamp())))
""")
# Who is just being called gets his end when it is known what became of the call.
_SETTLE = text(f"""
    UPDATE alarm_recipient r SET due_at = NULL, state = CASE
        WHEN r.notified_at IS NOT NULL THEN 'SILENT'
        WHEN EXISTS (SELECT FROM alarm_call c WHERE c.alarm = r.alarm AND c.helper = r.helper AND c.state = 'FAILED')
             AND NOT EXISTS (SELECT FROM alarm_call c WHERE c.alarm = r.alarm AND c.helper = r.helper
                             AND c.state = 'CANCELLED') THEN 'UNREACHABLE'
        ELSE 'SPARED' END
    WHERE r.alarm = :alarm AND r.state NOT IN {_ENDS}
      AND NOT EXISTS (SELECT FROM alarm_call c WHERE c.alarm = r.alarm AND c.helper = r.helper AND c.state = 'SENDING'
                      AND c.kind IN ('ALARM', 'INFO'))
""")
_FREE = text("UPDATE helper SET bound_to = NULL WHERE bound_to = :alarm")


@dataclass(frozen=True, slots=True)
class Opened:
    people: int
    calls: int


async def call(
    tx: Transaction, alarm: Held, targets: Sequence[Target], step: Step, *, number: int, round: int, now: datetime
) -> Opened | None:
    """Call everybody whom these targets name and who has not answered. None if they name nobody who could be ours."""
    chosen = await of_targets(tx.connection, targets, rooms=alarm.rooms, place=alarm.place, now=now)
    return await _open(tx, alarm, chosen, step, number=number, round=round, now=now) if chosen else None


async def repeat(tx: Transaction, alarm: Held, step: Step, *, number: int, round: int, now: datetime) -> Opened:
    """Call those of the step once more who have not answered."""
    chosen = Selection(_SILENT, {"of": alarm.id, "which": number})
    return await _open(tx, alarm, chosen, step, number=number, round=round, now=now)


async def supervise(
    tx: Transaction, alarm: Held, people: Collection[str], step: Step, *, round: int, now: datetime
) -> Opened:
    """Call the supervisors, on all channels at once; their number is one after the last step."""
    target = Target(TargetKind.PERSONS, ids=tuple(people))
    at_once = Step(at_once=True, fall_back=step.fall_back)
    opened = await call(tx, alarm, [target], at_once, number=len(alarm.plan.steps), round=round, now=now)
    return opened or Opened(0, 0)


async def _open(
    tx: Transaction, alarm: Held, chosen: Selection, step: Step, *, number: int, round: int, now: datetime
) -> Opened:
    order, kinds, given = channels_of(step)
    kind = CallKind.INFO if alarm.plan.purpose is Purpose.INFO else CallKind.ALARM
    params: dict[str, Any] = {
        **chosen.params, **given, "alarm": alarm.id, "step": number, "round": round, "mode": alarm.mode.value,
        "kind": kind.value, "at_once": step.at_once, "now": now, "today": now.astimezone(ZONE).date(),
        "fall_back": now + timedelta(seconds=step.fall_back),
    }  # fmt: skip
    statement = text(_OPEN.format(chosen=chosen.sql, order=order, kinds=kinds))
    row = (await tx.connection.execute(statement, params)).one()
    if kind is CallKind.INFO:
        await tx.connection.execute(_REPLACED, {"alarm": alarm.id, "step": number, "round": round})
    return Opened(row.people, row.calls)


def channels_of(step: Step) -> tuple[str, str, dict[str, Any]]:
    """How a person's channels are ordered and which of them count for this step: two pieces of SQL and parameters."""
    if not step.channels:
        return "", "", {}
    given = {"kinds": [ChannelKind(kind).value for kind in step.channels]}
    return (
        "array_position(cast(:kinds AS text[]), c.kind), ",
        "AND c.kind = ANY(cast(:kinds AS text[]))",
        given,
    )


async def all_clear(tx: Transaction, alarm: Held, now: datetime) -> int:
    """How many calls that tells it takes. Nobody is bound by the alarm any longer."""
    given = {"alarm": alarm.id, "kind": CallKind.ALL_CLEAR.value, "mode": alarm.mode.value, "now": now}
    told = (await tx.connection.execute(_ALL_CLEAR, given)).rowcount
    await free(tx, alarm.id)
    return told


async def settle(tx: Transaction, alarm: str) -> int:
    """No further calls; everybody gets his end state. How many got it now."""
    await tx.connection.execute(_CANCEL, {"alarm": alarm})
    return (await tx.connection.execute(_SETTLE, {"alarm": alarm})).rowcount


async def free(tx: Transaction, alarm: str) -> None:
    await tx.connection.execute(_FREE, {"alarm": alarm})
