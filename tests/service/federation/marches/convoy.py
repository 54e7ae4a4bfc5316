"""Bergheim has promised boats to Altdorf; then the line is cut, and only what somebody carries passes between them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from geodata.store.cluster import Cluster
from tests.service.federation.procedures.carried import until
from tests.service.federation.procedures.lent import Neighbours, neighbours

AT = {"type": "Point", "coordinates": [7.1, 51.2]}
_BOOK = text("SELECT body FROM fact WHERE kind = 'arrival' ORDER BY body ->> 'number'")
_OF = text("SELECT ref, body, provenance ->> 'source' AS source FROM fact WHERE kind = :kind ORDER BY ref")


def soon(**later: float) -> str:
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(**later)).isoformat().replace("+00:00", "Z")


@dataclass
class Convoy:
    near: Neighbours
    inquiry: str
    boats: list[str]
    meldekopf: str

    @property
    def here(self) -> httpx.AsyncClient:
        """At the Meldekopf of Altdorf."""
        return self.near.needy.lead

    @property
    def there(self) -> httpx.AsyncClient:
        """With the lender."""
        return self.near.lender.fleet.client

    @property
    def at_lender(self) -> str:
        return f"/api/partners/{self.near.lender.node.peers['altdorf'].id}/marches"

    @property
    def at_borrower(self) -> str:
        return f"/api/partners/{self.near.asking.peers['bergheim'].id}/marches"

    async def announce(self, expect: int = 201, **given: Any) -> dict[str, Any]:
        asked = {"leader": "Florian Bergheim 1-ELW1-1", "contact": "0170 1", "inquiry": self.near.answer(self.inquiry)}
        answer = await self.there.post(self.at_lender, json={**asked, **given})
        assert answer.status_code == expect, answer.text
        return answer.json()  # type: ignore[no-any-return]

    async def file(self, march: str, **query: int) -> list[str]:
        answer = await self.there.get(f"{self.at_lender}/{march}/file", params=query)
        assert answer.status_code == 200, answer.text
        return answer.text.split()

    async def receipt(self, march: str) -> list[str]:
        answer = await self.here.get(f"{self.at_borrower}/{march}/file")
        assert answer.status_code == 200, answer.text
        return answer.text.split()

    async def arrives(self, boat: str, **fields: Any) -> None:
        act = str(uuid.uuid4())
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        given = {"facility": self.meldekopf, "callsign": f"Boot {boat[-4:]}", "partner_resource": boat, **fields}
        acts = [{"id": act, "arrival": act, "kind": "CHECK_IN", "at": at, "fields": given}]
        answer = await self.here.post(f"/api/incidents/{self.near.needy.incident}/arrivals", json={"acts": acts})
        assert answer.status_code == 200 and answer.json()["results"][0]["outcome"] == "NEW", answer.text

    async def under_way(self) -> dict[str, dict[str, Any]]:
        answer = await self.here.get(f"/api/incidents/{self.near.needy.incident}/under-way")
        assert answer.status_code == 200, answer.text
        return {row["resource"]: row for row in answer.json()["under_way"]}

    async def held(self, kind: str, *, lender: bool = False) -> dict[str, Any]:
        """All of a kind on one of the nodes: source and body by ref."""
        node = self.near.lender.node if lender else self.near.asking
        async with node.database.reading() as connection:
            rows = await connection.execute(_OF, {"kind": kind})
            return {row.ref: (row.source, row.body) for row in rows}

    async def answered(self, march: str, *, arrived: int) -> dict[str, Any]:
        """Altdorf's receipt, once it says that so many have come."""
        ref = f"altdorf/march_receipt/bergheim.{march}"

        async def look() -> dict[str, Any] | None:
            found = (await self.held("march_receipt")).get(ref)
            lines = found[1]["lines"] if found else []
            came = sum(line["state"] != "MISSING" for line in lines)
            return found[1] if found is not None and came == arrived else None

        said: dict[str, Any] = await until(look)
        return said


async def read(client: httpx.AsyncClient, *pieces: str, expect: int = 200) -> dict[str, Any]:
    answer = await client.post("/api/marches/read", content="\n".join(pieces))
    assert answer.status_code == expect, answer.text
    return answer.json()  # type: ignore[no-any-return]


@asynccontextmanager
async def convoy(cluster: Cluster, *, boats: int = 2, streamed: bool = False) -> AsyncIterator[Convoy]:
    """A loan that is taken; the line is cut before the lender promises it."""
    async with neighbours(cluster, boats=boats + 1, streamed=streamed) as near:
        lender = near.lender
        ids = [lender.fleet.resources[f"Boot Bergheim {number}"] for number in range(1, boats + 1)]
        _, (inquiry,) = await near.ask(quantity=boats)
        await near.agree(inquiry)
        await lender.does(near.answer(inquiry), "offer", resources=ids)
        await near.agree(inquiry)
        await near.does(inquiry, "requisition", resources=ids)
        await near.agree(inquiry)
        await near.line(whole=False)
        await lender.does(near.answer(inquiry), "commit")
        fields = {"type": "MELDEKOPF", "name": "Autohof", "geometry": AT, "state": "OPEN"}
        path = f"/api/incidents/{near.needy.incident}/facilities"
        made = await near.needy.lead.post(path, json={"fields": fields})
        assert made.status_code == 201, made.text
        yield Convoy(near, inquiry, [f"bergheim/resource/{one}" for one in ids], made.json()["id"])
