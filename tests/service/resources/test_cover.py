"""What leaves the home without basic cover goes only with a reason, which stays in its record."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

HERE = "053820056056"


@pytest.fixture
async def here(node: Node) -> Town:
    made = await town(
        node,
        "Feuerwehr Bergstadt",
        cover=[
            {"ars": HERE, "capability": "BRAND", "minimum": 1},
            {"ars": "053820000000", "capability": "BOOT", "minimum": 1},
        ],
    )
    for callsign in ("HLF 1", "HLF 2"):
        await ready(made, callsign, capabilities=["BRAND"])
    return made


async def ready(town: Town, callsign: str, **fields: Any) -> str:
    id = await town.add(callsign, **fields)
    answer = await town.client.post(f"/api/resources/{id}/status", json={"code": "2"})
    assert answer.json()["body"]["availability"] == "AVAILABLE_STATION", answer.text
    return id


async def moved(town: Town, callsign: str, state: str, **given: object) -> httpx.Response:
    id = town.resources[callsign]
    return await town.client.post(f"/api/resources/{id}/deployment", json={"state": state, **given})


async def test_the_last_one_at_home_goes_only_with_a_reason(here: Town) -> None:
    first = await moved(here, "HLF 1", "ALERTED")
    assert first.status_code == 200
    assert "cover" not in first.json()
    refused = await moved(here, "HLF 2", "ALERTED", reason="Menschenrettung")
    problem = refused.json()
    assert (refused.status_code, problem["type"], problem["field"]) == (409, "about:cover-broken", "override")
    shortfall = {"ars": HERE, "capability": "BRAND", "minimum": 1, "free": 1, "after": 0}
    assert problem["shortfalls"] == [shortfall]
    assert (await here.seen("resource"))[here.resources["HLF 2"]]["deployment"] == "AT_HOME"

    taken = await moved(here, "HLF 2", "ALERTED", reason="Menschenrettung", override={"reason": "Nachbar steht bereit"})
    assert taken.status_code == 200, taken.text
    assert taken.json()["cover"] == [shortfall]
    said = taken.json()["body"]["state_reason"]
    assert said.startswith("Menschenrettung | Basic cover overridden: Nachbar steht bereit (BRAND in 053820056056")
    further = await moved(here, "HLF 2", "EN_ROUTE")
    assert further.status_code == 200, "what is bound already takes nothing more from home"


async def test_the_override_stays_in_the_log_after_the_next_move(here: Town, node: Node) -> None:
    await moved(here, "HLF 1", "ALERTED")
    await moved(here, "HLF 2", "ALERTED", override={"reason": "Nachbar steht bereit"})
    await moved(here, "HLF 2", "EN_ROUTE")
    log = (await here.client.get("/api/changes?since=0&limit=1000")).json()["changes"]
    said = [change["body"].get("state_reason") or "" for change in log if change["op"] == "put"]
    assert any("Nachbar steht bereit" in words for words in said)
    async with node.database.reading() as connection:
        kept = (
            await connection.execute(text("SELECT subject, detail FROM audit WHERE action = 'cover.override'"))
        ).all()
    assert [(one.subject, one.detail["shortfalls"][0]["after"]) for one in kept] == [
        (f"resource:{here.resources['HLF 2']}", 0)
    ]


async def test_an_empty_reason_is_none(here: Town) -> None:
    await moved(here, "HLF 1", "ALERTED")
    assert (await moved(here, "HLF 2", "ALERTED", override={"reason": " "})).status_code == 422


async def test_out_of_service_is_told_and_not_forbidden(here: Town) -> None:
    await moved(here, "HLF 1", "ALERTED")
    broken = await moved(here, "HLF 2", "OUT_OF_SERVICE", reason="Motorschaden")
    assert broken.status_code == 200
    assert [one["after"] for one in broken.json()["cover"]] == [0]
    assert broken.json()["body"]["state_reason"] == "Motorschaden"


async def test_what_was_not_free_takes_nothing_from_cover(here: Town) -> None:
    await here.add("RTB 1", "RTB", capabilities=["BOOT"])  # nobody said its status
    assert (await moved(here, "RTB 1", "ALERTED")).status_code == 200


async def test_a_district_keeps_its_minimum_over_all_municipalities(here: Town) -> None:
    await ready(here, "RTB 1", capabilities=["BOOT"], ars="053820060060")
    await ready(here, "RTB 2", capabilities=["BOOT"])
    assert (await moved(here, "RTB 2", "ALERTED")).status_code == 200
    refused = await moved(here, "RTB 1", "ALERTED")
    assert [one["ars"] for one in refused.json()["shortfalls"]] == ["053820000000"]


async def test_two_who_send_the_last_two_at_once_do_not_both_get_through(here: Town) -> None:
    answers = await asyncio.gather(moved(here, "HLF 1", "ALERTED"), moved(here, "HLF 2", "ALERTED"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
