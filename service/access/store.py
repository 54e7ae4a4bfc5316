"""Sessions and sign-in links. Secrets are random and only their SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from geodata.model.fact import PUBLIC
from geodata.model.staff import Function
from geodata.store.database import Database, StoreError, Transaction
from service.access.audit.store import note
from service.access.rights import RIGHTS, Right
from service.access.visitor import Duty, Visitor

LINK_LIFETIME = timedelta(hours=24)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def make_link(database: Database, person: str, *, lifetime: timedelta = LINK_LIFETIME) -> str:
    """The secret of a link that signs the person with this id in once. Raises StoreError."""
    secret = secrets.token_urlsafe(24)
    async with database.reading() as connection:
        await connection.execute(text("DELETE FROM sign_in_link WHERE expires_at < now()"))
        await connection.execute(
            text("INSERT INTO sign_in_link VALUES (:digest, :person, now() + :lifetime)"),
            {"digest": digest(secret), "person": person, "lifetime": lifetime},
        )
    return secret


async def use_link(
    database: Database, secret: str, lifetime: timedelta, *, idle: timedelta | None = None, device: str = ""
) -> str | None:
    """The secret of a new session, or None if the link is unknown, used or too old. A link works once."""
    async with database.transaction("sign-in") as tx:
        used = text("""
            DELETE FROM sign_in_link l USING person p
            WHERE l.digest = :digest AND l.expires_at > now() AND p.id = l.person AND p.active RETURNING l.person
        """)
        person = (await tx.connection.execute(used, {"digest": digest(secret)})).scalar()
        return None if person is None else await open_session(tx, person, "link", lifetime, idle=idle, device=device)


async def open_session(
    tx: Transaction,
    person: str,
    method: str,
    lifetime: timedelta,
    *,
    purpose: str = "browser",
    idle: timedelta | None = None,
    device: str = "",
) -> str:
    """The secret of a new session. `method` is how the person proved who he is, `device` what his browser calls itself;
    it ends after `lifetime`, and when it was not used for `idle`. An open socket counts as use."""
    secret = secrets.token_urlsafe(32)
    given = {
        "digest": digest(secret), "id": str(uuid.uuid4()), "person": person, "purpose": purpose, "method": method,
        "device": device[:200], "lifetime": lifetime, "idle": idle,
    }  # fmt: skip
    await tx.connection.execute(_OPEN, given)
    who = Visitor(session_id=str(given["id"]), person=person)
    await note(tx.connection, who, "session.open", f"person:{person}", {"method": method})
    return secret


async def make_token(database: Database, name: str, lifetime: timedelta, organisations: Collection[str] = ()) -> str:
    """The secret with which a program (a sensor bridge) writes under this name, and in what these organisations may
    write. Raises NoSuchOrganisation."""
    async with database.transaction("sign-in") as tx:
        person = str(uuid.uuid4())
        await tx.connection.execute(
            text("INSERT INTO person (id, name) VALUES (:id, :name)"), {"id": person, "name": name}
        )
        for organisation in organisations:
            given = {"person": person, "organisation": organisation}
            if not (await tx.connection.execute(_JOIN, given)).rowcount:
                raise NoSuchOrganisation(f"there is no organisation {organisation!r}; its id is in the list of people")
        return await open_session(tx, person, "token", lifetime, purpose="token")


async def visitor_of(database: Database, secret: str) -> Visitor | None:
    """Whoever holds this secret, with everything that decides over his rights now; None if the session is over."""
    async with database.reading() as connection:
        row = (await connection.execute(_VISITOR, {"digest": digest(secret)})).one_or_none()
        if row and row.used:
            await connection.execute(_USED, {"ids": [row.id]})
    return _visitor(row) if row else None


async def visitors(database: Database, session_ids: Collection[str]) -> dict[str, Visitor]:
    """The same for many sessions in one query, by session id; a session that is over is missing."""
    async with database.reading() as connection:
        rows = (await connection.execute(_VISITORS, {"ids": list(session_ids)})).all()
        used = [row.id for row in rows if row.used]
        if used:
            await connection.execute(_USED, {"ids": used})
    return {row.id: _visitor(row) for row in rows}


async def close_session(database: Database, session_id: str, *, person: str | None = None) -> bool:
    """Whether there was one; with `person` only one of his."""
    statement = text("DELETE FROM session WHERE id = :id AND (cast(:person AS text) IS NULL OR person = :person)")
    async with database.reading() as connection:
        return bool((await connection.execute(statement, {"id": session_id, "person": person})).rowcount)


async def close_secret(tx: Transaction, secret: str) -> None:
    """Whoever signs in anew in the same browser leaves the session before behind."""
    await tx.connection.execute(text("DELETE FROM session WHERE digest = :digest"), {"digest": digest(secret)})


async def close_all(tx: Transaction, person: str, *, but: str | None = None) -> int:
    """End every session of a person, except one. How many."""
    statement = text("DELETE FROM session WHERE person = :person AND id IS DISTINCT FROM :but")
    return (await tx.connection.execute(statement, {"person": person, "but": but})).rowcount


async def open_sessions(database: Database, *, person: str | None = None) -> list[dict[str, Any]]:
    """Sessions that hold, those used last first; of one person or of all."""
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(_OPEN_SESSIONS, {"person": person})).mappings()]


async def sweep(database: Database) -> None:
    """Take out sessions, links and challenges that no longer count."""
    async with database.reading() as connection:
        await connection.execute(text("DELETE FROM session WHERE expires_at < now() OR seen_at < now() - idle"))
        await connection.execute(text("DELETE FROM sign_in_link WHERE expires_at < now()"))
        await connection.execute(text("DELETE FROM challenge WHERE expires_at < now()"))


def _visitor(row: Any) -> Visitor:
    duties = tuple(
        Duty(d["staff"], d["incident"], d["model"], Function(d["function"]), d["room"], d["deputy"])
        for d in row.duties or ()
    )
    working = {duty.staff for duty in duties if duty.function is not Function.OBSERVER}
    leading = {duty.staff for duty in duties if Right.ROOMS in RIGHTS[duty.function]}
    see, write, share = {PUBLIC}, set(), set()
    for member in row.memberships or ():
        room = member["room"]
        see.add(room)
        # Who only observes a staff does not write where the staff may; its heads share on what the staff may share.
        staff = member["member"] if member["kind"] == "staff" else None
        if member["can_write"] and (staff is None or staff in working):
            write.add(room)
        if member["can_share"] and (staff is None or staff in leading):
            share.add(room)
    return Visitor(
        session_id=row.id,
        person=row.person,
        name=row.name,
        purpose=row.purpose,
        admin=row.admin,
        organisations=frozenset(row.organisations or ()),
        duties=duties,
        rooms=frozenset(see),
        write=frozenset(write | ({PUBLIC} if row.purpose == "token" else set())),
        share=frozenset(share),
    )


class NoSuchOrganisation(StoreError):
    """There is no such organisation, or it is closed."""


_JOIN = text("""
    INSERT INTO person_organisation (person, organisation)
    SELECT :person, id FROM organisation WHERE id = :organisation AND closed_at IS NULL
