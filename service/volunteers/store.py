"""What volunteers' routes keep beside the bookings: contacts not yet proven, and who may not help any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ROSTERS = text("""
    SELECT id, room, body FROM fact
    WHERE origin = :origin AND kind = 'roster' AND (body ->> 'volunteers')::boolean ORDER BY body ->> 'name', id
""")
_POINT = text("""
    SELECT id, room, body FROM fact
    WHERE origin = :origin AND kind = 'meeting_point' AND body ->> 'code' = :code LIMIT 1
""")
_HELPER = text("SELECT id, room, name, state, kind, adult, language, key FROM helper WHERE id = :helper")
_ROOMS = text("SELECT id, room FROM helper WHERE id = ANY(:helpers) AND state <> 'ERASED'")
_OF_BOOKINGS = text("SELECT id, helper FROM job_booking WHERE id = ANY(:bookings)")
_CONTACT = text("""
    INSERT INTO volunteer_contact (helper, kind, sealed, digest, due_at, made_at)
    VALUES (:helper, :kind, :sealed, :digest, :now, :now)
""")
_UNPROVEN = text("SELECT * FROM volunteer_contact WHERE helper = :helper FOR UPDATE")
_SENT_TO = text("SELECT coalesce(sum(sent), 0) FROM volunteer_contact WHERE digest = :digest AND made_at > :since")
_DUE = text("""
    SELECT c.helper, c.kind, c.sealed, c.digest, c.sent, h.key, h.language FROM volunteer_contact c
    JOIN helper h ON h.id = c.helper
    WHERE c.due_at <= :now AND h.key IS NOT NULL ORDER BY c.due_at LIMIT 20 FOR UPDATE OF c SKIP LOCKED
""")
_SENT = text("""
    UPDATE volunteer_contact
    SET code = :code, due_at = :again, expires_at = :expires, sent = sent + :counted, tries = 0, problem = :problem
    WHERE helper = :helper
""")
_TRIED = text("UPDATE volunteer_contact SET tries = tries + 1 WHERE helper = :helper")
_PROVEN = text("DELETE FROM volunteer_contact WHERE helper = :helper")
_AGAIN = text("UPDATE volunteer_contact SET due_at = :now WHERE helper = :helper AND due_at IS NULL")
_SAME = text("""
    SELECT h.id FROM helper_channel c JOIN helper h ON h.id = c.helper
    WHERE c.digest = :digest AND h.room = :room AND h.kind = 'SPONTANEOUS' AND h.state = 'ACTIVE' AND h.id <> :helper
      AND c.closed_at IS NULL
    ORDER BY h.made_at LIMIT 1
""")
_TESTED = text("UPDATE helper_channel SET tested_at = :now WHERE id = :id")
_MOVE = (
    text("""
        UPDATE job_booking b SET helper = :to WHERE helper = :gone AND NOT (
            state IN ('CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK') AND EXISTS (
                SELECT FROM job_booking o WHERE o.helper = :to
                    AND o.state IN ('CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK')))
        AND NOT EXISTS (SELECT FROM job_booking o WHERE o.helper = :to AND o.job = b.job AND o.slot = b.slot)
    """),
    text("""
        INSERT INTO helper_skill SELECT :to, s.code, s.room, s.level, s.verification, s.acquired_on, s.valid_until,
            s.verified_by, s.verified_at, s.restrictions, h.available, h.home
        FROM helper_skill s JOIN helper h ON h.id = :to WHERE s.helper = :gone ON CONFLICT DO NOTHING
    """),
)
_LEFT = text("SELECT count(*) FROM job_booking WHERE helper = :helper")
_DELETE = text("DELETE FROM helper WHERE id = :helper")
_PROPOSE = text("""
    INSERT INTO helper_block (helper, reason, lifting, proposed_by, proposed_at)
    VALUES (:helper, :reason, :lifting, :by, :now)
    ON CONFLICT (helper) DO UPDATE SET reason = excluded.reason, lifting = excluded.lifting,
        proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at, confirmed_by = NULL,
        confirmed_at = NULL
""")
_BLOCK = text("SELECT * FROM helper_block WHERE helper = :helper FOR UPDATE")
_CONFIRM = text("UPDATE helper_block SET confirmed_by = :by, confirmed_at = :now WHERE helper = :helper")
_STATE = text("UPDATE helper SET state = :state, changed_at = :now, version = version + 1 WHERE id = :helper")


_REACHABLE = text("""
    SELECT DISTINCT h.id FROM helper h JOIN helper_channel c ON c.helper = h.id AND c.closed_at IS NULL
    WHERE h.id = ANY(:helpers) AND h.state = 'ACTIVE' ORDER BY h.id
""")
_LARGE = text("""
    SELECT coalesce((body ->> 'large_from')::int, 200) FROM fact
    WHERE origin = :origin AND kind = 'roster' AND room = :room LIMIT 1
