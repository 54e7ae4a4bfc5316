from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from alerting.model.availability import Availability, Entry, Ready, State
from alerting.model.plan import ChannelKind
from alerting.store import availability, erasing, people
from alerting.store.people import Address, NewHelper, Skill
from alerting.store.sealing import Seal
from geodata.model.body import to_body
from geodata.store.database import Database

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def test_keys_are_wrapped_anew_and_everybody_is_still_read_by_who_holds_the_old_ones(
    database: Database, tmp_path: Path
) -> None:
    seal, running = Seal(tmp_path), Seal(tmp_path)
    async with database.transaction("test") as tx:
        new = NewHelper("Ada", "public", addresses=(Address(ChannelKind.SMS, "+4915123456789"),))
        ids = [await people.add(tx.connection, seal, new, now=NOW) for _ in range(3)]
    async with database.reading() as connection:
        before = dict((await connection.execute(text("SELECT id, key FROM helper"))).tuples().all())
    seal.rotate()
    assert await erasing.wrap_anew(database, seal) == 3
    async with database.reading() as connection:
        after = dict((await connection.execute(text("SELECT id, key FROM helper"))).tuples().all())
        assert all(after[id] != before[id] for id in ids)
        found = await erasing.everything(connection, running, ids[0])
    assert found["channels"][0]["address"] == "+4915123456789"


async def test_who_is_to_be_kept_until_yesterday_is_forgotten_and_who_is_bound_waits(
    database: Database, tmp_path: Path
) -> None:
    seal = Seal(tmp_path)
    async with database.transaction("test") as tx:
        for name, until in (
            ("gone", NOW - timedelta(days=1)),
            ("bound", NOW - timedelta(days=1)),
            ("stays", NOW + timedelta(days=1)),
        ):
            await people.add(tx.connection, seal, NewHelper(name, "public", keep_until=until), now=NOW)
        await tx.connection.execute(text("UPDATE helper SET bound_to = 'al' WHERE name = 'bound'"))
    assert await erasing.sweep(database, NOW) == 1
    async with database.reading() as connection:
        rows = (
            (await connection.execute(text("SELECT name, state FROM helper ORDER BY name NULLS LAST"))).tuples().all()
        )
    assert [tuple(row) for row in rows] == [("bound", "ACTIVE"), ("stays", "ACTIVE"), (None, "ERASED")]
    assert await erasing.sweep(database, NOW) == 0


async def test_who_is_free_follows_the_calendar(database: Database, tmp_path: Path) -> None:
    begins, ends = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
    told = Availability(entries=(Entry(begins, State(Ready.NOT_AVAILABLE), ends),))
    new = NewHelper("Ada", "public", availability=to_body(told), skills=(Skill("AGT"),))
    async with database.transaction("test") as tx:
        await people.add(tx.connection, Seal(tmp_path), new, now=NOW)
    statement = text("""SELECT h.available, s.available, h.available_next
                        FROM helper h JOIN helper_skill s ON s.helper = h.id""")
    for moment, free, then in ((NOW, True, begins), (begins, False, ends), (ends, True, None)):
        await availability.refresh(database, moment)
        async with database.reading() as connection:
            assert tuple((await connection.execute(statement)).one()) == (free, free, then)
    assert await availability.refresh(database, ends + timedelta(days=1)) == 0