""")

_OPEN = text("""
    INSERT INTO session (digest, id, person, purpose, method, device, idle, expires_at)
    VALUES (:digest, :id, :person, :purpose, :method, :device, :idle, now() + :lifetime)
""")

_USED = text("UPDATE session SET seen_at = now() WHERE id = ANY(:ids)")

_OPEN_SESSIONS = text("""
    SELECT id, person, purpose, method, device, created_at, seen_at,
           least(expires_at, seen_at + coalesce(idle, interval '10 years')) AS ends_at
    FROM session
    WHERE (cast(:person AS text) IS NULL OR person = :person)
      AND expires_at > now() AND (idle IS NULL OR seen_at > now() - idle)
    ORDER BY seen_at DESC LIMIT 2000
""")

# Memberships by joins, each on its own kind: with 2,000 open sockets a look at every member for every session would
# take minutes.
_WHO = """
    WITH who AS (
        SELECT s.id, s.person, s.purpose, p.name, p.admin, s.seen_at < now() - interval '1 minute' AS used
        FROM session s JOIN person p ON p.id = s.person
        WHERE {which} AND s.expires_at > now() AND (s.idle IS NULL OR s.seen_at > now() - s.idle) AND p.active
    ), people AS (
        SELECT DISTINCT person FROM who
    ), org AS (
        SELECT person, organisation FROM person_organisation JOIN people USING (person)
    ), duty AS (
        SELECT DISTINCT a.person, a.staff, a.function, a.deputy, t.incident, t.model, t.room
        FROM assignment a JOIN people USING (person) JOIN staff t ON t.id = a.staff
        WHERE a.state IN ('ON_DUTY', 'HANDOVER') AND t.closed_at IS NULL
    ), holds AS (
        SELECT person, 'person' AS kind, person AS member FROM people
        UNION ALL SELECT person, 'everyone', '*' FROM people
        UNION ALL SELECT person, 'organisation', organisation FROM org
        UNION SELECT person, 'staff', staff FROM duty
        UNION SELECT person, 'function', staff || '/' || function FROM duty
    ), membership AS (
        SELECT h.person, jsonb_agg(jsonb_build_object(
                   'room', m.room, 'kind', m.kind, 'member', m.member,
                   'can_write', m.can_write AND r.closed_at IS NULL, 'can_share', m.can_share)) AS memberships
        FROM holds h JOIN room_member m USING (kind, member) JOIN room r ON r.id = m.room
        WHERE m.until IS NULL OR m.until > now() GROUP BY h.person
    )
    SELECT who.*, o.organisations, d.duties, m.memberships
    FROM who
    LEFT JOIN (SELECT person, array_agg(organisation) AS organisations FROM org GROUP BY person) o USING (person)
    LEFT JOIN (SELECT person, jsonb_agg(to_jsonb(duty) ORDER BY staff, function) AS duties FROM duty GROUP BY person) d
        USING (person)
    LEFT JOIN membership m USING (person)
"""
_VISITOR = text(_WHO.format(which="s.digest = :digest"))
_VISITORS = text(_WHO.format(which="s.id = ANY(:ids)"))
