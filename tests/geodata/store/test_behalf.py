"""Row-level security alone: the role that acts for visitors sees and writes the rooms named for it and no others."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import point
from geodata.model.observation import Observation
from geodata.model.ref import Ref
from geodata.model.station import Series, Station
from geodata.store import behalf, changes, observations, picture, stations
from geodata.store.database import Database, StoreRefused
from geodata.store.swift import Swift

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOMS = ("public", "i-a", "s-a", "i-b", "s-b")

# Tables about people, rooms and the node itself: only the owner reads and writes them, after the application's check.
OWNERS = {"room_member", "room", "staff", "assignment", "exchange_room", "alarm", "share", "received_share"}


def thing(room: str, number: int = 0, **body: Any) -> Fact:
    place = (7 + number / 100_000, 51 + number % 300 / 1000)
    return Fact(Ref("t", "site", f"{room}.{number}"), room, Provenance("t", NOW, NOW), body or {"in": room},
                geometry=point(*place))  # fmt: skip


@pytest.fixture
async def filled(database: Database) -> Database:
    """In each room one site, and one gauge with one value."""
    async with database.transaction("t") as tx:
        for room in ROOMS:
            tx.put(thing(room))
    for room in ROOMS:
        gauge = Station(f"own.{room}", room, longitude=7.0, latitude=51.0, series=(Series("W", "cm"),))
        async with database.transaction("t") as tx:
            await stations.record(tx, "t", [gauge], source="own", received_at=NOW, room=room)
        async with database.transaction("t") as tx:
            reading = Observation(f"own.{room}", "W", NOW, 100.0, "cm")
            await observations.record(tx, "t", [reading], source="own", received_at=NOW, room=room)
    return database


ROWS = {
    "fact": "SELECT DISTINCT room FROM fact",
    "change": "SELECT DISTINCT room FROM change",
    "series": "SELECT DISTINCT substr(station, 5) FROM series",
    "observation": "SELECT DISTINCT substr(station, 5) FROM observation o JOIN series s ON s.id = o.series",
    "latest": "SELECT DISTINCT substr(station, 5) FROM latest l JOIN series s ON s.id = l.series",
}


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("rooms", [(), ("i-a",), ("public", "s-b"), ROOMS])
async def test_a_query_that_asks_for_everything_gets_only_what_is_named(
    filled: Database, table: str, rooms: tuple[str, ...]
) -> None:
    async with filled.reading(rooms) as connection:
        assert set((await connection.execute(text(ROWS[table]))).scalars()) == set(rooms)
        if table in ("observation", "latest"):  # without the join that filters, too
            count = (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar()
            assert count == len(rooms)


async def test_without_any_naming_the_role_sees_nothing(filled: Database) -> None:
    async with await psycopg.AsyncConnection.connect(filled.url, options=f"-c role={behalf.ROLE}") as connection:
        for table in ROWS:
            assert await (await connection.execute(f"SELECT count(*) FROM {table}")).fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(
                "INSERT INTO change (ref, op, room, actor) VALUES ('t/a/b', 'drop', 'public', 'x')"
            )


async def test_every_table_with_a_room_has_policies_and_others_are_closed_or_without_rooms(database: Database) -> None:
    tables = """
        SELECT c.relname, c.relrowsecurity,
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'room' AND NOT attisdropped),
               has_table_privilege(:role, c.oid, 'SELECT') OR has_any_column_privilege(:role, c.oid, 'SELECT'),
               has_table_privilege(:role, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                   OR has_any_column_privilege(:role, c.oid, 'INSERT, UPDATE'),
               ARRAY(SELECT polname || '/' || polcmd::text FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    """
    async with database.reading() as connection:
        rows = (await connection.execute(text(tables), {"role": behalf.ROLE})).all()
    assert {"fact", "change", "series", "observation", "latest"} <= {row[0] for row in rows}
    wrong = []
    for name, secured, has_room, reads, writes, policies in rows:
        if has_room and (reads or writes) and not secured:
            wrong.append(f"{name} has a room and no row-level security")
        if has_room and not secured and name not in OWNERS and not _is_partition(name):
            wrong.append(f"{name} has a room: ENABLE ROW LEVEL SECURITY with policies, or name it among OWNERS here")
        if secured and reads and not any(policy.endswith(("/r", "/*")) for policy in policies):
            wrong.append(f"{name} is secured, but no policy says who sees it")
        if name in ("person", "password", "passkey", "identity", "session", "sign_in_link", "audit", *OWNERS) and (
            reads or writes
        ):
            wrong.append(f"{name} must be closed to visitors")
        if _is_partition(name) and (reads or writes):
            wrong.append(f"{name} is a partition: reached only through its parent, whose policies hold")
    assert wrong == []


def _is_partition(name: str) -> bool:
    return name.startswith(("change_", "observation_")) and name.rpartition("_")[2].isdigit()


async def test_the_role_owns_nothing_and_cannot_change_what_guards_it(filled: Database) -> None:
    async with filled.reading() as connection:
        attributes = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = :role"
        assert tuple((await connection.execute(text(attributes), {"role": behalf.ROLE})).one()) == (False,) * 4
        owned = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = :role)"
        assert (await connection.execute(text(owned), {"role": behalf.ROLE})).scalar() == 0
    for statement in (
        "DROP POLICY see ON fact",
        "ALTER POLICY see ON fact USING (true)",
        "CREATE POLICY all_of_it ON fact USING (true)",
        "ALTER TABLE fact DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE fact OWNER TO lagebild_visitor",
        "ALTER ROLE lagebild_visitor BYPASSRLS",
        "TRUNCATE fact",
        "UPDATE change SET room = 'i-a'",
        "DELETE FROM change",
        "CREATE TABLE mine (a int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "SELECT * FROM password",
        "SELECT * FROM session",
        "COPY fact TO PROGRAM 'true'",
    ):
        async with await psycopg.AsyncConnection.connect(
            filled.url, autocommit=True, options=f"-c role={behalf.ROLE}"
        ) as direct:
            await direct.execute(behalf.naming(ROOMS, ROOMS, local=False))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await direct.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT set_config('lagebild.see', 'i-b,public', false)",
        "SELECT set_config('role', 'none', false)",
        "SELECT set_config('row_security', 'off', false)",
        "UPDATE pg_settings SET setting = 'i-b' WHERE name = 'lagebild.see'",
        "SELECT query_to_xml($$SELECT set_config('lagebild.see', 'i-b', false)$$, true, false, '')",
        "SELECT query_to_xml($$SET lagebild.see = 'i-b'$$, true, false, '')",
        "SELECT query_to_xml($$RESET ROLE$$, true, false, '')",
        "SELECT * FROM fact WHERE (SELECT set_config('lagebild.see', 'i-b', true)) IS NOT NULL",
        "SELECT dblink('x', 'SELECT 1')",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    ],
)
async def test_no_query_names_more_rooms_or_leaves_the_role(filled: Database, query: str) -> None:
    """What a smuggled piece of a query could call; parameters already keep it out, this is the second lock."""
    async with await psycopg.AsyncConnection.connect(
        filled.url, autocommit=True, options=f"-c role={behalf.ROLE}"
    ) as direct:
        await direct.execute(behalf.naming(["i-a"], local=False))
        if "pg_terminate" in query:  # backends of the same role's owner may be ended by nobody but him
            assert await (
                await direct.execute("SELECT pg_has_role(current_user, session_user, 'USAGE')")
            ).fetchone() == (False,)
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported,
                            psycopg.errors.UndefinedFunction)):  # fmt: skip
            await direct.execute(query, prepare=True)  # type: ignore[call-overload]
        rooms = await (await direct.execute("SELECT DISTINCT room FROM fact")).fetchall()
        assert rooms == [("i-a",)]


@pytest.mark.parametrize("bad", ["i-a'; SET lagebild.see = 'i-b", "i-a,i-b", "I-A", "", "-a", "ä", "a" * 64, "a\n"])
def test_what_is_no_room_is_never_named(bad: str) -> None:
    with pytest.raises(ValueError, match="is no room"):
        behalf.naming([bad], local=False)


async def on_behalf(
    database: Database, see: tuple[str, ...], write: tuple[str, ...], *puts: Fact, drops: Any = ()
) -> None:
    async with database.transaction("person:x", see=see, write=write) as tx:
        for fact in puts:
            tx.put(fact)
        for ref in drops:
            tx.drop(ref)


async def everything(database: Database) -> tuple[list[Any], int]:
    """The facts and how many lines the log has."""
    async with database.reading() as connection:
        facts = (await connection.execute(text("SELECT ref, room, body FROM fact ORDER BY ref"))).all()
        return list(facts), (await connection.execute(text("SELECT count(*) FROM change"))).scalar_one()


@pytest.mark.parametrize(
    ("see", "write"),
    [((), ()), (("i-a",), ()), (("i-a",), ("i-b",)), (("i-a", "i-b"), ("i-b",)), (ROOMS, ("public", "i-b", "s-a"))],
)
async def test_nothing_is_written_into_a_room_that_is_not_named(
    filled: Database, see: tuple[str, ...], write: tuple[str, ...]
) -> None:
    before = await everything(filled)
    for attempt in (
        lambda: on_behalf(filled, see, write, thing("i-a", 1)),  # new
        lambda: on_behalf(filled, see, write, thing("i-a", 0, value=2)),  # changed
    ):
        with pytest.raises(StoreRefused):
            await attempt()
    assert await everything(filled) == before


async def test_who_writes_must_also_see_what_he_replaces(filled: Database) -> None:
    before = await everything(filled)
    with pytest.raises(StoreRefused):
        await on_behalf(filled, ("public",), ("i-a",), thing("i-a", 0, value=2))
    assert await everything(filled) == before
    await on_behalf(filled, ("i-a",), ("i-a",), thing("i-a", 0, value=2))
    assert (await everything(filled))[1] == before[1] + 1


async def test_a_drop_needs_write_and_says_so_where_the_thing_is_seen(filled: Database) -> None:
    before = await everything(filled)
    with pytest.raises(StoreRefused):
        await on_behalf(filled, ("i-a", "i-b"), ("i-b",), drops=[thing("i-a").ref])
    with pytest.raises(StoreRefused):  # and what else it does is not done either
        await on_behalf(filled, ("i-a", "i-b"), ("i-b",), thing("i-b", 5), drops=[thing("i-a").ref, thing("i-b").ref])
    # What he does not see is not there for him, whether it exists or not: no error that would tell.
    await on_behalf(filled, ("i-b",), ("i-b",), drops=[thing("i-a").ref, thing("i-a", 99).ref])
    assert await everything(filled) == before
    await on_behalf(filled, ("i-a",), ("i-a",), drops=[thing("i-a").ref])
    assert (await everything(filled))[1] == before[1] + 1


@pytest.mark.parametrize(
    ("write", "moves"),
    [(("i-a",), False), (("s-a",), False), ((), False), (("i-b", "s-b"), False), (("i-a", "s-a"), True)],
)
async def test_moving_between_rooms_needs_write_in_both(filled: Database, write: tuple[str, ...], moves: bool) -> None:
    moved = Fact(thing("i-a").ref, "s-a", Provenance("t", NOW, NOW), {"in": "s-a"})
    before, newest = await everything(filled), (await changes.bounds(filled)).newest
    if not moves:
        with pytest.raises(StoreRefused):
            await on_behalf(filled, ROOMS, write, moved)
        assert await everything(filled) == before
        return
    await on_behalf(filled, ROOMS, write, moved)
    logged = await changes.since(filled, newest)
    assert [(line.op, line.room) for line in logged] == [("drop", "i-a"), ("put", "s-a")]


async def test_the_cursor_of_a_picture_is_the_end_of_the_log_whatever_is_seen_of_it(filled: Database) -> None:
    """Else who sees a quiet room would be told to start over as soon as its lines are swept."""
    newest = (await changes.bounds(filled)).newest
    for rooms in ((), ("i-a",), ROOMS):
        assert (await picture.snapshot(filled, rooms))[0] == newest


async def test_pooled_connections_never_keep_the_rooms_of_somebody_else(filled: Database) -> None:
    """50 visitors with rooms of their own, interleaved over the pool, prepared statements and transactions; some give
    up in the middle."""
    swift = Swift(filled, at_once=3)
    dice = random.Random(7)
    everywhere = Database(filled.url, pool_size=2)
    everywhere.asked = lambda rooms: list(ROOMS)  # type: ignore[method-assign]  # row-level security stands alone

    async def by_pool(rooms: tuple[str, ...]) -> set[str]:
        async with everywhere.reading(rooms) as connection:
            await asyncio.sleep(dice.random() / 500)
            return set((await connection.execute(text("SELECT room FROM fact"))).scalars())

    async def by_swift(rooms: tuple[str, ...]) -> set[str]:
        return {row[0] for row in await swift.rows("SELECT room, pg_sleep(0.0005)::text FROM fact", {}, see=rooms)}

    async def by_transaction(rooms: tuple[str, ...]) -> set[str]:
        async with everywhere.transaction("x", see=rooms, write=rooms) as tx:
            await asyncio.sleep(dice.random() / 500)
            return set((await tx.connection.execute(text("SELECT room FROM fact"))).scalars())

    async def by_owner(rooms: tuple[str, ...]) -> set[str]:
        async with everywhere.reading() as connection:
            seen = set((await connection.execute(text("SELECT room FROM fact"))).scalars())
        return set(rooms) if seen == set(ROOMS) else seen

    ways: list[Callable[[tuple[str, ...]], Awaitable[set[str]]]] = [by_pool, by_swift, by_transaction, by_owner]

    async def visitor(number: int) -> int:
        looks = 0
        for _ in range(20):
            rooms = tuple(dice.sample(ROOMS, dice.randint(0, 5)))
            way = dice.choice(ways)
            if dice.random() < 0.2:
                given_up = asyncio.create_task(way(rooms))  # type: ignore[arg-type]
                await asyncio.sleep(dice.random() / 200)
                given_up.cancel()
                await asyncio.gather(given_up, return_exceptions=True)
                continue
            assert await way(rooms) == set(rooms), way.__name__
            looks += 1
        return looks

    assert sum(await asyncio.gather(*(visitor(n) for n in range(50)))) > 600
    await everywhere.close()
    await filled.close()
