"""Three nodes and three browsers: a town asks the next one for boats, takes a part and asks the Kreis for the rest; the
loan drives, arrives and goes home, over the real streams between the nodes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, expect
from sqlalchemy import text

from geodata.model.resource import FleetLevel
from geodata.store.cluster import Cluster
from tests.browser.conftest import Visit
from tests.browser.scene import ERFT, Scene
from tests.browser.screen import LARGE, PHONE
from tests.browser.test_requests import Desk
from tests.service.federation.procedures.carried import until
from tests.service.federation.towns import Town, pin, towns
from tests.service.resources.fleet import Town as Fleet
from tests.service.resources.fleet import town

NOWHERE = "http://127.0.0.1:9"
ACROSS = 15_000
"""Milliseconds within which a step is seen on the other node, on a busy machine."""
COURSE = {"ROUTED", "OFFERED", "REQUISITIONED", "COMMITTED", "EN_ROUTE", "ARRIVED", "RELEASED", "RETURNED"}


@dataclass
class Region:
    nodes: dict[str, Town]
    fleets: dict[str, Fleet]
    scene: Scene

    async def cut(self, here: str, there: str) -> None:
        """Neither reaches the other any more."""
        for one, other in ((here, there), (there, here)):
            await self._reach(one, other, NOWHERE)

    async def heal(self, here: str, there: str) -> None:
        for one, other in ((here, there), (there, here)):
            await self._reach(one, other, self.nodes[other].url)

    async def _reach(self, here: str, there: str, url: str) -> None:
        async with self.nodes[here].database.transaction("test") as tx:
            given = {"url": url, "origin": there}
            await tx.connection.execute(text("UPDATE peer SET url = :url WHERE origin = :origin"), given)

    async def inquiries(self, node: str) -> dict[str, Any]:
        """The node's own, by whom they are with."""
        statement = text("SELECT body FROM fact WHERE kind = 'inquiry' AND origin = :origin")
        async with self.nodes[node].database.reading() as connection:
            bodies = (await connection.execute(statement, {"origin": node})).scalars().all()
        return {body["across"]["other"]: body for body in bodies}


@pytest_asyncio.fixture(loop_scope="session")
async def region(cluster: Cluster, template_with_land: str) -> AsyncIterator[Region]:
    async with towns(cluster, "altdorf", "bergheim", "kreis", template=template_with_land, strangers=True) as made:
        nodes = {one.origin: one for one in made}
        for here in made:
            for there in made:
                level = FleetLevel.DISTRICT if there.origin == "kreis" else FleetLevel.MUNICIPALITY
                if here is not there:
                    await pin(here, there, level=level)
        scene = await Scene.open(nodes["altdorf"].node)
        fleets = {
            "altdorf": await town(nodes["altdorf"].node, "Feuerwehr Altdorf", ars="053620020020"),
            "bergheim": await town(nodes["bergheim"].node, "Feuerwehr Bergheim", ars="053620008008"),
            "kreis": await town(nodes["kreis"].node, "Rhein-Erft-Kreis", ars="05362", level="DISTRICT"),
        }
        for number in (1, 2, 3):
            home = [ERFT[0] + 0.03, ERFT[1]]
            one = await fleets["bergheim"].add(f"Florian Bergheim Boot {number}", type="MZB", home=home)
            answer = await fleets["bergheim"].client.post(f"/api/resources/{one}/status", json={"code": "2"})
            assert answer.status_code == 200, answer.text
        await scene.seat("Führung Feuerwehr Altdorf", "S4")
        yield Region(nodes, fleets, scene)


def card(desk: Desk, name: str) -> Locator:
    return desk.screen.page.locator(f'[data-testid=inquiry-card][data-name="{name}"]')


