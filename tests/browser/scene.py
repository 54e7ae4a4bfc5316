"""An opened incident with people in its seats, and browsers in which they sit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from service.accounts.store import ensure
from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.service.conftest import Node

ERFT = (6.88, 50.80)
"""Where the tests look: longitude, latitude."""
AT_THE_ERFT = "13/50.80/6.88"


def point(dx: float = 0, dy: float = 0) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [ERFT[0] + dx, ERFT[1] + dy]}


def square(dx: float = 0, dy: float = 0, size: float = 0.01) -> dict[str, Any]:
    x, y = ERFT[0] + dx, ERFT[1] + dy
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass
class Scene:
    """An incident with an Einsatzleitung; `lead` is its LDS and speaks to the interface."""

    node: Node
    lead: httpx.AsyncClient
    opened: dict[str, Any]
    made: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    async def open(cls, node: Node, name: str = "Hochwasser Erft") -> Scene:
        lead = await node.sign_in("Anna Leitner", admin=True)
        staffs = [{"model": "EINSATZLEITUNG", "name": "Einsatzleitung"}]
        mode = (await lead.get("/api/settings")).json().get("mode", "ACTUAL")
        sent = {"name": name, "hazard": "Hochwasser", "mode": mode, "staffs": staffs, "function": "LDS"}
        answer = await lead.post("/api/incidents", json=sent)
        assert answer.status_code == 201, answer.text
        return cls(node, lead, answer.json())

    @property
    def incident(self) -> str:
        return str(self.opened["id"])

    async def seat(self, person: str, function: str) -> None:
        sent = {"function": function, "person": await ensure(self.node.database, person)}
        answer = await self.lead.post(f"/api/staffs/{self.opened['staffs'][0]['id']}/assignments", json=sent)
        assert answer.status_code == 201, answer.text

    async def make(self, path: str, **fields: Any) -> str:
        """A site, sector, facility or zone; its id."""
        answer = await self.lead.post(f"/api/incidents/{self.incident}/{path}", json={"fields": fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def site(self, title: str, priority: str = "P3", dx: float = 0, dy: float = 0, **more: Any) -> str:
        return await self.make("sites", title=title, priority=priority, geometry=point(dx, dy), **more)

    async def bodies(self, kind: str) -> list[dict[str, Any]]:
        """What the server holds of this kind."""
        facts = (await self.lead.get("/api/picture", params={"kinds": kind})).json()["facts"]
        return [fact["body"] for fact in facts]

    async def sit(self, visit: Visit, person: str, **options: Any) -> Screen:
        """A browser in which this person has signed in."""
        screen = await visit(self.node, **options)
        screen.page.context.set_default_timeout(30_000)
        return await screen.signed_in(self.node.database, person)
