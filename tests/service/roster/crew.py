"""An organisation with a roster, somebody who leads it, and people who can be called."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import text

from alerting.model.plan import ChannelKind
from alerting.store import people
from alerting.store.people import Address, NewHelper, Skill
from alerting.store.sealing import Seal
from tests.service.conftest import Node


@dataclass
class Crew:
    """`client` is signed in as LEITUNG of an incident's staff and belongs to the organisation. `helpers` are ids."""

    node: Node
    organisation: str
    room: str
    incident: str
    staff: str
    client: httpx.AsyncClient
    seal: Seal
    helpers: list[str] = field(default_factory=list)

    async def add(self, name: str, *skills: str, channels: tuple[tuple[str, str], ...] = (), **fields: Any) -> str:
        """One more person. `channels`: pairs of kind and address, in order; none is one of the kind CONSOLE."""
        given = NewHelper(
            name=name,
            room=self.room,
            organisation=self.organisation,
            skills=tuple(Skill(code) for code in skills),
            addresses=tuple(Address(ChannelKind(kind), value) for kind, value in channels or (("CONSOLE", name),)),
            **fields,
        )
        async with self.node.database.transaction("test") as tx:
            self.helpers.append(await people.add(tx.connection, self.seal, given, now=datetime.now(UTC)))
        return self.helpers[-1]

    async def seen(self, kind: str) -> dict[str, dict[str, Any]]:
        """The bodies of this kind that this organisation sees, by id."""
        picture = (await self.client.get(f"/api/picture?kinds={kind}")).json()
        return {fact["ref"].split("/")[2]: fact["body"] for fact in picture["facts"]}


def told(answer: httpx.Response) -> Any:
    """What a request that must succeed answers."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}"
    return answer.json()


async def crew(node: Node, name: str = "Feuerwehr Musterstadt", **roster: Any) -> Crew:
    """A fresh organisation with its roster and an incident; whoever is signed in leads and is no administrator."""
    admin = await node.sign_in("Verwaltung", admin=True)
    made = told(await admin.post("/api/organisations", json={"name": name, "kind": "FW", "ars": "053820056056"}))
    founded = told(await admin.post("/api/rosters", json={"organisation": made["id"], "fields": roster}))
    client = await node.sign_in(f"Leitung {name}", admin=False)
    person = (await client.get("/api/session")).json()["person"]
    async with node.database.reading() as connection:
        await connection.execute(
            text("INSERT INTO person_organisation (person, organisation) VALUES (:person, :organisation)"),
            {"person": person, "organisation": made["id"]},
        )
    incident = told(
        await admin.post(
            "/api/incidents",
            json={"name": f"Hochwasser {name}", "staffs": [{"model": "GESAMTSTAB", "name": f"Stab {name}"}]},
        )
    )
    staff = incident["staffs"][0]["id"]
    told(await admin.post(f"/api/staffs/{staff}/assignments", json={"person": person, "function": "LEITUNG"}))
    fresh = await node.sign_in(f"Leitung {name}", admin=False)
    seal = Seal(node.data_dir)
    return Crew(node, made["id"], founded["room"], incident["id"], staff, fresh, seal)
