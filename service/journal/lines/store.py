"""Whose logs get a line, and which lines were written already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from geodata.store.database import Transaction
from service.journal.store import Journal

_OPEN = """
    SELECT s.id, s.name, s.incident, s.room FROM staff s JOIN room own ON own.id = s.room
    WHERE s.closed_at IS NULL AND own.closed_at IS NULL
"""
# A room for everybody belongs to no staff; an agreement about it that names an incident concerns that incident's.
_OF_ROOM = text(f"""{_OPEN} AND (
    EXISTS (SELECT FROM room_member m WHERE m.room = :room AND m.kind = 'staff' AND m.member = s.id)
    OR (s.incident = :incident
        AND EXISTS (SELECT FROM room_member m WHERE m.room = :room AND m.kind = 'everyone')))
    ORDER BY s.id
""")
_AT_WORK = text(f"""{_OPEN}
    AND EXISTS (SELECT FROM fact f WHERE f.ref = :origin || '/incident/' || s.incident
                AND f.body ->> 'state' IN ('OBSERVED', 'ACTIVE', 'STABILISING'))
    ORDER BY s.id
""")
_BY_ID = text(f"{_OPEN} AND s.id = :staff")
_KEEP = text("""
    INSERT INTO journal_line (staff, cause) VALUES (:staff, :cause) ON CONFLICT DO NOTHING RETURNING staff
""")
_NUMBERED = text("UPDATE journal_line SET number = :number WHERE staff = :staff AND cause = :cause")
_COUNT = text("SELECT count(*) FROM journal_line WHERE staff = :staff AND starts_with(cause, :begins)")


async def of_room(tx: Transaction, room: str, incident: str | None) -> list[Journal]:
    """The staffs to whom the room belongs; of a room for everybody those of the incident, if one is named."""
    return [_journal(row) for row in await tx.connection.execute(_OF_ROOM, {"room": room, "incident": incident})]


async def at_work(tx: Transaction, origin: str) -> list[Journal]:
    """All staffs whose incident of ours (`origin`) goes on."""
    return [_journal(row) for row in await tx.connection.execute(_AT_WORK, {"origin": origin})]


async def one(tx: Transaction, staff: str) -> Journal | None:
    """None for one that writes no more."""
    row = (await tx.connection.execute(_BY_ID, {"staff": staff})).one_or_none()
    return _journal(row) if row else None


async def claim(tx: Transaction, staff: str, cause: str) -> bool:
    """False if this line was written already, or is being written by somebody who commits."""
    return (await tx.connection.execute(_KEEP, {"staff": staff, "cause": cause})).scalar() is not None


async def numbered(tx: Transaction, staff: str, cause: str, number: int) -> None:
    await tx.connection.execute(_NUMBERED, {"staff": staff, "cause": cause, "number": number})


async def count(tx: Transaction, staff: str, begins: str) -> int:
    """How many lines were written for causes that begin like this."""
    return int((await tx.connection.execute(_COUNT, {"staff": staff, "begins": begins})).scalar_one())


def _journal(row: Any) -> Journal:
    return Journal(row.id, row.name, row.incident, row.room)
