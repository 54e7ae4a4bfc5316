"""Nodes without a line, each with a database and keys of its own: only what carries streams by parcel and relay.

Nothing runs by itself; a test lets each look when it wants, and what is said to a relay goes through `Hut.way`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from sqlalchemy import text

from geodata.model.clock import WallClock
from geodata.model.incident import IncidentMode
from geodata.model.resource import FleetLevel
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service.errors import Invalid
from service.federation.identity.document import Myself
from service.federation.identity.keys import NodeKeys
from service.federation.islands.bundle import Bundles
from service.federation.islands.relaying import Fetch, Leave, Relay, Relaying
from service.federation.islands.store import RelayFull
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState, PinnedKey
from service.federation.peers.reaching import Reaching
from service.federation.peers.rotation import Announcer
from service.federation.receiving.inbox import Inbox
from service.federation.sending.sender import Sender
from service.federation.sending.stream import Streams
from service.federation.wire.client import PeerClient
from service.federation.wire.envelope import Envelope
from tests.service.federation.ground import feature

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EVERY = 20.0
_numbers = count(1)
_ROOM = text("INSERT INTO room (id, name) VALUES ('lage', 'Lage')")
_SHARE = text("""
    INSERT INTO share (id, peer, room, name, state, policy, created_by)
    VALUES ('lage-' || :origin, :peer, 'lage', 'Lage', 'ACTIVE', '{"kinds": ["feature"]}', 'test')
""")
_HELD = text("SELECT id, body -> 'properties' ->> 'version' AS version FROM fact WHERE origin = :origin")
_RELAY = text("UPDATE peer SET relay = (SELECT id FROM peer WHERE origin = :relay) WHERE origin = :origin")
_HAS = text("SELECT number, token FROM peer_incoming i JOIN peer p ON p.id = i.peer WHERE p.origin = :origin")


class Hut:
    def __init__(self, origin: str, database: Database, data_dir: Path) -> None:
        self.origin, self.database, self.keys = origin, database, NodeKeys(data_dir)
        self.peers: dict[str, Peer] = {}
        self.now = 0.0
        clock, client = WallClock(), PeerClient(self.keys)
        streams = Streams(database, clock, origin=origin, mode="ACTUAL", compare=timedelta(hours=1))
        sender = Sender(database, streams, Reaching(client), clock, greet=timedelta(seconds=EVERY))
        self.inbox = Inbox(
            database, origin=origin, mode=IncidentMode.ACTUAL, rights_changed=_nothing,
            acknowledged=sender.acknowledged,
        )  # fmt: skip
        self.myself = Myself(
            self.keys, origin=origin, name=origin.title(), level=FleetLevel.MUNICIPALITY, mode="ACTUAL",
            url=f"https://{origin}.invalid",
        )  # fmt: skip
        self.announcer = Announcer(database, self.myself, Reaching(client), clock, _nobody)
        self.bundles = Bundles(
            database, self.keys, self.announcer, origin,
            lambda peer, after, most: streams.next_envelope(peer, after, most_bytes=most), self._take,
        )  # fmt: skip
        self.relay = Relay(database, clock, willing=True)
        self.way: Callable[[str, bytes], Awaitable[bytes | None]] = _nowhere
        self.begin()

    def begin(self) -> None:
        """Forget what was left, as a restart does."""
        self.relaying = Relaying(self.database, self.bundles, self._say, lambda: self.now, EVERY)

    async def look(self) -> None:
        self.now += EVERY
        await self.relaying.look()

    async def write(self, *things: tuple[str, int]) -> None:
        for id, version in things:
            async with self.database.transaction("test") as tx:
                tx.put(feature(self.origin, id, version))

    async def held(self, origin: str) -> dict[str, str]:
        async with self.database.reading() as connection:
            return {row.id: row.version for row in await connection.execute(_HELD, {"origin": origin})}

    async def has(self, origin: str) -> tuple[int, str]:
        """The last envelope of that origin that was applied here, and its place."""
        async with self.database.reading() as connection:
            row = (await connection.execute(_HAS, {"origin": origin})).one()
            return row.number, row.token

    async def reached_through(self, there: str, relay: str) -> None:
        async with self.database.transaction("test") as tx:
            await tx.connection.execute(_RELAY, {"origin": there, "relay": relay})

    async def _take(self, peer: Peer, envelope: Envelope) -> bool:
        return (await self.inbox.receive(peer, envelope, datetime.now(UTC), direct=False)).applied

    async def _say(self, peer: Peer, path: str, body: bytes) -> bytes | None:
        return await self.way(path, body)


def by(relay: Hut, sender: str) -> Callable[[str, bytes], Awaitable[bytes | None]]:
    """The way of this sender to that relay, without faults."""

    async def said(path: str, body: bytes) -> bytes | None:
        if path.endswith("/fetch"):
            return msgspec.json.encode(
                await relay.relay.fetch(relay.peers[sender], msgspec.json.decode(body, type=Fetch))
            )
        try:
            await relay.relay.leave(relay.peers[sender], msgspec.json.decode(body, type=Leave))
        except (Invalid, RelayFull):
            return None
        return b"{}"

    return said


@asynccontextmanager
async def huts(cluster: Cluster) -> AsyncIterator[tuple[Hut, Hut, Hut]]:
    """Two that have no line to each other, and their relay."""
    async with AsyncExitStack() as stack:
        made: list[Hut] = []
        for origin in ("altdorf", "kreis", "bergheim"):
            name = f"huts_{id(stack)}_{next(_numbers)}"
            cluster.create_database(name, template="template_lagebild")
            stack.callback(cluster.drop_database, name)
            data_dir = Path(stack.enter_context(TemporaryDirectory(prefix="lagebild-hut-")))
            database = Database(cluster.url(name))
            stack.push_async_callback(database.close)
            made.append(Hut(origin, database, data_dir))
            async with database.transaction("test") as tx:
                await tx.connection.execute(_ROOM)
        for here, there in permutations(made, 2):
            here.peers[there.origin] = await _pin(here, there)
        altdorf, kreis, relay = made
        for here, there in ((altdorf, kreis), (kreis, altdorf)):
            await here.reached_through(there.origin, relay.origin)
            here.way = by(relay, here.origin)
        yield altdorf, kreis, relay


async def _pin(here: Hut, there: Hut) -> Peer:
    key = there.keys.current
    async with here.database.transaction("test") as tx:
        id = await peers.add(
            tx, origin=there.origin, name=there.origin.title(), level=FleetLevel.MUNICIPALITY, mode="ACTUAL",
            keys=[PinnedKey(key.kid, key.x, LONG_AGO)], seal_key=there.keys.seal_x, url=None, ars=None, document={},
            state=PeerState.ACTIVE,
        )  # fmt: skip
        await tx.connection.execute(_SHARE, {"origin": there.origin, "peer": id})
    async with here.database.reading() as connection:
        return await peers.one(connection, id)


async def _nothing() -> None:
    pass


def _nobody(peer: str) -> None:
    pass


async def _nowhere(path: str, body: bytes) -> bytes | None:
    return None
