"""One node per module: a town that asks, three that can be asked, and a Kreis and a Bezirksregierung above."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from geodata.store.cluster import Cluster
from tests.service.conftest import running
from tests.service.requests.lending import Flood, flood

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("asyncio"):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[Flood]:
    name = f"requests_{os.getpid()}_{request.module.__name__.rpartition('_')[2][:20].lower()}"
    cluster.create_database(name, template="template_lagebild")
    async with running(cluster.url(name)) as node:
        yield await flood(node, lenders=3)
    cluster.drop_database(name)
