"""Organisations and people. A person's name stands only here; everything else names him by id."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import text

from geodata.store.database import Database, Transaction

ADMINISTRATORS = 7_202_110
"""Advisory lock of those who change who administers, so that there is always somebody left."""

_PEOPLE = text("""
    SELECT p.id, p.name, p.login, p.admin, p.active, p.waiting, p.erased_at IS NOT NULL AS erased, p.created_at,
           EXISTS (SELECT 1 FROM session s WHERE s.person = p.id AND s.purpose = 'token') AS program,
           ARRAY(SELECT organisation FROM person_organisation o WHERE o.person = p.id ORDER BY 1) AS organisations,
           EXISTS (SELECT 1 FROM password w WHERE w.person = p.id) AS has_password,
           (SELECT count(*) FROM passkey k WHERE k.person = p.id) AS passkeys,
           (SELECT count(*) FROM identity i WHERE i.person = p.id) AS identities,
           (SELECT max(seen_at) FROM session s WHERE s.person = p.id) AS seen_at
    FROM person p
    WHERE (cast(:id AS text) IS NULL OR p.id = :id)
      AND (cast(:q AS text) IS NULL OR p.name ILIKE :q OR p.login ILIKE :q)
    ORDER BY p.waiting DESC, p.active DESC, lower(p.name), p.id LIMIT :limit
""")
_DUTIES = text("""
    SELECT a.id, a.staff, t.name AS staff_name, t.incident, a.function, a.deputy, a.state
    FROM assignment a JOIN staff t ON t.id = a.staff
    WHERE a.person = :person AND a.state <> 'OFF' ORDER BY a.starts
""")
_SHOWN = text("""
    SELECT (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name) ORDER BY name) FROM organisation
            WHERE id = ANY(:organisations)) AS organisations,
           (SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'incident', incident) ORDER BY name) FROM room
            WHERE id = ANY(:rooms)) AS rooms
""")
_ORGANISATIONS = text("""
    SELECT o.id, o.name, o.kind, o.ars, o.created_at, o.closed_at,
           (SELECT count(*) FROM person_organisation m JOIN person p ON p.id = m.person
            WHERE m.organisation = o.id AND p.active) AS people
    FROM organisation o ORDER BY o.closed_at IS NOT NULL, lower(o.name)
""")
_ERASE = """
    UPDATE person SET name = :name, login = NULL, admin = false, active = false, waiting = false, erased_at = now()
    WHERE id = :id
"""
_TRACES = (
    "DELETE FROM password WHERE person = :id",
    "DELETE FROM passkey WHERE person = :id",
    "DELETE FROM identity WHERE person = :id",
    "DELETE FROM session WHERE person = :id",
    "DELETE FROM sign_in_link WHERE person = :id",
    "DELETE FROM challenge WHERE person = :id",
    "DELETE FROM person_organisation WHERE person = :id",
    "DELETE FROM room_member WHERE kind = 'person' AND member = :id",
)


async def ensure(database: Database, name: str, *, admin: bool = False) -> str:
    """The id of the active person of this name, made if there is none; who is here called admin becomes one."""
    async with database.transaction("people") as tx:
        await tx.connection.execute(text("LOCK TABLE person IN SHARE ROW EXCLUSIVE MODE"))
        statement = text("SELECT id FROM person WHERE name = :name AND active ORDER BY created_at LIMIT 1")
        found: str | None = (await tx.connection.execute(statement, {"name": name})).scalar()
        if found is None:
            found = await add(tx, name, admin=admin)
        elif admin:
            await tx.connection.execute(text("UPDATE person SET admin = true WHERE id = :id"), {"id": found})
    return found


async def add(
    tx: Transaction, name: str, *, login: str | None = None, admin: bool = False, waiting: bool = False
) -> str:
    """The id of a new person; who waits is not active until somebody admits him."""
    person = str(uuid.uuid4())
    statement = text("""
        INSERT INTO person (id, name, login, admin, active, waiting)
        VALUES (:id, :name, :login, :admin, NOT :waiting, :waiting)
    """)
    given = {"id": person, "name": name, "login": login, "admin": admin, "waiting": waiting}
    await tx.connection.execute(statement, given)
    return person


async def login_taken(tx: Transaction, login: str, *, but: str | None = None) -> bool:
    """Whether somebody else has this login; nobody takes it until the end of the transaction."""
    await tx.connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:login, 7202110))"), {"login": login}
    )
    statement = text("SELECT 1 FROM person WHERE login = :login AND id IS DISTINCT FROM :but")
    return (await tx.connection.execute(statement, {"login": login, "but": but})).scalar() is not None


async def people(database: Database, *, q: str | None = None, id: str | None = None) -> list[dict[str, Any]]:
    pattern = None if q is None else "%" + q.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    async with database.reading() as connection:
        rows = await connection.execute(_PEOPLE, {"q": pattern, "id": id, "limit": 2000})
        return [dict(row) for row in rows.mappings()]


async def held(tx: Transaction, person: str) -> Any | None:
    """The person's row, locked until the end of the transaction."""
    statement = text("SELECT id, name, login, admin, active, waiting, erased_at FROM person WHERE id = :id FOR UPDATE")
    return (await tx.connection.execute(statement, {"id": person})).one_or_none()


