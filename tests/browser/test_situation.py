"""Sites, sectors, facilities and zones: on the map, in the list, in the panel, for everybody at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser import pixels
from tests.browser.conftest import Visit
from tests.browser.hostile import MARK, PAYLOADS
from tests.browser.scene import AT_THE_ERFT, ERFT, Scene, point, square
from tests.browser.screen import PHONE, Screen
from tests.service.conftest import Node

RED: dict[str, pixels.Colour] = {"light": (181, 15, 44), "dark": (208, 38, 58)}
PERSON = "Anna Leitner"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(empty: Node) -> Scene:
    return await Scene.open(empty)


async def tab_to(screen: Screen, testid: str, most: int = 60) -> None:
    """By the Tab key alone."""
    for _ in range(most):
        await screen.page.keyboard.press("Tab")
        if await screen.page.evaluate("() => document.activeElement?.dataset?.testid") == testid:
            return
    raise AssertionError(f"{testid} is not reached by Tab")


async def test_n_makes_a_site_by_the_keyboard_alone(scene: Scene, visit: Visit) -> None:
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites")
    await expect(screen.part("situation-empty")).to_contain_text("Noch keine Schadensstelle. N legt eine an")
    await screen.page.keyboard.press("n")
    await expect(screen.part("field-title")).to_be_focused()
    await screen.page.keyboard.type("Keller läuft voll")
    await tab_to(screen, "field-priority")
    await screen.page.keyboard.type("P1")
    await tab_to(screen, "place-input")
    await screen.page.keyboard.type("32U LB 50608 29726")
    await screen.page.keyboard.press("Enter")
    await expect(screen.part("wgs84")).to_have_text("50.80000, 6.88000")
    await tab_to(screen, "field-affected")
    await screen.page.keyboard.type("3")
    await screen.page.keyboard.press("Enter")
    await expect(screen.part("thing-state")).to_have_text("gemeldet")
    await screen.titled("Keller läuft voll")
    [body] = await scene.bodies("site")
    assert (body["title"], body["priority"], body["affected"], body["number"]) == ("Keller läuft voll", "P1", 3, 1)
    assert body["geometry"]["coordinates"] == pytest.approx([6.88, 50.80], abs=2e-5)
    await expect(screen.part("site-row")).to_have_count(1)


async def test_a_second_browser_sees_it(scene: Scene, visit: Visit) -> None:
    await scene.seat("Bernd Zwo", "S2")
    first, second = await scene.sit(visit, PERSON), await scene.sit(visit, "Bernd Zwo")
    await first.open(map=AT_THE_ERFT, tab="sites")
    await second.open(map=AT_THE_ERFT, tab="sites")
    await expect(second.part("situation-empty")).to_be_visible()
    await first.part("new-site").click()
    await first.part("field-title").fill("Deichbruch")
    await first.part("place-input").fill("50.80, 6.88")
    await first.part("place-set").click()
    await first.part("save").click()
    await expect(second.part("site-row")).to_have_count(1)
    await expect(second.part("site-row")).to_contain_text("1 Deichbruch")
    await first.part("edit").click()
    await first.part("field-title").fill("Deichbruch an der Erft")
    await first.part("save").click()
    await expect(second.part("site-row")).to_contain_text("Deichbruch an der Erft")


@pytest.mark.parametrize("theme", RED)
async def test_danger_to_life_stands_red_at_its_place_and_leaves_with_its_layer(
    scene: Scene, visit: Visit, theme: str
) -> None:
    await scene.site("Eingeschlossene im Keller", "P1")
    await scene.site("Baum auf Weg", "P4", dx=0.02)
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites", theme=theme)
    await expect(screen.part("site-row")).to_have_count(2)
    where = await screen.projection()
    x, y = where(*ERFT)
    red = RED[theme]
    await screen.see(lambda i: pixels.nearest(i, red, x, y, radius=24) < 12)
    image = await screen.see(lambda i: pixels.nearest(i, (22, 32, 43), *where(ERFT[0] + 0.02, ERFT[1]), radius=20) < 40)
    assert pixels.nearest(image, red, *where(ERFT[0] + 0.02, ERFT[1]), radius=24) > 40, "P4 is not red"
    await screen.part("layer-sites").click()
    await screen.see(lambda i: pixels.nearest(i, red, x, y, radius=24) > 40)


async def test_every_layer_is_drawn_and_a_click_opens_what_lies_there(scene: Scene, visit: Visit) -> None:
    made = {
        "site": await scene.site("Deichbruch", dx=-0.02, dy=-0.01),
        "facility": await scene.make(
            "facilities", type="BETREUUNGSSTELLE", name="Turnhalle", geometry=point(0.02, -0.01), capacity=100, used=90
        ),
        "zone": await scene.make("zones", type="FLOODED", name="Blessem", geometry=square(-0.02, 0.005, 0.01)),
        "sector": await scene.make("sectors", name="Nord", geometry=square(0.01, 0.005, 0.01)),
    }
    places = {"site": (-0.02, -0.01), "facility": (0.02, -0.01), "zone": (-0.018, 0.007), "sector": (0.01, 0.008)}
    titles = {"site": "Deichbruch", "facility": "Turnhalle", "zone": "Blessem", "sector": "Nord"}
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites", layers="sites,sectors,facilities,zones")
    await screen.settled()
    where = await screen.projection()
    for kind, (dx, dy) in places.items():
        x, y = where(ERFT[0] + dx, ERFT[1] + dy)
        around = [(round(x) + i, round(y) + j) for i in (-9, 0, 9) for j in (-9, 0, 9)]
        await screen.see(lambda i, a=around: len({i.getpixel(at) for at in a}) > 1)  # type: ignore[misc]
        await screen.map.click(position={"x": x, "y": y})
        await screen.titled(titles[kind])
        await expect(screen.page).to_have_url(re.compile(f"sel={kind}:{made[kind]}"))
        await screen.part("panel-close").click()
        await expect(screen.panel).to_have_count(0)


async def test_list_and_map_have_one_filter(scene: Scene, visit: Visit) -> None:
    await scene.site("Eingeschlossene", "P1")
    await scene.site("Keller", "P4", dx=0.02)
    done = await scene.site("Fehlalarm", "P3", dx=-0.02)
    sent = {"state": "NO_ACTION", "reason": "war schon trocken"}
    assert (await scene.lead.post(f"/api/sites/{done}/state", json=sent)).status_code == 200
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites", layers="sites")
    rows = screen.part("site-row")
    await expect(rows).to_have_count(2)
    await screen.settled()
    where = await screen.projection()
    closed, keller = where(ERFT[0] - 0.02, ERFT[1]), where(ERFT[0] + 0.02, ERFT[1])

    def signs(image: Any, at: tuple[float, float]) -> bool:
        x, y = round(at[0]), round(at[1])
        return pixels.colours(image.crop((x - 16, y - 16, x + 16, y + 16))) > 8

    await screen.see(lambda i: signs(i, keller) and not signs(i, closed))
    await screen.part("status-all").check(force=True)
    await expect(rows).to_have_count(3)
    await screen.see(lambda i: signs(i, keller) and signs(i, closed))
    await screen.part("filter-priority").select_option("2")
    await expect(rows).to_have_count(1)
    await screen.see(lambda i: not signs(i, keller) and not signs(i, closed))
    assert screen.view()["priority"] == "2"
    await screen.part("status-closed").check(force=True)
    await expect(screen.part("situation-empty")).to_contain_text("Der Filter lässt nichts übrig.")


async def test_the_list_is_sorted_and_walked_by_keys(scene: Scene, visit: Visit) -> None:
    for title, priority in (("B", "P4"), ("C", "P1"), ("A", "P2")):
        await scene.site(title, priority)
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites")
    heads = screen.part("site-row").locator(".head")
    await expect(heads).to_have_text(["2 C", "3 A", "1 B"])
    await screen.part("order-name").click()
    await expect(heads).to_have_text(["3 A", "1 B", "2 C"])
    await screen.part("order-name").click()
    await expect(heads).to_have_text(["2 C", "1 B", "3 A"])
    await screen.part("site-row").first.focus()
    await screen.page.keyboard.press("ArrowDown")
    await screen.page.keyboard.press("Enter")
    await screen.titled("B")
    await screen.page.keyboard.press("Escape")
    await expect(screen.panel).to_have_count(0)
    await expect(screen.part("site-row").nth(1)).to_be_focused()


async def test_states_move_by_buttons_and_a_step_aside_says_why(scene: Scene, visit: Visit) -> None:
    await scene.site("Keller")
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites")
    await screen.part("site-row").click()
    for state, word in (("VERIFIED", "geprüft"), ("ASSIGNED", "zugewiesen"), ("IN_WORK", "in Arbeit")):
        await screen.part(f"move-{state}").click()
        await expect(screen.part("thing-state")).to_have_text(word)
    await expect(screen.part("move-CONTROLLED")).to_have_count(0)
    await screen.part("move-HANDED_OVER").click()
    await expect(screen.part("move-reason")).to_be_focused()
    await screen.part("move-reason").fill("Sache des Kreises")
    await screen.part("move-confirm").click()
    await expect(screen.part("thing-state")).to_have_text("abgegeben")
    await expect(screen.part("details")).to_contain_text("Sache des Kreises")


async def test_what_was_deleted_comes_back(scene: Scene, visit: Visit) -> None:
    await scene.site("Keller")
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites")
    await screen.part("site-row").click()
    await screen.part("remove").click()
    await expect(screen.part("site-row")).to_have_count(0)
    await screen.part("undo").click()
    await expect(screen.part("site-row")).to_contain_text("1 Keller")


async def test_duplicates_are_merged_with_both_histories_and_parted_again(scene: Scene, visit: Visit) -> None:
    await scene.site("Keller Bachstraße", caller="Frau Klein", text="Wasser steht einen Meter hoch")
    await scene.site("Wasser im Haus Bachstraße 12", dx=0.0005)
    await scene.site("Weit weg", dx=1)
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites")
    await screen.part("site-row").filter(has_text="Keller Bachstraße").click()
    await screen.part("merge-open").click()
    await expect(screen.part("merge-into")).to_have_count(1)
    await expect(screen.part("merge-into")).to_contain_text("35 m entfernt")
    await screen.part("merge-into").click()
    await expect(screen.part("thing-state")).to_have_text("Doppelmeldung")
    await expect(screen.part("site-row")).to_have_count(2)
    await screen.part("site-row").filter(has_text="Wasser im Haus").click()
    await expect(screen.part("merged")).to_contain_text("Wasser steht einen Meter hoch")
    await expect(screen.part("merged")).to_contain_text("Frau Klein")
    await screen.part("merged").get_by_role("button").click()
    await screen.part("unmerge").click()
    await expect(screen.part("thing-state")).to_have_text("gemeldet")
    await expect(screen.part("site-row")).to_have_count(3)


async def test_hostile_texts_stay_texts_in_list_panel_form_sign_and_map(scene: Scene, visit: Visit) -> None:
    for index, payload in enumerate(PAYLOADS):
        await scene.site(
            payload[:200],
            "P2",
            dx=0.003 * (index % 12 - 6),
            dy=0.003 * (index // 12 - 3),
            address=payload[:200],
            text=payload,
        )
    await scene.make("zones", type="HAZARD", name=PAYLOADS[0], reason=PAYLOADS[17], geometry=square())
    await scene.make("sectors", name=PAYLOADS[25], radio=PAYLOADS[1], mission=PAYLOADS[2], geometry=square(0.01))
    await scene.make("facilities", type="OTHER", name=PAYLOADS[17], contact=PAYLOADS[0], geometry=point())
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites")
    rows = screen.part("site-row")
    await expect(rows).to_have_count(len(PAYLOADS))
    said = {" ".join(text.split()) for text in await rows.locator(".head").all_text_contents()}
    assert said == {f"{n} " + " ".join(payload[:200].split()) for n, payload in enumerate(PAYLOADS, 1)}
    for index in range(0, len(PAYLOADS), 9):
        await rows.nth(index).click()
        await expect(screen.panel_title).to_contain_text(MARK)
        await screen.part("edit").click()
        await expect(screen.part("field-title")).to_have_value(await screen.panel_title.inner_text())
        await screen.part("discard").click()
    for tab, row in (("sectors", "sector-row"), ("facilities", "facility-row"), ("zones", "zone-row")):
        await screen.open(map=AT_THE_ERFT, tab=tab)
        await screen.part(row).click()
        await expect(screen.panel_title).to_contain_text(MARK)
    await screen.page.wait_for_timeout(1_000)
    assert screen.watch.unwelcome() == []
    assert await screen.page.locator("img:not([data-testid=sign])").count() == 0
    for source in await screen.page.locator("img").evaluate_all("all => all.map((each) => each.src)"):
        assert source.startswith("data:image/svg+xml;charset=utf-8,")
        assert MARK not in source


@pytest.mark.parametrize(
    ("name", "options", "view"),
    [
        ("wide", {"viewport": {"width": 1440, "height": 900}}, {}),
        ("dark", {"viewport": {"width": 1440, "height": 900}}, {"theme": "dark"}),
        ("phone", {"viewport": PHONE, "is_mobile": True, "has_touch": True}, {"page": "list"}),
    ],
)
async def test_pictures_of_the_situation(
    scene: Scene, visit: Visit, name: str, options: dict[str, Any], view: dict[str, str]
) -> None:
    id = await scene.site("Keller läuft voll, drei Personen eingeschlossen", "P1", lives_at_risk=True, affected=3)
    await scene.site("Deichbruch droht", "P2", dx=0.012, dy=0.004)
    await scene.site("Baum auf Straße", "P3", dx=-0.012, dy=0.006)
    await scene.make("sectors", name="Abschnitt Nord", geometry=square(-0.02, 0, 0.02))
    await scene.make("facilities", type="BEREITSTELLUNGSRAUM", name="BR Parkplatz", geometry=point(0.02, -0.01))
    await scene.make("zones", type="FLOODED", name="Blessem", geometry=square(0, -0.014, 0.01))
    screen = await scene.sit(visit, PERSON, **options)
    await screen.open(map=AT_THE_ERFT, tab="sites", sel=f"site:{id}", **view)
    await screen.titled("Keller läuft voll, drei Personen eingeschlossen")
    await screen.page.wait_for_timeout(1_500)
    wider = await screen.page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    assert not wider, "nothing stands out to the side"
    await screen.shoot(f"situation-{name}")
    await screen.part("edit").click()
    await screen.shoot(f"situation-{name}-edit")
