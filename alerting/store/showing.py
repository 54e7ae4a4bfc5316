"""Facts of alarms that lag behind, brought up to date: the first change at once, then each at most so often."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store import counting, course
from geodata.store.database import Transaction

EVERY = 0.33
"""Seconds between two versions of the same alarm's fact."""

# Whoever takes it says so at once: no other worker counts the same alarm now.
_TAKE = text(f"""
    UPDATE alarm SET shown_at = clock_timestamp() WHERE id = (
        SELECT id FROM alarm
        WHERE dirty_at IS NOT NULL
          AND (shown_at IS NULL OR shown_at <= clock_timestamp() - make_interval(secs => {EVERY}))
        ORDER BY shown_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, dirty_at
""")
_CLEAN = text("UPDATE alarm SET dirty_at = NULL WHERE id = :id AND dirty_at = :seen")
_WAIT = text(rf"""
    SELECT extract(epoch FROM min(shown_at) + make_interval(secs => {EVERY}) - clock_timestamp())\:\:float8
    FROM alarm WHERE dirty_at IS NOT NULL
""")


async def take(tx: Transaction) -> tuple[str, datetime] | None:
    """The alarm whose fact lags behind longest and may be shown now, and the mark of its last change."""
    row = (await tx.connection.execute(_TAKE)).one_or_none()
    return (row.id, row.dirty_at) if row else None


async def refresh(tx: Transaction, id: str, seen: datetime, *, origin: str, now: datetime) -> None:
    """Bring its fact up to date. It is counted before it is locked, since answers wait for the lock; if somebody has
    decided about it meanwhile, it is left to the next turn."""
    read = await course.look(tx.connection, id)
    counted = await counting.count(tx.connection, read, now)
    held = await course.take(tx.connection, id)
    if held == read:
        await tx.connection.execute(_CLEAN, {"id": id, "seen": seen})
        counting.put(tx, held, counted, origin=origin, now=now)


async def wait(connection: AsyncConnection) -> float | None:
    """Seconds until the next one may be shown; None: none lags behind."""
    seconds = (await connection.execute(_WAIT)).scalar()
    return None if seconds is None else min(max(float(seconds), 0.02), EVERY)