async def change(tx: Transaction, person: str, fields: Mapping[str, Any]) -> None:
    """Fields of name, login, admin, active, waiting."""
    if fields:
        setting = ", ".join(f"{name} = :{name}" for name in sorted(fields))
        await tx.connection.execute(text(f"UPDATE person SET {setting} WHERE id = :id"), {**fields, "id": person})


async def administrators(tx: Transaction, *, but: str) -> int:
    """How many others administer; nobody else changes that until the end of the transaction."""
    await tx.connection.execute(text(f"SELECT pg_advisory_xact_lock({ADMINISTRATORS})"))
    statement = text("SELECT count(*) FROM person WHERE admin AND active AND id <> :but")
    return int((await tx.connection.execute(statement, {"but": but})).scalar() or 0)


async def set_organisations(tx: Transaction, person: str, organisations: Collection[str]) -> list[str]:
    """The ids that do not exist or are closed; then nothing was changed."""
    wanted = sorted(set(organisations))
    known = text("SELECT id FROM organisation WHERE id = ANY(:ids) AND closed_at IS NULL")
    found = set((await tx.connection.execute(known, {"ids": wanted})).scalars())
    missing = [id for id in wanted if id not in found]
    if not missing:
        await tx.connection.execute(text("DELETE FROM person_organisation WHERE person = :p"), {"p": person})
        statement = text("INSERT INTO person_organisation SELECT :p, unnest(cast(:ids AS text[]))")
        await tx.connection.execute(statement, {"p": person, "ids": wanted})
    return missing


async def duties(database: Database, person: str) -> list[dict[str, Any]]:
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(_DUTIES, {"person": person})).mappings()]


async def on_duty(tx: Transaction, person: str) -> bool:
    statement = text("SELECT 1 FROM assignment WHERE person = :p AND state IN ('ON_DUTY', 'HANDOVER') LIMIT 1")
    return (await tx.connection.execute(statement, {"p": person})).scalar() is not None


async def erase(tx: Transaction, person: str, name: str) -> None:
    """The row stays under another name, because log and journals refer to it; everything else about him goes."""
    await tx.connection.execute(text(_ERASE), {"id": person, "name": name})
    for statement in _TRACES:
        await tx.connection.execute(text(statement), {"id": person})


async def names(database: Database) -> dict[str, str]:
    """The name of every person by id."""
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT id, name FROM person"))
        return {row.id: row.name for row in rows}


async def shown(database: Database, organisations: Collection[str], rooms: Collection[str]) -> tuple[Any, Any]:
    """Organisations and rooms of a visitor with their names."""
    given = {"organisations": list(organisations), "rooms": list(rooms)}
    async with database.reading() as connection:
        row = (await connection.execute(_SHOWN, given)).one()
    return row.organisations or [], row.rooms or []


async def organisations(database: Database) -> list[dict[str, Any]]:
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(_ORGANISATIONS)).mappings()]


async def add_organisation(tx: Transaction, *, name: str, kind: str, ars: str | None) -> str:
    organisation = str(uuid.uuid4())
    statement = text("INSERT INTO organisation (id, name, kind, ars) VALUES (:id, :name, :kind, :ars)")
    await tx.connection.execute(statement, {"id": organisation, "name": name, "kind": kind, "ars": ars})
    return organisation


async def change_organisation(tx: Transaction, organisation: str, fields: Mapping[str, Any]) -> bool:
    """Fields of name, kind, ars, closed (bool). False if there is none."""
    setting = ["id = id"] + [f"{name} = :{name}" for name in ("name", "kind", "ars") if name in fields]
    if "closed" in fields:
        setting.append("closed_at = CASE WHEN :closed THEN coalesce(closed_at, now()) END")
    statement = text(f"UPDATE organisation SET {', '.join(setting)} WHERE id = :id")
    return bool((await tx.connection.execute(statement, {**fields, "id": organisation})).rowcount)
