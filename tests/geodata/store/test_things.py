"""Things that people make: locked, numbered, merged field by field, dropped and found again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from geodata.model.editing import BadEdit
from geodata.model.ref import Ref
from geodata.model.sector import Sector
from geodata.model.site import Site
from geodata.store import things
from geodata.store.database import Database, StoreRefused
from geodata.store.search import search
from geodata.store.things import NoSuchThing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REF = Ref("local", "site", "one")
ROOM = {"i-1"}


def site(**fields: Any) -> Site:
    usual = {
        "incident": "i", "number": 1, "title": "Keller", "priority": "P1", "state": "REPORTED",
        "geometry": {"type": "Point", "coordinates": [7, 50]},
    }  # fmt: skip
    return things.checked({**usual, **fields}, Site)


@pytest.fixture
async def held(database: Database) -> Database:
    async with database.transaction("person:a", see=ROOM, write=ROOM) as tx:
        things.make(tx, REF, site(), room="i-1", at=NOW)
    return database


async def edit(database: Database, base: int, **fields: Any) -> Any:
    async with database.transaction("person:b", see=ROOM, write=ROOM) as tx:
        taken = await things.take(tx, REF, ROOM)
        return things.change(tx, taken, fields, Site, base=base, at=NOW)[0]


async def test_edits_at_once_wait_for_each_other_and_none_is_lost(held: Database) -> None:
    await asyncio.gather(*(edit(held, 1, title=f"Titel {n}") for n in range(10)))
    async with held.transaction("x") as tx:
        body = (await things.read(tx, REF, ROOM)).body
    written = {body["title"], *(conflict["value"] for conflict in body["conflicts"])}
    assert written == {f"Titel {n}" for n in range(10)}
    assert body["version"] == 11


async def test_an_edit_that_makes_the_thing_invalid_changes_nothing(held: Database) -> None:
    for fields, field in (({"priority": "P7"}, "priority"), ({"geometry": None}, "geometry"), ({"x": 1}, "x")):
        with pytest.raises(BadEdit) as caught:
            await edit(held, 1, **fields)
        assert caught.value.field == field
    async with held.transaction("x") as tx:
        assert (await things.read(tx, REF, ROOM)).body["version"] == 1


async def test_the_same_place_written_in_another_way_is_no_change(held: Database) -> None:
    done = await edit(held, 1, geometry={"type": "Point", "coordinates": [7.0, 50.0, 90]})
    assert done.changed == ()


async def test_a_moved_thing_is_found_where_it_is_now(held: Database) -> None:
    await edit(held, 1, geometry={"type": "Point", "coordinates": [8, 51]})
    async with held.reading() as connection:
        extent = (await connection.execute(text("SELECT extent FROM fact"))).scalar()
    assert list(extent or ()) == [8, 51, 8, 51]


async def test_who_does_not_see_the_room_finds_nothing_to_take(held: Database) -> None:
    for see, asked in (({"public"}, ROOM), (ROOM, {"public"})):
        async with held.transaction("x", see=see, write=see) as tx:
            with pytest.raises(NoSuchThing):
                await things.take(tx, REF, asked)


async def test_who_only_sees_the_room_is_refused_by_the_database(held: Database) -> None:
    async def write() -> None:
        async with held.transaction("x", see=ROOM) as tx:
            things.change(tx, await things.take(tx, REF, ROOM), {"title": "y"}, Site, base=1, at=NOW)

    with pytest.raises(StoreRefused):
        await write()


async def test_numbers_follow_each_other_per_incident_and_kind_also_across_rooms(database: Database) -> None:
    async def number(kind: str, incident: str, room: str) -> int:
        async with database.transaction("x", see={room}, write={room}) as tx:
            return await things.next_number(tx, kind, incident)

    given = await asyncio.gather(*(number("task", "i", f"s-{n % 3}") for n in range(20)))
    assert sorted(given) == list(range(1, 21))
    assert (await number("site", "i", "s-1"), await number("task", "j", "s-1")) == (1, 1)


async def test_a_number_of_a_transaction_that_fails_is_used_by_the_next(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction("x") as tx:
            await things.next_number(tx, "site", "i")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await fail()
    async with database.transaction("x") as tx:
        assert await things.next_number(tx, "site", "i") == 1


async def test_what_was_dropped_is_brought_back_as_it_stood(held: Database) -> None:
    await edit(held, 1, title="Zuletzt")
    async with held.transaction("x", see=ROOM, write=ROOM) as tx:
        with pytest.raises(NoSuchThing):
            await things.dropped(tx, REF, ROOM, within=timedelta(minutes=5))
        tx.drop(REF)
    async with held.transaction("x", see={"public"}) as tx:
        with pytest.raises(NoSuchThing):
            await things.dropped(tx, REF, ROOM, within=timedelta(minutes=5))
    async with held.transaction("x", see=ROOM, write=ROOM) as tx:
        with pytest.raises(NoSuchThing):
            await things.dropped(tx, REF, ROOM, within=timedelta(0))
        things.restore(tx, await things.dropped(tx, REF, ROOM, within=timedelta(minutes=5)), at=NOW)
    async with held.transaction("x", see=ROOM) as tx:
        assert (await things.take(tx, REF, ROOM)).body["title"] == "Zuletzt"


async def test_things_are_found_by_title_number_and_address_within_their_rooms(held: Database) -> None:
    await edit(held, 1, title="Tiefgarage überflutet", address="Bachstraße 12", number=417)
    async with held.transaction("x") as tx:
        sector = things.checked({"incident": "i", "number": 3, "name": "Abschnitt Süd"}, Sector)
        things.make(tx, Ref("local", "sector", "s"), sector, room="i-1", at=NOW)
    for query in ("tiefgarage", "ueberflutet", "bachstr", "417"):
        (found,) = [one for one in await search(held, query, ROOM) if one.type == "site"]
        assert (found.ref, found.point, found.detail) == (str(REF), (7.0, 50.0), "#417, Bachstraße 12")
        assert await search(held, query, {"public"}) == []
    assert [one.type for one in await search(held, "abschnitt sued", ROOM)] == ["sector"]
