"""The exercise clock survives a restart of the server."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from geodata.model.clock import ExerciseClock
from geodata.model.timeline import Setting, Timeline
from geodata.store import tables as t
from geodata.store.database import Database

_KEEP = text("""
    INSERT INTO exercise_clock (since, shown, speed, paused) VALUES (:since, :shown, :speed, :paused)
    ON CONFLICT (since) DO UPDATE SET shown = excluded.shown, speed = excluded.speed, paused = excluded.paused
""")
"""Every setting stays, so that a past moment of the picture is found by the time that was shown then."""


async def save(database: Database, scenario: str, clock: ExerciseClock) -> None:
    row = {
        "id": True,
        "scenario": scenario,
        "shown": clock.shown,
        "since": clock.since,
        "speed": clock.running_speed,
        "paused": clock.paused,
    }
    statement = insert(t.exercise).values(**row).on_conflict_do_update(index_elements=["id"], set_=row)
    async with database.reading() as connection:
        await connection.execute(statement)
        await connection.execute(_KEEP, row)


async def load(database: Database, scenario: str) -> ExerciseClock | None:
    """The clock as it was left, if the same scenario was running."""
    async with database.reading() as connection:
        row = (await connection.execute(select(t.exercise).where(t.exercise.c.scenario == scenario))).one_or_none()
    return ExerciseClock(row.shown, row.since, row.speed, row.paused) if row else None


async def current(database: Database) -> ExerciseClock | None:
    """The clock of whichever exercise runs on this database."""
    async with database.reading() as connection:
        row = (await connection.execute(select(t.exercise))).one_or_none()
    return ExerciseClock(row.shown, row.since, row.speed, row.paused) if row else None


async def timeline(database: Database) -> Timeline:
    """Which time was shown when; the wall's own where no exercise ever ran."""
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT since, shown, speed, paused FROM exercise_clock"))
        return Timeline([Setting(row.since, row.shown, 0.0 if row.paused else row.speed) for row in rows])


_ENDED = (
    "UPDATE assignment SET state = 'OFF', ends = now() WHERE state <> 'OFF'",
    "UPDATE staff SET closed_at = now() WHERE closed_at IS NULL",
    "UPDATE room SET closed_at = now() WHERE incident IS NOT NULL AND closed_at IS NULL",
)
"""Their incidents are gone with the facts; the journals of these staffs can still be verified."""


async def clear(database: Database) -> None:
    """An exercise starts from calm: no facts, no log, no readings, nobody on duty; land, people and journals stay.

    Sequence numbers go on and leave one out, so that a browser left over from the last exercise starts over, even
    one that had seen everything.
    """
    async with database.transaction("exercise") as tx:
        await tx.connection.execute(
            text(
                "TRUNCATE fact, change, series, observation, observation_doubt, latest, raw_item, idempotency, "
                "exercise, heartbeat, checkpoint, checkpoint_fact, exercise_clock, running_number"
            )
        )
        for ended in _ENDED:
            await tx.connection.execute(text(ended))
        await tx.connection.execute(text("SELECT nextval(pg_get_serial_sequence('change', 'seq'))"))
