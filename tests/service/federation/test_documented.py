"""What is written for other vendors is true: the reference client speaks with a node, the schema is the one in use."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from geodata.store.cluster import Cluster
from service.federation.wire import envelope as wire
from service.federation.wire.schema import schema
from tests.service.federation.ground import feature
from tests.service.federation.peers.meeting import Desk
from tests.service.federation.towns import towns

DOCS = Path(__file__).resolve().parents[3] / "docs"
PROTOCOL = (DOCS / "federation.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", PROTOCOL, re.DOTALL)


def _client() -> Any:
    spec = importlib.util.spec_from_file_location("reference_client", DOCS / "federation" / "client.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_schema_that_is_checked_in_is_the_one_in_use() -> None:
    kept = json.loads((DOCS / "federation" / "schema.json").read_text())
    now = json.loads(msgspec.json.encode(schema()))
    assert kept == now, "python -m service.federation.wire.schema > docs/federation/schema.json"


def test_the_reference_client_is_short_enough_to_be_read() -> None:
    assert len((DOCS / "federation" / "client.py").read_text().splitlines()) < 200


def _items(said: dict[str, Any]) -> list[dict[str, Any]]:
    return said.get("items") or ([said] if "type" in said else [])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one[:40])
def test_each_example_of_the_protocol_is_what_travels(example: str) -> None:
    said = json.loads(example)
    if "items" in said:
        found = wire.read.decode(example)
        assert [wire.read_item.decode(bytes(raw)) for raw in found.items]
    elif "type" in said:
        wire.read_item.decode(example)
    elif "number" in said:
        wire.read_ack.decode(example)
    else:
        assert "keys" in said and "signature" in said


def test_every_kind_of_item_has_an_example() -> None:
    shown = {str(item["type"]) for example in EXAMPLES for item in _items(json.loads(example))}
    assert shown == {"put", "drop", "share", "walked", "digest"}


async def test_the_reference_client_becomes_a_partner_sends_and_reads(cluster: Cluster) -> None:
    client = _client()
    async with towns(cluster, "altdorf", strangers=True) as (altdorf,):
        desk = await Desk.at(altdorf)
        invitation = (await desk.invites("Fremdes System"))["text"]
        partner = client.Partner("fremd", "Fremdes System")
        assert await asyncio.to_thread(partner.hello, invitation) == "altdorf"
        assert partner.words().split() == (await desk.partner("fremd"))["words"]
        await desk.compares("fremd")

        share = {"type": "share", "share": "s", "version": 1, "state": "OPEN", "title": "Lage", "walk": "w"}
        sent = feature("fremd", "1", 1)
        provenance = {"source": "test", "as_of": "2026-07-14T19:47:00Z", "received_at": "2026-07-14T19:47:00Z",
                      "confidence": "REPORTED"}  # fmt: skip
        put = {"type": "put", "share": "s", "ref": str(sent.ref), "seq": 1, "body": msgspec.to_builtins(sent.body),
               "provenance": provenance, "walk": "w"}  # fmt: skip
        assert await asyncio.to_thread(partner.send, share, put, {"type": "walked", "share": "s", "walk": "w"}) == 200
        async with altdorf.database.reading() as connection:
            rows = (await connection.execute(text("SELECT ref FROM fact WHERE origin = 'fremd'"))).scalars().all()
        assert rows == ["fremd/feature/1"]

        async with altdorf.database.transaction("test") as tx:
            await tx.connection.execute(text("INSERT INTO room (id, name) VALUES ('lage', 'Lage')"))
            await tx.connection.execute(
                text("""
                INSERT INTO share (id, peer, room, name, state, policy, created_by)
                SELECT 'lage', id, 'lage', 'Lage', 'ACTIVE', '{"kinds": ["feature"]}', 'test' FROM peer
            """)
            )
            tx.put(feature("altdorf", "7", 3))
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while not any(item["type"] == "put" for item in found):
                found += await asyncio.to_thread(partner.fetch)
        (thing,) = [item for item in found if item["type"] == "put"]
        assert thing["ref"] == "altdorf/feature/7" and thing["body"]["title"] == "Ding 7"
        await desk.client.aclose()
