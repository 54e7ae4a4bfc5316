"""The usual states, for people to look at: artifacts/screenshots. What can be checked in them is checked elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser import pixels
from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE
from tests.service.conftest import Node

KOELN = "pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"
PHONE_SCREEN = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
LOOKS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "wide-light": ({}, {"theme": "light"}),
    "wide-dark": ({}, {"theme": "dark"}),
    "wide-night": ({}, {"theme": "night"}),
    "wide-english": ({}, {"lang": "en", "sel": f"station:{KOELN}", "map": "9/50.9/6.9"}),
    "wide-dark-panel": ({}, {"theme": "dark", "sel": f"station:{KOELN}", "map": "9/50.9/6.9"}),
    "wide-legend": ({}, {"aside": "legend", "tab": "sources"}),
    "large": ({"viewport": {"width": 1920, "height": 1080}}, {"sel": f"station:{KOELN}"}),
    "phone": (PHONE_SCREEN, {}),
    "phone-dark": (PHONE_SCREEN, {"theme": "dark"}),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_look(flood: Node, visit: Visit, name: str) -> None:
    options, view = LOOKS[name]
    screen = await (await visit(flood, **{"viewport": LARGE, **options})).open(**view)
    image = await screen.see(lambda image: pixels.colours(image) > 150)
    assert image.width > 200
    if "sel" in view:
        await screen.titled("KÖLN")
        await expect(screen.panel.locator("canvas").first).to_be_visible()
    await screen.settled()
    await screen.shoot(name)
