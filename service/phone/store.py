"""What somebody sees of an alarm by his link: his own part of it and how many come, nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.alarm import AlarmState
from alerting.model.plan import Plan, Purpose
from alerting.model.recipient import Answer, RecipientState
from alerting.model.said import Said
from geodata.model.body import from_body
from geodata.model.incident import IncidentMode
from geodata.store.database import Transaction

_ALARM = text("""
    SELECT a.id, a.mode, a.state, a.code, a.said, a.started_at, a.ended_at, a.plan,
           r.state AS own_state, o.name AS organisation, f.body ->> 'contact' AS contact,
           r.answer, r.answered_at, r.eta, r.arrived_at, r.left_at, r.safe_at, h.language,
           (SELECT count(*) FROM alarm_recipient c WHERE c.alarm = a.id AND c.answer IN ('COMING', 'COMING_LATER'))
               AS coming,
           (SELECT max(c.queued_at) FROM alarm_call c
            WHERE c.alarm = a.id AND c.helper = r.helper AND c.kind = 'UPDATE') AS changed_at
    FROM alarm_recipient r
    JOIN alarm a ON a.id = r.alarm
    JOIN helper h ON h.id = r.helper AND h.state <> 'ERASED'
    LEFT JOIN organisation o ON o.id = a.plan ->> 'organisation'
    LEFT JOIN fact f ON f.ref = cast(:origin AS text) || '/roster/' || (a.plan ->> 'organisation')
    WHERE r.alarm = :alarm AND r.helper = :helper
""")
_NEXT = text("""
    SELECT a.said ->> 'title' AS title, a.mode, a.started_at, l.id AS link
    FROM alarm_recipient r
    JOIN alarm a ON a.id = r.alarm AND a.state NOT IN ('PROPOSED', 'CANCELLED', 'CLOSED')
    JOIN helper_link l ON l.id = r.link AND l.helper = r.helper AND l.revoked_at IS NULL AND l.expires_at > :now
    WHERE r.helper = :helper AND r.alarm <> :alarm AND r.left_at IS NULL
      AND (r.answer IS NULL OR r.answer <> 'NOT_COMING')
    ORDER BY a.started_at DESC LIMIT 5
""")
_SINCE = text("SELECT answered_at > :moment FROM alarm_recipient WHERE alarm = :alarm AND helper = :helper")
_OPENED = text("UPDATE helper_link SET opened_at = :now WHERE id = :id AND opened_at IS NULL")


@dataclass(frozen=True, slots=True)
class Shown:
    """One alarm as one recipient sees it. `wanted` 0: as many as possible. `changed_at`: when he last was told of a
    change."""

    id: str
    mode: IncidentMode
    state: AlarmState
    purpose: Purpose
    code: str
    said: Said
    started_at: datetime
    ended_at: datetime | None
    wanted: int
    coming: int
    organisation: str | None
    contact: str | None
    own_state: RecipientState
    answer: Answer | None
    answered_at: datetime | None
    eta: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None
    safe_at: datetime | None
    changed_at: datetime | None
    language: str

    @property
    def unread(self) -> bool:
        return self.own_state not in (RecipientState.READ, RecipientState.RESPONDED)

    @property
    def over(self) -> bool:
        """Called off or ended: nobody is to set out any more."""
        return self.state in (AlarmState.CANCELLED, AlarmState.CLOSED)


@dataclass(frozen=True, slots=True)
class Other:
    """Another alarm of the same person; `link` is the id of his link to it."""

    title: str
    mode: IncidentMode
    started_at: datetime
    link: bytes


async def shown(connection: AsyncConnection, origin: str, alarm: str, helper: str) -> Shown | None:
    """None if this person is not (any more) called by this alarm."""
    given = {"alarm": alarm, "helper": helper, "origin": origin}
    row = (await connection.execute(_ALARM, given)).mappings().one_or_none()
    if row is None:
        return None
    fields = {name: value for name, value in row.items() if name != "plan"}
    plan = from_body(row["plan"], Plan)
    fields |= {
        "said": from_body(row["said"], Said),
        "mode": IncidentMode(row["mode"]),
        "state": AlarmState(row["state"]),
        "purpose": plan.purpose,
        "wanted": plan.quota.total,
        "own_state": RecipientState(row["own_state"]),
        "answer": row["answer"] and Answer(row["answer"]),
    }
    return Shown(**fields)


async def others(connection: AsyncConnection, alarm: str, helper: str, now: datetime) -> list[Other]:
    rows = await connection.execute(_NEXT, {"alarm": alarm, "helper": helper, "now": now})
    return [Other(row.title, IncidentMode(row.mode), row.started_at, bytes(row.link)) for row in rows]


async def opened(tx: Transaction, link: bytes, now: datetime) -> None:
    """The first time is kept."""
    await tx.connection.execute(_OPENED, {"id": link, "now": now})


async def answered_since(tx: Transaction, alarm: str, helper: str, moment: datetime) -> bool:
    """Whether a later answer is there already, by another way: one that was kept offline comes too late."""
    given = {"alarm": alarm, "helper": helper, "moment": moment}
    return bool((await tx.connection.execute(_SINCE, given)).scalar())
