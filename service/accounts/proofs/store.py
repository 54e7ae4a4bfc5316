"""Passwords, passkeys, identities and challenges."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.store.database import Database, Transaction
from service.access.store import digest

_BY_LOGIN = text("""
    SELECT p.id, p.active, w.hash FROM person p LEFT JOIN password w ON w.person = p.id WHERE p.login = :login
""")
_SET_PASSWORD = text("""
    INSERT INTO password (person, hash) VALUES (:person, :hash)
    ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, changed_at = now()
""")
_ADD_PASSKEY = text("""
    INSERT INTO passkey (credential, person, public_key, sign_count, name)
    VALUES (:credential, :person, :public_key, :sign_count, :name) ON CONFLICT (credential) DO NOTHING
""")
_PASSKEY = text("""
    SELECT k.credential, k.person, k.public_key, k.sign_count FROM passkey k JOIN person p ON p.id = k.person
    WHERE k.credential = :credential AND p.active FOR UPDATE OF k
""")
_PASSKEYS = text("""
    SELECT credential, name, created_at, used_at FROM passkey WHERE person = :person ORDER BY created_at
""")
_IDENTITY = text("""
    SELECT p.id, p.active, p.waiting FROM identity i JOIN person p ON p.id = i.person
    WHERE i.issuer = :issuer AND i.subject = :subject
""")
_TAKE = text("""
    DELETE FROM challenge WHERE digest = :digest AND purpose = :purpose AND expires_at > now()
    RETURNING person, content
""")


async def password_of(database: Database, login: str) -> tuple[str, bool, str | None] | None:
    """Person, whether active, and hash of the password if there is one."""
    async with database.reading() as connection:
        row = (await connection.execute(_BY_LOGIN, {"login": login})).one_or_none()
    return (row.id, row.active, row.hash) if row else None


async def hash_of(connection: AsyncConnection, person: str) -> str | None:
    statement = text("SELECT hash FROM password WHERE person = :person")
    found: str | None = (await connection.execute(statement, {"person": person})).scalar()
    return found


async def set_password(tx: Transaction, person: str, hash: str) -> None:
    await tx.connection.execute(_SET_PASSWORD, {"person": person, "hash": hash})


async def add_passkey(
    tx: Transaction, person: str, *, credential: bytes, public_key: bytes, sign_count: int, name: str
) -> bool:
    """False if this credential is known already."""
    given = {
        "credential": credential, "person": person, "public_key": public_key, "sign_count": sign_count, "name": name,
    }  # fmt: skip
    return bool((await tx.connection.execute(_ADD_PASSKEY, given)).rowcount)


async def passkey(tx: Transaction, credential: bytes) -> Any | None:
    """The passkey of an active person, locked until the end of the transaction."""
    return (await tx.connection.execute(_PASSKEY, {"credential": credential})).one_or_none()


async def passkey_used(tx: Transaction, credential: bytes, sign_count: int) -> None:
    statement = text("UPDATE passkey SET sign_count = :count, used_at = now() WHERE credential = :credential")
    await tx.connection.execute(statement, {"credential": credential, "count": sign_count})


async def passkeys(database: Database, person: str) -> list[dict[str, Any]]:
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(_PASSKEYS, {"person": person})).mappings()]


async def remove_passkey(tx: Transaction, person: str, credential: bytes) -> bool:
    statement = text("DELETE FROM passkey WHERE person = :person AND credential = :credential")
    return bool((await tx.connection.execute(statement, {"person": person, "credential": credential})).rowcount)


async def identity(connection: AsyncConnection, issuer: str, subject: str) -> Any | None:
    """The person this identity belongs to: id, active, waiting."""
    return (await connection.execute(_IDENTITY, {"issuer": issuer, "subject": subject})).one_or_none()


async def lock_identity(tx: Transaction, issuer: str, subject: str) -> None:
    """Nobody else binds it until the end of the transaction: two tabs must not make two people."""
    statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:identity, 7202111))")
    await tx.connection.execute(statement, {"identity": f"{issuer} {subject}"})


async def bind_identity(tx: Transaction, person: str, issuer: str, subject: str) -> None:
    statement = text("INSERT INTO identity (issuer, subject, person) VALUES (:issuer, :subject, :person)")
    await tx.connection.execute(statement, {"issuer": issuer, "subject": subject, "person": person})


async def identities(database: Database, person: str) -> list[dict[str, Any]]:
    statement = text("SELECT issuer, subject, created_at FROM identity WHERE person = :person ORDER BY created_at")
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(statement, {"person": person})).mappings()]


async def challenge(
    database: Database, purpose: str, content: dict[str, Any], *, person: str | None = None, lifetime: timedelta
) -> str:
    """The secret with which this challenge is taken up again, once and within its lifetime."""
    secret = secrets.token_urlsafe(24)
    statement = text("""
        INSERT INTO challenge (digest, purpose, person, content, expires_at)
        VALUES (:digest, :purpose, :person, cast(:content AS jsonb), now() + :lifetime)
    """)
    given = {
        "digest": digest(secret), "purpose": purpose, "person": person, "content": orjson.dumps(content).decode(),
        "lifetime": lifetime,
    }  # fmt: skip
    async with database.reading() as connection:
        await connection.execute(statement, given)
    return secret


async def take_challenge(database: Database, purpose: str, secret: str) -> tuple[str | None, dict[str, Any]] | None:
    """Person and content, or None if unknown, used, too old or made for something else. Nobody takes it twice."""
    async with database.reading() as connection:
        row = (await connection.execute(_TAKE, {"digest": digest(secret), "purpose": purpose})).one_or_none()
    return (row.person, row.content) if row else None


async def counts(database: Database) -> dict[str, int]:
    """How many active people can sign in by each method."""
    statement = text("""
        SELECT (SELECT count(*) FROM password w JOIN person p ON p.id = w.person WHERE p.active) AS password,
               (SELECT count(DISTINCT k.person) FROM passkey k JOIN person p ON p.id = k.person WHERE p.active)
                   AS passkey,
               (SELECT count(DISTINCT i.person) FROM identity i JOIN person p ON p.id = i.person WHERE p.active)
                   AS oidc
    """)
    async with database.reading() as connection:
        return dict((await connection.execute(statement)).mappings().one())
