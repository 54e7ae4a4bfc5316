"""Views as facts of the rooms in which they are shared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from geodata.store.database import Database, Transaction
from service.views.rules import KIND, own_room

_VISIBLE = text("""
    SELECT id, room, body FROM fact
    WHERE kind = :kind AND origin = :origin AND room = ANY(cast(:rooms AS text[])) ORDER BY lower(body ->> 'name'), id
""")
_COUNT = text("SELECT count(*) FROM fact WHERE kind = :kind AND origin = :origin AND room = :room")


async def visible(database: Database, rooms: frozenset[str], *, origin: str) -> list[dict[str, Any]]:
    async with database.reading(rooms) as connection:
        rows = await connection.execute(_VISIBLE, {"kind": KIND, "origin": origin, "rooms": database.asked(rooms)})
        return [{"id": row.id, "room": row.room, **row.body} for row in rows]


async def ensure_own_room(database: Database, person: str) -> str:
    """The room of the person's own views, made if there is none. It says nothing about whose it is but its member."""
    room = own_room(person)
    async with database.transaction("views") as tx:
        await tx.connection.execute(
            text("INSERT INTO room (id, name) VALUES (:room, 'Eigene Ansichten') ON CONFLICT DO NOTHING"),
            {"room": room},
        )
        await tx.connection.execute(
            text("""
                INSERT INTO room_member (room, kind, member, can_write) VALUES (:room, 'person', :person, true)
                ON CONFLICT DO NOTHING
            """),
            {"room": room, "person": person},
        )
    return room


async def incident_of(database: Database, room: str) -> str | None:
    """The incident to which the room belongs, or None."""
    async with database.reading() as connection:
        found: str | None = (
            await connection.execute(text("SELECT incident FROM room WHERE id = :room"), {"room": room})
        ).scalar()
    return found


async def count(tx: Transaction, room: str, *, origin: str) -> int:
    return int((await tx.connection.execute(_COUNT, {"kind": KIND, "origin": origin, "room": room})).scalar_one())
