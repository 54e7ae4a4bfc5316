"""Volunteers as their staff sees them: who there is, where everybody is now, who is free for a slot, and what proves
for the insurance that somebody worked where and for whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.plan import Place
from alerting.store.bookings import ActKind, hours

MOST = 5000
WEEK = timedelta(days=7)

_PEOPLE = text("""
    SELECT h.id, h.name, h.adult, h.kind, h.state, h.languages, h.equipment, h.home_ars, h.language, h.available,
           h.made_at, ST_X(h.home::geometry) AS lon, ST_Y(h.home::geometry) AS lat,
           (SELECT jsonb_object_agg(s.code, s.verification) FROM helper_skill s WHERE s.helper = h.id) AS skills
    FROM helper h
    WHERE h.room = :room AND h.state <> 'ERASED'
      AND (h.kind = 'SPONTANEOUS' OR EXISTS (SELECT FROM job_booking b WHERE b.helper = h.id AND b.room = :room))
    ORDER BY h.made_at DESC, h.id LIMIT :most
""")
_BOOKINGS = text("""
    SELECT id, helper, job, slot, point, state, state_at, made_at, invited_at, confirmed_at, checked_in_at, briefed_at,
           briefed_by, assigned_at, started_at, break_at, checked_out_at, thanked_at, safe_at, shuttle, reason
    FROM job_booking WHERE room = :room ORDER BY state_at DESC, id LIMIT :most
""")
_OWN = text("SELECT * FROM job_booking WHERE helper = :helper ORDER BY made_at, id")
_BLOCKS = text("""
    SELECT b.helper, b.reason, b.lifting, b.proposed_by, b.proposed_at, b.confirmed_by, b.confirmed_at
    FROM helper_block b JOIN helper h ON h.id = b.helper WHERE h.room = :room
""")
_NEAR = text("""
    SELECT h.id AS helper, h.home <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography AS distance_m
    FROM helper h
    WHERE h.room = :room AND h.state = 'ACTIVE' AND h.kind = 'SPONTANEOUS' AND h.available
    ORDER BY distance_m NULLS LAST, h.id LIMIT :limit
""")
_ANY = text("""
    SELECT h.id AS helper, cast(NULL AS float8) AS distance_m FROM helper h
    WHERE h.room = :room AND h.state = 'ACTIVE' AND h.kind = 'SPONTANEOUS' AND h.available ORDER BY h.id LIMIT :limit
""")
_KNOWN = text("""
    SELECT h.id, h.name, h.adult, h.state, h.kind,
           (SELECT jsonb_object_agg(s.code, s.verification) FROM helper_skill s
            WHERE s.helper = h.id AND (s.valid_until IS NULL OR s.valid_until >= cast(:now AS date))) AS skills,
           (SELECT max(b.checked_out_at) FROM job_booking b WHERE b.helper = h.id) AS out_at,
           (SELECT max(b.invited_at) FROM job_booking b WHERE b.helper = h.id) AS invited_at
    FROM helper h WHERE h.id = ANY(:helpers)
""")
_TIED = text("""
    SELECT b.helper, b.job, b.slot, b.state, s.begins, s.ends FROM job_booking b
    JOIN job_slot s ON s.job = b.job AND s.slot = b.slot
    WHERE b.helper = ANY(:helpers)
      AND b.state IN ('INVITED', 'CONFIRMED', 'CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK')
""")
_STEPS = text("""
    SELECT b.helper, s.at, s.kind, s.booking FROM job_step s JOIN job_booking b ON b.id = s.booking
    WHERE b.helper = ANY(:helpers) AND s.at > :since ORDER BY b.helper, s.at, s.recorded_at
