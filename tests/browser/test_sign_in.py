"""Signing in with a password and a passkey, sessions that end, and what is typed meanwhile."""

from __future__ import annotations

import httpx
from playwright.async_api import expect

from service.accounts.store import ensure
from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.service.conftest import Node

PASSWORD = "Sandsack-Kette-am-Deich-7"


async def account(node: Node, name: str, login: str) -> httpx.AsyncClient:
    """An account with login and password; the administrator who made it."""
    office = await node.sign_in("Verwaltung", admin=True)
    made = await office.post("/api/people", json={"name": name, "login": login, "password": PASSWORD})
    assert made.status_code in (200, 201), made.text
    return office


async def begin(screen: Screen) -> None:
    await screen.part("session").click()
    await screen.part("menu-sign-in").click()
    await expect(screen.part("sign-in")).to_be_visible()


async def enter(screen: Screen, login: str, password: str = PASSWORD) -> None:
    await screen.part("login").fill(login)
    await screen.part("password").fill(password)
    await screen.part("sign-in-submit").click()


async def open_blind(visit: Visit, node: Node | str) -> Screen:
    screen = await (await visit(node)).open()
    await expect(screen.part("session")).to_be_visible(timeout=30_000)
    return screen


async def test_a_person_signs_in_with_login_and_password_and_gets_his_rooms(empty: Node, blind_visit: Visit) -> None:
    await account(empty, "Paula Pegel", "paula")
    screen = await open_blind(blind_visit, empty)
    await expect(screen.offer("staff")).to_have_count(0)
    await begin(screen)
    await enter(screen, "paula", "falsch-und-lang-genug")
    await expect(screen.part("sign-in-problem")).not_to_be_empty()
    await expect(screen.part("login")).to_have_value("paula")
    await enter(screen, "paula")
    await expect(screen.part("sign-in")).to_be_hidden()
    await expect(screen.part("session")).to_contain_text("Paula Pegel")
    await expect(screen.offer("staff")).to_be_visible()
    await expect(screen.connection).to_have_class("connection live")
    await screen.part("session").click()
    await screen.part("sign-out").click()
    await expect(screen.part("session")).to_contain_text("Anmelden")
    await expect(screen.offer("staff")).to_have_count(0)
    await expect(screen.part("sign-in")).to_be_hidden()


async def test_a_session_that_is_ended_says_so_and_keeps_what_was_typed(empty: Node, blind_visit: Visit) -> None:
    office = await account(empty, "Paula Pegel", "paula")
    screen = await open_blind(blind_visit, empty)
    await begin(screen)
    await enter(screen, "paula")
    await expect(screen.part("session")).to_contain_text("Paula Pegel")
    await screen.part("rail-views").click()
    await screen.part("view-save-as").click()
    await screen.part("view-name").fill("Halb getippt")
    paula = await ensure(empty.database, "Paula Pegel")
    for session in (await office.get("/api/sessions")).json()["sessions"]:
        if session["person"] == paula:
            assert (await office.delete(f"/api/sessions/{session['id']}")).status_code == 200
    await expect(screen.part("session-ended")).to_be_visible(timeout=15_000)
    await enter(screen, "paula")
    await expect(screen.part("sign-in")).to_be_hidden()
    await expect(screen.part("view-name")).to_have_value("Halb getippt")
    await screen.part("view-save").click()
    await expect(screen.panel).to_contain_text("Halb getippt")


async def test_whoever_goes_on_without_signing_in_keeps_nothing_of_his_rooms(empty: Node, blind_visit: Visit) -> None:
    office = await account(empty, "Paula Pegel", "paula")
    screen = await open_blind(blind_visit, empty)
    await begin(screen)
    await enter(screen, "paula")
    await expect(screen.offer("staff")).to_be_visible()
    paula = await ensure(empty.database, "Paula Pegel")
    for session in (await office.get("/api/sessions")).json()["sessions"]:
        if session["person"] == paula:
            await office.delete(f"/api/sessions/{session['id']}")
    await expect(screen.part("session-ended")).to_be_visible(timeout=15_000)
    await screen.part("sign-in-close").click()
    await expect(screen.offer("staff")).to_have_count(0)
    await expect(screen.part("session")).to_contain_text("Anmelden")


async def test_a_passkey_signs_in_without_a_word(empty: Node, blind_visit: Visit) -> None:
    await account(empty, "Paula Pegel", "paula")
    # Browsers take no passkeys for addresses of numbers.
    screen = await open_blind(blind_visit, empty.url.replace("127.0.0.1", "localhost"))
    devtools = await screen.page.context.new_cdp_session(screen.page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await begin(screen)
    await enter(screen, "paula")
    await expect(screen.part("session")).to_contain_text("Paula Pegel")
    added = await screen.page.evaluate(
        """async () => {
          const post = async (path, body) => {
            const headers = {'Content-Type': 'application/json'};
            const answer = await fetch(path, {method: 'POST', headers, body: JSON.stringify(body)});
            if (!answer.ok) throw new Error(await answer.text());
            return answer.json();
          };
          const {ceremony, options} = await post('/api/account/passkeys/begin', {});
          const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
          const credential = await navigator.credentials.create({publicKey});
          await post('/api/account/passkeys/finish', {ceremony, credential: credential.toJSON(), name: 'Probe'});
          return true;
        }"""
    )
    assert added
    await screen.part("session").click()
    await screen.part("sign-out").click()
    await expect(screen.part("session")).to_contain_text("Anmelden")
    await begin(screen)
    await screen.part("sign-in-passkey").click()
    await expect(screen.part("session")).to_contain_text("Paula Pegel")
    await expect(screen.part("sign-in")).to_be_hidden()
