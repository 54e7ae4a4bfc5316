"""An exercise that starts anew leaves nobody on duty and no number used."""

from __future__ import annotations

from sqlalchemy import text

from geodata.store import exercises, things
from geodata.store.database import Database


async def test_a_new_exercise_ends_all_duties_and_counts_from_one(database: Database) -> None:
    async with database.transaction("x") as tx:
        await things.next_number(tx, "incident", "")
        for statement in (
            "INSERT INTO person (id, name) VALUES ('p', 'Anna')",
            "INSERT INTO room (id, name, incident) VALUES ('s-1', 'EL', 'i'), ('own', 'Dauerhaft', NULL)",
            "INSERT INTO staff (id, incident, name, model, room) VALUES ('s', 'i', 'EL', 'SAE', 's-1')",
            "INSERT INTO assignment (id, staff, function, person, state, starts) VALUES "
            "('a', 's', 'S2', 'p', 'ON_DUTY', now())",
        ):
            await tx.connection.execute(text(statement))
    await exercises.clear(database)
    async with database.transaction("x") as tx:
        assert (await tx.connection.execute(text("SELECT state FROM assignment"))).scalar() == "OFF"
        assert (await tx.connection.execute(text("SELECT closed_at IS NOT NULL FROM staff"))).scalar() is True
        rooms = {
            row.id: row.open
            for row in await tx.connection.execute(text("SELECT id, closed_at IS NULL AS open FROM room"))
        }
        assert rooms == {"public": True, "s-1": False, "own": True}
        assert await things.next_number(tx, "incident", "") == 1
