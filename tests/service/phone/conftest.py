"""One node and one organisation for all tests of the phone: each has people of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from geodata.store.cluster import Cluster
from tests.service.conftest import Node, running
from tests.service.phone.called import Called, called
from tests.service.roster.crew import Crew, crew


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Node and tests share one event loop."""
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here) and item.get_closest_marker("asyncio"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(cluster: Cluster) -> AsyncIterator[Node]:
    name = f"test_phone_{os.getpid()}"
    cluster.create_database(name, template="template_lagebild")
    console = {"kind": "console", "exercise": False}
    async with running(cluster.url(name), alerting={"gateways": {"console": console}}) as node:
        yield node
    cluster.drop_database(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def brigade(node: Node) -> Crew:
    return await crew(node)


@pytest_asyncio.fixture(loop_scope="session")
async def alarm(brigade: Crew) -> Called:
    """Of two people of the test's own, who have been reached and said nothing."""
    return await called(brigade, await brigade.add("Anna Adams"), await brigade.add("Ben Becker"))