async def test_boats_from_the_next_town_and_the_rest_from_the_kreis(region: Region, blind_visit: Visit) -> None:
    desks = {name: await Desk.sit(blind_visit, region.nodes[name].node, fleet) for name, fleet in region.fleets.items()}
    altdorf, bergheim, kreis = desks["altdorf"], desks["bergheim"], desks["kreis"]
    ours, theirs, above = altdorf.screen, bergheim.screen, kreis.screen
    for desk in desks.values():
        await desk.screen.open(tab="requests")
    await expect(theirs.part("request-list")).to_be_visible()

    # The need, and whom to ask: partners by their level, and whether they can be reached.
    await ours.page.keyboard.press("f")
    await ours.part("what-type").click()
    await ours.part("request-code").select_option("MZB")
    await ours.part("request-LIFE_SAVING").check()
    await ours.part("request-quantity").fill("3")
    await ours.part("request-title").fill("Boote für die Altstadt")
    await ours.part("request-reason").fill("Vierzig Menschen auf Dächern.")
    await ours.part("request-inner").fill("Nur für uns: Wehrleiter ruft selbst an")
    await ours.part("request-submit").click()
    await ours.titled("Boote für die Altstadt")
    addressees = ours.part("addressees").locator("label.addressee")
    neighbour = addressees.filter(has_text="Bergheim")
    await expect(neighbour.get_by_test_id("partner-reach")).to_contain_text("erreichbar · zuletzt gehört")
    await expect(ours.part("addressees").locator("fieldset").filter(has_text="Vorgesetzte")).to_contain_text("Kreis")
    await ours.shoot("neighbours-addressees")
    await neighbour.get_by_role("checkbox").check()
    await ours.part("route-ask").click()
    await ours.part("route-send").click()
    offer = card(altdorf, "Bergheim")
    await expect(offer).to_be_visible()

    # Bergheim hears the bell, sees what it gives up, and offers two of three.
    await theirs.part("requests-ringing").click(timeout=ACROSS)
    await theirs.titled("Boote für die Altstadt")
    await expect(theirs.panel).to_contain_text("Altdorf: Feuerwehr Altdorf")
    await expect(theirs.part("candidate")).to_have_count(3)
    for number in (1, 2):
        await theirs.part("candidate").filter(has_text=f"Boot {number}").get_by_role("checkbox").check()
    await expect(theirs.part("before-agreeing")).to_be_visible()
    await theirs.part("show-fuel").check()
    await expect(theirs.part("partner-sees")).to_contain_text(
        "Das sieht Altdorf: Feuerwehr Altdorf davon", timeout=ACROSS
    )
    await expect(theirs.part("seen-thing")).to_have_count(2, timeout=ACROSS)
    await theirs.part("seen-thing").first.locator("summary").click()
    await theirs.part("offer-note").fill("Zwei können sofort.")
    await theirs.shoot("neighbours-asked")
    await theirs.part("offer-go").click()
    await expect(offer.get_by_test_id("line")).to_have_count(2, timeout=ACROSS)
    await expect(offer.get_by_test_id("hold-left")).to_contain_text("reserviert, noch")

    # Altdorf takes both, and puts the rest to the Kreis, which refuses.
    await offer.get_by_test_id("move-requisition").click()
    await offer.get_by_test_id("preview-go").click()
    await ours.part("route-more").click()
    await addressees.filter(has_text="Kreis").get_by_role("checkbox").check()
    await ours.part("route-ask").click()
    await ours.part("route-send").click()
    await above.part("requests-ringing").click(timeout=ACROSS)
    await above.titled("Boote für die Altstadt")
    rescuers = await town(region.nodes["kreis"].node, "Wasserrettung Rhein-Erft", ars="05362")
    await above.part("inquiry-pass-on").click()
    await expect(above.part("pass-on-to")).to_contain_text("Wasserrettung Rhein-Erft (nichts Passendes)")
    await above.part("pass-on-said").fill("Ihr habt die Boote")
    await above.shoot("neighbours-pass-on")
    await above.part("pass-on-confirm").click()
    await expect(above.part("steps")).to_contain_text("weitergegeben an Wasserrettung Rhein-Erft")
    await expect(above.part("inquiry-decline")).to_have_count(0)
    await expect(ours.part("steps")).to_contain_text("weitergegeben an Wasserrettung Rhein-Erft", timeout=ACROSS)
    passed = next(one for one in await rescuers.seen("inquiry") if one.startswith("altdorf."))
    declined = {"reason": "Alle Boote an der Erftmündung"}
    assert (await rescuers.client.post(f"/api/inquiries/{passed}/decline", json=declined)).status_code == 200
    await expect(card(altdorf, "Kreis")).to_contain_text("Alle Boote an der Erftmündung", timeout=ACROSS)

    # The loan is promised, and drives by its own status.
    await theirs.part("move-commit").click(timeout=ACROSS)
    await expect(theirs.part("preview")).to_contain_text("Feuerwehr Altdorf gehen")
    await expect(theirs.part("partner-sees")).to_be_visible(timeout=ACROSS)
    await theirs.part("preview-go").click()
    await expect(offer.get_by_test_id("card-state")).to_have_text("zugesagt", timeout=ACROSS)
    await expect(ours.part("request-state")).to_have_text("teilweise zugesagt")
    await expect(offer).to_contain_text("geliehen von Bergheim (vor", timeout=ACROSS)
    await offer.get_by_test_id("line").first.get_by_role("button").click()
    await expect(ours.part("their-panel")).to_contain_text("Boot 1")
    await ours.shoot("neighbours-borrowed")
    await ours.part("loan-inquiry").click()
    await ours.part("inquiry-request").click()
    fleet = region.fleets["bergheim"]
    for number in (1, 2):
        boat = fleet.resources[f"Florian Bergheim Boot {number}"]
        assert (await fleet.client.post(f"/api/resources/{boat}/status", json={"code": "3"})).status_code == 200
    await expect(offer.get_by_test_id("card-state")).to_have_text("unterwegs", timeout=ACROSS)

    # The line breaks: what is said is kept, the page says so, and it arrives when the line is there again.
    await region.cut("altdorf", "bergheim")
    await offer.get_by_test_id("move-arrive").click()
    await expect(ours.part("count-arrived")).to_have_text("2")
    await expect(offer.get_by_test_id("under-way")).to_have_text(
        re.compile(r"Noch nicht übermittelt, seit \d+ s\."), timeout=ACROSS
    )
    await ours.shoot("neighbours-under-way")
    await expect(theirs.part("inquiry-state")).to_have_text("unterwegs")
    await region.heal("altdorf", "bergheim")
    await expect(theirs.part("inquiry-state")).to_have_text("eingetroffen", timeout=70_000)
    await expect(offer.get_by_test_id("under-way")).to_have_count(0, timeout=ACROSS)

    # Released, and home again.
    await offer.get_by_test_id("move-release").click()
    await offer.get_by_test_id("preview-go").click()
    await expect(theirs.part("inquiry-state")).to_have_text("entlassen", timeout=ACROSS)
    await theirs.part("move-return").click()
    await theirs.part("preview-go").click()
    await expect(offer.get_by_test_id("card-state")).to_have_text("zurück", timeout=ACROSS)
    await expect(ours.part("steps")).to_contain_text("von Bergheim")
    await ours.shoot("neighbours-returned")

    await every_step_is_in_both_logs(region)
    await nothing_else_of_the_stock_is_known(region, altdorf, bergheim)
    if os.environ.get("LAGEBILD_PROVE"):
        await looked_at(region, blind_visit)


