"""A backup of a running node, read back on another: nothing may differ."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from feeds.catalogue import catalogue
from geodata.store.cluster import Cluster
from tests.node import Node

QUIET = {f"LAGEBILD_FEEDS__{name.upper()}__ENABLED": "false" for name in catalogue().feeds}
TABLES = ("fact", "change", "series", "observation", "latest", "area", "place", "land_source", "session", "idempotency")


@pytest.fixture
def nodes() -> Iterator[tuple[Node, Node]]:
    pair = Node(environment=QUIET), Node(environment=QUIET)
    yield pair
    for node in pair:
        node.close()


def _contents(node: Node) -> dict[str, tuple[int, str]]:
    """Number of rows of each table, and a hash over all of them in order."""
    with psycopg.connect(Cluster(node.data_dir).url("lagebild")) as database:
        return {
            table: database.execute(
                f"SELECT count(*), coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM {table} t"
            ).fetchone()
            or (0, "")
            for table in TABLES
        }


def _send_some(node: Node) -> None:
    station = {
        "key": "own.backup", "name": "Sicherung", "longitude": 6.8, "latitude": 50.8,
        "series": [{"quantity": "W", "unit": "cm", "every": 5}],
    }  # fmt: skip
    start = datetime.now(UTC) - timedelta(hours=5)
    sent = [
        {"station": "own.backup", "quantity": "W", "at": (start + timedelta(minutes=i)).isoformat(), "value": 80 + i,
         "unit": "cm"}
        for i in range(200)
    ]  # fmt: skip
    with closing(node.sign_in()) as client:
        client.put("/api/stations/own.backup", json=station).raise_for_status()
        answer = client.post(
            "/api/observations", json={"observations": sent}, headers={"Idempotency-Key": "backup-0001"}
        )
        assert answer.json()["new"] == 200, answer.text


def test_a_restored_node_holds_exactly_what_was_backed_up(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.start()
    _send_some(first)
    file = first.top / "lagebild.dump"
    made = first.run("backup", str(file))
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    expected = _contents(first)
    assert expected["observation"][0] == 200
    again = first.run("backup", str(file))
    assert again.returncode == 1
    assert "exists" in again.stderr

    restored = second.run("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    twice = second.run("restore", str(file))
    assert twice.returncode == 1
    assert "in use already" in twice.stderr
    second.start()
    assert _contents(second) == expected
    readings = httpx.get(f"{second.address}/api/picture?kinds=reading").json()["facts"]
    assert [fact["body"]["value"] for fact in readings] == [279]


def test_a_backup_needs_a_database_that_runs(nodes: tuple[Node, Node]) -> None:
    refused = nodes[0].run("backup", str(nodes[0].top / "none.dump"))
    assert refused.returncode == 1
    assert "lagebild up" in refused.stderr
