"""A backup of a running node, read back on another: nothing may differ."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import text

from alerting.model.plan import ChannelKind
from alerting.store import people
from alerting.store.people import Address, NewHelper, Skill
from alerting.store.sealing import Seal
from feeds.catalogue import catalogue
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service.federation.identity.keys import NodeKeys
from tests.node import Node

QUIET = {f"LAGEBILD_FEEDS__{name.upper()}__ENABLED": "false" for name in catalogue().feeds}
TABLES = (
    "fact",
    "change",
    "series",
    "observation",
    "latest",
    "area",
    "place",
    "land_source",
    "session",
    "idempotency",
    "helper",
    "helper_skill",
    "helper_channel",
)


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


def _know_somebody(node: Node) -> Path:
    """One person who can be called; the file with the keys that his number is sealed with."""
    seal = Seal(node.data_dir)
    new = NewHelper("Ada", "p-a", skills=(Skill("AGT"),), addresses=(Address(ChannelKind.SMS, "+4915112345678"),))

    async def add() -> None:
        database = Database(Cluster(node.data_dir).url("lagebild"))
        async with database.transaction("t") as tx:
            await tx.connection.execute(text("INSERT INTO room (id, name) VALUES ('p-a', 'Personal')"))
            await people.add(tx.connection, seal, new, now=datetime.now(UTC))
        await database.close()

    asyncio.run(add())
    return seal.file


def _number_in(node: Node) -> str:
    with psycopg.connect(Cluster(node.data_dir).url("lagebild")) as database:
        row = database.execute("SELECT h.key, c.sealed FROM helper h JOIN helper_channel c ON c.helper = h.id")
        key, sealed = row.fetchone() or (b"", b"")
    return str(Seal(node.data_dir).own(key).open(sealed))


def test_a_restored_node_holds_exactly_what_was_backed_up(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.start()
    _send_some(first)
    keys = _know_somebody(first)
    file = first.top / "lagebild.dump"
    made = first.run("backup", str(file))
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    beside = first.top / "lagebild.dump.node-keys"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    own = NodeKeys(first.data_dir)
    expected = _contents(first)
    assert expected["observation"][0] == 200
    again = first.run("backup", str(file))
    assert again.returncode == 1
    assert "exists" in again.stderr

    restored = second.run("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "keys" in restored.stdout
    same = NodeKeys(second.data_dir)
    assert (same.current.kid, same.seal_x) == (own.current.kid, own.seal_x), "its partners know it again"
    assert stat.S_IMODE(same.file.stat().st_mode) == 0o600
    shutil.copy(keys, second.data_dir / "keys")
    twice = second.run("restore", str(file))
    assert twice.returncode == 1
    assert "in use already" in twice.stderr
    second.start()
    assert _number_in(second) == "+4915112345678"
    assert _contents(second) == expected
    readings = httpx.get(f"{second.address}/api/picture?kinds=reading").json()["facts"]
    assert [fact["body"]["value"] for fact in readings] == [279]


def test_a_restored_node_never_takes_the_place_of_another(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    other = NodeKeys(second.data_dir).current.kid
    file = first.top / "any.dump"
    file.write_bytes(b"")
    shutil.copy(NodeKeys(first.data_dir).file, f"{file}.node-keys")
    refused = second.run("restore", str(file))
    assert refused.returncode == 1
    assert "keys of another node" in refused.stderr
    assert NodeKeys(second.data_dir).current.kid == other


def test_a_backup_needs_a_database_that_runs(nodes: tuple[Node, Node]) -> None:
    refused = nodes[0].run("backup", str(nodes[0].top / "none.dump"))
    assert refused.returncode == 1
    assert "lagebild up" in refused.stderr
