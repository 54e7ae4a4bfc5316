from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from geodata.store import partitions
from geodata.store.cluster import Cluster
from geodata.store.database import Database, StoreUnavailable
from geodata.store.inspection import inspect
from geodata.store.migrate import newest, revision


async def test_a_migrated_database_tells_its_versions_and_its_room(database: Database) -> None:
    await partitions.ensure_ahead(database.engine, datetime.now(UTC))
    found = await inspect(database)
    assert int(found.version.split(".")[0]) >= 15
    assert found.postgis.startswith("3.")
    assert found.revision == newest() == revision(database.url)
    assert abs(found.now - datetime.now(UTC)) < timedelta(seconds=5)
    assert found.observations_until is not None
    assert found.observations_until > datetime.now(UTC) + timedelta(days=27)
    assert found.numbers_left is not None
    assert found.numbers_left >= 2 * partitions.CHANGES_PER_PARTITION
    assert 0 < found.connections < found.connections_allowed
    assert found.municipalities == 0


async def test_an_empty_database_has_no_revision(cluster: Cluster) -> None:
    cluster.create_database("inspection_empty")
    empty = Database(cluster.url("inspection_empty"))
    try:
        found = await inspect(empty)
        assert (found.revision, found.observations_until, found.numbers_left) == (None, None, None)
        assert revision(empty.url) is None
    finally:
        await empty.close()
        cluster.drop_database("inspection_empty")


async def test_a_database_that_does_not_answer_is_said_to_be_so(cluster: Cluster) -> None:
    gone = Database(cluster.url("never_made"))
    with pytest.raises(StoreUnavailable):
        await inspect(gone)
    await gone.close()
