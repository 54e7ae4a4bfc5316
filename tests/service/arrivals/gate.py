"""A gate at which forces arrive: an incident with a Meldekopf and a staging area, and who keeps its book."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

AT = {"type": "Point", "coordinates": [7.1, 51.2]}
NOW = datetime.now(UTC).replace(microsecond=0)


def ago(minutes: float) -> str:
    """ISO 8601, so many minutes before the tests began."""
    return (NOW - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


@dataclass
class Gate:
    node: Node
    incident: str
    meldekopf: str
    staging: str
    keeper: httpx.AsyncClient

    async def send(self, *acts: dict[str, Any], by: httpx.AsyncClient | None = None) -> list[dict[str, Any]]:
        answer = await (by or self.keeper).post(f"/api/incidents/{self.incident}/arrivals", json={"acts": list(acts)})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    async def book(self) -> dict[str, dict[str, Any]]:
        facts = (await self.keeper.get("/api/picture?kinds=arrival")).json()["facts"]
        return {fact["ref"].rpartition("/")[2]: fact["body"] for fact in facts}

    async def used(self, facility: str) -> int | None:
        facts = (await self.keeper.get("/api/picture?kinds=facility")).json()["facts"]
        found: int | None = next(one["body"].get("used") for one in facts if one["ref"].endswith(facility))
        return found

    def comes(self, callsign: str, *, at: str | None = None, **fields: Any) -> dict[str, Any]:
        """The act of checking in at the Meldekopf."""
        id = str(uuid.uuid4())
        given = {"facility": self.meldekopf, "callsign": callsign, **fields}
        return {"id": id, "arrival": id, "kind": "CHECK_IN", "at": at or ago(1), "fields": given}


def then(kind: str, arrival: dict[str, Any], *, at: str | None = None, **more: Any) -> dict[str, Any]:
    """A further act on an entry."""
    act = {"id": str(uuid.uuid4()), "arrival": arrival["id"], "kind": kind, "at": at or ago(0), "fields": {}}
    return {**act, **more}


async def gate(node: Node) -> Gate:
    lead = await node.sign_in("Anna Leitner", admin=True)
    staffs = [{"model": "EINSATZLEITUNG", "name": "Einsatzleitung"}]
    sent = {"name": "Hochwasser Erft", "staffs": staffs, "function": "LDS"}
    opened = (await lead.post("/api/incidents", json=sent)).json()
    made = []
    for type in ("MELDEKOPF", "BEREITSTELLUNGSRAUM"):
        fields = {"type": type, "name": type.title(), "geometry": AT, "state": "OPEN"}
        answer = await lead.post(f"/api/incidents/{opened['id']}/facilities", json={"fields": fields})
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
    return Gate(node, opened["id"], made[0], made[1], lead)


async def own_fleet(gate: Gate, name: str = "Feuerwehr Bergstadt", **fleet: Any) -> Town:
    """A fleet whose people keep the gate: the keeper writes in its room."""
    made = await town(gate.node, name, **fleet)
    person = (await gate.keeper.get("/api/session")).json()["person"]
    async with gate.node.database.reading() as connection:
        await connection.execute(
            text("INSERT INTO person_organisation (person, organisation) VALUES (:person, :organisation)"),
            {"person": person, "organisation": made.organisation},
        )
    gate.keeper = await gate.node.sign_in("Anna Leitner", admin=True)
    return made