async def every_step_is_in_both_logs(region: Region) -> None:
    async def both() -> list[set[tuple[Any, ...]]] | None:
        found = [(await region.inquiries("altdorf"))["bergheim"], (await region.inquiries("bergheim"))["altdorf"]]
        steps = [{(one["state"], one["at"], one["by"]) for one in body["history"]} for body in found]
        return steps if steps[0] == steps[1] else None

    steps = await until(both)
    assert {state for state, *_ in steps[0]} == COURSE
    refused = (await region.inquiries("kreis"))["altdorf"]
    assert [one["state"] for one in refused["history"]] == ["ROUTED", "ROUTED", "DECLINED"]


async def nothing_else_of_the_stock_is_known(region: Region, altdorf: Desk, bergheim: Desk) -> None:
    """What the pages hold and every frame ever sent: the third boat nowhere at Altdorf, our own words not at Bergheim,
    and nothing lent is left at Altdorf after its return."""
    third = region.fleets["bergheim"].resources["Florian Bergheim Boot 3"]
    for secret in ("Boot 3", third):
        assert secret not in await altdorf.held()
        assert all(secret not in frame for frame in altdorf.frames)
    assert all("Nur für uns" not in frame for frame in bergheim.frames)
    facts = json.loads(await altdorf.held())
    assert [ref for ref in facts if ref.startswith("bergheim/resource/")] == []
    assert altdorf.frames
    assert bergheim.frames


async def looked_at(region: Region, visit: Visit) -> None:
    """In every width and look, for a person to see."""
    body = await region.inquiries("altdorf")
    for width, theme in ((LARGE, "light"), (LARGE, "dark"), (PHONE, "dark")):
        desk = await Desk.sit(visit, region.nodes["altdorf"].node, region.fleets["altdorf"], viewport=width)
        request = body["bergheim"]["request"]
        await desk.screen.open(tab="requests", sel=f"request:{request}", theme=theme)
        await desk.screen.titled("Boote für die Altstadt")
        await desk.screen.shoot(f"neighbours-request-{theme}-{width['width']}")
        assert await desk.screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
