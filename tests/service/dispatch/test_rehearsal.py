"""Forces of an exercise on a real database: put there once, seen by whom they are meant for, driving."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from feeds.simulator.scenario import load
from geodata.store.database import Database
from service.dispatch.intake import Intake
from service.dispatch.rehearsal import Rehearsal
from tests.service.conftest import running

FLOOD = load("flood_2021")


class HandClock:
    speed = 1.0

    def __init__(self, shown: datetime) -> None:
        self.shown = shown

    def now(self) -> datetime:
        return self.shown


async def nothing() -> None:
    pass


async def bodies(database: Database, kind: str) -> dict[str, dict[str, Any]]:
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT id, body FROM fact WHERE kind = :kind"), {"kind": kind})
        return {row.id: row.body for row in rows}


async def test_vehicles_drive_as_the_clock_goes_and_a_restart_doubles_nothing(database: Database) -> None:
    clock = HandClock(FLOOD.start)
    intake = Intake(database, clock, origin="local", window=0.01)
    rehearsal = Rehearsal(FLOOD.marching(), intake, clock, nothing)
    await rehearsal.look()
    before = await bodies(database, "resource")
    assert len(before) == 60
    assert {body["status"]["code"] for body in before.values()} == {"2"}
    clock.shown += timedelta(hours=34)
    await rehearsal.look()
    after = await bodies(database, "resource")
    codes = {body["status"]["code"] for body in after.values()}
    assert {"3", "4"} & codes
    out = [id for id, body in after.items() if body["status"]["code"] == "4"]
    assert {after[id]["availability"] for id in out} == {"COMMITTED_ON_SCENE"}
    places = await bodies(database, "position")
    assert any((places[id]["longitude"], places[id]["latitude"]) != tuple(after[id]["home"]) for id in out)
    async with database.reading() as connection:
        newest = (await connection.execute(text("SELECT max(seq) FROM change"))).scalar()
    again = Rehearsal(FLOOD.marching(), intake, clock, nothing)
    await again.look()
    assert await bodies(database, "resource") == after
    assert len(await bodies(database, "fleet")) == 3
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT max(seq) FROM change"))).scalar() == newest
    clock.shown = FLOOD.start + timedelta(minutes=1)
    await again.look()
    assert {body["status"]["code"] for body in (await bodies(database, "resource")).values()} == {"2"}
    assert all(
        (place["longitude"], place["latitude"]) == tuple(after[id]["home"])
        for id, place in (await bodies(database, "position")).items()
    ), "the clock was turned back, and so were they"


async def test_an_exercise_shows_its_own_forces_to_all_and_the_neighbours_to_none_but_its_members(
    database_url: str,
) -> None:
    async with running(database_url, mode="EXERCISE") as node:
        guest = await node.sign_in("Gast", admin=False)
        async with asyncio.timeout(60):
            while not (fleets := (await guest.get("/api/picture?kinds=fleet")).json()["facts"]):
                await asyncio.sleep(0.1)
        assert sorted(fact["body"]["name"][:10] for fact in fleets) == ["DRK Rhein-", "Feuerwehr "]
        seen = (await guest.get("/api/picture?kinds=resource")).json()["facts"]
        assert not any("Euskirchen" in fact["body"]["callsign"] for fact in seen)
        one = seen[0]["ref"].split("/")[2]
        assert (await guest.post(f"/api/resources/{one}/status", json={"code": "5"})).status_code == 200
        assert (await node.client.get("/api/picture?kinds=resource,position,fleet")).json()["facts"] == []


async def test_no_forces_where_the_exercise_wants_none_or_there_is_none(database_url: str) -> None:
    for settings in ({"mode": "EXERCISE", "exercise": {"forces": False}}, {}):
        async with running(database_url, **settings) as node:
            assert await bodies(node.database, "fleet") == {}
            listed = (await (await node.sign_in()).get("/api/organisations")).json()
            assert "uebung" not in str(listed)
