"""The audit trail. It names people by id only, so that it can stay when somebody is erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.store.database import Database
from service.access.visitor import Visitor

_ADD = text("""
    INSERT INTO audit (person, session, action, subject, detail)
    VALUES (:person, :session, :action, :subject, cast(:detail AS jsonb))
""")

_READ = text("""
    SELECT id, at, person, session, action, subject, detail FROM audit
    WHERE (cast(:before AS bigint) IS NULL OR id < :before)
      AND (cast(:subject AS text) IS NULL OR subject = :subject)
      AND (cast(:person AS text) IS NULL OR person = :person)
    ORDER BY id DESC LIMIT :limit
""")


async def note(
    connection: AsyncConnection, who: Visitor, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """One line in the transaction of the change itself. `subject` is `kind:id`; `detail` holds no names and no secrets:
    say which fields changed, not what they say."""
    given = {
        "person": who.person or "-", "session": who.session_id, "action": action, "subject": subject,
        "detail": orjson.dumps(dict(detail)).decode() if detail else None,
    }  # fmt: skip
    await connection.execute(_ADD, given)


async def note_reading(
    database: Database, who: Visitor, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """One line before personal data leaves. Raises StoreUnavailable; then nothing may be shown."""
    async with database.reading() as connection:
        await note(connection, who, action, subject, detail)


async def page(
    database: Database, *, before: int | None, limit: int, subject: str | None = None, person: str | None = None
) -> list[dict[str, Any]]:
    """The newest lines first."""
    given = {"before": before, "limit": limit, "subject": subject, "person": person}
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(_READ, given)).mappings()]
