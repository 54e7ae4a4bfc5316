"""Two organisations with a fleet each, and somebody in each of them who leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import text

from tests.service.conftest import Node


@dataclass
class Town:
    """`client` is signed in as somebody of the organisation; `resources` are ids by call sign."""

    organisation: str
    room: str
    client: httpx.AsyncClient
    resources: dict[str, str] = field(default_factory=dict)

    async def add(self, callsign: str, type: str = "HLF20", **fields: Any) -> str:
        given = {"kind": "VEHICLE", "type": type, "callsign": callsign, **fields}
        answer = await self.client.post(f"/api/fleets/{self.organisation}/resources", json={"fields": given})
        assert answer.status_code == 201, answer.text
        self.resources[callsign] = answer.json()["id"]
        return self.resources[callsign]

    async def seen(self, kind: str) -> dict[str, dict[str, Any]]:
        """The bodies of this kind that this organisation sees, by id."""
        picture = (await self.client.get(f"/api/picture?kinds={kind}")).json()
        return {fact["ref"].split("/")[2]: fact["body"] for fact in picture["facts"]}


async def town(node: Node, name: str, *, ars: str = "053820056056", kind: str = "FW", **fleet: Any) -> Town:
    """A fresh organisation with its fleet; whoever is signed in belongs to it and is no administrator."""
    admin = await node.sign_in("Verwaltung", admin=True)
    made = (await admin.post("/api/organisations", json={"name": name, "kind": kind, "ars": ars})).json()
    founded = await admin.post("/api/fleets", json={"organisation": made["id"], "fields": fleet})
    assert founded.status_code == 201, founded.text
    client = await node.sign_in(f"Führung {name}", admin=False)
    person = (await client.get("/api/session")).json()["person"]
    async with node.database.reading() as connection:
        await connection.execute(
            text("INSERT INTO person_organisation (person, organisation) VALUES (:person, :organisation)"),
            {"person": person, "organisation": made["id"]},
        )
    fresh = await node.sign_in(f"Führung {name}", admin=False)
    return Town(made["id"], founded.json()["room"], fresh)
