"""What alarms of an incident did, as far as the operations logs of its staffs do not say it yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.incident import IncidentMode

TOLD = ("PROPOSED", "STARTED", "REACHED", "EXHAUSTED", "STOPPED", "CANCELLED")
"""Of the protocol of an alarm; the rest of it can be read there."""
PAGE = 500

# Each change of an alarm sets `dirty_at`. A staff that came after its end hears nothing of it; a closed one writes no
# more.
_LAST = "coalesce(greatest(a.dirty_at, a.shown_at), a.started_at)"
_UNTOLD = text(f"""
    SELECT s.id AS staff, a.id, a.mode, a.code, a.said ->> 'title' AS title, a.plan -> 'quota' ->> 'total' AS wanted,
           act ->> 'what' AS what, act ->> 'said' AS said, cast(act ->> 'at' AS timestamptz) AS at,
           'alarm ' || a.id || ' ' || (act ->> 'what') || ' ' || (act ->> 'at') AS cause
    FROM alarm a
    JOIN staff s ON s.incident = a.said ->> 'incident' AND s.closed_at IS NULL
    JOIN room own ON own.id = s.room AND own.closed_at IS NULL
    CROSS JOIN jsonb_array_elements(coalesce(a.course -> 'protocol', '[]')) act
    WHERE {_LAST} > clock_timestamp() - cast(:within AS interval) AND {_LAST} >= s.created_at
      AND act ->> 'what' = ANY(cast(:told AS text[]))
      AND NOT EXISTS (SELECT FROM journal_line l WHERE l.staff = s.id
                      AND l.cause = 'alarm ' || a.id || ' ' || (act ->> 'what') || ' ' || (act ->> 'at'))
    ORDER BY at, a.id, s.id LIMIT {PAGE}
""")


@dataclass(frozen=True, slots=True)
class Untold:
    """One act of the alarm `id` for the log of one staff. `wanted` is how many people the quota asks for, `said` what
    the protocol adds; `cause` names the act for good."""

    staff: str
    id: str
    mode: IncidentMode
    code: str
    title: str
    wanted: int
    what: str
    said: str | None
    at: datetime
    cause: str


async def untold(connection: AsyncConnection, within: timedelta) -> list[Untold]:
    """Oldest first, of alarms in which something happened within this time by the clock of the database."""
    rows = await connection.execute(_UNTOLD, {"within": within, "told": list(TOLD)})
    return [
        Untold(
            row.staff, row.id, IncidentMode(row.mode), row.code, row.title or "", int(row.wanted or 0), row.what,
            row.said, row.at, row.cause,
        )
        for row in rows
    ]  # fmt: skip
