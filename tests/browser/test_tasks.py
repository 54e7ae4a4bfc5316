"""Orders in the browser: issued about a site in three steps, answered with proof, overdue seen by whom it concerns."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.scene import AT_THE_ERFT, Scene
from tests.browser.screen import PHONE, SMALL_PHONE
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node

ANNA, BERND, CARLA = "Anna Leitner", "Bernd Zwo", "Carla Sechs"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(empty: Node) -> Scene:
    opened = await Scene.open(empty)
    await opened.seat(BERND, "S2")
    await opened.seat(CARLA, "S6")
    return opened


async def issue(scene: Scene, title: str, **more: Any) -> str:
    """An order to S6, issued by Anna; its id."""
    staff = scene.opened["staffs"][0]["id"]
    fields = {"title": title, "receiver": {"staff": staff, "function": "S6"}, **more}
    answer = await scene.lead.post(f"/api/staffs/{staff}/tasks", json={"fields": fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


async def test_a_task_about_a_site_takes_three_steps_and_comes_back_with_its_proof(scene: Scene, visit: Visit) -> None:
    site = await scene.site("Keller Bachstraße")
    staff = scene.opened["staffs"][0]["id"]
    anna = await scene.sit(visit, ANNA)
    await anna.open(map=AT_THE_ERFT, tab="sites", sel=f"site:{site}")
    carla = await scene.sit(visit, CARLA)
    await carla.open(tab="tasks")
    await expect(carla.part("task-list")).to_contain_text("Noch kein Auftrag")
    await expect(carla.part("task-new")).to_have_count(0)

    await anna.part("task-about").click()
    await anna.part("task-receiver").select_option(f"{staff}|S6")
    await anna.part("task-issue").click()
    await expect(anna.part("task-state")).to_have_text("erteilt")
    await expect(anna.part("task-link-site")).to_contain_text("Keller Bachstraße")
    await expect(anna.panel_title).to_contain_text("1 Keller Bachstraße")

    row = carla.part("task-row")
    await expect(row).to_have_count(1)
    await row.click()
    await carla.part("task-move-ACKNOWLEDGED").click()
    await expect(anna.part("task-state")).to_have_text("bestätigt")
    await carla.part("task-move-REPORTED_DONE").click()
    await expect(carla.part("task-confirm")).to_be_disabled()
    await carla.part("task-said").fill("Keller leer, Foto beim Bürgertelefon")
    await carla.part("task-confirm").click()
    await expect(carla.part("task-moves")).to_have_count(0)

    await expect(anna.part("task-proof")).to_have_text("Keller leer, Foto beim Bürgertelefon")
    await anna.part("task-move-CONTROLLED").click()
    await expect(carla.part("task-state")).to_have_text("kontrolliert")
    [body] = await scene.bodies("task")
    assert [step["state"] for step in body["history"]] == ["ISSUED", "ACKNOWLEDGED", "REPORTED_DONE", "CONTROLLED"]
    assert body["site"] == site


async def test_what_is_overdue_is_shouted_to_issuer_and_receiver_and_to_nobody_else(scene: Scene, visit: Visit) -> None:
    late = await issue(scene, "Deichwache stellen", due_at=ago(12))
    await issue(scene, "Lagekarte drucken")
    for person, told in ((ANNA, True), (CARLA, True), (BERND, False)):
        screen = await scene.sit(visit, person)
        await screen.open(tab="tasks")
        await expect(screen.part("task-row")).to_have_count(2)
        await expect(screen.part("task-row").first).to_contain_text(re.compile(r"ÜBERFÄLLIG seit 1\d min"))
        await expect(screen.part("tasks-overdue")).to_have_count(1 if told else 0)
        if told:
            await expect(screen.part("count-tasks")).to_contain_text("⚠ 1")
            await screen.part("tasks-overdue").click()
            await screen.titled("Deichwache stellen")
            await expect(screen.part("task-overdue")).to_contain_text("ÜBERFÄLLIG")
            await screen.page.close()
    done = await scene.lead.post(f"/api/tasks/{late}/state", json={"state": "REPORTED_DONE", "text": "steht"})
    assert done.status_code == 200
    await expect(screen.part("task-list")).not_to_contain_text("ÜBERFÄLLIG")


async def test_a_task_is_issued_and_taken_back_with_the_keyboard_alone(scene: Scene, visit: Visit) -> None:
    anna = await scene.sit(visit, ANNA)
    await anna.open(tab="tasks")
    await expect(anna.part("task-list")).to_be_visible()
    await anna.page.keyboard.press("a")
    await expect(anna.part("task-title")).to_be_focused()
    await anna.page.keyboard.type("Funkstelle besetzen")
    await anna.page.keyboard.press("Tab")
    await expect(anna.part("task-receiver")).to_be_focused()
    await expect(anna.part("task-receiver")).not_to_have_value("")
    await anna.part("task-title").press("Enter")
    await expect(anna.part("task-state")).to_have_text("erteilt")
    await anna.part("undo").press("Enter")
    await expect(anna.part("task-state")).to_have_text("zurückgenommen")
    [body] = await scene.bodies("task")
    assert [step["state"] for step in body["history"]] == ["ISSUED", "CANCELLED"]


async def test_a_refused_field_is_named_and_what_was_typed_stays(scene: Scene, visit: Visit) -> None:
    anna = await scene.sit(visit, ANNA)
    await anna.open(sel="task:new")
    await anna.part("task-title").fill("   ")
    await anna.part("task-text").fill("<img src=x onerror=alert(1)> bleibt stehen")
    await anna.part("task-issue").click()
    await expect(anna.part("task-failed")).to_contain_text("Nicht gespeichert")
    await expect(anna.part("task-title")).to_have_attribute("aria-invalid", "true")
    await expect(anna.part("task-text")).to_have_value("<img src=x onerror=alert(1)> bleibt stehen")
    await anna.part("task-title").fill("=cmd|' /C calc'!A0 <script>alert(2)</script>")
    await anna.part("task-issue").click()
    await anna.titled("=cmd|' /C calc'!A0 <script>alert(2)</script>")
    await expect(anna.panel).to_contain_text("<img src=x onerror=alert(1)> bleibt stehen")


async def test_two_who_change_the_same_field_see_both_values(scene: Scene, visit: Visit) -> None:
    task = await issue(scene, "Pumpen nach Norden")
    anna, bernd = await scene.sit(visit, ANNA), await scene.sit(visit, BERND)
    for screen in (anna, bernd):
        await screen.open(sel=f"task:{task}")
        await screen.part("task-edit").click()
    await anna.part("task-title").fill("Pumpen nach Osten")
    await anna.part("task-save").click()
    await anna.titled("Pumpen nach Osten")
    await bernd.part("task-title").fill("Pumpen nach Süden")
    await bernd.part("task-save").click()
    for screen in (anna, bernd):
        await screen.titled("Pumpen nach Süden")
        await expect(screen.part("task-conflict")).to_contain_text("Pumpen nach Osten")
    await anna.part("task-conflict-take").click()
    await bernd.titled("Pumpen nach Osten")
    await expect(bernd.part("task-conflict")).to_have_count(0)


@pytest.mark.parametrize(("viewport", "name"), [(PHONE, "phone"), (SMALL_PHONE, "small")])
async def test_on_a_phone_a_task_is_read_and_answered(
    scene: Scene, visit: Visit, viewport: dict[str, int], name: str
) -> None:
    task = await issue(scene, "Deichwache stellen, Nordseite zwischen Brücke und Wehr", due_at=ago(90))
    carla = await scene.sit(visit, CARLA, viewport=viewport, has_touch=True)
    await carla.open(tab="tasks", page="list")
    await expect(carla.part("task-row")).to_be_visible()
    await carla.shoot(f"tasks-{name}")
    await carla.part("task-row").tap()
    await carla.part("task-move-ACKNOWLEDGED").tap()
    await expect(carla.part("task-state")).to_have_text("bestätigt")
    assert await carla.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert task


@pytest.mark.proof
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_serious_about_the_lists_forms_and_panels(
    scene: Scene, visit: Visit, theme: str, language: str
) -> None:
    task = await issue(scene, "Deichwache stellen", due_at=ago(5), text="Zwei Leute, alle 30 min melden")
    await issue(scene, "Lagekarte drucken")
    anna = await scene.sit(visit, ANNA)
    found = []
    for selection in ("new", task):
        await anna.open(tab="tasks", theme=theme, lang=language, sel=f"task:{selection}")
        await expect(anna.part("task-row").first).to_be_visible()
        await expect(anna.part("panel-title")).to_be_visible()
        await anna.shoot(f"tasks-{theme}-{'form' if selection == 'new' else 'panel'}")
        await anna.page.wait_for_timeout(500)  # the colours of the theme come by a transition
        found += await findings(anna)
    assert not found, "\n".join(found)
