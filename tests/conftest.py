"""One private PostGIS per session, one fresh database per test that asks for it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from geodata.land import loading
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from geodata.store.migrate import upgrade

SHARED_SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
FORGETFUL = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"
"""Nothing here outlives its test. What is proven about crashes is proven with clusters of its own."""
_numbers = count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    directory = Path(tempfile.mkdtemp(prefix="lagebild-test-"))
    directory.chmod(0o755)
    cluster = Cluster(directory)
    cluster.ensure()
    with (cluster.data / "postgresql.conf").open("a") as conf:
        conf.write(FORGETFUL)
    process = cluster.start()
    cluster.create_database("template_lagebild")
    upgrade(cluster.url("template_lagebild"))
    yield cluster
    os.kill(process.pid, signal.SIGINT)
    process.wait(30)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    cluster.create_database(name, template="template_lagebild")
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def samples() -> Path:
    if not SHARED_SAMPLES.is_dir():
        pytest.skip("no recorded samples beside this checkout")
    return SHARED_SAMPLES


@pytest.fixture(scope="session")
def template_with_land(cluster: Cluster) -> str:
    """Loading the land takes seconds: once, then copied."""
    cluster.create_database("template_land", template="template_lagebild")

    async def load() -> None:
        database = Database(cluster.url("template_land"))
        await loading.ensure(database)
        await database.close()

    asyncio.run(load())
    return "template_land"


@pytest.fixture
def nrw_url(cluster: Cluster, template_with_land: str) -> Iterator[str]:
    """A database with all municipalities, districts and places."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    cluster.create_database(name, template=template_with_land)
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
async def nrw(nrw_url: str) -> AsyncIterator[Database]:
    database = Database(nrw_url)
    yield database
    await database.close()
