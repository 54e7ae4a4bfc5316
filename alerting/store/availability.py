"""Who is free now, as columns beside each person: looked at again when it changes, by a loop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from alerting.model.availability import Availability, next_change, state_at
from geodata.model.body import from_body, to_body
from geodata.store.database import Database

PAGE = 500

# SKIP LOCKED: somebody edits him just now, and then writes all three columns anyway.
_DUE = text("""
    SELECT id, availability FROM helper WHERE available_next <= :now AND state <> 'ERASED'
    ORDER BY available_next LIMIT :page FOR UPDATE SKIP LOCKED
""")
_WRITE = text("""
    UPDATE helper h SET available = g.available, available_next = g.available_next
    FROM jsonb_to_recordset(cast(:given AS jsonb)) AS g (id text, available boolean, available_next timestamptz)
    WHERE h.id = g.id
""")


def read(body: Mapping[str, Any]) -> Availability:
    """Raises BadEdit, msgspec.ValidationError."""
    return from_body(dict(body), Availability)


def columns(availability: Availability, now: datetime) -> dict[str, Any]:
    """`availability` as JSON, `available`, `available_next`: what `helper` holds of it."""
    return {
        "availability": orjson.dumps(to_body(availability)).decode(),
        "available": state_at(availability, now).callable,
        "available_next": next_change(availability, now),
    }


async def refresh(database: Database, now: datetime) -> int:
    """How many people were looked at again, page by page; each page is a transaction."""
    seen = 0
    while True:
        async with database.transaction("availability") as tx:
            due = (await tx.connection.execute(_DUE, {"now": now, "page": PAGE})).all()
            if due:
                given = [{"id": row.id, **_short(read(row.availability), now)} for row in due]
                await tx.connection.execute(_WRITE, {"given": orjson.dumps(given).decode()})
        seen += len(due)
        if len(due) < PAGE:
            return seen


def _short(availability: Availability, now: datetime) -> dict[str, Any]:
    return {"available": state_at(availability, now).callable, "available_next": next_change(availability, now)}
