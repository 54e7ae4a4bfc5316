"""A real node and two partners that bring it envelopes over HTTP, right ones and others."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import orjson
from sqlalchemy import text

from geodata.store.cluster import Cluster
from tests.security.federated import INBOX, Partner, acquainted
from tests.service.federation.receiving.neighbour import opened, put, site, walked
from tests.service.federation.towns import Town, towns

Said = dict[str, Any]
OWN = "altdorf"
_FACTS = text("SELECT ref, room, body::text, provenance::text FROM fact ORDER BY ref")
_HELD = text("SELECT epoch, number, token FROM peer_incoming WHERE peer = :peer")
_ASIDE = text("SELECT coalesce(ref, '') FROM peer_aside WHERE peer = :peer")


@dataclass
class Stream:
    """`number` and `token` follow what the node has acknowledged."""

    town: Town
    partner: Partner
    client: httpx.AsyncClient
    epoch: int = 0
    number: int = 0
    token: str = ""

    def envelope(self, *items: Said, **other: Any) -> Said:
        """The next one; `other` is what shall be otherwise."""
        return {
            "version": 1, "sender": self.partner.origin, "recipient": OWN, "mode": "ACTUAL", "epoch": self.epoch,
            "number": self.number + 1, "after": self.token, "upto": f"t{self.number + 1}",
            "at": datetime.now(UTC).isoformat(), "items": list(items), **other,
        }  # fmt: skip

    def request(self, said: Said | bytes, **options: Any) -> httpx.Request:
        body = said if isinstance(said, bytes) else orjson.dumps(said)
        return self.partner.request(self.town.url + INBOX, body, **options)

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self.client.send(request)

    async def say(self, *items: Said, **other: Any) -> httpx.Response:
        """As it should be; the stream goes on from what is acknowledged."""
        answer = await self.send(self.request(self.envelope(*items, **other)))
        if answer.status_code == 200:
            said = answer.json()
            self.epoch, self.number = said.get("epoch", 0), said.get("number", 0)
            self.token = said.get("token", "")
        return answer

    async def held(self) -> tuple[int, int, str]:
        async with self.town.database.reading() as connection:
            row = (await connection.execute(_HELD, {"peer": self.partner.peer.id})).one()
        return row.epoch, row.number, row.token

    async def set_aside(self) -> list[str]:
        async with self.town.database.reading() as connection:
            return list((await connection.execute(_ASIDE, {"peer": self.partner.peer.id})).scalars())


async def picture(town: Town) -> str:
    """SHA-256 over every fact that the node holds."""
    async with town.database.reading() as connection:
        rows = [tuple(row) for row in await connection.execute(_FACTS)]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


async def begun(town: Town, client: httpx.AsyncClient, folder: Path, *, epoch: int = 0) -> tuple[Stream, Stream]:
    """`bergheim` and `cedern`, partners of a running node with things of its own; bergheim has told of five sites."""
    bergheim, cedern = [
        Stream(town, await acquainted(town.database, name, folder / name), client, epoch)
        for name in ("bergheim", "cedern")
    ]
    lead = await town.node.sign_in()
    point = {"type": "Point", "coordinates": [7.1, 51.2]}
    given = {"name": "Deich", "geometry": point, "kind": "other"}
    await lead.post("/api/features", json=given)
    await lead.aclose()
    sites = [put("s1", site(f"e{n}", origin="bergheim"), seq=n, walk="w1") for n in range(1, 6)]
    answer = await bergheim.say(opened("s1", walk="w1"), *sites, walked("s1", "w1"))
    assert answer.status_code == 200, answer.text
    return bergheim, cedern


@asynccontextmanager
async def streams(cluster: Cluster) -> AsyncIterator[tuple[Stream, Stream]]:
    async with towns(cluster, OWN, strangers=True) as (town,), httpx.AsyncClient() as client:
        with TemporaryDirectory(prefix="lagebild-partners-") as folder:
            yield await begun(town, client, Path(folder))
