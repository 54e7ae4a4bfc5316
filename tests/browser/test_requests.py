"""Requests across borders in the browser: from need to return through several organisations, each with its own page."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import WebSocket, expect

from tests.browser.conftest import Visit
from tests.browser.scene import ERFT, Scene
from tests.browser.screen import LARGE, PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

COURSE = (
    "SUBMITTED", "ROUTED", "DECLINED", "OFFERED", "REQUISITIONED", "COMMITTED", "ARRIVED", "IN_USE", "RELEASED",
    "RETURNED",
)  # fmt: skip
SEEN = [(LARGE, *LOOKS[0]), (PHONE, *LOOKS[1])]
if os.environ.get("LAGEBILD_PROVE"):
    SEEN = [(viewport, *look) for viewport in (LARGE, PHONE) for look in LOOKS]
NEARLY_AN_HOUR = re.compile(r"reserviert, noch (5\d:\d\d|1:00:0\d)")


@dataclass
class Desk:
    """Somebody of one organisation before his page, and everything that the server ever sent there."""

    town: Town
    screen: Screen
    frames: list[str] = field(default_factory=list)

    @classmethod
    async def sit(cls, visit: Visit, node: Node, town: Town, **options: Any) -> Desk:
        """With the session of the organisation's own person, who is no administrator."""
        screen = await visit(node, **options)
        for cookie in town.client.cookies.jar:
            assert cookie.value is not None
            await screen.page.context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": screen.url}])
        desk = cls(town, screen)
        screen.page.on("websocket", desk._listen)
        return desk

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(frame if isinstance(frame, str) else repr(frame)))

    async def held(self) -> str:
        """All facts of the page, as text."""
        facts: dict[str, Any] = (await self.screen.page.evaluate("() => window.lagebild.held()"))["facts"]
        return json.dumps(facts, ensure_ascii=False)


@dataclass
class Region:
    """Erftstadt asks; Brühl and Hürth are its neighbours, Wesseling is nobody's business in this."""

    scene: Scene
    erftstadt: Town
    bruehl: Town
    huerth: Town
    wesseling: Town


def at(dx: float, dy: float = 0) -> list[float]:
    return [ERFT[0] + dx, ERFT[1] + dy]


@pytest_asyncio.fixture(loop_scope="session")
async def region(empty: Node) -> Region:
    scene = await Scene.open(empty)
    cover = [{"ars": "053620012012", "capability": "PUMPEN", "minimum": 2}]
    bruehl = await town(empty, "Feuerwehr Brühl", ars="053620012012", cover=cover)
    huerth = await town(empty, "Feuerwehr Hürth", ars="053620028028")
    wesseling = await town(empty, "Feuerwehr Wesseling", ars="053620044044")
    near = [bruehl.organisation, huerth.organisation]
    erftstadt = await town(empty, "Feuerwehr Erftstadt", ars="053620020020", neighbours=near)
    for number in (1, 2, 3):
        one = await bruehl.add(f"Florian Brühl 1 HLF20 {number}", home=at(0.03))
        assert (await bruehl.client.post(f"/api/resources/{one}/status", json={"code": "2"})).status_code == 200
    await huerth.add("Florian Hürth 1 HLF20 1", home=at(0.05))
    await wesseling.add("Florian Wesseling 1 HLF20 1", home=at(0.1))
    await scene.seat("Führung Feuerwehr Erftstadt", "S4")
    return Region(scene, erftstadt, bruehl, huerth, wesseling)


