from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from alerting.model.plan import Plan, PlanState
from alerting.store.sealing import Seal
from feeds.simulator import scenario
from geodata.store import things
from geodata.store.database import Database
from service.roster import example_people

NOW = datetime(2021, 7, 14, 12, 0, tzinfo=UTC)
FORCE = scenario.load("flood_2021").forces.force[0]


async def _organisation(database: Database) -> str:
    id = example_people.organisation_of(FORCE)
    async with database.transaction("t") as tx:
        given = {"id": id, "name": FORCE.name}
        await tx.connection.execute(text("INSERT INTO organisation (id, name, kind) VALUES (:id, :name, 'FW')"), given)
    return id


async def test_an_organisation_of_the_exercise_gets_its_people_once(database: Database, tmp_path: Path) -> None:
    seal = Seal(tmp_path)
    assert not await example_people.found(database, "t", FORCE, seal, NOW)
    id = await _organisation(database)
    assert await example_people.found(database, "t", FORCE, seal, NOW)
    assert not await example_people.found(database, "t", FORCE, seal, NOW)
    async with database.reading() as connection:
        counted = text("SELECT count(*), count(DISTINCT name) FROM helper WHERE organisation = :id")
        assert tuple((await connection.execute(counted, {"id": id})).one()) == (60, 60)
        kinds = (await connection.execute(text("SELECT DISTINCT kind FROM helper_channel"))).scalars()
        assert list(kinds) == ["CONSOLE"]


async def test_its_plans_are_plans_that_a_rule_may_start(database: Database, tmp_path: Path) -> None:
    await _organisation(database)
    await example_people.found(database, "t", FORCE, Seal(tmp_path), NOW)
    async with database.reading() as connection:
        bodies = (await connection.execute(text("SELECT body FROM fact WHERE kind = 'alarm_plan'"))).scalars().all()
    plans = [things.checked(body, Plan) for body in bodies]
    assert len(plans) == 2 and all(plan.state is PlanState.ACTIVE for plan in plans)
