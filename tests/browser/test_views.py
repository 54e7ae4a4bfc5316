"""Task views in the browser: chosen, saved, shared, deleted and brought back; a view is an address."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.scene import Scene
from tests.browser.screen import Screen
from tests.service.conftest import Node


async def ready(screen: Screen, *, opened: bool = False) -> Screen:
    if not opened:
        await screen.open()
    await expect(screen.part("rail-view-s3")).to_be_visible(timeout=30_000)
    return screen


async def test_a_shipped_view_sets_tabs_and_layers_and_its_address_says_so(empty: Node, blind_visit: Visit) -> None:
    scene = await Scene.open(empty)
    screen = await ready(await scene.sit(blind_visit, "Anna Leitner"))
    await screen.part("rail-view-s3").click()
    await expect(screen.part("rail-view-s3")).to_have_attribute("aria-pressed", "true")
    await expect(screen.part("layer-gauges")).to_have_attribute("aria-pressed", "false")
    assert (await screen.tabs())[:3] == ["sites", "resources", "requests"]
    await screen.part("tab-tasks").click()
    await screen.part("layer-gauges").click()
    await screen.settled()
    assert screen.view()["view"] == "s3"
    assert "tabs" not in screen.view(), "what the view says the address does not repeat"
    other = await scene.sit(blind_visit, "Anna Leitner")
    await other.page.goto(screen.page.url)
    await ready(other, opened=True)
    await expect(other.part("tab-tasks")).to_have_attribute("aria-selected", "true")
    await expect(other.part("layer-gauges")).to_have_attribute("aria-pressed", "true")
    assert await other.tabs() == await screen.tabs()


async def test_the_view_of_ones_own_function_is_offered_first(empty: Node, blind_visit: Visit) -> None:
    scene = await Scene.open(empty)
    await scene.seat("Viktor Versorger", "S4")
    screen = await ready(await scene.sit(blind_visit, "Viktor Versorger"))
    await expect(screen.part("own-function")).to_have_text("S4")
    await expect(screen.page.locator(".rail-views button").first).to_have_text("S4")


async def test_a_view_is_saved_renamed_deleted_and_brought_back(empty: Node, blind_visit: Visit) -> None:
    screen = await blind_visit(empty)
    await ready(await screen.sign_in(empty.database, "Anna"))
    await screen.page.keyboard.press("g")
    await screen.page.keyboard.press("v")
    await screen.part("view-save-as").click()
    await screen.part("view-name").fill("Deiche")
    await screen.part("view-layer-gauges").uncheck()
    await screen.part("view-save").click()
    await expect(screen.part("offers")).to_contain_text("Deiche")
    await expect(screen.part("layer-gauges")).to_have_attribute("aria-pressed", "false")
    await screen.part("view-edit").click()
    await screen.part("view-name").fill("Deiche Nord")
    await screen.part("view-save").click()
    listed = screen.panel.locator(".views").last
    await expect(listed).to_contain_text("Deiche Nord")
    await listed.get_by_role("button", name="löschen").click()
    await expect(screen.panel).not_to_contain_text("Deiche Nord")
    await screen.part("undo").click()
    await expect(screen.panel).to_contain_text("Deiche Nord")


async def test_a_shared_view_stands_at_once_on_the_page_of_another(empty: Node, blind_visit: Visit) -> None:
    scene = await Scene.open(empty)
    await scene.seat("Erna Einsatz", "S3")
    mine = await ready(await scene.sit(blind_visit, "Anna Leitner"))
    other = await ready(await scene.sit(blind_visit, "Erna Einsatz"))
    await other.part("rail-views").click()
    await mine.part("rail-views").click()
    await mine.part("view-save-as").click()
    await mine.part("view-name").fill("Lage um neun")
    await mine.part("view-room").select_option(index=1)
    await mine.part("view-save").click()
    await expect(other.panel).to_contain_text("Lage um neun")


async def test_a_view_that_is_not_there_says_so(empty: Node, blind_visit: Visit) -> None:
    screen = await (await blind_visit(empty)).open(view="0197-nobody-has-it")
    await expect(screen.part("offers")).to_contain_text("Diese Ansicht gibt es nicht")
    await expect(screen.part("tab-gauges")).to_be_visible()


async def test_the_wall_goes_through_its_views_without_chrome(empty: Node, blind_visit: Visit) -> None:
    office = await empty.sign_in("Anna")
    wall = {"views": ["s2", "s4"], "seconds": 5}
    made = await office.post("/api/views", json={"fields": {"name": "Wand", "wall": wall}})
    assert made.status_code == 201, made.text
    screen = await blind_visit(empty)
    await ready(await screen.sign_in(empty.database, "Anna"))
    await screen.open(view=made.json()["id"], page="wall")
    await expect(screen.part("wall")).to_be_visible()
    await expect(screen.connection).to_be_visible()
    for gone in ("search", "session", "rail-list"):
        await expect(screen.part(gone)).to_have_count(0)
    await expect(screen.part("wall-turn")).to_have_text("S2 Lage")
    await expect(screen.part("wall-turn")).to_have_text("S4 Versorgung")
    await screen.page.keyboard.press("Escape")
    await expect(screen.part("search")).to_be_visible()
