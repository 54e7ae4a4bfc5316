"""The frame around the parts: what is no real operation says so, keys, menu, phone, paper."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.scene import Scene
from tests.browser.screen import PHONE, Screen
from tests.service.conftest import Node, running


async def seated(scene: Scene, visit: Visit, **options: object) -> Screen:
    screen = await (await scene.sit(visit, "Anna Leitner", **options)).open()
    await expect(screen.part("session")).to_contain_text("Anna Leitner")
    return screen


async def test_a_test_node_carries_its_word_on_every_page(nrw_copy: Callable[[], str], blind_visit: Visit) -> None:
    async with running(nrw_copy(), mode="TEST") as node:
        screen = await blind_visit(node)
        await screen.sign_in(node.database, "Anna")
        for page in ({}, {"page": "account"}, {"page": "admin"}, {"page": "wall", "view": "wall"}):
            await screen.open(**page)
            await expect(screen.part("ribbon")).to_contain_text("TEST")
        await screen.page.emulate_media(media="print")
        await expect(screen.page.locator(".print-mark").first).to_be_visible()


async def test_a_test_incident_on_a_real_node_is_marked_and_a_real_one_is_not(empty: Node, blind_visit: Visit) -> None:
    scene = await Scene.open(empty)
    screen = await seated(scene, blind_visit)
    await expect(screen.part("incident-chooser")).to_be_visible()
    await expect(screen.part("ribbon")).to_have_count(0)
    opened = await scene.lead.post("/api/incidents", json={"name": "Probelauf Talsperre", "mode": "TEST"})
    assert opened.status_code == 201, opened.text
    await screen.part("incident-chooser").select_option(opened.json()["id"])
    await expect(screen.part("ribbon")).to_contain_text("TEST")
    await expect(screen.mode).to_have_text("TEST")


async def test_the_help_names_the_keys_of_every_part(empty: Node, blind_visit: Visit) -> None:
    screen = await seated(await Scene.open(empty), blind_visit)
    await screen.page.keyboard.press("?")
    keys = await screen.part("part-key").locator("kbd").all_inner_texts()
    assert {"L", "N", "[", "]"} <= set(keys)
    assert len(keys) == len(set(keys))


async def test_g_and_a_letter_go_to_each_part(empty: Node, blind_visit: Visit) -> None:
    screen = await seated(await Scene.open(empty), blind_visit)
    for letter, tab in (("s", "staff"), ("e", "journal"), ("t", "tasks"), ("q", "sources")):
        await screen.page.keyboard.press("g")
        await screen.page.keyboard.press(letter)
        await expect(screen.part(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
    await screen.page.keyboard.press("g")
    await screen.page.keyboard.press("v")
    await screen.titled("Ansichten")


async def test_pages_are_opened_from_the_menu_and_left_by_escape(empty: Node, blind_visit: Visit) -> None:
    screen = await seated(await Scene.open(empty), blind_visit)
    await screen.part("session").click()
    await expect(screen.part("session-menu")).to_contain_text("LdS")
    await screen.part("menu-account").click()
    await expect(screen.part("full-account")).to_be_visible()
    await expect(screen.part("list-column")).to_be_hidden()
    await screen.page.wait_for_url("**page=account**")
    await screen.page.keyboard.press("Escape")
    await expect(screen.part("full-account")).to_have_count(0)
    await expect(screen.part("list-column")).to_be_visible()


async def test_the_phone_reaches_every_tab_and_page(empty: Node, blind_visit: Visit) -> None:
    screen = await seated(await Scene.open(empty), blind_visit, viewport=PHONE, is_mobile=True, has_touch=True)
    for page, tab in (("journal", "journal"), ("tasks", "tasks")):
        await screen.part(f"page-{page}").tap()
        await expect(screen.part(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
    await screen.part("page-more").tap()
    await expect(screen.part("more-staff")).to_be_visible()
    await screen.part("more-sources").tap()
    await expect(screen.part("phone-more")).to_be_hidden()
    await expect(screen.part("list-column")).to_be_visible()
    width = await screen.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
