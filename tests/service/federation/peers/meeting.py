"""What two staffs do at their screens to become partners, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from tests.service.federation.towns import Town

STEPS = (
    "partner.invite", "partner.accept", "partner.hello", "partner.compare", "partner.suspend", "partner.resume",
    "partner.revoke", "partner.rotated", "node.rotate",
)  # fmt: skip


class Desk:
    """Somebody who may keep partners, signed in at a node."""

    def __init__(self, town: Town, client: httpx.AsyncClient) -> None:
        self.town, self.client = town, client

    @classmethod
    async def at(cls, town: Town) -> Desk:
        return cls(town, await town.node.sign_in())

    async def invites(self, name: str = "Nachbar", **more: Any) -> dict[str, Any]:
        answer = await self.client.post("/api/partners/invitations", json={"name": name, **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def accepts(self, text: str) -> httpx.Response:
        return await self.client.post("/api/partners/accept", json={"invitation": text})

    async def partners(self) -> dict[str, dict[str, Any]]:
        """By origin."""
        answer = await self.client.get("/api/partners")
        assert answer.status_code == 200, answer.text
        return {one["origin"]: one for one in answer.json()["partners"]}

    async def partner(self, origin: str) -> dict[str, Any]:
        answer = await self.client.get(f"/api/partners/{(await self.partners())[origin]['id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def does(self, origin: str, act: str, **body: Any) -> httpx.Response:
        id = (await self.partners())[origin]["id"]
        return await self.client.post(f"/api/partners/{id}/{act}", json=body or None)

    async def compares(self, origin: str) -> dict[str, Any]:
        answer = await self.does(origin, "compare", words=(await self.partner(origin))["words"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def audited(self) -> list[str]:
        """What the audit says of partners, oldest first."""
        lines = (await self.client.get("/api/audit?limit=200")).json()["lines"]
        return [line["action"] for line in reversed(lines) if line["action"] in STEPS]


async def become_partners(one: Desk, other: Desk) -> None:
    text = (await one.invites())["text"]
    accepted = await other.accepts(text)
    assert accepted.status_code == 201, accepted.text
    await one.compares(other.town.origin)
    await other.compares(one.town.origin)
