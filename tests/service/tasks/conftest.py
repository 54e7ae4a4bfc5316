"""An incident with two staffs and somebody in the seats that orders pass through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.service.conftest import Node


@dataclass
class Flood:
    """`leader` is LDS of the operations staff, `s3` and `s6` sit in it; `crisis` is KGS of the crisis staff,
    `crisis_head` its LEITUNG, `press` its BUMA; `stranger` signed in and holds nothing."""

    node: Node
    incident: str
    operations: str
    other: str
    people: dict[str, httpx.AsyncClient]
    ids: dict[str, str]

    def __getattr__(self, name: str) -> httpx.AsyncClient:
        return self.people[name]

    async def order(self, client: httpx.AsyncClient, expect: int = 201, staff: str = "", **fields: Any) -> Any:
        given = {"title": "Sandsäcke zum Deich", "receiver": {"staff": self.operations, "function": "S6"}, **fields}
        answer = await client.post(f"/api/staffs/{staff or self.operations}/tasks", json={"fields": given})
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def move(
        self, client: httpx.AsyncClient, id: str, state: str, text: str | None = None, expect: int = 200
    ) -> Any:
        answer = await client.post(f"/api/tasks/{id}/state", json={"state": state, "text": text})
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def tasks(self, client: httpx.AsyncClient) -> dict[str, Any]:
        picture = (await client.get("/api/picture?kinds=task")).json()
        return {fact["ref"].rpartition("/")[2]: fact for fact in picture["facts"]}


SEATS = {"s3": ("S3", 0), "s6": ("S6", 0), "crisis": ("KGS", 1), "crisis_head": ("LEITUNG", 1), "press": ("BUMA", 1)}


@pytest.fixture
async def flood(node: Node) -> AsyncIterator[Flood]:
    leader = await node.sign_in("Leiterin", admin=True)
    staffs = [{"model": "EINSATZLEITUNG", "name": "Einsatzleitung"}, {"model": "KRISENSTAB", "name": "Krisenstab"}]
    opened = await leader.post("/api/incidents", json={"name": "Hochwasser", "staffs": staffs, "function": "LDS"})
    assert opened.status_code == 201, opened.text
    incident = opened.json()
    ours = [staff["id"] for staff in incident["staffs"]]
    people = {"leader": leader, "stranger": await node.sign_in("Fremder", admin=False)}
    for name, (function, staff) in SEATS.items():
        people[name] = await node.sign_in(name, admin=False)
        person = (await people[name].get("/api/session")).json()["person"]
        given = {"function": function, "person": person}
        seated = await leader.post(f"/api/staffs/{ours[staff]}/assignments", json=given)
        assert seated.status_code == 201, seated.text
    ids = {name: (await client.get("/api/session")).json()["person"] for name, client in people.items()}
    yield Flood(node, incident["id"], ours[0], ours[1], people, ids)
    for client in people.values():
        await client.aclose()
