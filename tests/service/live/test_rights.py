"""What a change of rights does to sockets that are open, whoever made it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.database import Database
from service.access.sessions import COOKIE

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = 5.0


async def run(database: Database, statement: str, **given: Any) -> None:
    """As another process does it, which tells this one nothing."""
    async with database.reading() as connection:
        await connection.execute(text(statement), given)


async def put(database: Database, room: str, value: int, id: str = "plan") -> None:
    async with database.transaction("t") as tx:
        tx.put(Fact(Ref("t", "site", id), room, Provenance("t", NOW, NOW), {"value": value}))


async def rooms(database: Database, *names: str) -> None:
    for name in names:
        await run(database, "INSERT INTO room (id, name) VALUES (:id, :id)", id=name)


async def member(database: Database, room: str, person: str, *, until: str = "NULL") -> None:
    await run(
        database,
        f"INSERT INTO room_member (room, kind, member, until) VALUES (:room, 'person', :person, {until})",
        room=room,
        person=person,
    )


async def person_of(database: Database, name: str) -> str:
    async with database.reading() as connection:
        return str((await connection.execute(text("SELECT id FROM person WHERE name = :n"), {"n": name})).scalar())


@asynccontextmanager
async def following(node: Any, follower: type[Any], client: httpx.AsyncClient) -> AsyncIterator[Any]:
    """A follower with the session of this client, up to date."""
    picture = (await client.get("/api/picture")).json()
    headers = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    async with connect(f"ws{node.url[4:]}/api/live", additional_headers=headers, compression=None) as socket:
        me = follower(socket, {fact["ref"]: fact for fact in picture["facts"]})
        await me.follow(picture["cursor"], sight=picture["sight"])
        await me.until(lambda me: bool(me.welcomes))
        yield me


async def closed(me: Any) -> tuple[int, float]:
    """Code and seconds until the server ended it."""
    began = time.monotonic()
    with pytest.raises(ConnectionClosed) as ended:
        await me.until(lambda _: False, within=SOON)
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code, time.monotonic() - began


async def restarted(me: Any) -> float:
    began = time.monotonic()
    await me.until(lambda me: bool(me.restarts), within=SOON)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM session",
        "UPDATE session SET expires_at = now()",
        "UPDATE person SET active = false",
        "DELETE FROM person",
    ],
)
async def test_a_session_that_ends_elsewhere_closes_its_open_sockets(node: Any, follower: Any, statement: str) -> None:
    client = await node.sign_in("Erika")
    async with following(node, follower, client) as me:
        await run(node.database, statement)
        code, seconds = await closed(me)
    assert code == 1008
    assert seconds < SOON
    assert not (await client.get("/api/session")).json()["signed_in"]
    await client.aclose()


async def test_strangers_and_others_stay_when_a_session_ends(node: Any, follower: Any) -> None:
    leaving, staying = await node.sign_in("Erika"), await node.sign_in("Max")
    async with following(node, follower, leaving) as me, following(node, follower, staying) as other:
        await run(node.database, "DELETE FROM session WHERE person = :p", p=await person_of(node.database, "Erika"))
        await closed(me)
        await put(node.database, "public", 1)
        await other.until(lambda o: "t/site/plan" in o.facts)
    await leaving.aclose()
    await staying.aclose()


async def test_who_loses_a_room_starts_over_and_gets_nothing_more_of_it(node: Any, follower: Any) -> None:
    await rooms(node.database, "staff-a")
    client = await node.sign_in("Erika", admin=False)
    erika = await person_of(node.database, "Erika")
    await member(node.database, "staff-a", erika)
    async with following(node, follower, client) as me:
        await put(node.database, "staff-a", 1)
        await me.until(lambda me: me.facts.get("t/site/plan", {}).get("body") == {"value": 1})
        await run(node.database, "DELETE FROM room_member")
        assert await restarted(me) < SOON
        await put(node.database, "staff-a", 2)
        await put(node.database, "public", 3, "open")
        picture = (await client.get("/api/picture")).json()
        assert {fact["ref"] for fact in picture["facts"]} == {"t/site/open"}
        # Even one who goes on from the old cursor, as if nothing had been said, gets nothing of the room.
        await me.follow(me.cursor)
        await me.until(lambda me: "t/site/open" in me.facts)
        await put(node.database, "staff-a", 4)
        await put(node.database, "public", 5, "open")
        await me.until(lambda me: me.facts["t/site/open"]["body"] == {"value": 5})
        assert me.facts["t/site/plan"]["body"] == {"value": 1}
    await client.aclose()


async def test_who_gains_a_room_starts_over_and_then_sees_it(node: Any, follower: Any) -> None:
    await rooms(node.database, "staff-a")
    await put(node.database, "staff-a", 1)
    client = await node.sign_in("Erika", admin=False)
    async with following(node, follower, client) as me:
        assert me.facts == {}
        await member(node.database, "staff-a", await person_of(node.database, "Erika"))
        assert await restarted(me) < SOON
        picture = (await client.get("/api/picture")).json()
        assert [fact["room"] for fact in picture["facts"]] == ["staff-a"]
        await me.follow(picture["cursor"], sight=picture["sight"])
        await put(node.database, "staff-a", 2)
        await me.until(lambda me: me.facts.get("t/site/plan", {}).get("body") == {"value": 2})
    await client.aclose()


async def test_a_membership_ends_at_its_until_without_anybody_doing_anything(node: Any, follower: Any) -> None:
    await rooms(node.database, "staff-a")
    client = await node.sign_in("Erika", admin=False)
    erika = await person_of(node.database, "Erika")
    await member(node.database, "staff-a", erika, until="now() + interval '1 second'")
    async with following(node, follower, client) as me:
        assert await restarted(me) < SOON + 1
    await client.aclose()


async def test_a_thing_that_moves_between_rooms_is_seen_by_who_sees_either(node: Any, follower: Any) -> None:
    await rooms(node.database, "staff-a", "staff-b")
    first, second = await node.sign_in("Erika", admin=False), await node.sign_in("Max", admin=False)
    await member(node.database, "staff-a", await person_of(node.database, "Erika"))
    await member(node.database, "staff-b", await person_of(node.database, "Max"))
    async with following(node, follower, first) as a, following(node, follower, second) as b:
        await put(node.database, "staff-a", 1)
        await a.until(lambda a: "t/site/plan" in a.facts)
        await put(node.database, "staff-b", 2)
        await a.until(lambda a: "t/site/plan" not in a.facts)
        await b.until(lambda b: "t/site/plan" in b.facts)
        assert b.facts["t/site/plan"]["body"] == {"value": 2}
        # The other way round, and now Max loses his room while the thing is in it.
        await run(node.database, "DELETE FROM room_member WHERE room = 'staff-b'")
        await restarted(b)
        await b.follow(b.cursor)
        await put(node.database, "staff-b", 3)
        await put(node.database, "staff-a", 4)
        await a.until(lambda a: a.facts.get("t/site/plan", {}).get("body") == {"value": 4})
        await put(node.database, "public", 5, "open")
        await b.until(lambda b: "t/site/open" in b.facts)
        assert b.facts["t/site/plan"]["body"] == {"value": 2}
    await first.aclose()
    await second.aclose()


async def test_who_comes_back_with_a_picture_of_other_rooms_starts_over(node: Any, follower: Any) -> None:
    """The rooms changed while the socket was away."""
    await rooms(node.database, "staff-a")
    client = await node.sign_in("Erika", admin=False)
    picture = (await client.get("/api/picture")).json()
    await member(node.database, "staff-a", await person_of(node.database, "Erika"))
    headers = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    async with connect(f"ws{node.url[4:]}/api/live", additional_headers=headers) as socket:
        me = follower(socket)
        await me.follow(picture["cursor"], sight=picture["sight"])
        assert await restarted(me) < SOON
    async with asyncio.timeout(SOON):
        while True:
            given = {"since": picture["cursor"], "sight": picture["sight"]}
            if (await client.get("/api/changes", params=given)).json()["restart"]:
                break
            await asyncio.sleep(0.2)
    await client.aclose()


async def test_a_recheck_that_finds_nothing_new_disturbs_nobody(node: Any, follower: Any) -> None:
    client = await node.sign_in("Erika")
    async with following(node, follower, client) as me:
        with pytest.raises(TimeoutError):
            await me.until(lambda me: bool(me.restarts), within=4)
        await put(node.database, "public", 1)
        await me.until(lambda me: "t/site/plan" in me.facts)
    await client.aclose()