async def test_a_need_goes_out_comes_in_part_is_refused_by_another_and_goes_home_again(
    region: Region, empty: Node, blind_visit: Visit
) -> None:
    site = await region.scene.site("Altstadt Blessem", "P1", lives_at_risk=True)
    erftstadt = await Desk.sit(blind_visit, empty, region.erftstadt)
    bruehl = await Desk.sit(blind_visit, empty, region.bruehl)
    huerth = await Desk.sit(blind_visit, empty, region.huerth)
    wesseling = await Desk.sit(blind_visit, empty, region.wesseling)
    ours, brühl, hürth = erftstadt.screen, bruehl.screen, huerth.screen
    for desk in (bruehl, huerth, wesseling):
        await desk.screen.open(tab="requests")
        await expect(desk.screen.part("request-list")).to_be_visible()
    await ours.open(tab="requests", sel=f"site:{site}")

    # The need, filled in from the damage site.
    await ours.part("request-about").click()
    await expect(ours.part("request-LIFE_SAVING")).to_be_checked()
    await ours.part("what-type").click()
    await ours.part("request-code").select_option("HLF20")
    await ours.part("request-quantity").fill("3")
    await ours.part("request-title").fill("Löschfahrzeuge mit Pumpe")
    await ours.part("request-reason").fill("Das Wasser steigt, zwei eigene Fahrzeuge fehlen.")
    await ours.part("request-inner").fill("Nur für uns: Wehrleiter ruft selbst an")
    await ours.part("request-submit").click()
    await ours.titled("Löschfahrzeuge mit Pumpe")

    # Whom to ask, and what goes out.
    asked = ours.part("addressees").locator("label.addressee")
    for name in ("Feuerwehr Brühl", "Feuerwehr Hürth"):
        await asked.filter(has_text=name).get_by_role("checkbox").check()
    await ours.part("route-ask").click()
    await expect(ours.part("route-names")).to_have_text("Feuerwehr Brühl, Feuerwehr Hürth")
    await ours.part("route-send").click()
    await expect(ours.part("inquiry-card")).to_have_count(2)

    # Hürth hears the bell and refuses with its reason.
    await hürth.part("requests-ringing").click()
    await hürth.titled("Löschfahrzeuge mit Pumpe")
    await hürth.part("inquiry-decline").click()
    await hürth.part("request-said").fill("Selbst im Einsatz an der Talsperre")
    await hürth.part("request-confirm").click()
    await expect(hürth.part("inquiry-state")).to_have_text("abgelehnt")
    refused = ours.page.locator('[data-testid=inquiry-card][data-name="Feuerwehr Hürth"]')
    await expect(refused).to_contain_text("Selbst im Einsatz an der Talsperre")

    # Brühl sees what it would give up, offers two, and they are held.
    await brühl.part("requests-ringing").click()
    await expect(brühl.part("candidate")).to_have_count(3)
    for number in (1, 2):
        await brühl.part("candidate").filter(has_text=f"HLF20 {number}").get_by_role("checkbox").check()
    await expect(brühl.part("before-agreeing").get_by_test_id("gives-up")).to_contain_text("nötig 2")
    await brühl.part("hold-60").click()
    await brühl.part("offer-note").fill("Zwei können sofort.")
    await brühl.part("offer-go").click()
    await expect(brühl.part("inquiry-state")).to_have_text("Angebot liegt vor")
    await expect(brühl.panel.get_by_test_id("hold-left")).to_have_text(NEARLY_AN_HOUR)
    offer = ours.page.locator('[data-testid=inquiry-card][data-name="Feuerwehr Brühl"]')
    await expect(offer.get_by_test_id("line")).to_have_count(2)
    await expect(offer.get_by_test_id("hold-left")).to_have_text(NEARLY_AN_HOUR)

    # Erftstadt takes both; Brühl promises them in spite of its basic cover, and says why.
    await offer.get_by_test_id("move-requisition").click()
    await offer.get_by_test_id("preview-go").click()
    await brühl.part("move-commit").click()
    await expect(brühl.part("preview")).to_contain_text("An Feuerwehr Erftstadt gehen")
    await expect(brühl.part("preview").get_by_test_id("gives-up")).to_be_visible()
    await expect(brühl.part("preview-go")).to_be_disabled()
    await brühl.part("preview-remark").fill("Köln deckt uns mit ab")
    await brühl.part("preview-go").click()
    await expect(ours.part("request-state")).to_have_text("teilweise zugesagt")
    await expect(ours.part("count-missing")).to_have_text("1")

    # What is lent is there to be seen, with whose it is.
    await offer.get_by_test_id("line").first.get_by_role("button").click()
    await expect(ours.part("loan-inquiry")).to_have_text("geliehen von Feuerwehr Brühl")
    await ours.part("loan-inquiry").click()
    await ours.part("inquiry-request").click()

    # One arrives, then the other; they work and are released; Brühl has them back.
    await offer.get_by_test_id("line-choose").first.check()
    await offer.get_by_test_id("move-arrive").click()
    await expect(offer.get_by_test_id("move-arrive")).to_have_text("Eingetroffen (1)")
    await expect(ours.part("count-arrived")).to_have_text("1")
    await offer.get_by_test_id("move-arrive").click()
    await expect(ours.part("count-arrived")).to_have_text("2")
    await offer.get_by_test_id("move-in-use").click()
    await offer.get_by_test_id("move-release").click()
    await offer.get_by_test_id("preview-go").click()
    await expect(brühl.part("inquiry-state")).to_have_text("entlassen")
    await brühl.part("move-return").click()
    await brühl.part("preview-go").click()
    await expect(brühl.part("inquiry-state")).to_have_text("zurück")
    await expect(brühl.part("inquiry-costs")).to_be_visible()

    # Every step stands in the course, with who and when.
    await expect(offer.get_by_test_id("card-state")).to_have_text("zurück")
    steps = await ours.part("step").evaluate_all("all => all.map((e) => e.dataset.state)")
    assert set(COURSE) <= set(steps), steps
    firsts = [steps[::-1].index(state) for state in COURSE]
    assert firsts == sorted(firsts), f"newest first: {steps}"
    await expect(ours.part("steps")).to_contain_text("von Führung Feuerwehr Brühl")
    table = await ours.page.context.request.get(
        f"{ours.url}{await ours.part('request-settlement').get_attribute('href')}"
    )
    assert (table.status, "Florian Brühl 1 HLF20 1" in await table.text()) == (200, True)
    await ours.part("request-close").click()
    await ours.part("request-confirm").click()
    await expect(ours.part("request-state")).to_have_text("abgeschlossen")

    await _nobody_else_got_anything(region, erftstadt, bruehl, huerth, wesseling)


