"""What a test lets happen on nodes that are processes of their own, and what it looks for in their databases."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.model.resource import FleetLevel
from geodata.store.database import Database
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState, PinnedKey
from tests.service.federation.netns import Place

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_ROOM = text("INSERT INTO room (id, name) VALUES ('lage', 'Lage') ON CONFLICT DO NOTHING")
_SHARE = text("""
    INSERT INTO share (id, peer, room, name, state, policy, created_by)
    VALUES (:id, :peer, 'lage', 'Lage', 'ACTIVE', cast(:policy AS jsonb), 'test')
""")
_RELAY = text("UPDATE peer SET relay = (SELECT id FROM peer WHERE origin = :relay) WHERE origin = :origin")
_OF = text("SELECT ref, body, provenance FROM fact WHERE origin = :origin AND kind = 'feature'")
_LOG = text("""
    SELECT ref, op, body -> 'properties' ->> 'version' AS version FROM change
    WHERE ref LIKE :origin || '/feature/%' ORDER BY seq
""")


async def introduce(all_of: Iterable[Place]) -> None:
    """Everybody knows everybody by key and lets everybody see the features of its room `lage`."""
    places = list(all_of)
    for here in places:
        database = here.database
        async with database.transaction("test") as tx:
            await tx.connection.execute(_ROOM)
            for there in places:
                if there is here:
                    continue
                key = there.keys.current
                id = await peers.add(
                    tx, origin=there.origin, name=there.origin.title(), level=FleetLevel.MUNICIPALITY, mode="ACTUAL",
                    keys=[PinnedKey(key.kid, key.x, LONG_AGO)], seal_key=there.keys.seal_x, url=there.url, ars=None,
                    document={}, state=PeerState.ACTIVE,
                )  # fmt: skip
                policy = orjson.dumps({"kinds": ["feature"]}).decode()
                await tx.connection.execute(_SHARE, {"id": f"lage-{there.origin}", "peer": id, "policy": policy})
        await database.close()


async def relayed(here: Place, there: Place, by: Place) -> None:
    database = here.database
    async with database.transaction("test") as tx:
        await tx.connection.execute(_RELAY, {"origin": there.origin, "relay": by.origin})
    await database.close()


class Author:
    """Writes, changes and drops features of one node; each change of a thing carries the next version."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.dice = place, random.Random(seed)
        self.versions: dict[str, int] = {}
        self._new = count(1)
        self.tag = seed

    async def write(self, changes: int, *, at_once: int = 50) -> None:
        database = self.place.database
        while changes > 0:
            async with database.transaction("author") as tx:
                for _ in range(min(at_once, changes)):
                    self._one(tx)
            changes -= at_once
        await database.close()

    def _one(self, tx: Any) -> None:
        luck = self.dice.random()
        if self.versions and luck < 0.1:
            id = self.dice.choice(list(self.versions))
            del self.versions[id]
            tx.drop(Ref(self.place.origin, "feature", id))
            return
        id = self.dice.choice(list(self.versions)) if self.versions and luck < 0.5 else f"{self.tag}.{next(self._new)}"
        version = self.versions[id] = self.versions.get(id, 0) + 1
        tx.put(feature(self.place.origin, id, version))


def feature(origin: str, id: str, version: int) -> Fact:
    now = datetime.now(UTC)
    body = {"key": id, "layer": "probe", "title": f"Ding {id}", "properties": {"version": str(version)},
            "geometry": {"type": "Point", "coordinates": [7.0, 51.0]}}  # fmt: skip
    return Fact(Ref(origin, "feature", id), "lage", Provenance("test", now, now), body, Geometry("Point", [7.0, 51.0]))


async def held(place: Place, origin: str) -> dict[str, str]:
    """What this node holds of that origin: by ref what stands in it."""
    database = place.database
    async with database.reading() as connection:
        rows = (await connection.execute(_OF, {"origin": origin})).all()
    await database.close()
    return {row.ref: orjson.dumps([row.body["title"], row.body["properties"], row.provenance["as_of"]]).decode()
            for row in rows}  # fmt: skip


async def agree(places: Iterable[Place]) -> bool:
    """Everybody holds of everybody what that one holds itself."""
    listed = list(places)
    for owner in listed:
        own = await held(owner, owner.origin)
        for other in listed:
            if other is not owner and await held(other, owner.origin) != own:
                return False
    return True


async def in_order(place: Place, origin: str, *, tag: int | None = None) -> None:
    """The node's own log never took a thing of that origin (or only of that author) back to an older version."""
    database: Database = place.database
    async with database.reading() as connection:
        rows = (await connection.execute(_LOG, {"origin": origin})).all()
    await database.close()
    newest: dict[str, int] = {}
    for row in rows:
        if row.op == "drop" or (tag is not None and f"/{tag}." not in row.ref):
            continue
        assert int(row.version) >= newest.get(row.ref, 0), f"{row.ref} went back at {place.origin}"
        newest[row.ref] = int(row.version)


async def until(holds: Callable[[], Awaitable[bool]], seconds: float, what: str) -> float:
    """Seconds that it took."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.5)
    return time.monotonic() - began
