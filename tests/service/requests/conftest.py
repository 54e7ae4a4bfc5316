"""One node for all tests of this folder: a town that asks, three that can be asked, a Kreis and a Bezirksregierung
above. Each test makes its own requests and resources."""

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
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asked(cluster: Cluster) -> AsyncIterator[Flood]:
    name = f"requests_{os.getpid()}"
    cluster.create_database(name, template="template_lagebild")
    async with running(cluster.url(name)) as node:
        yield await flood(node, lenders=3)
    cluster.drop_database(name)
