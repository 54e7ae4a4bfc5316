"""A roster that takes in volunteers, with jobs, a meeting point, and people who have links to their own pages."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from alerting.store import links, people
from alerting.store.people import HelperKind, NewHelper, Skill
from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told

ACT = re.compile(r'name="act" value="([^"]+)"')


def iso(moment: datetime) -> str:
    return moment.isoformat()


@dataclass
class Hands:
    crew: Crew

    @property
    def client(self) -> httpx.AsyncClient:
        return self.crew.client

    @property
    def node(self) -> Node:
        return self.crew.node

    async def volunteer(self, name: str, *skills: Skill, **fields: Any) -> tuple[str, str]:
        """Id and token of somebody whose contact is proven."""
        given = NewHelper(
            name, self.crew.room, HelperKind.SPONTANEOUS, organisation=self.crew.organisation,
            **{"adult": True, "skills": skills, **fields},
        )  # fmt: skip
        now = datetime.now(UTC)
        async with self.node.database.transaction("test") as tx:
            helper = await people.add(tx.connection, self.crew.seal, given, now=now)
            link = await links.make(tx.connection, helper, links.Purpose.JOB, now=now, expires=now + timedelta(days=30))
        return helper, links.token_of(self.crew.seal, link)

    async def job(
        self, *, wanted: int = 3, begins: float = 1, hours: float = 4, open: bool = True, **fields: Any
    ) -> str:
        """Id of a job that anybody may do, with one slot `s1` that begins in so many hours."""
        start = datetime.now(UTC) + timedelta(hours=begins)
        slot = {"id": "s1", "begins": iso(start), "ends": iso(start + timedelta(hours=hours)), "wanted": wanted}
        given = {
            "title": "Keller leeren", "risk": "NO_RISK", "minimum_age": 0, "supervisor": "Zugführer Abschnitt 2",
            "commissioned_by": "Stadt Musterstadt", "briefing": "Feste Schuhe. Nicht allein in Keller.",
            "place": "Marktstraße 5", "slots": [slot], **fields,
        }  # fmt: skip
        made = told(await self.client.post("/api/jobs", json={"organisation": self.crew.organisation, "fields": given}))
        if open:
            for state in ("VERIFIED", "OPEN"):
                move = {"state": state, "text": "Angesehen"}
                told(await self.client.post(f"/api/jobs/{made['id']}/state", json=move))
        return str(made["id"])

    async def point(self, name: str = "Turnhalle") -> dict[str, Any]:
        given = {"organisation": self.crew.organisation, "fields": {"name": name, "place": "Schulstraße 1"}}
        made = told(await self.client.post("/api/meeting-points", json=given))
        return {"id": made["id"], "code": made["body"]["code"]}

    async def acts(self, *acts: dict[str, Any]) -> list[dict[str, Any]]:
        now = iso(datetime.now(UTC))
        whole = [{"id": str(uuid.uuid4()), "at": now, **act} for act in acts]
        sent = await self.client.post(f"/api/volunteers/{self.crew.organisation}/acts", json={"acts": whole})
        return list(told(sent)["results"])

    async def second(self) -> httpx.AsyncClient:
        """Somebody else who leads the same staff's S1."""
        admin = await self.node.sign_in("Verwaltung", admin=True)
        name = "Zweite Person"
        client = await self.node.sign_in(name, admin=False)
        person = (await client.get("/api/session")).json()["person"]
        async with self.node.database.reading() as connection:
            given = {"person": person, "organisation": self.crew.organisation}
            await connection.execute(
                text("INSERT INTO person_organisation (person, organisation) VALUES (:person, :organisation)"), given
            )
        told(await admin.post(f"/api/staffs/{self.crew.staff}/assignments", json={"person": person, "function": "S1"}))
        return await self.node.sign_in(name, admin=False)

    async def pool(self) -> dict[str, Any]:
        return dict(told(await self.client.get(f"/api/volunteers/{self.crew.organisation}")))

    async def state(self, helper: str) -> str | None:
        """Of his newest booking."""
        found = [b for b in (await self.pool())["bookings"] if b["helper"] == helper]
        return found[0]["state"] if found else None


async def press(client: httpx.AsyncClient, token: str, do: str, **fields: str) -> httpx.Response:
    """A button of somebody's own page."""
    given = {"do": do, "act": str(uuid.uuid4()), **fields}
    return await client.post(f"/h/{token}", data=given)


async def hands(node: Node, name: str = "Stadt Musterstadt", **roster: Any) -> Hands:
    return Hands(await crew(node, name, volunteers=True, **roster))
