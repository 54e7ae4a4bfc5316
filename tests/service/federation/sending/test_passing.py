"""What a town lets be passed on reaches the Land by the Kreis, with its own word; nobody else's word is believed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import text

from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.service.federation.ground import feature
from tests.service.federation.towns import Town, pin, towns

_ROOM = text("INSERT INTO room (id, name) VALUES ('lage', 'Lage') ON CONFLICT DO NOTHING")
_SHARE = text("""
    INSERT INTO share (id, peer, room, name, state, policy, created_by)
    VALUES (:id, :peer, :room, 'Lage', 'ACTIVE', cast(:policy AS jsonb), 'test')
""")
_HELD = text("SELECT ref, body FROM fact WHERE origin = :origin AND kind = 'feature'")
_RECEIVED = text("SELECT room FROM received_share WHERE share = :share")
_ASIDE = text("SELECT ref, reason FROM peer_aside")


async def share(here: Town, there: Town, room: str, hops: int) -> str:
    """Its id; a node that lives in the same process remembers policies by it."""
    id = f"{here.origin}-{uuid4().hex[:8]}"
    async with here.database.transaction("test") as tx:
        await tx.connection.execute(_ROOM)
        policy = orjson.dumps({"kinds": ["feature"], "hops": hops}).decode()
        given = {"id": id, "peer": here.peers[there.origin].id, "room": room}
        await tx.connection.execute(_SHARE, {**given, "policy": policy})
    return id


async def rows(town: Town, statement: Any, **given: Any) -> list[Any]:
    async with town.database.reading() as connection:
        return list(await connection.execute(statement, given))


async def held(town: Town, origin: str) -> dict[str, str]:
    return {row.ref: row.body["properties"]["version"] for row in await rows(town, _HELD, origin=origin)}


async def until(town: Town, origin: str, expected: dict[str, str]) -> None:
    async with asyncio.timeout(30):
        while await held(town, origin) != expected:
            await asyncio.sleep(0.1)


async def put(town: Town, id: str, version: int) -> None:
    async with town.database.transaction("test") as tx:
        tx.put(feature(town.origin, id, version))


async def acquainted(cluster: Cluster, made: list[Town]) -> tuple[Town, Town, Town]:
    """The Land knows the town's key, and has no line to it."""
    altdorf, kreis, land = made
    for here, there in ((altdorf, kreis), (kreis, altdorf), (kreis, land), (land, kreis), (land, altdorf)):
        await pin(here, there)
    return altdorf, kreis, land


async def passed_on(altdorf: Town, kreis: Town, land: Town, *, hops: int) -> str:
    """The id of the share by which the Kreis passes on."""
    first = await share(altdorf, kreis, "lage", hops)
    await put(altdorf, "1", 1)
    await until(kreis, "altdorf", {"altdorf/feature/1": "1"})
    (received,) = await rows(kreis, _RECEIVED, share=first)
    return await share(kreis, land, received.room, 1)


async def test_a_thing_goes_one_step_further_with_its_origins_word(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "kreis", "land", strangers=True) as made:
        altdorf, kreis, land = await acquainted(cluster, made)
        await passed_on(altdorf, kreis, land, hops=1)
        await until(land, "altdorf", {"altdorf/feature/1": "1"})
        await put(altdorf, "1", 2)
        await put(altdorf, "2", 1)
        await until(land, "altdorf", {"altdorf/feature/1": "2", "altdorf/feature/2": "1"})
        async with altdorf.database.transaction("test") as tx:
            tx.drop(Ref("altdorf", "feature", "1"))
        await until(land, "altdorf", {"altdorf/feature/2": "1"})
        assert await held(altdorf, "altdorf") == {"altdorf/feature/2": "1"}
        assert await rows(land, _ASIDE) == [] and await rows(altdorf, _ASIDE) == []


async def test_what_its_origin_keeps_for_its_partner_stays_there(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "kreis", "land", strangers=True) as made:
        altdorf, kreis, land = await acquainted(cluster, made)
        second = await passed_on(altdorf, kreis, land, hops=0)
        await put(altdorf, "2", 1)
        await until(kreis, "altdorf", {"altdorf/feature/1": "1", "altdorf/feature/2": "1"})
        async with asyncio.timeout(20):
            while not await rows(land, _RECEIVED, share=second):
                await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        assert await held(land, "altdorf") == {}


async def test_who_does_not_know_the_origin_does_not_believe_it(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "kreis", "land", strangers=True) as made:
        altdorf, kreis, land = made
        for here, there in ((altdorf, kreis), (kreis, altdorf), (kreis, land), (land, kreis)):
            await pin(here, there)
        await passed_on(altdorf, kreis, land, hops=1)
        async with asyncio.timeout(20):
            while not await rows(land, _ASIDE):
                await asyncio.sleep(0.1)
        assert await held(land, "altdorf") == {}
        assert "no partner of ours" in (await rows(land, _ASIDE))[0].reason
