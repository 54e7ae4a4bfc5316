"""A town that asks and partners that lend, each on a node of its own; the line between them is ours to cut.

Nothing travels but by `carry`; or, `streamed`, by the real streams while the nodes know where to reach each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import text

from geodata.model.resource import FleetLevel
from geodata.store.cluster import Cluster
from service.requests.office import Office
from tests.service.federation.procedures.carried import carry, until
from tests.service.federation.towns import Town, pin, towns
from tests.service.requests.lending import Flood, LaterClock, bodies, flood, step
from tests.service.resources.fleet import Town as Fleet
from tests.service.resources.fleet import town

NOWHERE = "http://127.0.0.1:9"
OWN = {"across", "addressee", "requester", "history", "message", "overdue", "version"}


@dataclass
class Lender:
    node: Town
    fleet: Fleet

    async def inquiries(self) -> dict[str, Any]:
        """Its own, not the copies of the partner's."""
        return await own(self.node, self.fleet.client, "inquiry")

    async def resource(self, callsign: str) -> dict[str, Any]:
        return (await self.fleet.seen("resource"))[self.fleet.resources[callsign]]

    async def does(self, inquiry: str, what: str, expect: int = 200, **given: Any) -> Any:
        return await step(self.fleet.client, inquiry, what, expect, **given)

    async def later(self, **ahead: float) -> None:
        """What time does to requests, so much later by this node's clock."""
        await Office(self.node.database, LaterClock(**ahead), _nothing, origin=self.node.origin).ageing.look()


@dataclass
class Neighbours:
    asking: Town
    needy: Flood
    lenders: dict[str, Lender] = field(default_factory=dict)
    streamed: bool = False

    @property
    def lender(self) -> Lender:
        return self.lenders["bergheim"]

    async def ask(self, *partners: str, quantity: float = 2, **fields: Any) -> tuple[str, list[str]]:
        """A request for boats, and its inquiries to these partners."""
        request = (await self.needy.ask(quantity, **{"type": "MZB", "title": "Boote für die Altstadt"} | fields))["id"]
        body = {"organisations": [f"partner.{one}" for one in partners or ("bergheim",)]}
        answer = await self.needy.lead.post(f"/api/requests/{request}/route", json=body)
        assert answer.status_code == 200, answer.text
        made = {one["body"]["addressee"]["organisation"]: one["id"] for one in answer.json()["inquiries"]}
        return request, [made[one] for one in body["organisations"]]

    async def does(self, inquiry: str, what: str, expect: int = 200, **given: Any) -> Any:
        return await step(self.needy.lead, inquiry, what, expect, **given)

    async def inquiry(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await own(self.asking, self.needy.lead, "inquiry"))[id]
        return found

    def answer(self, id: str) -> str:
        """How the partner's inquiry is called that answers this one of ours."""
        return f"{self.asking.origin}.{id}"

    async def line(self, *, whole: bool) -> None:
        """Cut it, or heal it, to every partner and in both directions."""
        nodes = [self.asking, *(one.node for one in self.lenders.values())] if self.streamed else []
        for here in nodes:
            async with here.database.transaction("test") as tx:
                for there in nodes:
                    given = {"url": there.url if whole else NOWHERE, "origin": there.origin}
                    await tx.connection.execute(text("UPDATE peer SET url = :url WHERE origin = :origin"), given)
        if self.streamed and not whole:
            await asyncio.sleep(0.5)  # what was on its way has come

    async def agree(self, id: str, partner: str = "bergheim") -> tuple[dict[str, Any], dict[str, Any]]:
        """With the line there: both sides' inquiries once they say the same and nothing is under way."""
        lender = self.lenders[partner]

        async def look() -> tuple[dict[str, Any], dict[str, Any]] | None:
            if not self.streamed:
                await carry(self.asking, lender.node)
            ours, theirs = await self.inquiry(id), (await lender.inquiries()).get(self.answer(id))
            if theirs is None or public(ours) != public(theirs) or waits(ours) or waits(theirs):
                return None
            return ours, theirs

        await self.line(whole=True)
        found: tuple[dict[str, Any], dict[str, Any]] = await until(look, 60 if self.streamed else 15)
        return found


def public(inquiry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in inquiry.items() if name not in OWN}


def waits(inquiry: dict[str, Any]) -> bool:
    return "since" in inquiry["across"]


def course(inquiry: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["state"], one["at"], one["by"]) for one in inquiry["history"]}


async def own(node: Town, client: httpx.AsyncClient, kind: str) -> dict[str, Any]:
    """Bodies of this kind that are the node's own, by id."""
    picture = (await client.get(f"/api/picture?kinds={kind}")).json()
    mine = [fact for fact in picture["facts"] if fact["ref"].startswith(f"{node.origin}/")]
    return {fact["ref"].split("/")[2]: fact["body"] for fact in mine}


async def copies(node: Town, kind: str) -> list[dict[str, Any]]:
    """Whatever of this kind has another origin here, as the node itself holds it."""
    statement = text("SELECT ref, room, body FROM fact WHERE kind = :kind AND origin <> :origin ORDER BY ref")
    async with node.database.reading() as connection:
        rows = await connection.execute(statement, {"kind": kind, "origin": node.origin})
        return [{**row.body, "ref": row.ref, "room": row.room} for row in rows]


@asynccontextmanager
async def neighbours(
    cluster: Cluster, *, district: bool = False, boats: int = 3, streamed: bool = False
) -> AsyncIterator[Neighbours]:  # fmt: skip
    """Altdorf asks; Bergheim beside it and, if wanted, the Kreis above it have boats."""
    names = ["altdorf", "bergheim", *(["kreis"] if district else [])]
    async with towns(cluster, *names, strangers=True) as made:
        asking = made[0]
        for there in made[1:]:
            level = FleetLevel.DISTRICT if there.origin == "kreis" else FleetLevel.MUNICIPALITY
            await pin(asking, there, url=None if streamed else NOWHERE, level=level)
            await pin(there, asking, url=None if streamed else NOWHERE)
        found = Neighbours(asking, await flood(asking.node, lenders=1), streamed=streamed)
        for there in made[1:]:
            lender = Lender(there, await town(there.node, f"Feuerwehr {there.origin.title()}"))
            for number in range(1, boats + 1):
                await lender.fleet.add(f"Boot {there.origin.title()} {number}", type="MZB")
            found.lenders[there.origin] = lender
        yield found


async def _nothing() -> None:
    return None


__all__ = ["Lender", "Neighbours", "bodies", "copies", "course", "neighbours", "own", "public", "waits"]
