"""Up, down and up again gives the same schema, and it is the one that the tables say."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from geodata.store.cluster import Cluster, binary
from geodata.store.database import sqlalchemy_url
from geodata.store.migrate import downgrade, upgrade
from geodata.store.tables import metadata


@pytest.fixture
def empty_url(cluster: Cluster, request: pytest.FixtureRequest) -> Any:
    name = "migrated_here"
    cluster.create_database(name)
    yield cluster.url(name)
    cluster.drop_database(name)


def schema(url: str) -> str:
    command = [str(binary("pg_dump")), "--schema-only", "--no-owner", "--exclude-table=alembic_version", url]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in dumped.splitlines() if line and not line.startswith(("--", "\\")))


def test_up_down_up_gives_the_same_schema_and_down_leaves_nothing(empty_url: str) -> None:
    before = schema(empty_url)
    upgrade(empty_url)
    first = schema(empty_url)
    assert first.count("CREATE TABLE") >= len(metadata.tables)
    downgrade(empty_url, "base")
    assert schema(empty_url) == before
    upgrade(empty_url)
    assert schema(empty_url) == first


def test_down_takes_partitions_with_it_that_were_made_later(empty_url: str) -> None:
    before = schema(empty_url)
    upgrade(empty_url)
    engine = create_engine(sqlalchemy_url(empty_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE observation_2021_07 PARTITION OF observation "
            "FOR VALUES FROM ('2021-07-01Z') TO ('2021-08-01Z')"
        )
    downgrade(empty_url, "base")
    assert schema(empty_url) == before


def test_the_migrated_schema_is_what_the_tables_say(empty_url: str) -> None:
    upgrade(empty_url)
    engine = create_engine(sqlalchemy_url(empty_url), poolclass=NullPool)

    def ours(thing: Any, name: str | None, kind: str, reflected: bool, _: Any) -> bool:
        if kind == "index" and reflected and (name or "").startswith(("ix_fact_resource_", "ix_fact_inquiry_",
                                                                      "ix_fact_request_")):  # fmt: skip
            return False  # for kinds that came later; a migration's own
        return not (kind == "table" and reflected and name not in metadata.tables)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True, "target_metadata": metadata}
        )
        assert compare_metadata(context, metadata) == []


def test_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    first = schema(empty_url)
    upgrade(empty_url)
    assert schema(empty_url) == first
