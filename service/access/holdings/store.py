"""Holdings get a room of their own. Written as the owner, by those who may."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from geodata.store.database import Transaction

_ORGANISATION = text("SELECT id, name, kind, ars FROM organisation WHERE id = :id AND closed_at IS NULL")
_HELD = text("SELECT 1 FROM fact WHERE ref = :ref")
_ROOM = text("INSERT INTO room (id, name, note) VALUES (:room, :name, :note)")
_ADMIT = text("INSERT INTO room_member VALUES (:room, 'organisation', :organisation, true, true, NULL)")
_ADMIT_EVERYBODY = text("INSERT INTO room_member VALUES (:room, 'everyone', '*', true, false, NULL)")


async def organisation(tx: Transaction, id: str) -> Any:
    """`id, name, kind, ars`; None if there is none."""
    return (await tx.connection.execute(_ORGANISATION, {"id": id})).one_or_none()


async def held(tx: Transaction, ref: str) -> bool:
    """Whether there is this one, in whatever room."""
    return (await tx.connection.execute(_HELD, {"ref": ref})).scalar() == 1


async def add_room(tx: Transaction, room: str, name: str, note: str, organisation: str) -> None:
    """A room that the organisation sees, writes into and shares on."""
    await tx.connection.execute(_ROOM, {"room": room, "name": name[:200], "note": note})
    await tx.connection.execute(_ADMIT, {"room": room, "organisation": organisation})


async def admit_everybody(tx: Transaction, room: str) -> None:
    """Whoever is signed in sees this room and writes into it: for exercises."""
    await tx.connection.execute(_ADMIT_EVERYBODY, {"room": room})
