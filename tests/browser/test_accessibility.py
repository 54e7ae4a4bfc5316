"""axe finds nothing serious or critical: both themes and the night, both languages, every part open, phone."""

from __future__ import annotations

import os
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import HERE, Visit
from tests.browser.scene import Scene
from tests.browser.screen import PHONE, TWO_FRAMES, Screen
from tests.service.conftest import Node

AXE = (HERE.parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text()
KOELN = "pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"
OPEN: dict[str, dict[str, str]] = {
    "list": {},
    "gauge": {"sel": f"station:{KOELN}"},
    "warnings": {"tab": "warnings"},
    "sources": {"tab": "sources"},
    "legend": {"aside": "legend"},
    "help": {"aside": "help"},
}

LOOKS = [("light", "de"), ("dark", "en")]
"""Both themes and both languages; the proof crosses them and adds the night."""
if os.environ.get("LAGEBILD_PROVE"):
    LOOKS += [("light", "en"), ("dark", "de"), ("night", "de"), ("night", "en")]

# Colours change by a transition, and rows out of sight are not drawn: axe would read colours of before, and no content.
AS_IT_STANDS = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { transition: none !important; content-visibility: visible !important; }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""


async def findings(screen: Screen) -> list[str]:
    """Serious and critical ones, one line each."""
    await screen.page.evaluate(AS_IT_STANDS)
    await screen.page.evaluate(TWO_FRAMES)
    await screen.page.evaluate(AXE)
    found: dict[str, Any] = await screen.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10, "axe looked at the page"
    return [
        f"{v['impact']} {v['id']}: {node['target']} {node['html'][:140]} {node['failureSummary'][:160]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.proof
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_serious_on_the_wide_page(flood: Node, visit: Visit, theme: str, language: str) -> None:
    screen = await visit(flood, bypass_csp=True)
    found = []
    for part, view in OPEN.items():
        await screen.open(theme=theme, lang=language, map="8/51/7", **view)
        await expect(screen.part("list-column")).to_be_visible()
        if part == "gauge":
            await screen.titled("KÖLN")
            await expect(screen.panel.locator("canvas").first).to_be_visible()
        await expect(screen.page.locator("html")).to_have_attribute("data-theme", theme)
        found += [f"{part}: {line}" for line in await findings(screen)]
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_serious_on_the_phone(flood: Node, visit: Visit, theme: str) -> None:
    screen = await visit(flood, bypass_csp=True, viewport=PHONE, is_mobile=True, has_touch=True)
    found = []
    for view in ({}, {"page": "list"}, {"page": "sources", "tab": "sources"}, {"sel": f"station:{KOELN}"}):
        await screen.open(theme=theme, **view)
        await expect(screen.part("page-map")).to_be_visible()
        found += [f"{view}: {line}" for line in await findings(screen)]
    assert found == []


async def test_every_control_has_a_name_and_every_image_a_text(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open(sel=f"station:{KOELN}")).loaded()
    await screen.titled("KÖLN")
    nameless = await screen.page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], input, select, [role=button], [role=tab], [role=row]')]
             .filter((e) => e.checkVisibility() && !(e.getAttribute('aria-label') || e.innerText?.trim()
               || e.labels?.[0]?.innerText?.trim() || e.title))
             .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


@pytest.mark.proof
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_serious_on_any_tab_or_page_of_who_is_signed_in(
    empty: Node, blind_visit: Visit, theme: str, language: str
) -> None:
    scene = await Scene.open(empty)
    site = await scene.site("Keller läuft voll", "P1", lives_at_risk=True)
    screen = await scene.sit(blind_visit, "Anna Leitner", bypass_csp=True)
    await screen.open(theme=theme, lang=language, incident=scene.incident)
    await expect(screen.offer("staff")).to_be_visible(timeout=30_000)
    found = []
    tabs = await screen.tabs()
    assert len(tabs) >= 12
    for tab in tabs:
        await screen.turn_to(tab)
        found += [f"{tab}: {line}" for line in await findings(screen)]
    await screen.open(theme=theme, lang=language, incident=scene.incident, sel=f"site:{site}")
    await expect(screen.panel).to_be_visible()
    found += [f"site: {line}" for line in await findings(screen)]
    await screen.part("rail-views").click()
    await screen.part("view-save-as").click()
    found += [f"views: {line}" for line in await findings(screen)]
    for page in ("account", "admin", "wall"):
        await screen.open(theme=theme, lang=language, page=page)
        await expect(screen.part(f"full-{page}")).to_be_visible()
        found += [f"{page}: {line}" for line in await findings(screen)]
    assert found == []


@pytest.mark.proof
@pytest.mark.parametrize("theme", sorted({theme for theme, _ in LOOKS}))
async def test_nothing_serious_on_the_form_to_sign_in(empty: Node, blind_visit: Visit, theme: str) -> None:
    screen = await (await blind_visit(empty, bypass_csp=True)).open(theme=theme)
    await screen.part("session").click()
    found = [f"menu: {line}" for line in await findings(screen)]
    await screen.part("menu-sign-in").click()
    await expect(screen.part("sign-in")).to_be_visible()
    assert found + await findings(screen) == []