""")
_MODE = text("SELECT body ->> 'mode' FROM fact WHERE origin = :origin AND kind = 'incident' AND id = :incident")


async def reachable(connection: AsyncConnection, helpers: list[str]) -> list[str]:
    """Those who have a contact that is open."""
    return list((await connection.execute(_REACHABLE, {"helpers": helpers})).scalars())


async def large_from(connection: AsyncConnection, origin: str, room: str) -> int:
    return int((await connection.execute(_LARGE, {"origin": origin, "room": room})).scalar() or 200)


async def incident_mode(connection: AsyncConnection, origin: str, incident: str) -> str | None:
    return (await connection.execute(_MODE, {"origin": origin, "incident": incident})).scalar()


async def rosters(connection: AsyncConnection, origin: str) -> list[Any]:
    """`id, room, body` of those that take in volunteers."""
    return list((await connection.execute(_ROSTERS, {"origin": origin})).all())


async def point_of(connection: AsyncConnection, origin: str, code: str) -> Any:
    return (await connection.execute(_POINT, {"origin": origin, "code": code})).one_or_none()


async def helper(connection: AsyncConnection, id: str) -> Any:
    return (await connection.execute(_HELPER, {"helper": id})).one_or_none()


async def rooms_of(connection: AsyncConnection, helpers: list[str]) -> dict[str, str]:
    return {row.id: row.room for row in await connection.execute(_ROOMS, {"helpers": helpers})}


async def helpers_of(connection: AsyncConnection, bookings: list[str]) -> dict[str, str]:
    return {row.id: row.helper for row in await connection.execute(_OF_BOOKINGS, {"bookings": bookings})}


async def add_contact(
    connection: AsyncConnection, helper: str, kind: str, sealed: bytes, digest: bytes, now: datetime
) -> None:
    """A contact that nothing is sent to but a code, until it is proven."""
    given = {"helper": helper, "kind": kind, "sealed": sealed, "digest": digest, "now": now}
    await connection.execute(_CONTACT, given)


async def unproven(connection: AsyncConnection, helper: str) -> Any:
    return (await connection.execute(_UNPROVEN, {"helper": helper})).one_or_none()


async def sent_to(connection: AsyncConnection, digest: bytes, since: datetime) -> int:
    return int((await connection.execute(_SENT_TO, {"digest": digest, "since": since})).scalar_one())


async def due(connection: AsyncConnection, now: datetime) -> list[Any]:
    return list((await connection.execute(_DUE, {"now": now})).all())


async def note_sent(
    connection: AsyncConnection,
    helper: str,
    *,
    code: bytes | None,
    again: datetime | None,
    expires: datetime | None,
    counted: int,
    problem: str | None,
) -> None:
    given = {"helper": helper, "code": code, "again": again, "expires": expires}
    await connection.execute(_SENT, {**given, "counted": counted, "problem": problem})


async def tried(connection: AsyncConnection, helper: str) -> None:
    await connection.execute(_TRIED, {"helper": helper})


async def send_again(connection: AsyncConnection, helper: str, now: datetime) -> None:
    await connection.execute(_AGAIN, {"helper": helper, "now": now})


async def proven(connection: AsyncConnection, helper: str) -> None:
    await connection.execute(_PROVEN, {"helper": helper})


async def note_tested(connection: AsyncConnection, channel: str, now: datetime) -> None:
    await connection.execute(_TESTED, {"id": channel, "now": now})


async def same(connection: AsyncConnection, helper: str, room: str, digest: bytes) -> str | None:
    """Another volunteer of this roster who has proven the same contact before."""
    return (await connection.execute(_SAME, {"helper": helper, "room": room, "digest": digest})).scalar()


async def merge(connection: AsyncConnection, gone: str, to: str) -> bool:
    """What the newer registration holds goes to the older one; True if the newer one is gone then."""
    for statement in _MOVE:
        await connection.execute(statement, {"gone": gone, "to": to})
    if (await connection.execute(_LEFT, {"helper": gone})).scalar():
        return False
    await connection.execute(_DELETE, {"helper": gone})
    return True


async def block(connection: AsyncConnection, helper: str) -> Any:
    return (await connection.execute(_BLOCK, {"helper": helper})).one_or_none()


async def propose(
    connection: AsyncConnection, helper: str, *, reason: str, lifting: bool, by: str, now: datetime
) -> None:
    given = {"helper": helper, "reason": reason, "lifting": lifting, "by": by, "now": now}
    await connection.execute(_PROPOSE, given)


async def confirm(connection: AsyncConnection, helper: str, *, by: str, state: str, now: datetime) -> None:
    await connection.execute(_CONFIRM, {"helper": helper, "by": by, "now": now})
    await connection.execute(_STATE, {"helper": helper, "state": state, "now": now})
