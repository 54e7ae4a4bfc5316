"""The administration and one's own account, as people use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from tests.browser.conftest import Visit
from tests.browser.screen import PHONE, SCREENSHOTS, SMALL_PHONE, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.conftest import Node


@pytest.fixture
def visit(blind_visit: Visit) -> Visit:
    """Without a map, which none of this needs and which costs most of the time."""
    return blind_visit


PASSWORD = "Hochwasser an der Erft"
SECTIONS = ("people", "organisations", "rooms", "sessions", "methods", "audit")


async def put_site(node: Node, room: str, title: str) -> None:
    now = datetime.now(UTC)
    body = {"incident": "i", "number": 1, "title": title, "priority": "P1", "state": "REPORTED"}
    async with node.database.transaction("t") as tx:
        tx.put(Fact(Ref("local", "site", "s1"), room, Provenance("own", now, now), body, extent=(7, 51, 7, 51)))


async def administration(screen: Screen, node: Node, section: str, **view: Any) -> Screen:
    await screen.sign_in(node.database, "Administration")
    await screen.open(page="admin", **view)
    await expect(screen.part("admin")).to_be_visible(timeout=30_000)
    await screen.part(f"admin-{section}").click()
    await expect(screen.part(f"section-{section}")).to_be_visible()
    return screen


async def test_somebody_is_added_comes_by_link_and_sees_a_room_the_moment_he_is_in_it(
    empty: Node, visit: Visit
) -> None:
    admin = await administration(await visit(empty), empty, "people")
    await admin.part("person-new").click()
    await admin.part("person-name").fill("Max Muster")
    await admin.part("person-login").fill("max")
    await admin.part("person-password").fill("kurz")
    await admin.part("person-save").click()
    await expect(admin.part("person-problem")).to_contain_text("12")
    await admin.part("person-password").fill(PASSWORD)
    await admin.part("person-save").click()
    row = admin.part("person").filter(has_text="Max Muster")
    await row.get_by_test_id("person-edit").click()
    await row.get_by_test_id("person-link").click()
    link = await row.get_by_test_id("link-address").input_value()

    max_ = await visit(empty)
    await max_.page.goto(link)
    await expect(max_.part("session")).to_contain_text("Max Muster")
    await max_.open(tab="sites", layers="sites")

    await admin.part("admin-rooms").click()
    await admin.part("room-name").fill("Stab Erft")
    await admin.part("room-add").click()
    room = admin.part("room").filter(has_text="Stab Erft")
    await expect(room.get_by_test_id("member")).to_have_count(1)
    id = str(await room.get_attribute("data-room"))
    await put_site(empty, id, "Deichbruch Blessem")
    await expect(max_.page.get_by_text("Deichbruch Blessem")).to_have_count(0)
    person = await empty.client.get("/api/people/names")
    assert person.status_code == 401, "names are not for strangers"
    await room.get_by_test_id("member-who").select_option(label="Max Muster")
    await room.get_by_test_id("member-add").click()
    await expect(room.get_by_test_id("member")).to_have_count(2)
    await expect(max_.page.get_by_text("Deichbruch Blessem").first).to_be_visible(timeout=8_000)

    # Out again, and back by the undo.
    await room.get_by_test_id("member").filter(has_text="Max Muster").get_by_test_id("member-remove").click()
    await expect(max_.page.get_by_text("Deichbruch Blessem")).to_have_count(0)
    await admin.page.locator(".offers button").first.click()
    await expect(max_.page.get_by_text("Deichbruch Blessem").first).to_be_visible(timeout=8_000)

    # The administrator cannot take the last right to share from himself without being told.
    await room.get_by_test_id("member").filter(has_text="Administration").get_by_test_id("member-remove").click()
    await expect(room.get_by_test_id("members-problem")).not_to_be_empty()
    await expect(room.get_by_test_id("member")).to_have_count(2)


async def test_a_session_that_an_administrator_ends_is_over_on_the_open_page(empty: Node, visit: Visit) -> None:
    erika = await visit(empty)
    await erika.sign_in(empty.database, "Erika")
    await expect(erika.part("session")).to_contain_text("Erika")
    admin = await administration(await visit(empty), empty, "sessions")
    await admin.part("session-row").filter(has_text="Erika").get_by_test_id("session-end").click()
    await expect(erika.part("session-ended")).to_be_visible(timeout=8_000)


async def test_a_passkey_is_added_and_signs_in(empty: Node, visit: Visit) -> None:
    port = urlsplit(empty.url).port
    screen = await visit(f"http://localhost:{port}")
    devtools = await screen.page.context.new_cdp_session(screen.page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await screen.sign_in(empty.database, "Erika")
    await screen.open(page="account")
    await screen.part("passkey-name").fill("Dienst-Laptop")
    await screen.part("passkey-add").click()
    await expect(screen.part("passkey")).to_contain_text("Dienst-Laptop")
    await screen.part("session").click()
    await screen.part("sign-out").click()
    await expect(screen.part("session")).to_contain_text("Anmelden")
    await screen.part("session").click()
    await screen.part("menu-sign-in").click()
    await screen.part("sign-in-passkey").click()
    await expect(screen.part("session")).to_contain_text("Erika")


async def test_one_chooses_a_login_and_a_password_and_signs_in_with_them(empty: Node, visit: Visit) -> None:
    screen = await visit(empty)
    await screen.sign_in(empty.database, "Erika")
    await screen.open(page="account")
    await screen.part("own-login").fill("erika")
    await screen.part("own-save").click()
    await screen.part("own-password").fill(PASSWORD)
    await screen.part("own-password-save").click()
    await expect(screen.part("own-current")).to_be_visible()
    other = await visit(empty)
    await other.open()
    await other.part("session").click()
    await other.part("menu-sign-in").click()
    await other.part("login").fill("erika")
    await other.part("password").fill(PASSWORD)
    await other.part("sign-in-submit").click()
    await expect(other.part("session")).to_contain_text("Erika")
    await screen.page.reload()
    await expect(screen.part("session-row")).to_have_count(2)
    await screen.part("session-end").click()
    await expect(other.part("session-ended")).to_be_visible(timeout=8_000)


async def test_who_administers_nothing_gets_no_administration(empty: Node, visit: Visit) -> None:
    screen = await visit(empty)
    await screen.open(page="admin")
    await expect(screen.part("admin")).to_have_count(0)
    await screen.part("session").click()
    await expect(screen.part("menu-admin")).to_have_count(0)
    await expect(screen.part("menu-account")).to_have_count(0)


@pytest.mark.proof
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_nothing_serious_in_administration_and_account(
    empty: Node, visit: Visit, theme: str, language: str
) -> None:
    screen = await administration(await visit(empty, bypass_csp=True), empty, "people", theme=theme, lang=language)
    await screen.part("person-edit").first.click()
    found = []
    for section in SECTIONS:
        await screen.part(f"admin-{section}").click()
        await expect(screen.part(f"section-{section}").locator("li, tbody tr").first).to_be_visible()
        if section == "rooms":
            await screen.part("room-open").first.click()
            await expect(screen.part("room-members").locator("li").first).to_be_visible()
        found += [f"{section}: {line}" for line in await findings(screen)]
    await screen.open(page="account", theme=theme, lang=language)
    await expect(screen.part("session-row").first).to_be_visible()
    found += [f"account: {line}" for line in await findings(screen)]
    assert found == []


async def test_nothing_overflows_on_the_smallest_phone(empty: Node, visit: Visit) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    screen = await administration(
        await visit(empty, viewport=SMALL_PHONE, is_mobile=True, has_touch=True), empty, "people"
    )
    await screen.part("person-new").click()
    for section in SECTIONS:
        await screen.part(f"admin-{section}").click()
        if section == "rooms":
            await screen.part("room-open").first.click()
        await expect(screen.part(f"section-{section}").locator("li, tbody tr").first).to_be_visible()
        over = await screen.part("admin").evaluate("e => e.parentElement.scrollWidth - e.parentElement.clientWidth")
        assert over <= 0, section
    await screen.page.set_viewport_size(PHONE)
    await screen.part("admin-rooms").click()
    await screen.page.screenshot(path=SCREENSHOTS / "admin-phone.png")
