"""Two whole nodes: what lies in a shared room of one stands in the picture of the other."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.service.federation.towns import Town, towns

_ROOM = text("INSERT INTO room (id, name) VALUES ('lage', 'Lage')")
_SHARE = text("""
    INSERT INTO share (id, peer, room, name, state, policy, created_by)
    VALUES (:id, :peer, 'lage', 'Lage', 'ACTIVE', '{"kinds": ["feature"]}', 'test')
""")
_HELD = text("SELECT ref, body ->> 'title' AS title FROM fact WHERE origin = :origin AND kind = 'feature'")
_OUT = text("SELECT epoch, number, token, failures, last_error FROM peer_outgoing WHERE peer = :peer")


def thing(origin: str, id: str, title: str, *, room: str = "lage") -> Fact:
    now = datetime.now(UTC)
    place = Geometry("Point", [7.0, 51.0])
    body = {"key": id, "layer": "probe", "title": title, "geometry": place.as_geojson()}
    return Fact(Ref(origin, "feature", id), room, Provenance("test", now, now), body, place)


async def share(here: Town, there: Town) -> None:
    async with here.database.transaction("test") as tx:
        await tx.connection.execute(_ROOM)
        await tx.connection.execute(_SHARE, {"id": "f-1", "peer": here.peers[there.origin].id})


async def put(here: Town, *facts: Fact) -> None:
    async with here.database.transaction("test") as tx:
        for fact in facts:
            tx.put(fact)


async def held(here: Town, origin: str) -> dict[str, str]:
    async with here.database.reading() as connection:
        return {row.ref: row.title for row in await connection.execute(_HELD, {"origin": origin})}


async def out(here: Town, there: Town) -> Any:
    async with here.database.reading() as connection:
        return (await connection.execute(_OUT, {"peer": here.peers[there.origin].id})).one()


async def until_held(there: Town, here: Town, wanted: dict[str, str], *, within: float = 30) -> float:
    began = time.monotonic()
    while (found := await held(there, here.origin)) != wanted:
        assert time.monotonic() - began < within, f"{found} is not {wanted}"
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def test_what_is_shared_arrives_changes_and_goes(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        await put(altdorf, thing("altdorf", "before", "vorher", room="public"))
        await share(altdorf, bergheim)
        await put(altdorf, thing("altdorf", "a", "Pumpe"), thing("altdorf", "b", "Boot"))
        wanted = {"altdorf/feature/a": "Pumpe", "altdorf/feature/b": "Boot"}
        await until_held(bergheim, altdorf, wanted)
        async with altdorf.database.transaction("test") as tx:
            tx.put(thing("altdorf", "a", "Pumpe 2"))
            tx.drop(Ref("altdorf", "feature", "b"))
        await until_held(bergheim, altdorf, {"altdorf/feature/a": "Pumpe 2"}, within=20)
        await put(altdorf, thing("altdorf", "a", "Pumpe 2", room="public"))
        await until_held(bergheim, altdorf, {}, within=20)
        stream = await out(altdorf, bergheim)
        assert stream.failures == 0 and stream.last_error is None and stream.epoch > 0
