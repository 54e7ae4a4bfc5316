"""Stock for browser tests: an organisation with its fleet, kept by somebody who also leads the staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from geodata.model.ref import Ref
from geodata.model.resource import Position
from geodata.store.resources import put_position
from tests.browser.scene import ERFT, Scene


@dataclass
class Depot:
    scene: Scene
    organisation: str
    room: str
    client: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def begin(cls, scene: Scene, name: str = "Feuerwehr Erftstadt", person: str = "Anna Leitner") -> Depot:
        sent = {"name": name, "kind": "FW", "ars": "053620020020"}
        made = (await scene.lead.post("/api/organisations", json=sent)).json()
        founded = await scene.lead.post("/api/fleets", json={"organisation": made["id"]})
        assert founded.status_code == 201, founded.text
        async with scene.node.database.reading() as connection:
            await connection.execute(
                text(
                    "INSERT INTO person_organisation (person, organisation)"
                    " SELECT id, :organisation FROM person WHERE name = :name"
                ),
                {"organisation": made["id"], "name": person},
            )
        client = await scene.node.sign_in(person, admin=True)
        return cls(scene, made["id"], founded.json()["room"], client)

    async def add(self, callsign: str, type: str = "HLF20", dx: float = 0, dy: float = 0, **more: Any) -> str:
        home = [ERFT[0] + dx, ERFT[1] + dy]
        fields = {"kind": "VEHICLE", "type": type, "callsign": callsign, "home": home, **more}
        answer = await self.client.post(f"/api/fleets/{self.organisation}/resources", json={"fields": fields})
        assert answer.status_code == 201, answer.text
        self.ids[callsign] = answer.json()["id"]
        return self.ids[callsign]

    async def stock(self, article: str, quantity: float, unit: str = "Stück", **more: Any) -> str:
        fields = {"article": article, "quantity": quantity, "unit": unit, **more}
        answer = await self.client.post(f"/api/fleets/{self.organisation}/stock", json={"fields": fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def fms(self, callsign: str, *codes: str) -> None:
        for code in codes:
            await self.post(callsign, "status", {"code": code})

    async def deploy(self, callsign: str, state: str, **fields: Any) -> None:
        await self.post(callsign, "deployment", {"state": state, "fields": fields})

    async def post(self, callsign: str, what: str, sent: dict[str, Any]) -> None:
        answer = await self.client.post(f"/api/resources/{self.ids[callsign]}/{what}", json=sent)
        assert answer.is_success, answer.text

    async def at(self, callsign: str, dx: float, dy: float, *, minutes: float = 0) -> None:
        """Its position, heard so many minutes ago."""
        now = datetime.now(UTC)
        at = now - timedelta(minutes=minutes)
        position = Position(ERFT[0] + dx, ERFT[1] + dy, at, "tetra", accuracy=8.0, speed=12.0)
        database = self.scene.node.database
        async with database.transaction("feed:tetra") as tx:
            put_position(tx, Ref("local", "position", self.ids[callsign]), self.room, position, received_at=now)
