"""Every single call: claimed for a time, handed to a gateway outside of any transaction, and what became of it.

A worker that dies in between leaves a lease that runs out; then the same call is made again under the same id, by which
provider and phone know the repetition. Leases run by the database's clock, everything else by the node's. Whoever needs
several locks takes the alarms first, by id, then recipients, then calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from alerting.channels.contract import Outcome, Receipt
from alerting.model.plan import ChannelKind, Plan
from alerting.model.recipient import CallKind
from alerting.model.said import Said
from alerting.store.hushed import quiet_of
from alerting.store.sealing import Seal, Unreadable
from geodata.model.body import from_body
from geodata.model.incident import IncidentMode
from geodata.store.database import Transaction

LINK_LASTS = timedelta(days=7)
WAITS = (CallKind.INFO, CallKind.THANKS)
"""What is not said in quiet hours."""

# Each lane has its own walk through the index: one that is stuck holds no other up.
_CLAIM = text("""
    WITH picked AS MATERIALIZED (
        SELECT c.id FROM unnest(cast(:channels AS text[]), cast(:modes AS text[]), cast(:free AS int[]))
                         AS lane (channel, mode, free),
        LATERAL (
            SELECT id FROM alarm_call
            WHERE channel = lane.channel AND mode = lane.mode AND state IN ('QUEUED', 'SENDING') AND due_at <= :now
              AND (lease_until IS NULL OR lease_until < clock_timestamp())
            ORDER BY due_at LIMIT lane.free FOR UPDATE SKIP LOCKED
        ) c
    )
    UPDATE alarm_call c SET state = 'SENDING', tries = tries + 1,
                            lease_until = clock_timestamp() + make_interval(secs => :lease)
    FROM picked WHERE c.id = picked.id RETURNING c.id
""")
_CLAIMED = text("""
    SELECT c.id, c.alarm, c.helper, c.kind, c.mode, c.channel, c.address, c.step, c.tries, k.sealed,
           k.closed_at IS NOT NULL AS closed, h.key, h.language, h.availability, h.state AS person, r.link,
           r.state AS reached, a.ended_at IS NOT NULL AS over, a.state AS alarm_state, a.code, a.said, a.plan, a.course,
           q.body ->> 'quiet_from' AS quiet_from, q.body ->> 'quiet_until' AS quiet_to
    FROM alarm_call c
    JOIN alarm a ON a.id = c.alarm
    JOIN alarm_recipient r ON r.alarm = c.alarm AND r.helper = c.helper
    LEFT JOIN helper h ON h.id = c.helper
    LEFT JOIN helper_channel k ON k.id = c.address
    LEFT JOIN fact q ON q.kind = 'roster' AND q.id = h.organisation AND q.room = h.room AND c.kind <> 'ALARM'
        AND NOT EXISTS (SELECT FROM peer_copy p WHERE p.ref = q.ref)
    WHERE c.id = ANY(cast(:ids AS text[]))
""")
_CANCEL = text("""
    UPDATE alarm_call SET state = 'CANCELLED', lease_until = NULL WHERE id = ANY(cast(:ids AS text[]))
""")
_HOLD = text("""
    UPDATE alarm_call c SET state = 'QUEUED', lease_until = NULL, tries = tries - 1, due_at = g.until
    FROM jsonb_to_recordset(cast(:given AS jsonb)) AS g (id text, until timestamptz) WHERE c.id = g.id
""")
# 62 random bits; what nobody can guess is the signature in the token.
_LINK = text("""
    WITH lacking AS (
        SELECT DISTINCT ON (alarm, helper) alarm, helper, substring(uuid_send(gen_random_uuid()) FROM 9) AS id
        FROM jsonb_to_recordset(cast(:given AS jsonb)) AS g (alarm text, helper text)
    ), made AS (
        INSERT INTO helper_link (id, helper, purpose, alarm, made_at, expires_at)
        SELECT id, helper, 'ALARM', alarm, :now, :expires FROM lacking
    )
    UPDATE alarm_recipient r SET link = l.id FROM lacking l
    WHERE r.alarm = l.alarm AND r.helper = l.helper RETURNING r.alarm, r.helper, r.link
