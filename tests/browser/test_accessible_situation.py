"""axe about what other tests of accessibility leave out: forms of new things, menus, conflicts, the wall, the print."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.scene import Scene, square
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node

NEW = {
    "site": "sites", "sector": "sectors", "facility": "facilities", "zone": "zones", "task": "tasks",
    "incident": "incidents",
}  # fmt: skip
LOOKS = [("light", "en"), ("dark", "de")]
if os.environ.get("LAGEBILD_PROVE"):
    LOOKS += [("night", "de"), ("night", "en")]


@pytest.mark.proof
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_serious_in_forms_menus_offers_wall_and_print(
    empty: Node, blind_visit: Visit, theme: str, language: str
) -> None:
    scene = await Scene.open(empty)
    site = await scene.site("Keller läuft voll", "P1", lives_at_risk=True, caller="Frau Öz, 0221 4711")
    made = {
        "sector": await scene.make("sectors", name="Abschnitt Nord", geometry=square()),
        "zone": await scene.make("zones", type="HAZARD", name="Deichfuß", reason="Quellwasser", geometry=square(0.02)),
    }
    for title in ("Keller, drei Personen", "Keller, vier Personen"):  # both of the first version: one of them loses
        answer = await scene.lead.patch(f"/api/sites/{site}", json={"base": 1, "fields": {"title": title}})
        assert answer.is_success, answer.text
    screen = await scene.sit(blind_visit, "Anna Leitner", bypass_csp=True)
    look = {"theme": theme, "lang": language, "incident": scene.incident}
    found = []
    for kind, tab in NEW.items():
        await screen.open(tab=tab, sel=f"{kind}:new", **look)
        await expect(screen.panel.locator("form")).to_be_visible()
        await expect(screen.page.locator("html")).to_have_attribute("data-theme", theme)
        found += [f"new {kind}: {line}" for line in await findings(screen)]
    for kind, key in {"site": site, **made}.items():
        await screen.open(tab=NEW[kind], sel=f"{kind}:{key}", **look)
        await expect(screen.panel).to_be_visible()
        found += [f"{kind}: {line}" for line in await findings(screen)]
    await screen.page.emulate_media(media="print")
    found += [f"print: {line}" for line in await findings(screen)]
    await screen.page.emulate_media(media="screen")
    await screen.part("session").click()
    await expect(screen.part("session-menu")).to_be_visible()
    found += [f"menu: {line}" for line in await findings(screen)]
    await screen.open(page="wall", **look)
    await expect(screen.part("full-wall")).to_be_visible()
    found += [f"wall: {line}" for line in await findings(screen)]
    assert found == []


async def test_nothing_serious_in_the_form_to_sign_in_that_was_filled_in_wrongly(
    empty: Node, blind_visit: Visit
) -> None:
    screen = await (await blind_visit(empty, bypass_csp=True)).open(theme="dark", lang="en")
    await screen.part("session").click()
    await screen.part("menu-sign-in").click()
    await screen.part("login").fill("nobody")
    await screen.part("password").fill("guessed and wrong")
    await screen.part("sign-in-submit").click()
    await expect(screen.part("sign-in-problem")).not_to_be_empty()
    assert await findings(screen) == []
