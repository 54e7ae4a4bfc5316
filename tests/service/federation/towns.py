"""Several whole nodes in one process that trust each other, each with a database, a data directory and keys of its own.

They reach each other over real HTTP on loopback.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from geodata.model.resource import FleetLevel
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service.federation.identity.keys import NodeKeys
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState, PinnedKey
from tests.service.conftest import Node, running

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAST = {"greet": "0.3 s", "networks": "127.0.0.0/8"}
_numbers = count(1)


@dataclass
class Town:
    origin: str
    node: Node
    keys: NodeKeys
    peers: dict[str, Peer] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.node.database

    @property
    def url(self) -> str:
        return self.node.url


async def pin(here: Town, there: Town, *, url: str | None = None, level: FleetLevel = FleetLevel.MUNICIPALITY) -> Peer:
    """What a finished handshake leaves behind: `here` knows `there` by its key, compared and active."""
    key = there.keys.current
    async with here.database.transaction("test") as tx:
        id = await peers.add(
            tx, origin=there.origin, name=there.origin.title(), level=level, mode="ACTUAL",
            keys=[PinnedKey(key.kid, key.x, LONG_AGO)], seal_key=there.keys.seal_x, url=url or there.url, ars=None,
            document={}, state=PeerState.ACTIVE,
        )  # fmt: skip
    async with here.database.reading() as connection:
        here.peers[there.origin] = await peers.one(connection, id)
    return here.peers[there.origin]


@asynccontextmanager
async def towns(
    cluster: Cluster, *origins: str, template: str = "template_lagebild", strangers: bool = False, **settings: Any
) -> AsyncIterator[list[Town]]:
    """These nodes, each a partner of each other unless `strangers`. `settings` go to all of them."""
    async with AsyncExitStack() as stack:
        made: list[Town] = []
        for origin in origins:
            name = f"towns_{id(stack)}_{next(_numbers)}"
            cluster.create_database(name, template=template)
            stack.callback(cluster.drop_database, name)
            data_dir = Path(stack.enter_context(TemporaryDirectory(prefix="lagebild-town-")))
            given = {"origin": origin, "title": origin.title(), "federation": FAST, **settings}
            node = await stack.enter_async_context(running(cluster.url(name), data_dir=data_dir, **given))
            made.append(Town(origin, node, NodeKeys(data_dir)))
        if not strangers:
            await acquaint(made)
        yield made


async def acquaint(made: Iterable[Town]) -> None:
    for here, there in permutations(made, 2):
        await pin(here, there)
