"""Two people edit one thing: nothing is lost, and both see what happened."""

from __future__ import annotations

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.scene import AT_THE_ERFT, Scene
from tests.browser.screen import Screen
from tests.service.conftest import Node

ANNA, BERND = "Anna Leitner", "Bernd Zwo"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(empty: Node) -> Scene:
    opened = await Scene.open(empty)
    await opened.seat(BERND, "S2")
    return opened


async def both_edit(scene: Scene, visit: Visit) -> tuple[Screen, Screen]:
    """Two browsers with the form of the same site open."""
    id = await scene.site("Keller", text="zwanzig Zentimeter")
    screens = []
    for person in (ANNA, BERND):
        screen = await scene.sit(visit, person)
        await screen.open(map=AT_THE_ERFT, tab="sites", sel=f"site:{id}")
        await screen.part("edit").click()
        await expect(screen.part("field-title")).to_have_value("Keller")
        screens.append(screen)
    return screens[0], screens[1]


async def test_different_fields_are_merged_without_a_word(scene: Scene, visit: Visit) -> None:
    anna, bernd = await both_edit(scene, visit)
    await anna.part("field-title").fill("Keller Bachstraße")
    await bernd.part("field-text").fill("ein Meter, steigt")
    await anna.part("save").click()
    await anna.titled("Keller Bachstraße")
    await expect(bernd.part("field-title")).to_have_value("Keller Bachstraße")
    await expect(bernd.part("field-text")).to_have_value("ein Meter, steigt")
    await expect(bernd.part("meanwhile-text")).to_have_count(0)
    await bernd.part("save").click()
    await expect(anna.part("details")).to_contain_text("ein Meter, steigt")
    [body] = await scene.bodies("site")
    assert (body["title"], body["text"]) == ("Keller Bachstraße", "ein Meter, steigt")
    assert "conflicts" not in body


async def test_the_same_field_shows_a_conflict_to_both_and_the_loser_can_be_taken(scene: Scene, visit: Visit) -> None:
    anna, bernd = await both_edit(scene, visit)
    await anna.part("field-title").fill("Keller Bachstraße 12")
    await bernd.part("field-title").fill("Tiefgarage Bachstraße")
    await anna.part("save").click()
    await anna.titled("Keller Bachstraße 12")
    warned = bernd.part("meanwhile-title")
    await expect(warned).to_contain_text("inzwischen geändert von Anna Leitner")
    await expect(warned).to_contain_text("Keller Bachstraße 12")
    await expect(bernd.part("field-title")).to_have_value("Tiefgarage Bachstraße")
    await bernd.part("save").click()
    await bernd.titled("Tiefgarage Bachstraße")
    for screen, holder, loser in (
        (anna, ("Gilt", "von Bernd Zwo"), ("Ihr Wert", "von Anna Leitner")),
        (bernd, ("Ihr Wert", "von Bernd Zwo"), ("Verdrängt", "von Anna Leitner")),
    ):
        await screen.titled("Tiefgarage Bachstraße")
        holds, lost = screen.part("conflict-holds"), screen.part("conflict-lost")
        for part in (*holder, "Tiefgarage Bachstraße"):
            await expect(holds).to_contain_text(part)
        for part in (*loser, "Keller Bachstraße 12"):
            await expect(lost).to_contain_text(part)
        await expect(screen.part("site-row")).to_contain_text("Konflikt")
    await anna.part("conflict-take").click()
    for screen in (anna, bernd):
        await screen.titled("Keller Bachstraße 12")
        await expect(screen.part("conflict")).to_have_count(0)
    [body] = await scene.bodies("site")
    assert body["title"] == "Keller Bachstraße 12"


async def test_a_conflict_can_be_left_as_it_is(scene: Scene, visit: Visit) -> None:
    anna, bernd = await both_edit(scene, visit)
    await anna.part("field-priority").select_option("P2")
    await bernd.part("field-priority").select_option("P1")
    await anna.part("save").click()
    await expect(bernd.part("meanwhile-priority")).to_contain_text("P2 große Gefahr")
    await bernd.part("save").click()
    await expect(anna.part("conflict-lost")).to_contain_text("P2 große Gefahr")
    await bernd.part("conflict-keep").click()
    await expect(anna.part("conflict")).to_have_count(0)
    [body] = await scene.bodies("site")
    assert body["priority"] == "P1"


async def test_the_other_value_can_be_taken_before_saving(scene: Scene, visit: Visit) -> None:
    anna, bernd = await both_edit(scene, visit)
    await anna.part("field-title").fill("Keller Bachstraße 12")
    await bernd.part("field-title").fill("Tiefgarage")
    await anna.part("save").click()
    await bernd.part("meanwhile-title").get_by_role("button").click()
    await expect(bernd.part("field-title")).to_have_value("Keller Bachstraße 12")
    await expect(bernd.part("meanwhile-title")).to_have_count(0)
    await bernd.part("save").click()
    await expect(bernd.part("edit")).to_be_visible()
    [body] = await scene.bodies("site")
    assert body["version"] == 2 and "conflicts" not in body


async def test_an_edit_outlives_its_thing(scene: Scene, visit: Visit) -> None:
    anna, bernd = await both_edit(scene, visit)
    await bernd.part("field-text").fill("ein Meter, steigt")
    await anna.part("discard").click()
    await anna.part("remove").click()
    await expect(bernd.part("thing-form")).to_have_count(0)
    await anna.part("undo").click()
    await bernd.titled("Keller")
    await expect(bernd.part("field-text")).to_have_value("ein Meter, steigt")
