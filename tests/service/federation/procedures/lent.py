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


async def walk(near: Neighbours) -> None:
    """A loan from need to return; after each step that one side takes on a cut line both are asked and agree."""
    lender = near.lender
    boats = [lender.fleet.resources[f"Boot Bergheim {n}"] for n in (1, 2)]
    request, (id,) = await near.ask()
    answer = near.answer(id)
    before = await near.inquiry(id)
    assert waits(before), "asked, and not yet there"
    assert answer not in await lender.inquiries()
    ours, theirs = await near.agree(id)
    assert (ours["state"], theirs["requester"]["name"], theirs["addressee"]["name"]) == (
        "ROUTED", "Altdorf: Feuerwehr Bergstadt", "Feuerwehr Bergheim",
    )  # fmt: skip
    assert all("hold" not in one for one in (await lender.fleet.seen("resource")).values()), "a proposal holds nothing"

    async def cut(actor: Any, what: str, state: str, **given: Any) -> dict[str, Any]:
        """One side moves while the line is down: the other knows nothing; the line heals, both agree."""
        mover, listener = (near.inquiry, _theirs) if actor is near else (_theirs, near.inquiry)
        name = id if actor is near else answer
        await near.line(whole=False)
        untouched = await listener(id)
        await actor.does(name, what, **given)
        assert waits(await mover(id)), what
        assert await listener(id) == untouched, f"{what}: nothing travels on a cut line"
        ours, theirs = await near.agree(id)
        assert (ours["state"], theirs["state"]) == (state, state), what
        assert course(ours) == course(theirs), f"{what}: every step is in both logs"
        return ours

    async def _theirs(_: str) -> dict[str, Any]:
        found: dict[str, Any] = (await lender.inquiries())[answer]
        return found

    offered = await cut(lender, "offer", "OFFERED", resources=boats, hold_minutes=30, note="Zwei sofort")
    assert offered["history"][-1]["origin"] == "bergheim"
    assert (await near.needy.request(request))["counts"]["offered"] == 2
    assert await copies(near.asking, "resource") == [], "what is on offer is known by its line alone"
    await cut(near, "requisition", "REQUISITIONED", resources=boats[:1])
    assert (await lender.resource("Boot Bergheim 1"))["hold"]["inquiry"] == answer
    assert "hold" not in await lender.resource("Boot Bergheim 2"), "what was not taken is free"
    await lender.does(answer, "arrive", 403)

    await cut(lender, "commit", "COMMITTED")
    lent = (await own(lender.node, lender.fleet.client, "resource"))[boats[0]]
    assert (lent["loan"]["inquiry"], lent["deployment"]) == (answer, "ALERTED")
    (seen,) = await until(lambda: copies(near.asking, "resource"))
    assert (seen["ref"], seen["loan"]["organisation"]) == (
        f"bergheim/resource/{boats[0]}",
        near.needy.needy.organisation,
    )
    assert (await near.needy.request(request))["counts"]["committed"] == 1
    assert (await near.needy.request(request))["state"] == "PARTIALLY_FULFILLED"

    said = await lender.fleet.client.post(f"/api/resources/{boats[0]}/status", json={"code": "3"})
    assert said.status_code == 200, said.text

    async def drives() -> bool:
        return bool((await _theirs(id))["state"] == "EN_ROUTE")

    await until(drives)
    ours, _ = await near.agree(id)
    assert ours["state"] == "EN_ROUTE", "a vehicle's own status travels too"
    await cut(near, "arrive", "ARRIVED")
    assert (await own(lender.node, lender.fleet.client, "resource"))[boats[0]]["deployment"] == "AT_MELDEKOPF"
    await cut(near, "in-use", "IN_USE")
    await cut(lender, "recall", "IN_USE", reason="Selbst gebraucht")
    assert (await near.inquiry(id))["recalled"]["reason"] == "Selbst gebraucht"
    await cut(near, "release", "RELEASED")
    assert (await own(lender.node, lender.fleet.client, "resource"))[boats[0]]["deployment"] == "RELEASED"
    await cut(lender, "return", "RETURNED")
    home = await lender.resource("Boot Bergheim 1")
    assert "loan" not in home
    assert home["deployment"] == "AT_HOME"

    async def gone() -> bool:
        return await copies(near.asking, "resource") == []

    assert await until(gone), "with the return it has left the borrower's node"
    body = await near.needy.request(request)
    assert (body["counts"]["returned"], body["counts"]["recalled"]) == (1, 1)
    steps = [one["message"] for one in body["history"] if one.get("addressee") == "Bergheim"]
    assert {"RequisitionResource", "CommitResource", "ReleaseResource", "RequestReturn"} <= set(steps)
    closed = await near.needy.lead.post(f"/api/requests/{request}/close", json={})
    assert closed.status_code == 200, closed.text


async def _nothing() -> None:
    return None


__all__ = ["Lender", "Neighbours", "bodies", "copies", "course", "neighbours", "own", "public", "waits", "walk"]
