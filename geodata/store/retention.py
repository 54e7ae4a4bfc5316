"""Letting go of what is old: the tail of the log, months of observations, idempotency keys.

Safe beside writers and readers: partitions are detached without locking anybody out and dropped afterwards; a crash
between the two leaves a detached table or a detachment half done, and both are tidied up by the next sweep.

Only a whole prefix of the log is ever removed and its newest change never is, so `bounds().holds(cursor)` stays true
for every follower that has missed nothing and is false for the others, who start over with a fresh picture.
From the middle only positions go that a newer one has replaced (`thin_tracks`): whoever follows gets the newer one.
Before lines go, the last one of each thing among them is kept as the picture of that moment (`checkpoint_fact`), so
that `history` still knows what had not changed since.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.store import doubts, partitions
from geodata.store.database import Database

KEYS_KEPT = timedelta(hours=48)
"""How long a repeated request with the same idempotency key is recognised."""

LINES_AT_ONCE = 20_000

# Lines are stamped under the log's lock, so time grows with the number and the first young line ends the old ones.
_FIRST_KEPT = text("""
    SELECT coalesce((SELECT seq FROM change WHERE at >= :before ORDER BY seq LIMIT 1), (SELECT max(seq) FROM change))
""")

_LINES = text("""
    DELETE FROM change WHERE seq >= :low AND seq < :high
""")

# Committed before the first line goes. What a crash leaves of the lines after that says the same as the checkpoint.
_CHECKPOINT = text("""
    WITH last AS MATERIALIZED (
        SELECT DISTINCT ON (ref) ref, op, room, provenance, body, extent FROM change WHERE seq < :first_kept
        ORDER BY ref, seq DESC
    ), gone AS (
        DELETE FROM checkpoint_fact k USING last WHERE k.ref = last.ref AND last.op = 'drop'
    ), put AS (
        INSERT INTO checkpoint_fact (ref, room, provenance, body, extent)
        SELECT ref, room, provenance, body, extent FROM last WHERE op = 'put'
        ON CONFLICT (ref) DO UPDATE SET
            room = excluded.room, provenance = excluded.provenance, body = excluded.body, extent = excluded.extent
    )
    INSERT INTO checkpoint (seq, at)
    SELECT seq, at FROM change WHERE seq < :first_kept ORDER BY seq DESC LIMIT 1
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, at = excluded.at
""")

# A position that a newer one has replaced; the newest of each resource stays, whatever its age.
_TRACKS = text("""
    DELETE FROM change c
    WHERE c.at < :before AND c.at >= :since AND c.op = 'put' AND split_part(c.ref, '/', 2) = 'position'
      AND EXISTS (SELECT 1 FROM change n WHERE n.ref = c.ref AND n.seq > c.seq)
""")
_OLDEST_AT = text("SELECT at FROM change ORDER BY at, seq LIMIT 1")

_OLDEST = text("SELECT min(seq) FROM change")
_KEYS = text("DELETE FROM idempotency WHERE at < :before")

_TABLES = text("""
    SELECT c.relname AS name, i.inhparent IS NOT NULL AS attached, coalesce(i.inhdetachpending, false) AS pending
    FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname ~ :pattern
    ORDER BY c.relname
""")

_NAMES = {"observation": r"^observation_\d{4}_\d{2}$", "change": r"^change_\d+$"}


@dataclass(frozen=True, slots=True)
class Removed:
    """What a sweep let go. `partitions` are names of tables; their lines are not counted in `changes`. `tracks` are
    positions that newer ones had replaced."""

    partitions: list[str]
    changes: int
    keys: int
    tracks: int = 0


async def sweep(
    database: Database,
    *,
    now: datetime,
    shown: datetime,
    changes: timedelta,
    observations: timedelta,
    tracks: timedelta = timedelta(hours=24),
) -> Removed:
    """Remove what is older than these ages, and make the partitions that come next.

    `now` is the wall clock, by which the log and the keys are stamped; `shown` is the clock of the picture, by which
    measured values are (in an exercise of 2021 they are not old). Raises StoreUnavailable; another sweep goes on.
    """
    await partitions.ensure_ahead(database.engine, shown)
    gone = await drop_observations(database, shown - observations)
    dropped, lines = await drop_changes(database, now - changes)
    thinned = await thin_tracks(database, now - tracks)
    return Removed(gone + dropped, lines, await expire_keys(database, now - KEYS_KEPT), thinned)


async def drop_observations(database: Database, before: datetime) -> list[str]:
    """Drop the months that ended before the moment; names of the tables."""
    kept = partitions.observation_partition(partitions.month_of(before))
    async with _alone(database) as connection:
        gone = await _drop(connection, "observation", lambda name: name < kept)
        month = partitions.month_of(before)
        await doubts.forget_old(connection, datetime(month.year, month.month, 1, tzinfo=UTC))
    partitions.forget(database.engine)
    return gone


async def drop_changes(database: Database, before: datetime) -> tuple[list[str], int]:
    """Drop the log's lines from before the moment, except the newest line: whole partitions, then single lines.

    Returns the names of the partitions and the number of single lines."""
    async with _alone(database) as connection:
        first_kept = (await connection.execute(_FIRST_KEPT, {"before": before})).scalar()
        if first_kept is None:
            return [], 0
        await connection.execute(_CHECKPOINT, {"first_kept": first_kept})
        number = first_kept // partitions.CHANGES_PER_PARTITION
        gone = await _drop(connection, "change", lambda name: int(name.removeprefix("change_")) < number)
        lines = 0
        low = (await connection.execute(_OLDEST)).scalar() or first_kept
        while low < first_kept:
            # From the oldest on and a few at a time: whenever this stops, what is left is still without a gap.
            high = min(low + LINES_AT_ONCE, first_kept)
            lines += (await connection.execute(_LINES, {"low": low, "high": high})).rowcount
            low = high
    return gone, lines


async def thin_tracks(database: Database, before: datetime) -> int:
    """Forget where resources were before the moment; where each was last stays. How many positions went.

    Tracks of vehicles are tracks of people. An hour at a time, so that nobody waits long for the rows."""
    gone = 0
    async with _alone(database) as connection:
        since = (await connection.execute(_OLDEST_AT)).scalar()
        while since is not None and since < before:
            until = min(since + timedelta(hours=1), before)
            gone += (await connection.execute(_TRACKS, {"since": since, "before": until})).rowcount
            since = until
    return gone


async def expire_keys(database: Database, before: datetime) -> int:
    async with database.reading() as connection:
        return (await connection.execute(_KEYS, {"before": before})).rowcount


async def _drop(connection: AsyncConnection, parent: str, due: Callable[[str], bool]) -> list[str]:
    """Detach and drop the partitions that are due, oldest first."""
    tables = (await connection.execute(_TABLES, {"pattern": _NAMES[parent]})).all()
    gone = []
    for table in sorted(tables, key=lambda t: (len(t.name), t.name)):
        if not due(table.name):
            continue
        if table.attached:
            how = "FINALIZE" if table.pending else "CONCURRENTLY"
            await connection.execute(text(f"ALTER TABLE {parent} DETACH PARTITION {table.name} {how}"))
        await connection.execute(text(f"DROP TABLE {table.name}"))
        gone.append(table.name)
    return gone


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection outside of transactions, with one sweep at a time over all processes."""
    async with database.reading() as connection:
        key = {"key": partitions.SWEEP_LOCK}
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        try:
            yield connection
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
