"""Rooms and their members in the tables that decide over rights. Written as the owner, by those who may."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text

from geodata.store.database import Database, Transaction
from service.rooms.rules import Kind, Member, Room

_ROOMS = text("""
    SELECT r.id, r.name, r.note, r.incident, r.created_at, r.closed_at,
           (SELECT count(*) FROM room_member m WHERE m.room = r.id AND (m.until IS NULL OR m.until > now())) AS members
    FROM room r
    WHERE cast(:ids AS text[]) IS NULL OR r.id = ANY(:ids)
    ORDER BY r.closed_at IS NOT NULL, r.incident NULLS FIRST, lower(r.name), r.id LIMIT 2000
""")
_MEMBERS = text("""
    SELECT m.kind, m.member, m.can_write, m.can_share, m.until,
           CASE m.kind WHEN 'organisation' THEN (SELECT name FROM organisation o WHERE o.id = m.member)
                       WHEN 'staff' THEN (SELECT name FROM staff s WHERE s.id = m.member)
                       WHEN 'function' THEN (SELECT name FROM staff s WHERE s.id = split_part(m.member, '/', 1))
           END AS label
    FROM room_member m WHERE m.room = :room ORDER BY m.kind, m.member
""")
_PUT = text("""
    INSERT INTO room_member (room, kind, member, can_write, can_share, until)
    VALUES (:room, :kind, :member, :can_write, :can_share, :until)
    ON CONFLICT (room, kind, member) DO UPDATE
    SET can_write = excluded.can_write, can_share = excluded.can_share, until = excluded.until
""")
_KNOWN = {
    Kind.ORGANISATION: "SELECT 1 FROM organisation WHERE id = :id AND closed_at IS NULL",
    Kind.STAFF: "SELECT 1 FROM staff WHERE id = :id AND closed_at IS NULL",
    Kind.PERSON: "SELECT 1 FROM person WHERE id = :id AND active",
}


async def rooms(database: Database, ids: Collection[str] | None) -> list[dict[str, Any]]:
    """All rooms, or those of these ids."""
    async with database.reading() as connection:
        rows = await connection.execute(_ROOMS, {"ids": None if ids is None else sorted(ids)})
        return [dict(row) for row in rows.mappings()]


async def room(tx: Transaction, id: str) -> Room | None:
    """The room, locked until the end of the transaction: its members are changed by one at a time."""
    statement = text("SELECT id, name, note, incident, closed_at FROM room WHERE id = :id FOR UPDATE")
    row = (await tx.connection.execute(statement, {"id": id})).one_or_none()
    return Room(row.id, row.name, row.note, row.incident, row.closed_at is not None) if row else None


async def add(tx: Transaction, *, name: str, note: str, incident: str | None) -> str:
    id = f"r-{uuid.uuid4().hex[:12]}"
    statement = text("INSERT INTO room (id, name, note, incident) VALUES (:id, :name, :note, :incident)")
    await tx.connection.execute(statement, {"id": id, "name": name, "note": note, "incident": incident})
    return id


async def change(tx: Transaction, id: str, fields: Mapping[str, Any]) -> None:
    """Fields of name, note, closed (bool)."""
    setting = ["id = id"] + [f"{name} = :{name}" for name in ("name", "note") if name in fields]
    if "closed" in fields:
        setting.append("closed_at = CASE WHEN :closed THEN coalesce(closed_at, now()) END")
    await tx.connection.execute(text(f"UPDATE room SET {', '.join(setting)} WHERE id = :id"), {**fields, "id": id})


async def members(tx: Transaction, room: str) -> list[dict[str, Any]]:
    return [dict(row) for row in (await tx.connection.execute(_MEMBERS, {"room": room})).mappings()]


async def known(tx: Transaction, kind: Kind, member: str) -> bool:
    """Whether there is such a member. A seat is known by its staff."""
    if kind is Kind.EVERYONE:
        return True
    where = Kind.STAFF if kind is Kind.FUNCTION else kind
    id = member.split("/")[0] if kind is Kind.FUNCTION else member
    return (await tx.connection.execute(text(_KNOWN[where]), {"id": id})).scalar() is not None


async def put(tx: Transaction, room: str, member: Member) -> None:
    given = {
        "room": room, "kind": member.kind, "member": member.member, "can_write": member.can_write,
        "can_share": member.can_share, "until": member.until,
    }  # fmt: skip
    await tx.connection.execute(_PUT, given)


async def remove(tx: Transaction, room: str, kind: Kind, member: str) -> bool:
    statement = text("DELETE FROM room_member WHERE room = :room AND kind = :kind AND member = :member")
    given = {"room": room, "kind": kind.value, "member": member}
    return bool((await tx.connection.execute(statement, given)).rowcount)


async def incident_known(tx: Transaction, origin: str, incident: str, rooms: Collection[str]) -> bool:
    """Whether there is such an incident in one of these rooms."""
    statement = text("SELECT 1 FROM fact WHERE ref = :ref AND room = ANY(cast(:rooms AS text[]))")
    given = {"ref": f"{origin}/incident/{incident}", "rooms": sorted(rooms)}
    return (await tx.connection.execute(statement, given)).scalar() is not None


async def seconds_from_now(tx: Transaction, moment: datetime) -> float:
    """Rights end by the real clock, also in an exercise."""
    statement = text("SELECT extract(epoch FROM cast(:moment AS timestamptz) - clock_timestamp())")
    return float((await tx.connection.execute(statement, {"moment": moment})).scalar_one())
