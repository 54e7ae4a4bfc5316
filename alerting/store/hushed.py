"""Quiet hours of people, and calls that are held back until they end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.availability import Quiet, quiet_until
from geodata.model.body import from_body

_UNMADE = text("""
    SELECT c.alarm, c.helper, c.state, c.tries, c.due_at, h.availability, q.body ->> 'quiet_from' AS quiet_from,
           q.body ->> 'quiet_until' AS quiet_to
    FROM jsonb_to_recordset(cast(:given AS jsonb)) AS g (alarm text, helper text)
    JOIN alarm_recipient r ON r.alarm = g.alarm AND r.helper = g.helper
    JOIN alarm_call c ON c.alarm = r.alarm AND c.helper = r.helper AND c.step = r.step AND c.round = r.round
                     AND c.kind = 'INFO' AND c.state IN ('QUEUED', 'SENDING')
    JOIN helper h ON h.id = c.helper
    LEFT JOIN fact q ON q.kind = 'roster' AND q.id = h.organisation AND q.room = h.room
        AND NOT EXISTS (SELECT FROM peer_copy p WHERE p.ref = q.ref)
""")

_HELD = text("""
    SELECT jsonb_build_object('quiet', h.availability -> 'quiet') AS availability, max(c.due_at) AS due_at,
           q.body ->> 'quiet_from' AS quiet_from, q.body ->> 'quiet_until' AS quiet_to
    FROM alarm_call c JOIN helper h ON h.id = c.helper
    LEFT JOIN fact q ON q.kind = 'roster' AND q.id = h.organisation AND q.room = h.room
        AND NOT EXISTS (SELECT FROM peer_copy p WHERE p.ref = q.ref)
    WHERE c.alarm = :alarm AND c.kind = 'INFO' AND c.state IN ('QUEUED', 'SENDING')
    GROUP BY 1, 3, 4
""")


def quiet_of(row: Any, now: datetime) -> datetime | None:
    """When the person's quiet hours end, his own or those of his roster; None if it is not quiet for him now. `row` has
    `availability, quiet_from, quiet_to`."""
    own = (row.availability or {}).get("quiet")
    if own:
        return quiet_until(from_body(own, Quiet), now)
    return quiet_until(Quiet(row.quiet_from or Quiet().begins, row.quiet_to or Quiet().ends), now)


async def held_until(connection: AsyncConnection, alarm: str, now: datetime) -> datetime | None:
    """When the last of the alarm's calls may be made, or could have been made, that were held back and are not made
    yet; None if none is."""
    rows = await connection.execute(_HELD, {"alarm": alarm})
    return max((until for row in rows if (until := quiet_of(row, now) or _over_at(row)) is not None), default=None)


async def unmade(
    connection: AsyncConnection, people: Collection[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], datetime]:
    """Of these people (alarm and person), whose call that can wait has not been made yet or not been taken and is made
    once more: when it may be. By day nobody waits for a repetition."""
    given = orjson.dumps([{"alarm": alarm, "helper": helper} for alarm, helper in sorted(people)]).decode()
    rows = await connection.execute(_UNMADE, {"given": given})
    found: dict[tuple[str, str], datetime] = {}
    for row in rows:
        if (at := _makes(row, now)) is not None:
            found[row.alarm, row.helper] = max(at, found.get((row.alarm, row.helper), at))
    return found


def _makes(row: Any, now: datetime) -> datetime | None:
    if (until := quiet_of(row, now)) is not None or row.state == "SENDING":
        return until
    due: datetime = row.due_at
    return _over_at(row) or (due if row.tries == 0 else None)


def _over_at(row: Any) -> datetime | None:
    """When the quiet hours end in which the call was due. What is held back is due at their very end: it is quiet just
    before."""
    return quiet_of(row, row.due_at - timedelta(microseconds=1))
