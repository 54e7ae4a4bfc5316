"""What people write into an incident, its staffs and the administration is shown as text, whatever it says."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from service.access.store import make_link
from tests.browser.conftest import Visit
from tests.browser.hostile import MARK, PAYLOADS
from tests.browser.screen import Screen
from tests.browser.test_hostile import nothing_ran
from tests.security.texts import put, put_aside
from tests.security.world import World, build
from tests.service.conftest import running

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
SHOWN = PAYLOADS if PROVE else PAYLOADS[::4]
EACH = 70 if PROVE else 2
"""So many panels of each kind are opened."""
TABS = ("sites", "sectors", "facilities", "zones", "tasks", "journal", "staff", "incidents", "changes")
PANELS = {"site": "sites", "sector": "sectors", "facility": "facilities", "zone": "zones", "task": "tasks"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def written(nrw_copy: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with running(nrw_copy(), data_dir=tmp_path_factory.mktemp("node")) as node:
        world = await build(node)
        for number, text in enumerate(SHOWN):
            told = await put(world, text)
            told += await put_aside(world, text) if PROVE or number % 5 == 0 else []
            assert [f"{where}: {answer.text[:200]}" for where, answer in told if answer.status_code >= 500] == []
        yield world
        await world.close()


async def sits(world: World, visit: Visit, person: str) -> Screen:
    """A page on which this person, whose name is hostile by now, has signed in."""
    screen = await visit(world.node)
    link = await make_link(world.node.database, world.people[person])
    await screen.page.goto(f"{world.node.url}/sign-in/{link}")
    await screen.page.goto("about:blank")
    return screen


async def bodies(client: httpx.AsyncClient, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Ids and bodies of what has a hostile title or name."""
    facts = (await client.get("/api/picture", params={"kinds": kind})).json()["facts"]
    return [
        (fact["ref"].rpartition("/")[2], fact["body"])
        for fact in facts
        if MARK in str([fact["body"].get(name) for name in ("title", "name")])
    ]


async def test_every_list_of_an_incident_shows_hostile_texts_as_text(written: World, blind_visit: Visit) -> None:
    screen = await sits(written, blind_visit, "a.LEITUNG")
    for tab in TABS:
        await screen.open(tab=tab, incident=written.a.incident, status="all")
        await expect(screen.part(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
        await expect(screen.part("list-column")).to_contain_text(MARK)
        await nothing_ran(screen)
    await expect(screen.part("incident-chooser")).to_contain_text(MARK)
    await expect(screen.part("session")).to_contain_text(MARK)
    await screen.part("session").click()
    await nothing_ran(screen)


async def test_every_panel_shows_every_hostile_field_as_text(written: World, blind_visit: Visit) -> None:
    screen = await sits(written, blind_visit, "a.LEITUNG")
    for kind, tab in PANELS.items():
        hostile = await bodies(written.a.lead, kind)
        assert len(hostile) >= len(SHOWN) - 3, kind
        for key, body in hostile[:EACH]:
            await screen.open(tab=tab, incident=written.a.incident, sel=f"{kind}:{key}")
            await expect(screen.panel_title).to_contain_text(body.get("title") or body["name"])
            texts = [text for name, text in body.items() if name in ("text", "mission", "contact", "reason", "caller")]
            values = await screen.panel.locator("input, textarea").evaluate_all("all => all.map((e) => e.value)")
            seen = "".join((await screen.panel.inner_text() + "".join(values)).split())
            assert [text for text in texts if "".join(text.split()) not in seen] == [], kind
            await nothing_ran(screen)
    (incident,) = (key for key, _ in await bodies(written.a.lead, "incident") if key == written.a.incident)
    await screen.open(tab="incidents", incident=incident, sel=f"incident:{incident}")
    await expect(screen.panel).to_contain_text(MARK)
    await nothing_ran(screen)
    await screen.shoot("hostile-situation")


async def test_hostile_sites_stand_on_the_map_and_the_page_stays_ours(written: World, visit: Visit) -> None:
    screen = await sits(written, visit, "a.LEITUNG")
    await screen.open(tab="sites", incident=written.a.incident, map="14/51.2/7.1")
    await expect(screen.part("list-column")).to_contain_text(MARK)
    await screen.settled()
    await nothing_ran(screen)
    await screen.shoot("hostile-map")


async def test_hostile_views_are_offered_and_applied_as_text(written: World, blind_visit: Visit) -> None:
    screen = await sits(written, blind_visit, "a.LEITUNG")
    await screen.open(aside="views", incident=written.a.incident)
    offered = screen.panel.locator(".views").last.locator("button.apply .name", has_text=MARK)
    await expect(offered).to_have_count(len(SHOWN))
    await nothing_ran(screen)
    chosen = (await offered.first.inner_text()).strip()
    await offered.first.click()
    await screen.part("view-edit").click()
    await expect(screen.part("view-name")).to_have_value(chosen)
    await nothing_ran(screen)


async def test_hostile_names_are_text_in_the_administration_and_the_account(written: World, blind_visit: Visit) -> None:
    screen = await sits(written, blind_visit, "admin")
    await screen.open(page="admin")
    for section in ("people", "organisations", "rooms", "sessions"):
        await screen.part(f"admin-{section}").click()
        await expect(screen.part(f"section-{section}")).to_contain_text(MARK)
        await nothing_ran(screen)
        if section == "rooms":
            await screen.part("room").filter(has_text=MARK).first.get_by_test_id("room-open").click()
            await expect(screen.part("room-members").locator("li").first).to_be_visible()
            await nothing_ran(screen)
        if section == "people":
            await screen.part("person").filter(has_text=MARK).first.get_by_test_id("person-edit").click()
            await expect(screen.part("person-form").locator("fieldset")).to_contain_text(MARK)
            await nothing_ran(screen)
    await screen.part("admin-audit").click()
    await expect(screen.part("audit").locator("tbody tr").first).to_be_visible()
    await nothing_ran(screen)
    await screen.open(page="account")
    await expect(screen.part("own-name")).to_have_value(
        [text[:78] for text in SHOWN if PROVE or text in SHOWN[::5]][-1]
    )
    await nothing_ran(screen)


async def test_what_is_typed_into_the_forms_is_text_at_once(written: World, blind_visit: Visit) -> None:
    """Before the server has answered, in what it answers, and in what offers to undo it."""
    screen = await sits(written, blind_visit, "admin")
    for text in SHOWN[:: len(SHOWN) // 3]:
        await screen.open(page="account")
        await screen.part("own-name").fill(text[:78])
        await screen.part("own-save").click()
        await expect(screen.part("session")).to_contain_text(MARK)
        await screen.open(page="admin")
        await screen.part("admin-rooms").click()
        await screen.part("room-name").fill(text[:78])
        await screen.part("room-add").click()
        await expect(screen.part("offers")).to_contain_text(MARK)
        await nothing_ran(screen)
