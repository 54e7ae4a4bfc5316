"""Who has been asked in an exercise and has not answered yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from geodata.store.database import Database

_ASKED = text("""
    SELECT r.alarm, r.helper, r.notified_at
    FROM alarm_recipient r JOIN alarm a ON a.id = r.alarm JOIN helper h ON h.id = r.helper
    WHERE a.mode = 'EXERCISE' AND a.ended_at IS NULL AND r.answer IS NULL AND r.notified_at IS NOT NULL
      AND h.organisation = ANY(cast(:organisations AS text[]))
    ORDER BY r.notified_at LIMIT 1000
""")


@dataclass(frozen=True, slots=True)
class Asked:
    alarm: str
    helper: str
    notified_at: datetime


async def asked(database: Database, organisations: Collection[str]) -> list[Asked]:
    """At most 1,000 people of these organisations, those first who were notified first."""
    async with database.reading() as connection:
        rows = await connection.execute(_ASKED, {"organisations": list(organisations)})
        return [Asked(row.alarm, row.helper, row.notified_at) for row in rows]
