"""What changed of resources after a cursor, for systems that ask now and then and do not follow the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from geodata.store import changes
from geodata.store.database import Database

LINES = 50_000
"""Of the log that one answer looks through; positions are most of them."""

_NOW = text("""
    SELECT id, body FROM fact
    WHERE kind = 'resource' AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
""")
_SINCE = text("""
    SELECT DISTINCT ON (ref) ref, body FROM change
    WHERE seq > :since AND seq <= :upto AND room = ANY(cast(:rooms AS text[])) AND starts_with(ref, :prefix)
    ORDER BY ref, seq DESC
""")


@dataclass(frozen=True, slots=True)
class Changed:
    """Bodies by id; None for a resource that is gone or out of sight. `whole`: these are all there are, forget what
    you had. `more`: ask again at once."""

    cursor: int
    whole: bool
    more: bool
    bodies: dict[str, dict[str, Any] | None]


async def since(database: Database, cursor: int | None, rooms: Collection[str], *, origin: str) -> Changed:
    """All resources of these rooms without a cursor or with one that the log no longer holds. Raises
    StoreUnavailable."""
    bounds = await changes.bounds(database)
    asked = database.asked(rooms)
    if cursor is None or not bounds.holds(cursor):
        async with database.reading(rooms) as connection:
            rows = await connection.execute(_NOW, {"origin": origin, "rooms": asked})
            # The cursor was read before the bodies: what changed between comes once more, and nothing is missed.
            return Changed(bounds.newest, True, False, {row.id: row.body for row in rows})
    upto = min(bounds.newest, cursor + LINES)
    prefix = f"{origin}/resource/"
    given = {"since": cursor, "upto": upto, "rooms": asked, "prefix": prefix}
    async with database.reading(rooms) as connection:
        found = {row.ref.removeprefix(prefix): row.body for row in await connection.execute(_SINCE, given)}
    return Changed(upto, False, upto < bounds.newest, found)
