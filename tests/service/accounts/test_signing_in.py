"""Sign-in links work once, sessions end when told."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.access import store as access
from service.access.store import make_link, make_token
from service.accounts import passwords
from service.accounts.store import ensure
from tests.service.conftest import running


async def test_a_link_signs_in_once(node) -> None:
    secret = await make_link(node.database, await ensure(node.database, "Leitung"))
    assert (await node.client.get(f"/sign-in/{secret}")).status_code == 303
    assert (await node.client.get("/api/session")).json()["name"] == "Leitung"
    async with httpx.AsyncClient(base_url=node.url) as other:
        assert (await other.get(f"/sign-in/{secret}")).status_code == 401
        assert not (await other.get("/api/session")).json()["signed_in"]


async def test_signing_out_ends_the_session_at_once(node) -> None:
    client = await node.sign_in()
    await client.post("/api/session/sign-out")
    assert not (await client.get("/api/session")).json()["signed_in"]
    assert (await client.post("/api/feeds/pegelonline/poll")).status_code == 401
    await client.aclose()


async def test_guessing_links_is_slowed_down(node) -> None:
    answers = [(await node.client.get(f"/sign-in/guess{n}")).status_code for n in range(62)]
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_a_program_writes_with_a_token(node) -> None:
    token = await make_token(node.database, "Sensorbrücke", timedelta(hours=1))
    answer = await node.client.get("/api/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["name"] == "Sensorbrücke"


async def test_every_answer_carries_the_security_headers(node) -> None:
    for path in ("/api/picture", "/nothing", "/healthz"):
        headers = (await node.client.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


PASSWORD = "Hochwasser an der Erft"


async def with_password(node: Any, login: str = "erika", name: str = "Erika") -> str:
    """The id of a person with this login and PASSWORD."""
    admin = await node.sign_in("Administration")
    answer = await admin.post("/api/people", json={"name": name, "login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    await admin.aclose()
    return str(answer.json()["id"])


async def test_a_password_signs_in_and_the_answer_says_who_one_is(node) -> None:
    person = await with_password(node)
    answer = await node.client.post("/api/session/sign-in", json={"login": " Erika ", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["signed_in"], said["person"], said["name"], said["admin"]) == (True, person, "Erika", False)
    assert said == (await node.client.get("/api/session")).json()
    assert said["rights"] == [] and [room["id"] for room in said["rooms"]] == ["public"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    assert "secure" not in cookie, "without https the browser would throw it away"


async def test_wrong_passwords_and_unknown_logins_get_the_same_answer(node) -> None:
    await with_password(node)
    answers = [
        await node.client.post("/api/session/sign-in", json={"login": login, "password": password})
        for login, password in (("erika", "wrong wrong wrong"), ("nobody", "wrong wrong wrong"), ("nobody", PASSWORD))
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_an_unknown_login_costs_as_much_time_as_a_wrong_password() -> None:
    kept = await passwords.hashed(PASSWORD)

    async def seconds(hash: str | None) -> float:
        began = time.process_time()
        for _ in range(3):
            await passwords.verify("wrong wrong wrong", hash)
        return time.process_time() - began

    known, unknown = await seconds(kept), await seconds(None)
    assert 0.5 < unknown / known < 2


async def test_signing_in_again_ends_the_session_the_browser_had(node) -> None:
    await with_password(node)
    for _ in range(2):
        await node.client.post("/api/session/sign-in", json={"login": "erika", "password": PASSWORD})
    first = httpx.AsyncClient(base_url=node.url, cookies=dict(node.client.cookies))
    await node.client.post("/api/session/sign-in", json={"login": "erika", "password": PASSWORD})
    assert not (await first.get("/api/session")).json()["signed_in"]
    assert (await node.client.get("/api/session")).json()["signed_in"]
    assert len((await node.client.get("/api/account/sessions")).json()["sessions"]) == 1
    await first.aclose()


async def test_guessing_passwords_of_one_login_is_slowed_down_and_others_still_get_in(node) -> None:
    await with_password(node)
    guess = {"login": "erika", "password": "wrong wrong wrong"}
    answers = [(await node.client.post("/api/session/sign-in", json=guess)).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    await with_password(node, "max", "Max")
    answer = await node.client.post("/api/session/sign-in", json={"login": "max", "password": PASSWORD})
    assert answer.status_code == 200


async def test_who_is_deactivated_is_out_and_stays_out(node) -> None:
    person = await with_password(node)
    sign_in = {"login": "erika", "password": PASSWORD}
    await node.client.post("/api/session/sign-in", json=sign_in)
    admin = await node.sign_in("Administration")
    assert (await admin.patch(f"/api/people/{person}", json={"active": False})).status_code == 200
    assert not (await node.client.get("/api/session")).json()["signed_in"]
    assert (await node.client.post("/api/session/sign-in", json=sign_in)).status_code == 401
    await admin.aclose()


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), ("http://127.0.0.1:1", 403), ("SAME", 401), (None, 401)],
)
async def test_only_our_own_pages_may_send_what_changes_something(node, origin: str | None, status: int) -> None:
    headers = {} if origin is None else {"Origin": node.url if origin == "SAME" else origin}
    for method, path in (("POST", "/api/people"), ("DELETE", "/api/sessions/x"), ("PATCH", "/api/account")):
        answer = await node.client.request(method, path, json={"name": "Eve"}, headers=headers)
        assert answer.status_code == status, (method, path, answer.text)


async def test_a_browser_that_hides_its_origin_but_sends_a_cookie_from_elsewhere_is_refused(node) -> None:
    client = await node.sign_in()
    answer = await client.post("/api/session/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert (await client.get("/api/session")).json()["signed_in"]
    await client.aclose()


async def test_behind_https_the_cookie_is_secure_and_bound_to_the_host(database_url: str) -> None:
    async with running(database_url, trusted_origins=["https://lage.example"]) as node:
        secret = await make_link(node.database, await ensure(node.database, "Leitung"))
        behind = {"Host": "lage.example"}
        answer = await node.client.get(f"/sign-in/{secret}", headers=behind)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-lagebild_session=") and "Secure" in cookie and "Path=/" in cookie
        value = cookie.split("=", 1)[1].split(";")[0]
        fixed, bound = f"lagebild_session={value}", f"__Host-lagebild_session={value}"
        for given, known in ((bound, True), (fixed, False)):
            async with httpx.AsyncClient(base_url=node.url) as client:
                answer = await client.get("/api/session", headers={**behind, "Cookie": given})
            assert answer.json()["signed_in"] is known, "a cookie that a neighbour could have set is none"


async def test_a_session_ends_when_it_was_idle_for_too_long(node) -> None:
    client = await node.sign_in()
    async with node.database.reading() as connection:
        await connection.execute(text("UPDATE session SET seen_at = now() - interval '3 hours 59 minutes'"))
    assert (await client.get("/api/account/sessions")).status_code == 200
    other = await node.sign_in("Max")
    async with node.database.reading() as connection:
        await connection.execute(text("UPDATE session SET seen_at = now() - interval '4 hours 1 minute'"))
    assert not (await other.get("/api/session")).json()["signed_in"]
    await client.aclose()
    await other.aclose()


async def test_use_keeps_a_session_from_idling(node) -> None:
    client = await node.sign_in()
    async with node.database.reading() as connection:
        await connection.execute(text("UPDATE session SET seen_at = now() - interval '3 hours'"))
    await client.get("/api/session")
    async with node.database.reading() as connection:
        ago = (await connection.execute(text("SELECT now() - seen_at FROM session"))).scalar_one()
    assert ago < timedelta(minutes=1)
    await client.aclose()


async def test_what_is_over_is_swept_out(node) -> None:
    client = await node.sign_in()
    async with node.database.reading() as connection:
        await connection.execute(text("UPDATE session SET expires_at = now() - interval '1 second'"))
    await access.sweep(node.database)
    async with node.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM session"))).scalar() == 0
    await client.aclose()
