"""Staffs, seats and rooms in the tables that decide over rights. Written as the owner, by those who may."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import text

from geodata.store.database import Database, Transaction


async def seen(database: Database, ref: str, rooms: Collection[str]) -> bool:
    """Whether row-level security shows this to who sees these rooms: the second lock of what is done as the owner."""
    async with database.reading(rooms) as connection:
        return (await connection.execute(text("SELECT 1 FROM fact WHERE ref = :ref"), {"ref": ref})).scalar() == 1


async def add_room(tx: Transaction, room: str, name: str, incident: str) -> None:
    statement = text("INSERT INTO room (id, name, incident) VALUES (:room, :name, :incident)")
    await tx.connection.execute(statement, {"room": room, "name": name, "incident": incident})


async def admit_staff(tx: Transaction, room: str, staff: str) -> None:
    """The staff sees the room, writes into it and shares it on."""
    statement = text("INSERT INTO room_member VALUES (:room, 'staff', :staff, true, true, NULL)")
    await tx.connection.execute(statement, {"room": room, "staff": staff})


async def close_rooms(tx: Transaction, incident: str) -> None:
    """Nobody writes into them any more."""
    statement = text("UPDATE room SET closed_at = now() WHERE incident = :incident AND closed_at IS NULL")
    await tx.connection.execute(statement, {"incident": incident})


async def add_staff(
    tx: Transaction, staff: str, incident: str, name: str, model: str, organisation: str | None, room: str
) -> None:
    statement = text("""
        INSERT INTO staff (id, incident, name, model, organisation, room)
        VALUES (:staff, :incident, :name, :model, :organisation, :room)
    """)
    given = {"staff": staff, "incident": incident, "name": name, "model": model, "organisation": organisation}
    await tx.connection.execute(statement, {**given, "room": room})


async def organisations(tx: Transaction) -> set[str]:
    """The ids of those that exist."""
    found = await tx.connection.execute(text("SELECT id FROM organisation WHERE closed_at IS NULL"))
    return {row.id for row in found}


async def known_people(database: Database, ids: Collection[str]) -> set[str]:
    """Those of the ids that are people who can still sign in."""
    async with database.reading() as connection:
        statement = text("SELECT id FROM person WHERE active AND id = ANY(cast(:ids AS text[]))")
        return {row.id for row in await connection.execute(statement, {"ids": list(ids)})}


async def staff(tx: Transaction, origin: str, staff: str) -> Any:
    """`id, incident, name, model, room, incident_room, state` of the staff and its incident; None if there is none."""
    statement = text("""
        SELECT s.id, s.incident, s.name, s.model, s.room, f.room AS incident_room, f.body ->> 'state' AS state
        FROM staff s JOIN fact f ON f.ref = :origin || '/incident/' || s.incident
        WHERE s.id = :staff AND s.closed_at IS NULL
    """)
    return (await tx.connection.execute(statement, {"origin": origin, "staff": staff})).one_or_none()


async def assignment(tx: Transaction, assignment: str) -> Any:
    statement = text("SELECT * FROM assignment WHERE id = :id")
    return (await tx.connection.execute(statement, {"id": assignment})).one_or_none()


async def holders(tx: Transaction, staff: str) -> list[Any]:
    """Everybody who is planned, on duty or handing over in this staff, the seat's own before deputies."""
    statement = text("""
        SELECT * FROM assignment WHERE staff = :staff AND state <> 'OFF' ORDER BY function, deputy, starts, id
    """)
    return list(await tx.connection.execute(statement, {"staff": staff}))


async def assign(tx: Transaction, **row: Any) -> None:
    statement = text("""
        INSERT INTO assignment (id, staff, function, person, deputy, state, starts, ends)
        VALUES (:id, :staff, :function, :person, :deputy, :state, :starts, :ends)
    """)
    await tx.connection.execute(statement, row)


async def shift(
    tx: Transaction, assignment: str, state: str, *, starts: datetime, ends: datetime | None, note: str | None
) -> None:
    statement = text("""
        UPDATE assignment SET state = :state, starts = :starts, ends = :ends, note = coalesce(:note, note)
        WHERE id = :id
    """)
    given = {"id": assignment, "state": state, "starts": starts, "ends": ends, "note": note}
    await tx.connection.execute(statement, given)


async def assignments(database: Database, staff: str) -> list[dict[str, Any]]:
    """Every assignment of the staff, newest first, with what was handed over."""
    statement = text("""
        SELECT id, function, person, deputy, state, starts, ends, note FROM assignment
        WHERE staff = :staff ORDER BY starts DESC, id LIMIT 1000
    """)
    async with database.reading() as connection:
        return [dict(row._mapping) for row in await connection.execute(statement, {"staff": staff})]
