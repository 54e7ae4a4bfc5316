"""What must never be, found by a query and put right: alarms without an end, people without an end state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from alerting.model import chain
from alerting.model.alarm import AlarmState
from alerting.store import acting, course, opening
from geodata.store.database import Transaction

_ENDS = "('RESPONDED', 'SILENT', 'UNREACHABLE', 'SPARED')"
PAGE = 50

# Whose last call is still under way is left alone.
_UNSETTLED = text(f"""
    SELECT DISTINCT a.id FROM alarm a JOIN alarm_recipient r ON r.alarm = a.id
    WHERE a.ended_at IS NOT NULL AND r.state NOT IN {_ENDS} AND NOT EXISTS (
        SELECT FROM alarm_call c WHERE c.alarm = r.alarm AND c.helper = r.helper AND c.state = 'SENDING'
        AND c.lease_until > clock_timestamp()) LIMIT :page
""")
_STUCK = text("""
    SELECT id FROM alarm
    WHERE due_at IS NULL AND ended_at IS NULL
      AND (state IN ('QUOTA_REACHED', 'EXHAUSTED', 'STOPPED', 'CANCELLED')
           OR (state IN ('RUNNING', 'PROPOSED') AND started_at < :before)) LIMIT :page
""")
_OLD = text("""
    SELECT id FROM alarm WHERE ended_at < :before AND state <> 'CLOSED' ORDER BY ended_at LIMIT :page
""")
_LATE = text("""
    SELECT (SELECT count(*) FROM alarm WHERE due_at < cast(:now AS timestamptz) - interval '60 s')
         + (SELECT count(*) FROM alarm_recipient WHERE due_at < cast(:now AS timestamptz) - interval '60 s')
         + (SELECT count(*) FROM alarm_call
            WHERE state = 'SENDING' AND lease_until < clock_timestamp() - interval '60 s')
""")
BROKEN = text(f"""
    SELECT (SELECT count(*) FROM alarm a JOIN alarm_recipient r ON r.alarm = a.id
            WHERE a.ended_at IS NOT NULL AND r.state NOT IN {_ENDS})
         + (SELECT count(*) FROM alarm a JOIN alarm_call c ON c.alarm = a.id
            WHERE a.ended_at IS NOT NULL AND c.kind IN ('ALARM', 'INFO') AND c.state IN ('QUEUED', 'SENDING'))
""")
"""Rows that break the promise that an alarm which has ended has ended for everybody; 0 is right."""


@dataclass(frozen=True, slots=True)
class Found:
    """`settled`: people who got their end state now. `stuck`: alarms that nobody would have decided about again.
    `late`: rows due for more than a minute. `closed`: alarms over for a day."""

    settled: int = 0
    stuck: int = 0
    late: int = 0
    closed: int = 0

    @property
    def repaired(self) -> bool:
        return bool(self.settled or self.stuck)


async def look(tx: Transaction, *, origin: str, now: datetime, closes_before: datetime) -> Found:
    """One round. An alarm that waits for a human longer than a day is stopped, one that nobody approved called off."""
    settled = stuck = closed = 0
    before = {"before": closes_before, "page": PAGE}
    for id in list((await tx.connection.execute(_UNSETTLED, {"page": PAGE})).scalars()):
        await course.take(tx.connection, id)
        settled += await opening.settle(tx, id)
    for id in list((await tx.connection.execute(_STUCK, before)).scalars()):
        alarm = await course.take(tx.connection, id)
        if alarm.state in (AlarmState.RUNNING, AlarmState.PROPOSED):
            event = chain.Stopped() if alarm.state is AlarmState.RUNNING else chain.Cancelled()
            await acting.settle_on(tx, alarm, event, by="auditor", now=now, origin=origin)
        else:
            await opening.settle(tx, id)
            alarm.ended_at = now
            await course.save(tx.connection, alarm, now)
        stuck += 1
    for id in list((await tx.connection.execute(_OLD, before)).scalars()):
        alarm = await course.take(tx.connection, id)
        await acting.settle_on(tx, alarm, chain.Closed(), by="auditor", now=now, origin=origin)
        closed += 1
    late = int((await tx.connection.execute(_LATE, {"now": now})).scalar_one())
    return Found(settled, stuck, late, closed)
