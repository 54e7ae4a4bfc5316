"""What the report reads: custodies of a time and the names of who had them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import text

from geodata.store.database import Database

MOST = 2_000

_NAMES = text("SELECT id, name FROM person WHERE id = ANY(cast(:people AS text[]))")
_OVER = text("""
    SELECT id, body FROM fact
    WHERE kind = 'custody' AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
      AND (cast(:id AS text) IS NULL OR id = :id)
      AND (cast(:until AS timestamptz) IS NULL OR (body #>> '{history,0,at}')::timestamptz <= :until)
      AND (cast(:since AS timestamptz) IS NULL OR (body #>> '{history,-1,at}')::timestamptz >= :since)
    ORDER BY body #>> '{history,0,at}', id LIMIT :most
""")


async def custodies(
    database: Database,
    rooms: Collection[str],
    *,
    origin: str,
    id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[tuple[str, dict[str, Any]]]:
    """Those that something happened to in this time, oldest first."""
    given = {"origin": origin, "rooms": database.asked(rooms), "id": id, "since": since, "until": until, "most": MOST}
    async with database.reading(rooms) as connection:
        return [(row.id, row.body) for row in await connection.execute(_OVER, given)]


async def names(database: Database, people: Collection[str]) -> dict[str, str]:
    """Of those whose account still holds one."""
    async with database.reading() as connection:
        return {row.id: row.name for row in await connection.execute(_NAMES, {"people": list(people)})}
