"""Sessions and sign-in links. Secrets are random and only their SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from geodata.store.database import Database

LINK_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    person: str
    purpose: str


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def make_link(database: Database, person: str) -> str:
    """The secret of a link that signs this person in once, within a day."""
    secret = secrets.token_urlsafe(24)
    async with database.reading() as connection:
        await connection.execute(text("DELETE FROM sign_in_link WHERE expires_at < now()"))
        await connection.execute(
            text("INSERT INTO sign_in_link VALUES (:digest, :person, now() + :lifetime)"),
            {"digest": _digest(secret), "person": person, "lifetime": LINK_LIFETIME},
        )
    return secret


async def use_link(database: Database, secret: str, lifetime: timedelta) -> str | None:
    """The secret of a new session, or None if the link is unknown, used or too old. A link works once."""
    session = secrets.token_urlsafe(32)
    async with database.transaction("sign-in") as tx:
        used = text("DELETE FROM sign_in_link WHERE digest = :digest AND expires_at > now() RETURNING person")
        person = (await tx.connection.execute(used, {"digest": _digest(secret)})).scalar()
        if person is None:
            return None
        await tx.connection.execute(_OPEN, _session(session, person, "browser", lifetime))
    return session


async def make_token(database: Database, name: str, lifetime: timedelta) -> str:
    """The secret with which a program (a sensor bridge) writes under this name."""
    secret = secrets.token_urlsafe(32)
    async with database.reading() as connection:
        await connection.execute(_OPEN, _session(secret, name, "token", lifetime))
    return secret


async def session_of(database: Database, secret: str) -> Session | None:
    statement = text("SELECT id, person, purpose FROM session WHERE digest = :digest AND expires_at > now()")
    async with database.reading() as connection:
        row = (await connection.execute(statement, {"digest": _digest(secret)})).one_or_none()
    return Session(row.id, row.person, row.purpose) if row else None


async def close_session(database: Database, session_id: str) -> None:
    async with database.reading() as connection:
        await connection.execute(text("DELETE FROM session WHERE id = :id"), {"id": session_id})


_OPEN = text("""
    INSERT INTO session (digest, id, person, purpose, expires_at)
    VALUES (:digest, :id, :person, :purpose, now() + :lifetime)
""")


def _session(secret: str, person: str, purpose: str, lifetime: timedelta) -> dict[str, object]:
    return {
        "digest": _digest(secret),
        "id": str(uuid.uuid4()),
        "person": person,
        "purpose": purpose,
        "lifetime": lifetime,
    }
