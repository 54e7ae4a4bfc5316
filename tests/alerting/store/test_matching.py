from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from alerting.model.plan import Verification
from alerting.store import people
from alerting.store.matching import nearest
from alerting.store.people import NewHelper, Skill
from alerting.store.sealing import Seal
from geodata.store.database import Database

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HERE = (7.0, 51.0)
ROOM = "public"


class Pool:
    def __init__(self, database: Database, seal: Seal) -> None:
        self.database, self.seal = database, seal

    async def add(self, name: str, *skills: Skill, east: float = 0.0, room: str = ROOM, **fields: Any) -> str:
        home = None if east < 0 else (HERE[0] + east, HERE[1])
        new = NewHelper(name, room, home=home, skills=skills, **fields)
        async with self.database.transaction("test") as tx:
            return await people.add(tx.connection, self.seal, new, now=NOW)

    async def found(self, code: str, **fields: Any) -> list[str]:
        given = {"place": HERE, "radius_km": 100.0, "limit": 200, "rooms": [ROOM], "now": NOW, **fields}
        place = given.pop("place")
        async with self.database.reading() as connection:
            rows = await nearest(connection, code, place, **given)
            names = {row.id: row.name for row in await connection.execute(text("SELECT id, name FROM helper"))}
        return [names[row.helper] for row in rows]

    async def say(self, change: str, name: str) -> None:
        async with self.database.transaction("test") as tx:
            await tx.connection.execute(text(f"UPDATE helper SET {change} WHERE name = :name"), {"name": name})


@pytest.fixture
def pool(database: Database, tmp_path: Path) -> Pool:
    return Pool(database, Seal(tmp_path))


async def test_the_nearest_come_first_and_the_radius_and_the_limit_hold(pool: Pool) -> None:
    for name, east in (("far", 2.0), ("middle", 0.5), ("near", 0.1), ("nowhere", -1)):
        await pool.add(name, Skill("AGT"), east=east)
    assert await pool.found("AGT") == ["near", "middle"]
    assert await pool.found("AGT", limit=1) == ["near"]
    assert await pool.found("AGT", radius_km=None) == ["near", "middle", "far", "nowhere"]
    assert len(await pool.found("AGT", place=None, radius_km=None)) == 4
    assert await pool.found("MA") == []


async def test_distances_are_metres_as_on_a_globe(pool: Pool) -> None:
    await pool.add("one", Skill("AGT"), east=0.1)
    async with pool.database.reading() as connection:
        (row,) = await nearest(connection, "AGT", HERE, radius_km=50, limit=5, rooms=[ROOM], now=NOW)
    assert row.distance_m == pytest.approx(7020, rel=0.005)


async def test_a_skill_that_includes_another_serves_for_it_and_nobody_comes_twice(pool: Pool) -> None:
    await pool.add("both", Skill("GF"), Skill("ZF"))
    await pool.add("platoon", Skill("ZF"), east=0.1)
    await pool.add("crew", Skill("TM"))
    assert await pool.found("GF") == ["both", "platoon"]
    assert await pool.found("ZF") == ["both", "platoon"]


async def test_what_has_run_out_or_is_verified_too_weakly_or_on_too_low_a_level_does_not_count(pool: Pool) -> None:
    await pool.add("expired", Skill("AGT", valid_until=date(2026, 11, 21)))
    await pool.add("last day", Skill("AGT", valid_until=date(2026, 11, 22)))
    await pool.add("seen", Skill("AGT", verification=Verification.DOCUMENT_SEEN), east=0.1)
    assert await pool.found("AGT") == ["last day", "seen"]
    assert await pool.found("AGT", verification=Verification.DOCUMENT_SEEN) == ["seen"]
    assert await pool.found("AGT", verification=Verification.ORGANISATION_VOUCHES) == []
    await pool.add("b1", Skill("LANG:uk", "B1"))
    await pool.add("c1", Skill("LANG:uk", "C1"), east=0.1)
    await pool.add("unsaid", Skill("LANG:uk"), east=0.2)
    assert await pool.found("LANG:uk", level="B2") == ["c1"]
    assert await pool.found("LANG:uk") == ["b1", "c1", "unsaid"]


async def test_who_is_away_paused_bound_or_in_another_room_is_not_found(pool: Pool) -> None:
    for name in ("away", "paused", "bound", "free"):
        await pool.add(name, Skill("AGT"))
    await pool.add("never", Skill("AGT"), availability={"usual": {"ready": "NOT_AVAILABLE"}})
    assert len(await pool.found("AGT")) == 4
    await pool.say("available = false", "away")
    await pool.say("state = 'PAUSED'", "paused")
    await pool.say("bound_to = 'an-alarm'", "bound")
    assert await pool.found("AGT") == ["free"]
    assert await pool.found("AGT", rooms=["other"]) == []
    await pool.say("bound_to = NULL", "bound")
    assert sorted(await pool.found("AGT")) == ["bound", "free"]


async def test_whoever_moves_is_found_where_he_is_now(pool: Pool) -> None:
    await pool.add("mover", Skill("AGT"), east=3.0)
    assert await pool.found("AGT") == []
    await pool.say("home = 'SRID=4326;POINT(7.1 51)'", "mover")
    assert await pool.found("AGT") == ["mover"]
