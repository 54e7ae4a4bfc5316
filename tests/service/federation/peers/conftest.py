"""Two towns for all tests of this folder; before each of them they have never met."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from geodata.store.cluster import Cluster
from geodata.store.database import Database, StoreUnavailable
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
        await _forget_everybody(town.database)
    here, there = await Desk.at(pair[0]), await Desk.at(pair[1])
    yield here, there
    await here.client.aclose()
    await there.client.aclose()


async def _forget_everybody(database: Database) -> None:
    """The running node writes into the same rows in another order: who is chosen to end a deadlock begins again."""
    for last in (False, False, False, True):
        try:
            async with database.transaction("test") as tx:
                for table in ("peer_invitation", "share", "peer", "audit"):
                    await tx.connection.execute(text(f"DELETE FROM {table}"))
            return
        except StoreUnavailable:
            if last:
                raise
