"""Others of the same staff and organisation as the one who leads a crew."""

from __future__ import annotations

import httpx
from sqlalchemy import text

from tests.service.roster.crew import Crew, told


async def second(ours: Crew, name: str = "Zweite", function: str = "S3", *, member: bool = True) -> httpx.AsyncClient:
    """Somebody else with this seat in the crew's staff, of its organisation."""
    name = f"{name} {function} {ours.organisation[:8]}"
    client = await ours.node.sign_in(name, admin=False)
    person = (await client.get("/api/session")).json()["person"]
    if member:
        async with ours.node.database.reading() as connection:
            await connection.execute(
                text("INSERT INTO person_organisation (person, organisation) VALUES (:person, :organisation)"),
                {"person": person, "organisation": ours.organisation},
            )
    given = {"person": person, "function": function}
    told(await ours.client.post(f"/api/staffs/{ours.staff}/assignments", json=given))
    await client.aclose()
    return await ours.node.sign_in(name, admin=False)
