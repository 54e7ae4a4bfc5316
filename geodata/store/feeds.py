"""The state of each source as a fact, and what was kept aside from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import tables as t
from geodata.store.database import Database, Transaction

_KEEP = text("""
    INSERT INTO raw_item AS r (feed, item, reason, raw, first_seen, last_seen)
    SELECT :feed, item, reason, raw, :now, :now
    FROM unnest(cast(:item AS text[]), cast(:reason AS text[]), cast(:raw AS text[])) AS g (item, reason, raw)
    ON CONFLICT (feed, item, reason) DO UPDATE SET last_seen = :now, raw = excluded.raw, times = r.times + 1
""")


def report(tx: Transaction, origin: str, name: str, body: dict[str, Any], now: datetime) -> None:
    """Put the source's health; `body` is a FeedHealth as JSON."""
    tx.put(Fact(Ref(origin, "feed", name), PUBLIC, Provenance(name, now, now, Confidence.CONFIRMED), body))


async def bodies(database: Database) -> dict[str, dict[str, Any]]:
    """The last reported health of each of our sources by its name; what partners tell of theirs is never public."""
    async with database.reading() as connection:
        rows = await connection.execute(
            select(t.fact.c.id, t.fact.c.body).where(t.fact.c.kind == "feed", t.fact.c.room == PUBLIC)
        )
        return {row.id: row.body for row in rows}


async def keep_aside(tx: Transaction, feed: str, dropped: Sequence[tuple[str, str, str]], now: datetime) -> None:
    """Items that could not be used, as (item, reason, raw excerpt); the same one again is counted, not doubled."""
    unique = {(item[:300], reason[:300]): raw[:4000].replace("\x00", "") for item, reason, raw in dropped}
    if unique:
        columns = {
            "item": [i for i, _ in unique],
            "reason": [r for _, r in unique],
            "raw": list(unique.values()),
        }
        await tx.connection.execute(_KEEP, {"feed": feed, "now": now, **columns})


async def aside_since(database: Database, feed: str, since: datetime, most: int = 12) -> dict[str, int]:
    """How often each of the commonest reasons was met by items that were last seen after the moment."""
    statement = text("""
        SELECT reason, sum(times)::int8 AS times FROM raw_item WHERE feed = :feed AND last_seen > :since
        GROUP BY reason ORDER BY times DESC, reason LIMIT :most
    """)
    async with database.reading() as connection:
        rows = await connection.execute(statement, {"feed": feed, "since": since, "most": most})
        return {row.reason: row.times for row in rows}


async def kept_aside(database: Database, feed: str, limit: int = 100) -> list[dict[str, Any]]:
    statement = select(t.raw_item).where(t.raw_item.c.feed == feed).order_by(t.raw_item.c.last_seen.desc()).limit(limit)
    async with database.reading() as connection:
        return [dict(row._mapping) for row in await connection.execute(statement)]
