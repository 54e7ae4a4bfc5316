"""Organisations and people. A person's name stands only here; everything else names him by id."""

from __future__ import annotations

import uuid

from sqlalchemy import text

from geodata.store.database import Database


async def ensure(database: Database, name: str, *, admin: bool = False) -> str:
    """The id of the active person of this name, made if there is none; who is here called admin becomes one."""
    async with database.transaction("people") as tx:
        await tx.connection.execute(text("LOCK TABLE person IN SHARE ROW EXCLUSIVE MODE"))
        statement = text("SELECT id FROM person WHERE name = :name AND active ORDER BY created_at LIMIT 1")
        found: str | None = (await tx.connection.execute(statement, {"name": name})).scalar()
        if found is None:
            found = str(uuid.uuid4())
            await tx.connection.execute(
                text("INSERT INTO person (id, name, admin) VALUES (:id, :name, :admin)"),
                {"id": found, "name": name, "admin": admin},
            )
        elif admin:
            await tx.connection.execute(text("UPDATE person SET admin = true WHERE id = :id"), {"id": found})
    return found
