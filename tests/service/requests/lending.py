"""Two or three organisations with stock, and a staff of one of them that asks the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from service.requests.office import Office
from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

PLACE = [7.1, 51.2]


@dataclass
class Flood:
    """`needy` asks in its incident; `lead` is LDS of its staff, `lenders` can be asked."""

    node: Node
    needy: Town
    lead: httpx.AsyncClient
    incident: str
    staff: str
    lenders: list[Town] = field(default_factory=list)
    above: list[Town] = field(default_factory=list)

    async def ask(self, quantity: float = 2, *, expect: int = 201, submit: bool = True, **fields: Any) -> Any:
        what = {} if {"type", "concept", "article"} & set(fields) else {"capability": "PUMPEN"}
        given = {
            "title": "Pumpen für die Unterführung", "quantity": quantity, "priority": "URGENT", "place": PLACE, **what,
        }  # fmt: skip
        body = {"fields": {**given, **fields}, "submit": submit}
        answer = await self.lead.post(f"/api/incidents/{self.incident}/requests", json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def put_to(self, request: str, *towns: Town, expect: int = 200, **given: Any) -> list[str]:
        """The ids of the inquiries, in the order of the towns."""
        body = {"organisations": [one.organisation for one in towns], **given}
        answer = await self.lead.post(f"/api/requests/{request}/route", json=body)
        assert answer.status_code == expect, answer.text
        if expect != 200:
            return []
        made = {one["body"]["addressee"]["organisation"]: one["id"] for one in answer.json()["inquiries"]}
        return [made[one.organisation] for one in towns if one.organisation in made]

    async def request(self, id: str) -> Any:
        return (await bodies(self.lead, "request"))[id]


async def bodies(client: httpx.AsyncClient, kind: str) -> dict[str, Any]:
    """All of this kind that the client sees, by id."""
    picture = (await client.get(f"/api/picture?kinds={kind}")).json()
    return {fact["ref"].split("/")[2]: fact["body"] for fact in picture["facts"]}


async def step(client: httpx.AsyncClient, inquiry: str, what: str, expect: int = 200, **given: Any) -> Any:
    answer = await client.post(f"/api/inquiries/{inquiry}/{what}", json=given)
    assert answer.status_code == expect, f"{what}: {answer.status_code} {answer.text}"
    return answer.json()


async def flood(node: Node, lenders: int) -> Flood:
    """The one that asks has the first lender as its neighbour, `above` are its Kreis and its Bezirksregierung."""
    towns = [await town(node, f"Feuerwehr Talstadt {n}", ars=f"05382001{n:04d}") for n in range(lenders)]
    region = await town(node, "Bezirksregierung", level="REGION", ars="053")
    district = await town(node, "Kreis", level="DISTRICT", ars="05382", superior=region.organisation)
    needy = await town(
        node, "Feuerwehr Bergstadt", neighbours=[towns[0].organisation], superior=district.organisation
    )  # fmt: skip
    admin = await node.sign_in("Verwaltung", admin=True)
    staffs = [{"model": "EINSATZLEITUNG", "name": "Einsatzleitung", "organisation": needy.organisation}]
    opened = (
        await admin.post("/api/incidents", json={"name": "Hochwasser", "staffs": staffs, "function": "LDS"})
    ).json()
    staff = opened["staffs"][0]["id"]
    person = (await needy.client.get("/api/session")).json()["person"]
    seated = await admin.post(f"/api/staffs/{staff}/assignments", json={"function": "S4", "person": person})
    assert seated.status_code in (200, 201), seated.text
    lead = await node.sign_in("Führung Feuerwehr Bergstadt", admin=False)
    return Flood(node, needy, lead, opened["id"], staff, towns, [district, region])


class LaterClock:
    """The wall's clock, some time ahead."""

    speed = 1.0

    def __init__(self, **ahead: float) -> None:
        self.ahead = timedelta(**ahead)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


async def _nothing() -> None:
    return None


async def later(node: Node, **ahead: float) -> None:
    """What another process does to requests whose clock is so much ahead."""
    await Office(node.database, LaterClock(**ahead), _nothing, origin="local").ageing.look()
