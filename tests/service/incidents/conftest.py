"""An opened incident with people in its seats, and what every writer must leave behind: log and picture agree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from geodata.store import changes, picture
from geodata.store.database import Database
from service.accounts.store import ensure
from tests.service.conftest import Node

HERE = {"type": "Point", "coordinates": [6.92, 50.81]}
AREA = {"type": "Polygon", "coordinates": [[[6.9, 50.8], [7.0, 50.8], [7.0, 50.9], [6.9, 50.8]]]}


@dataclass
class Flood:
    """An incident with an Einsatzleitung and a Krisenstab; `lead` is LDS of the first."""

    node: Node
    lead: httpx.AsyncClient
    opened: dict[str, Any]
    people: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.opened["id"])

    @property
    def room(self) -> str:
        return str(self.opened["room"])

    @property
    def tactical(self) -> dict[str, Any]:
        return dict(self.opened["staffs"][0])

    @property
    def crisis(self) -> dict[str, Any]:
        return dict(self.opened["staffs"][1])

    async def person(self, name: str) -> str:
        if name not in self.people:
            self.people[name] = await ensure(self.node.database, name)
        return self.people[name]

    async def seat(self, name: str, function: str, staff: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Seat this person, by the lead."""
        sent = {"function": function, "person": await self.person(name), **more}
        answer = await self.lead.post(f"/api/staffs/{(staff or self.tactical)['id']}/assignments", json=sent)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def signed_in(self, name: str, function: str | None = None, **more: Any) -> httpx.AsyncClient:
        if function:
            await self.seat(name, function, **more)
        return await self.node.sign_in(name, admin=False)

    async def make(self, kind: str = "sites", client: httpx.AsyncClient | None = None, **fields: Any) -> dict[str, Any]:
        usual = {
            "sites": {"title": "Keller unter Wasser", "priority": "P2", "geometry": HERE},
            "sectors": {"name": "Abschnitt Nord"},
            "facilities": {"name": "Turnhalle", "type": "BETREUUNGSSTELLE", "geometry": HERE},
            "zones": {"name": "Sperrung L33", "type": "CLOSURE", "geometry": AREA},
        }[kind]
        answer = await (client or self.lead).post(
            f"/api/incidents/{self.id}/{kind}", json={"fields": {**usual, **fields}}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def body(self, kind: str, id: str) -> dict[str, Any] | None:
        """As the lead's picture shows it."""
        facts = (await self.lead.get(f"/api/picture?kinds={kind}")).json()["facts"]
        return next((f["body"] for f in facts if f["ref"] == f"local/{kind}/{id}"), None)


@pytest.fixture
async def flood(node: Node) -> AsyncIterator[Flood]:
    lead = await node.sign_in("Leitung", admin=True)
    staffs = [{"model": "EINSATZLEITUNG", "name": "EL Erft"}, {"model": "KRISENSTAB", "name": "Krisenstab Kreis"}]
    answer = await lead.post("/api/incidents", json={"name": "Hochwasser Erft", "hazard": "FLOOD", "staffs": staffs})
    assert answer.status_code == 201, answer.text
    yield Flood(node, lead, answer.json(), {})
    await lead.aclose()


async def facts(database: Database) -> tuple[int, dict[str, Any]]:
    """Everything there is, seen by the owner."""
    async with database.reading() as connection:
        rooms = [
            row.room for row in await connection.exec_driver_sql("SELECT id AS room FROM room UNION SELECT 'public'")
        ]
    cursor, found = await picture.snapshot(database, rooms)
    return cursor, {fact["ref"]: fact for fact in map(orjson.loads, found)}


@asynccontextmanager
async def converging(database: Database) -> AsyncIterator[None]:
    """Whoever had the picture before and applies what the log says has the picture of after."""
    cursor, held = await facts(database)
    yield
    for line in map(lambda line: orjson.loads(line.wire), await changes.since(database, cursor)):
        if line["op"] == "drop":
            held.pop(line["ref"], None)
        else:
            held[line["ref"]] = {name: line[name] for name in ("ref", "room", "provenance", "body")}
    _, fresh = await facts(database)
    assert held == fresh