async def ask(region: Region) -> dict[str, str]:
    """A request put to all three: Brühl has offered, Hürth has refused, Wesseling says nothing. Ids by name."""
    client, scene = region.erftstadt.client, region.scene

    async def post(client: httpx.AsyncClient, path: str, **sent: Any) -> Any:
        answer = await client.post(f"/api/{path}", json=sent)
        assert answer.is_success, answer.text
        return answer.json()

    fields = {
        "title": "Löschfahrzeuge mit Pumpe für die Altstadt", "type": "HLF20", "quantity": 3,
        "priority": "LIFE_SAVING", "place": at(0.01), "place_name": "Erftstadt-Blessem, Frauenthaler Straße",
        "people_at_risk": 40, "reason": "Wasser steigt 20 cm je Stunde, zwei eigene Fahrzeuge ausgefallen.",
    }  # fmt: skip
    asked = await post(
        client, f"incidents/{scene.incident}/requests", fields=fields, organisation=region.erftstadt.organisation
    )  # fmt: skip
    towns = {"bruehl": region.bruehl, "huerth": region.huerth, "wesseling": region.wesseling}
    routed = await post(
        client, f"requests/{asked['id']}/route", organisations=[one.organisation for one in towns.values()]
    )  # fmt: skip
    by = {one["body"]["addressee"]["organisation"]: one["id"] for one in routed["inquiries"]}
    found = {name: by[one.organisation] for name, one in towns.items()}
    offered = list(region.bruehl.resources.values())[:2]
    await post(
        region.bruehl.client, f"inquiries/{found['bruehl']}/offer", resources=offered, note="Zwei können sofort.",
        terms={"recall_hours": 2, "cost_per_hour": 120.5},
    )  # fmt: skip
    await post(region.huerth.client, f"inquiries/{found['huerth']}/decline", reason="Selbst im Einsatz")
    return {"request": asked["id"], **found}


