"""The acts of a staff on the page itself, by keyboard alone. Each returns how many keys it took."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.screen import Screen
from tests.journeys.exercise.desk import Desk
from tests.journeys.exercise.keys import Keys
from tests.journeys.exercise.situation import Site
from tests.journeys.exercise.stage import Stage
from tests.journeys.exercise.window import has_loaded, until

PASSWORD = "Pegelstand hoch 2021"


async def give_password(stage: Stage, desk: Desk) -> str:
    """The director gives the player a password, which ends the player's sessions; the login."""
    login = desk.name.lower()
    await stage.host.send("PATCH", f"/people/{desk.person}", {"login": login, "password": PASSWORD})
    await desk.client.aclose()
    desk.client = await stage.node.sign_in(desk.name, admin=False)
    return login


async def sign_in(screen: Screen, login: str) -> int:
    await screen.open()
    await has_loaded(screen.page)
    keys = Keys(screen.page)
    await keys.reach("session")
    await keys.press("Enter")
    await keys.reach("menu-sign-in")
    await keys.press("Enter")
    await keys.stands_at("login")
    await keys.type(login)
    await keys.fill("password", PASSWORD)
    await keys.press("Enter")
    await expect(screen.part("own-function")).to_be_visible()
    return keys.pressed


async def report_site(screen: Screen, site: Site) -> int:
    """N, what, how grave, where; Enter saves."""
    keys = Keys(screen.page)
    await screen.page.locator("body").press("Escape")
    await keys.press("n")
    await keys.stands_at("field-title")
    await keys.type(site.title)
    await keys.choose("field-priority", site.priority)
    await keys.fill("place-input", f"{site.latitude}, {site.longitude}")
    await keys.press("Enter")
    await expect(screen.part("utmref")).to_be_visible()
    await keys.fill("field-address", site.address)
    await keys.press("Enter")
    await screen.titled(site.title)
    return keys.pressed


async def move_site(screen: Screen, state: str) -> int:
    """The site in the panel goes on."""
    keys = Keys(screen.page)
    await keys.reach(f"move-{state}")
    await keys.press("Enter")
    return keys.pressed


async def write_entry(screen: Screen, words: str) -> int:
    """L, the words, Enter: from anywhere."""
    keys = Keys(screen.page)
    await keys.press("l")
    await keys.stands_at("log-line")
    await keys.type(words)
    await keys.press("Enter")
    await expect(screen.part("log-saved")).not_to_be_empty()
    await keys.press("Escape")
    return keys.pressed


async def look_back(screen: Screen, steps: int) -> int:
    """[ as often as it takes; the page says which moment it shows."""
    keys = Keys(screen.page)
    for _ in range(steps):
        await keys.press("[")
    await expect(screen.part("past")).to_be_visible()
    await until(screen.page, "() => window.lagebild.held().past !== null")
    return keys.pressed


async def come_back(screen: Screen) -> int:
    keys = Keys(screen.page)
    await keys.press("j")
    await expect(screen.part("past")).to_have_count(0)
    return keys.pressed


async def sign_out(screen: Screen) -> int:
    keys = Keys(screen.page)
    await keys.reach("session")
    await keys.press("Enter")
    await keys.reach("sign-out")
    await keys.press("Enter")
    await expect(screen.part("own-function")).to_have_count(0)
    return keys.pressed


async def open_site(screen: Screen, site: str) -> None:
    """By the mouse: its row in the list."""
    await screen.part("tab-sites").click()
    await screen.page.locator(f'[data-testid=site-row][data-key="{site}"]').click()
    await expect(screen.part("thing-state")).to_be_visible()


async def merge(screen: Screen, double: str, into: str) -> None:
    """By the mouse: this one is the same as that one."""
    await open_site(screen, double)
    await screen.part("merge-open").click()
    await screen.part("merge-into").filter(has_text=into).click()
    await expect(screen.part("unmerge")).to_be_visible()


async def settle(screen: Screen, site: str) -> None:
    """By the mouse: the value that lost is the right one."""
    await open_site(screen, site)
    await screen.part("conflict-take").click()
    await expect(screen.part("conflict")).to_have_count(0)


async def give_task(screen: Screen, title: str, receiver: str) -> int:
    """A, what, to whom, Enter; about what the panel shows."""
    keys = Keys(screen.page)
    await keys.press("a")
    await keys.stands_at("task-title")
    await keys.type(title)
    await keys.choose("task-receiver", receiver)
    await keys.reach("task-due-30")
    await keys.press("Enter")
    await keys.reach("task-title", back=True)
    await keys.press("Enter")
    await expect(screen.part("task-state")).to_have_text("erteilt")
    return keys.pressed


async def hand_over(screen: Screen, desk: Desk, note: str, successor: str) -> int:
    """G S, the own seat, the note, who comes next; `successor` is the planned assignment."""
    keys = Keys(screen.page)
    await keys.press("Escape", "g", "s")
    await keys.reach(f"{desk.staff}.{desk.seat}")
    await keys.press("Enter")
    await keys.reach("hand-over")
    await keys.press("Enter")
    await keys.stands_at("handover-note")
    await keys.type(note)
    await keys.choose("handover-next", successor)
    await keys.reach("handover-save")
    await keys.press("Enter")
    await expect(screen.part("own-function")).to_have_count(0)
    return keys.pressed
