"""Two nodes that trust each other, as the other tests of the federation begin."""

from __future__ import annotations

from geodata.store.cluster import Cluster
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState
from tests.service.federation.towns import towns


async def test_each_knows_the_other_by_its_key(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        async with altdorf.database.reading() as connection:
            (known,) = await peers.everyone(connection)
        assert (known.origin, known.state) == ("bergheim", PeerState.ACTIVE)
        assert known.keys[0].kid == bergheim.keys.current.kid
        assert known.url == bergheim.url
