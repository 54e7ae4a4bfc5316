"""Partitions made before they are needed: a month (UTC) of observations each, ten million changes each.

A partition is created beside the table and then attached: that blocks neither readers nor writers, where
`CREATE TABLE … PARTITION OF` would lock everybody out. It happens in a transaction of its own, so that a batch which
fails later does not take it away again. A table that retention had detached and a crash left behind is attached again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CHANGES_PER_PARTITION = 10_000_000
SPARE = 2
PARTITION_LOCK = 7_202_108
SWEEP_LOCK = 7_202_109

_months: WeakKeyDictionary[Engine, set[date]] = WeakKeyDictionary()

_ATTACHED = text("""
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = cast(:parent AS regclass) AND NOT i.inhdetachpending
""")

_NEWEST = text("SELECT last_value FROM pg_sequences WHERE sequencename = 'change_seq_seq'")


def month_of(at: datetime) -> date:
    """The first day of the month, in UTC, that holds the moment."""
    return at.astimezone(UTC).date().replace(day=1)


def following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def observation_partition(month: date) -> str:
    return f"observation_{month:%Y_%m}"


async def attached(connection: AsyncConnection, parent: str) -> set[str]:
    """Names of the partitions in use; one that is being detached does not count."""
    return set((await connection.execute(_ATTACHED, {"parent": parent})).scalars())


async def ensure_months(engine: AsyncEngine, months: Collection[date]) -> None:
    """Observation partitions for these months (first days). Asks the database only for months not seen before."""
    known = _months.setdefault(engine.sync_engine, set())
    missing = sorted(set(months) - known)
    if not missing:
        return
    async with engine.begin() as connection:
        await _lock(connection)
        there = await attached(connection, "observation")
        for month in missing:
            low, high = (f"'{day:%Y-%m-%d} 00:00:00+00'" for day in (month, following(month)))
            await _add(connection, "observation", observation_partition(month), there, low, high)
    known.update(missing)


async def ensure_changes(engine: AsyncEngine, newest: int | None = None) -> int:
    """The partition of the newest change and the spare ones after it; returns the first number without a partition.

    Without `newest` the log's sequence is asked."""
    async with engine.begin() as connection:
        await _lock(connection)
        if newest is None:
            newest = (await connection.execute(_NEWEST)).scalar() or 0
        there = await attached(connection, "change")
        first = newest // CHANGES_PER_PARTITION
        for number in range(first, first + 1 + SPARE):
            low, high = number * CHANGES_PER_PARTITION, (number + 1) * CHANGES_PER_PARTITION
            await _add(connection, "change", f"change_{number}", there, str(low), str(high))
    return (first + 1 + SPARE) * CHANGES_PER_PARTITION


async def ensure_ahead(engine: AsyncEngine, now: datetime) -> None:
    """Everything the coming weeks need: this month, the next one, and spare room in the log."""
    month = month_of(now)
    await ensure_months(engine, [month, following(month)])
    await ensure_changes(engine)


def forget(engine: AsyncEngine) -> None:
    """Ask again next time: somebody may have removed a partition."""
    _months.pop(engine.sync_engine, None)


async def _lock(connection: AsyncConnection) -> None:
    # A sweep that detaches a partition may wait for the very transaction that waits for us: give up before it does.
    await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PARTITION_LOCK})


async def _add(connection: AsyncConnection, parent: str, name: str, there: set[str], low: str, high: str) -> None:
    if name in there:
        return
    # Not INCLUDING ALL: the identity column counts for the whole log, never for one partition.
    like = f"LIKE {parent} INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING CONSTRAINTS INCLUDING STORAGE"
    await connection.execute(text(f"CREATE TABLE IF NOT EXISTS {name} ({like})"))
    await connection.execute(text(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})"))