@pytest.mark.proof
@pytest.mark.parametrize(("viewport", "theme", "language"), SEEN)
async def test_nothing_serious_about_tab_form_and_panels(
    region: Region, empty: Node, blind_visit: Visit, viewport: dict[str, int], theme: str, language: str
) -> None:
    made = await ask(region)
    seats: list[tuple[Town, dict[str, str]]] = [
        (region.erftstadt, {"tab": "", "form": "request:new", "request": f"request:{made['request']}"}),
        (region.bruehl, {"offered": f"inquiry:{made['bruehl']}"}),
        (region.wesseling, {"asked": f"inquiry:{made['wesseling']}"}),
    ]
    found = []
    for seat, looks in seats:
        desk = await Desk.sit(blind_visit, empty, seat, bypass_csp=True, viewport=viewport)
        for name, selection in looks.items():
            view = {"sel": selection} if selection else {}
            await desk.screen.open(tab="requests", page="list", theme=theme, lang=language, **view)
            await expect(desk.screen.part("panel-title" if selection else "request-row")).to_be_visible()
            if name in ("form", "asked"):
                await expect(desk.screen.panel.locator("form").first).to_be_visible()
            found += [f"{name}: {line}" for line in await findings(desk.screen)]
            await desk.screen.shoot(f"requests-{theme}-{viewport['width']}-{name}")
            assert await desk.screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert not found, "\n".join(found)


async def test_with_the_keyboard_alone_a_request_is_begun_and_what_was_refused_stays(
    region: Region, empty: Node, blind_visit: Visit
) -> None:
    screen = (await Desk.sit(blind_visit, empty, region.erftstadt)).screen
    await screen.open(tab="requests")
    await expect(screen.part("requests-empty")).to_contain_text("Noch nichts angefordert")
    await screen.page.keyboard.press("f")
    await expect(screen.part("request-form")).to_be_visible()
    await screen.part("request-title").fill("<img src=x onerror=alert(1)> =1+1")
    await screen.part("request-title").press("Enter")
    await expect(screen.part("request-failed")).to_contain_text("Bitte wählen")
    await screen.part("what-capability").press("Enter")
    await screen.part("request-code").select_option("PUMPEN")
    await screen.part("request-quantity").fill("1.5")
    await screen.part("request-title").press("Enter")
    await expect(screen.part("request-failed")).to_contain_text("Nicht gespeichert")
    await expect(screen.part("request-quantity")).to_have_attribute("aria-invalid", "true")
    await expect(screen.part("request-title")).to_have_value("<img src=x onerror=alert(1)> =1+1")
    await screen.part("request-quantity").fill("2")
    await screen.part("request-title").press("Enter")
    await screen.titled("<img src=x onerror=alert(1)> =1+1")
    await screen.part("undo").press("Enter")
    await expect(screen.part("request-state")).to_have_text("zurückgezogen")


async def _nobody_else_got_anything(region: Region, erftstadt: Desk, bruehl: Desk, huerth: Desk, other: Desk) -> None:
    """What the pages hold, and every frame that the server ever sent to the one who was never asked."""
    names = [*region.bruehl.resources, "Löschfahrzeuge mit Pumpe", "Talsperre", "Nur für uns"]
    ids = list(region.bruehl.resources.values())
    held = await other.held()
    for secret in (*names, *ids):
        assert secret not in held
        assert all(secret not in frame for frame in other.frames)
    assert "/request/" not in held
    assert "/inquiry/" not in held
    assert other.frames, "the page was live all along"
    refused, lender, borrower = await huerth.held(), await bruehl.held(), await erftstadt.held()
    assert all(secret not in refused for secret in (*region.bruehl.resources, *ids, "Nur für uns"))
    assert "Talsperre" not in lender
    assert "Nur für uns" not in lender
    assert "Nur für uns" in borrower
    assert "Florian Hürth 1 HLF20 1" not in borrower
    assert all(f"/resource/{id}" not in borrower for id in ids), "what was lent has left the page with its return"