""")
_EVIDENCE = text("""
    SELECT s.booking, s.kind, s.state, s.at, s.recorded_at, s.by, s.job, s.slot, s.reason, s.commission, b.helper,
           b.briefed_at, b.briefed_by, b.checked_in_at, b.checked_out_at, h.name
    FROM job_step s JOIN job_booking b ON b.id = s.booking LEFT JOIN helper h ON h.id = b.helper
    WHERE b.room = :room AND (b.helper = :helper OR b.id IN (SELECT booking FROM job_step WHERE job = :job))
    ORDER BY b.helper, s.booking, s.at, s.recorded_at
""")
_ENDS = frozenset({"FINISH", "CHECK_OUT", "SEND_HOME", "BLOCK", "ASSIGN"})


async def people(connection: AsyncConnection, room: str) -> Sequence[Any]:
    return (await connection.execute(_PEOPLE, {"room": room, "most": MOST})).all()


async def bookings(connection: AsyncConnection, room: str) -> Sequence[Any]:
    """Newest change first."""
    return (await connection.execute(_BOOKINGS, {"room": room, "most": 2 * MOST})).all()


async def own(connection: AsyncConnection, helper: str) -> list[dict[str, Any]]:
    """All bookings of one helper, oldest first."""
    return [dict(row._mapping) for row in await connection.execute(_OWN, {"helper": helper})]


async def blocks(connection: AsyncConnection, room: str) -> Sequence[Any]:
    return (await connection.execute(_BLOCKS, {"room": room})).all()


async def near(connection: AsyncConnection, room: str, place: Place | None, *, limit: int) -> Sequence[Any]:
    """`helper, distance_m` of volunteers who are free, whatever they can."""
    if place is None:
        return (await connection.execute(_ANY, {"room": room, "limit": limit})).all()
    given = {"room": room, "lon": place[0], "lat": place[1], "limit": limit}
    return (await connection.execute(_NEAR, given)).all()


async def known(connection: AsyncConnection, helpers: Collection[str], now: datetime) -> dict[str, Any]:
    found = await connection.execute(_KNOWN, {"helpers": list(helpers), "now": now})
    return {row.id: row for row in found}


async def tied(connection: AsyncConnection, helpers: Collection[str]) -> dict[str, list[Any]]:
    """By helper, the slots that somebody has promised or is asked for: `job, slot, state, begins, ends`."""
    found: dict[str, list[Any]] = {}
    for row in await connection.execute(_TIED, {"helpers": list(helpers)}):
        found.setdefault(row.helper, []).append(row)
    return found


async def worked(
    connection: AsyncConnection, helpers: Collection[str], since: datetime, until: datetime
) -> dict[str, timedelta]:
    """Time at work of each who worked at all."""
    steps: dict[str, list[tuple[datetime, ActKind]]] = {}
    for row in await connection.execute(_STEPS, {"helpers": list(helpers), "since": since}):
        steps.setdefault(row.helper, []).append((row.at, ActKind(row.kind)))
    return {helper: hours(done, until) for helper, done in steps.items()}


async def evidence(
    connection: AsyncConnection, room: str, *, helper: str | None = None, job: str | None = None
) -> list[dict[str, Any]]:
    """One row per assignment: who, which task, where, who commissioned it, briefed when and by whom, from when to when.
    `until` none: still there."""
    rows = (await connection.execute(_EVIDENCE, {"room": room, "helper": helper, "job": job})).all()
    found: list[dict[str, Any]] = []
    running: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.kind in _ENDS and row.booking in running:
            running.pop(row.booking)["until"] = row.at
        if row.kind == "ASSIGN":
            one = {"helper": row.helper, "name": row.name, "job": row.job, "slot": row.slot, "assigned_at": row.at,
                   "from": row.at, "until": None, "started_at": None, "checked_in_at": row.checked_in_at,
                   "checked_out_at": row.checked_out_at, **(row.commission or {})}  # fmt: skip
            running[row.booking] = one
            found.append(one)
        if row.kind == "START" and row.booking in running:
            running[row.booking]["started_at"] = running[row.booking]["started_at"] or row.at
    return [one for one in found if job is None or one["job"] == job]