""")


@dataclass(frozen=True, slots=True)
class Lane:
    """`free` calls of this channel can be made now."""

    channel: ChannelKind
    mode: IncidentMode
    free: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """One call to be made. `link` is the id of the person's own page for this alarm."""

    id: str
    alarm: str
    helper: str
    kind: CallKind
    mode: IncidentMode
    channel: ChannelKind
    code: str
    said: Said
    language: str
    supervises: bool
    missing: dict[str, int]
    alarm_state: str
    address: str | None = field(repr=False)
    """None: there is none any more."""
    link: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one claimed call."""

    call: Claimed
    gateway: str | None
    receipt: Receipt
    at: datetime


async def claim(
    tx: Transaction, seal: Seal, lanes: Sequence[Lane], *, lease: float, now: datetime
) -> tuple[list[Claimed], int]:
    """Calls that are due, for `lease` seconds ours; and how many were taken out without being made: their alarm is
    over, the person has answered, or it is quiet."""
    lanes = [lane for lane in lanes if lane.free > 0]
    if not lanes:
        return [], 0
    given = {
        "channels": [lane.channel.value for lane in lanes], "modes": [lane.mode.value for lane in lanes],
        "free": [lane.free for lane in lanes], "lease": lease, "now": now,
    }  # fmt: skip
    ids = list((await tx.connection.execute(_CLAIM, given)).scalars())
    if not ids:
        return [], 0
    rows = (await tx.connection.execute(_CLAIMED, {"ids": ids})).all()
    vain = [row.id for row in rows if _vain(row)]
    if vain:
        await tx.connection.execute(_CANCEL, {"ids": vain})
    later = [(row, until) for row in rows if not _vain(row) and (until := _quiet(row, now)) is not None]
    if later:
        held = [{"id": row.id, "until": until} for row, until in later]
        await tx.connection.execute(_HOLD, {"given": orjson.dumps(held).decode()})
    out = {*vain, *(row.id for row, _ in later)}
    plans: dict[str, tuple[Said, Plan]] = {}
    return [_claimed(row, seal, plans) for row in rows if row.id not in out], len(out)


def _vain(row: Any) -> bool:
    """Nobody needs to hear it any more."""
    return row.kind in (CallKind.ALARM, CallKind.INFO) and (row.over or row.reached == "RESPONDED")


def _quiet(row: Any, now: datetime) -> datetime | None:
    """Until when the person is not told, if it is nothing urgent."""
    return quiet_of(row, now) if row.kind in WAITS else None


def _claimed(row: Any, seal: Seal, plans: dict[str, tuple[Said, Plan]]) -> Claimed:
    if row.alarm not in plans:
        plans[row.alarm] = from_body(row.said, Said), from_body(row.plan, Plan)
    said, plan = plans[row.alarm]
    return Claimed(
        row.id, row.alarm, row.helper, CallKind(row.kind), IncidentMode(row.mode), ChannelKind(row.channel), row.code,
        said, row.language or "de", row.step >= len(plan.steps), dict(row.course.get("missing") or {}),
        row.alarm_state, _address(row, seal), row.link,
    )  # fmt: skip


def _address(row: Any, seal: Seal) -> str | None:
    if row.key is None or row.sealed is None or row.closed or row.person not in ("ACTIVE", "PAUSED"):
        return None
    try:
        opened = seal.own(bytes(row.key)).open(bytes(row.sealed))
    except Unreadable:
        return None
    return opened if isinstance(opened, str) else orjson.dumps(opened).decode()


async def link(tx: Transaction, calls: Sequence[Claimed], now: datetime) -> dict[tuple[str, str], bytes]:
    """Links for people who have none yet in their alarm, by alarm and person."""
    lacking = sorted({(one.alarm, one.helper) for one in calls if one.link is None and one.address is not None})
    if not lacking:
        return {}
    given = orjson.dumps([{"alarm": alarm, "helper": helper} for alarm, helper in lacking]).decode()
    params = {"given": given, "now": now, "expires": now + LINK_LASTS}
    return {(row.alarm, row.helper): bytes(row.link) for row in await tx.connection.execute(_LINK, params)}


def refused(call: Claimed, now: datetime) -> Made:
    """There is no address any more."""
    return Made(call, None, Receipt(Outcome.REFUSED, error="the address is gone"), now)
