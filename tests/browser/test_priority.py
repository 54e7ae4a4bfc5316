"""Ressourcenpriorisierung in the browser: needs chosen, reasons read, cover overridden by two people."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from service.accounts.store import ensure
from tests.browser.conftest import Visit
from tests.browser.scene import AT_THE_ERFT, ERFT, Scene
from tests.browser.screen import PHONE
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node

ANNA, BERND = "Anna Leitner", "Bernd Drei"
ARS = "053620020020"
WAIT = 60_000


@pytest_asyncio.fixture(loop_scope="session")
async def scene(empty: Node) -> Scene:
    opened = await Scene.open(empty)
    await opened.seat(BERND, "S3")
    return opened


async def fleet(scene: Scene, minimum: int = 1) -> dict[str, str]:
    """Two pumps near and far, and basic cover; Anna keeps them. Ids by call sign."""
    admin = scene.lead
    organisation = (await admin.post("/api/organisations", json={"name": "Feuerwehr Erftstadt"})).json()["id"]
    rules = {"cover": [{"ars": ARS, "capability": "PUMPEN", "minimum": minimum}]}
    made = await admin.post("/api/fleets", json={"organisation": organisation, "fields": rules})
    assert made.status_code == 201, made.text
    room, anna = made.json()["room"], await ensure(scene.node.database, ANNA)
    rights = {"can_write": True, "can_share": True}
    shared = await admin.put(f"/api/rooms/{room}/members/person/{anna}", json=rights)
    assert shared.status_code < 300, shared.text
    found = {}
    for name, dx in (("Florian Erft 1", 0.02), ("Florian Erft 2", 0.12)):
        fields: dict[str, Any] = {"kind": "VEHICLE", "type": "MTF", "callsign": name, "capabilities": ["PUMPEN"],
                                  "ars": ARS, "home": [ERFT[0] + dx, ERFT[1]]}  # fmt: skip
        answer = await admin.post(f"/api/fleets/{organisation}/resources", json={"fields": fields})
        assert answer.status_code == 201, answer.text
        found[name] = answer.json()["id"]
        await admin.post(f"/api/resources/{found[name]}/status", json={"code": "2"})
    return found


async def test_two_people_let_basic_cover_go_below_its_minimum(scene: Scene, visit: Visit) -> None:
    ids = await fleet(scene)
    home = await scene.site("Altenheim", "P1", lives_at_risk=True, affected=40)
    cellar = await scene.site("Keller", "P3")
    anna = await scene.sit(visit, ANNA)
    await anna.open(map=AT_THE_ERFT, tab="priority")
    await expect(anna.part("priority")).to_contain_text("Noch kein Vorschlag")
    await anna.part("choose").click()
    await anna.part(f"capability-{home}").select_option("PUMPEN")
    await anna.part(f"take-{cellar}").check()
    await anna.part(f"capability-{cellar}").select_option("PUMPEN")
    await anna.part("compute").click()
    await expect(anna.part("plan-state")).to_contain_text("Bester Plan", timeout=WAIT)
    await anna.part("line-1").click()
    await expect(anna.part("why")).to_contain_text("Florian Erft 2")
    await expect(anna.part("why")).to_contain_text("Anfahrt")
    await anna.part("line-2").click()
    await expect(anna.part("why")).to_contain_text("Grundschutz")
    await anna.part("override").click()
    await anna.part("override-with").select_option(ids["Florian Erft 2"])
    await anna.part("reason").fill("Wasser steigt schnell")
    await anna.part("record").click()
    await expect(anna.part("decision")).to_contain_text("wartet auf zweite Person")
    await expect(anna.part("confirm")).to_have_count(0)

    bernd = await scene.sit(visit, BERND)
    await bernd.open(tab="priority")
    await bernd.part("line-2").click()
    await expect(bernd.part("decision")).to_contain_text("Wasser steigt schnell")
    await bernd.part("reason").fill("Nachbarstadt stellt Wache")
    await bernd.part("confirm").click()
    await expect(bernd.part("decision")).to_contain_text("anders entschieden")
    assert "Florian" not in str(await bernd.part("priority").text_content())

    await expect(anna.part("alert")).to_be_visible()
    await anna.part("alert").click()
    await expect(anna.part("stale")).to_contain_text("Seitdem geändert: 1 Einsatzmittel", timeout=WAIT)
    moved = [body for body in await scene.bodies("resource") if body["callsign"] == "Florian Erft 2"]
    assert (moved[0]["deployment"], moved[0]["site"]) == ("ALERTED", cellar)


@pytest.mark.parametrize(("theme", "language"), LOOKS[:2])
async def test_the_proposal_can_be_read_by_everybody(scene: Scene, visit: Visit, theme: str, language: str) -> None:
    await fleet(scene)
    await scene.site("Altenheim", "P1", lives_at_risk=True, affected=40)
    needs = {"needs": [{"site": await scene.site("Keller", "P2"), "capability": "PUMPEN", "quantity": 2}]}
    made = await scene.lead.post(f"/api/incidents/{scene.incident}/allocations", json=needs)
    assert made.status_code == 202, made.text
    anna = await scene.sit(visit, ANNA, bypass_csp=True, viewport=PHONE)
    await anna.open(tab="priority", page="list", theme=theme, lang=language)
    await expect(anna.part("line-1")).to_be_visible(timeout=WAIT)
    await anna.part("choose").click()
    await expect(anna.part("needs-form")).to_be_visible()
    assert await findings(anna) == []
    await anna.part("choose").click()
    await anna.part("line-1").click()
    await expect(anna.part("why")).to_be_visible()
    assert await findings(anna) == []
