"""Two towns for all tests of this folder; before each of them they have never met."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from geodata.store.cluster import Cluster
from tests.service.federation.peers.meeting import Desk
from tests.service.federation.towns import Town, towns

HERE = Path(__file__).parent
Pair = tuple[Desk, Desk]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair(cluster: Cluster) -> AsyncIterator[tuple[Town, Town]]:
    async with towns(cluster, "altdorf", "bergheim", strangers=True) as (altdorf, bergheim):
        yield altdorf, bergheim


@pytest_asyncio.fixture(loop_scope="session")
async def desks(pair: tuple[Town, Town]) -> AsyncIterator[Pair]:
    for town in pair:
        async with town.database.transaction("test") as tx:
            # The running node writes into these; it and whoever deletes the partner could wait for each other.
            await tx.connection.execute(text("LOCK peer_incoming, peer_outgoing IN SHARE ROW EXCLUSIVE MODE"))
            for table in ("peer_invitation", "share", "peer", "audit"):
                await tx.connection.execute(text(f"DELETE FROM {table}"))
    here, there = await Desk.at(pair[0]), await Desk.at(pair[1])
    yield here, there
    await here.client.aclose()
    await there.client.aclose()
