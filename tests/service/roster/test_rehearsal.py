from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.service.conftest import running

ORGANISATION = "uebung-feuerwehr-erftstadt"


async def _alarm(client: httpx.AsyncClient, id: str) -> dict[str, Any]:
    facts = (await client.get("/api/picture?kinds=alarm")).json()["facts"]
    return next((dict(fact["body"]) for fact in facts if fact["ref"].endswith(id)), {})


async def test_in_an_exercise_people_answer_an_alarm_and_its_quota_is_reached(database_url: str) -> None:
    exercise = {"speed": 100, "scenario": "flood_2021"}
    async with running(database_url, mode="EXERCISE", origin="t", exercise=exercise) as node:
        lead = await node.sign_in("Leitung", admin=True)
        async with asyncio.timeout(60):
            while not (await lead.get("/api/picture?kinds=alarm_plan")).json()["facts"]:
                await asyncio.sleep(0.2)
        given = {"name": "Übung", "staffs": [{"model": "GESAMTSTAB", "name": "Stab"}], "function": "LEITUNG"}
        incident = (await lead.post("/api/incidents", json=given)).json()
        begun = await lead.post("/api/alarms", json={"plan": f"{ORGANISATION}-1", "incident": incident["id"]})
        assert begun.status_code == 201, begun.text
        async with asyncio.timeout(60):
            while (await _alarm(lead, begun.json()["id"])).get("state") != "QUOTA_REACHED":
                await asyncio.sleep(0.2)
        alarm = await _alarm(lead, begun.json()["id"])
        assert alarm["mode"] == "EXERCISE" and alarm["counts"]["coming"] >= 12
