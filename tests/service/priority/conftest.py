"""A flood with a fleet: `s3` sits in the staff and belongs to the town, `s4` sits beside him and sees no stock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

ARS = "053820056056"
HERE = (7.10, 50.80)


@dataclass
class Flood:
    node: Node
    incident: str
    town: Town
    s3: httpx.AsyncClient
    s4: httpx.AsyncClient
    stranger: httpx.AsyncClient

    async def add(self, callsign: str, *capabilities: str, at: float = 0.0, status: str = "2", **fields: Any) -> str:
        """A resource `at` degrees east of the flood."""
        given = {"type": "MTF", "capabilities": list(capabilities or ("PUMPEN",)), "ars": ARS, **fields}
        id = await self.town.add(callsign, home=[HERE[0] + at, HERE[1]], **given)
        answer = await self.town.client.post(f"/api/resources/{id}/status", json={"code": status})
        assert answer.status_code == 200, answer.text
        return id

    async def cover(self, minimum: int, capability: str = "PUMPEN") -> None:
        rules = {"cover": [{"ars": ARS, "capability": capability, "minimum": minimum}]}
        fleet = (await self.town.seen("fleet"))[self.town.organisation]
        changed = await self.town.client.patch(
            f"/api/fleets/{self.town.organisation}", json={"base": fleet["version"], "fields": rules}
        )
        assert changed.status_code == 200, changed.text

    async def site(self, title: str, **fields: Any) -> str:
        given = {"title": title, "priority": "P2", "geometry": {"type": "Point", "coordinates": list(HERE)}, **fields}
        made = await self.s3.post(f"/api/incidents/{self.incident}/sites", json={"fields": given})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def ask(self, client: httpx.AsyncClient | None = None, expect: int = 202, **given: Any) -> Any:
        answer = await (client or self.s3).post(f"/api/incidents/{self.incident}/allocations", json=given)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def plan(self, **given: Any) -> tuple[str, dict[str, Any]]:
        """Asked for and computed."""
        id = (await self.ask(**given))["id"]
        return id, await self.done(id)

    async def done(self, id: str) -> dict[str, Any]:
        async with asyncio.timeout(40):
            while True:
                body = await self.body(id)
                if body["state"] != "COMPUTING":
                    return body
                await asyncio.sleep(0.1)

    async def body(self, id: str, client: httpx.AsyncClient | None = None) -> dict[str, Any]:
        facts = (await (client or self.s3).get("/api/picture?kinds=allocation")).json()["facts"]
        return {fact["ref"].rpartition("/")[2]: fact["body"] for fact in facts}[id]

    async def decide(
        self, id: str, line: int, action: str, client: httpx.AsyncClient | None = None, expect: int = 200, **more: Any
    ) -> Any:
        answer = await (client or self.s3).post(f"/api/allocations/{id}/lines/{line}", json={"action": action, **more})
        assert answer.status_code == expect, answer.text
        return answer.json()


@pytest.fixture
async def flood(node: Node) -> AsyncIterator[Flood]:
    leader = await node.sign_in("Leiterin", admin=True)
    staffs = [{"model": "EINSATZLEITUNG", "name": "Einsatzleitung"}]
    opened = await leader.post("/api/incidents", json={"name": "Hochwasser", "staffs": staffs, "function": "LDS"})
    assert opened.status_code == 201, opened.text
    here = await town(node, "Feuerwehr Bergstadt", ars=ARS)
    second = await node.sign_in("Zweite", admin=False)
    for client, function in ((here.client, "S3"), (second, "S4")):
        person = (await client.get("/api/session")).json()["person"]
        given = {"function": function, "person": person}
        at = f"/api/staffs/{opened.json()['staffs'][0]['id']}/assignments"
        assert (await leader.post(at, json=given)).status_code == 201
    stranger = await node.sign_in("Fremder", admin=False)
    yield Flood(node, opened.json()["id"], here, here.client, second, stranger)
    for client in (leader, here.client, second, stranger):
        await client.aclose()
