"""Quiet hours of people, and calls that are held back until they end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.availability import Quiet, quiet_until
from geodata.model.body import from_body

_UNMADE = text("""
    SELECT c.alarm, c.helper, c.due_at, h.availability, q.body ->> 'quiet_from' AS quiet_from,
           q.body ->> 'quiet_until' AS quiet_to
    FROM jsonb_to_recordset(cast(:given AS jsonb)) AS g (alarm text, helper text)
    JOIN alarm_recipient r ON r.alarm = g.alarm AND r.helper = g.helper
    JOIN alarm_call c ON c.alarm = r.alarm AND c.helper = r.helper AND c.step = r.step AND c.round = r.round
                     AND c.kind = 'INFO' AND c.state = 'QUEUED' AND c.tries = 0
    JOIN helper h ON h.id = c.helper
    LEFT JOIN fact q ON q.kind = 'roster' AND q.id = h.organisation AND q.room = h.room
        AND NOT EXISTS (SELECT FROM peer_copy p WHERE p.ref = q.ref)
""")


def quiet_of(row: Any, now: datetime) -> datetime | None:
    """When the person's quiet hours end, his own or those of his roster; None if it is not quiet for him now. `row` has
    `availability, quiet_from, quiet_to`."""
    own = (row.availability or {}).get("quiet")
    if own:
        return quiet_until(from_body(own, Quiet), now)
    return quiet_until(Quiet(row.quiet_from or Quiet().begins, row.quiet_to or Quiet().ends), now)


async def unmade(
    connection: AsyncConnection, people: Collection[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], datetime]:
    """Of these people (alarm and person), whose call that can wait has not been made yet: when it may be."""
    given = orjson.dumps([{"alarm": alarm, "helper": helper} for alarm, helper in sorted(people)]).decode()
    rows = await connection.execute(_UNMADE, {"given": given})
    return {(row.alarm, row.helper): quiet_of(row, now) or row.due_at for row in rows}
