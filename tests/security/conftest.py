"""One node with two incidents, for all the tests of this folder that only look or make new things."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from geodata.store.cluster import Cluster
from tests.security.world import World, build
from tests.service.conftest import running

HERE = Path(__file__).parent
PROVIDER = {"issuer": "http://127.0.0.1:9", "client_id": "lagebild", "client_secret": "geheim"}
"""Nobody listens there: the routes are on, and say that the provider does not answer."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cluster: Cluster,
    template_with_land: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    name = f"security_{os.getpid()}_{request.module.__name__.rpartition('_')[2][:20].lower()}"
    cluster.create_database(name, template=template_with_land)
    data = tmp_path_factory.mktemp("node")
    exercise = {"mode": "EXERCISE", "exercise": {"scenario": "calm"}, "feeds": {}}
    async with running(cluster.url(name), oidc=PROVIDER, data_dir=data, **exercise) as node:
        built = await build(node)
        yield built
        await built.close()
    cluster.drop_database(name)
