"""People, organisations, sessions and the audit, as administrators, the person and strangers see them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

PASSWORD = "Hochwasser an der Erft"


@pytest.fixture
async def admin(node: Any) -> AsyncIterator[httpx.AsyncClient]:
    client = await node.sign_in("Administration")
    yield client
    await client.aclose()


@pytest.fixture
async def erika(node: Any, admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in by password; `person` is her id."""
    given = {"name": "Erika", "login": "erika", "password": PASSWORD}
    id = (await admin.post("/api/people", json=given)).json()["id"]
    client = httpx.AsyncClient(base_url=node.url)
    assert (await client.post("/api/session/sign-in", json={"login": "erika", "password": PASSWORD})).status_code == 200
    client.person = id  # type: ignore[attr-defined]
    yield client
    await client.aclose()


async def person(admin: httpx.AsyncClient, id: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await admin.get(f"/api/people/{id}")).json()
    return answer


async def test_anonymous_is_401_and_a_person_without_the_right_403_everywhere(
    node: Any, admin: Any, erika: Any
) -> None:
    session = (await admin.get("/api/sessions")).json()["sessions"][0]["id"]
    requests = [
        ("GET", "/api/people"), ("POST", "/api/people"), ("GET", f"/api/people/{erika.person}"),
        ("PATCH", f"/api/people/{erika.person}"), ("POST", f"/api/people/{erika.person}/link"),
        ("POST", f"/api/people/{erika.person}/erase"), ("POST", "/api/organisations"),
        ("PATCH", "/api/organisations/x"), ("GET", "/api/sessions"), ("DELETE", f"/api/sessions/{session}"),
        ("GET", "/api/audit"),
    ]  # fmt: skip
    body = {"POST": {"name": "x"}, "PATCH": {"name": "x"}}
    for method, path in requests:
        for client, status in ((node.client, 401), (erika, 403)):
            answer = await client.request(method, path, json=body.get(method))
            assert answer.status_code == status, (method, path, answer.text)
    own = [("GET", ""), ("PATCH", ""), ("POST", "/password"), ("GET", "/sessions"), ("DELETE", "/sessions"),
           ("DELETE", "/sessions/x"), ("DELETE", "/passkeys/x"), ("POST", "/passkeys/begin")]  # fmt: skip
    for method, path in own:
        sent = {"password": PASSWORD} if path == "/password" else body.get(method)
        answer = await node.client.request(method, f"/api/account{path}", json=sent)
        assert answer.status_code == 401, (method, path)
    for path in ("/api/people/names", "/api/organisations"):
        assert (await node.client.get(path)).status_code == 401
        assert (await erika.get(path)).status_code == 200
    assert (await person(admin, erika.person))["active"]


async def test_another_persons_session_is_not_there_for_me(admin: Any, erika: Any) -> None:
    others = [s["id"] for s in (await admin.get("/api/sessions")).json()["sessions"] if s["person"] != erika.person]
    for id in (*others, "no-such-session"):
        assert (await erika.delete(f"/api/account/sessions/{id}")).status_code == 404
    assert (await admin.get("/api/session")).json()["signed_in"]
    mine = (await erika.get("/api/account/sessions")).json()["sessions"]
    assert [(s["method"], s["own"]) for s in mine] == [("password", True)]


async def test_one_ends_ones_other_sessions_and_an_administrator_anybodys(node: Any, admin: Any, erika: Any) -> None:
    phone = await node.sign_in("Erika", admin=False)
    assert (await erika.delete("/api/account/sessions")).json() == {"ended": 1}
    assert not (await phone.get("/api/session")).json()["signed_in"]
    assert (await erika.get("/api/session")).json()["signed_in"]
    id = (await erika.get("/api/account/sessions")).json()["sessions"][0]["id"]
    assert (await admin.delete(f"/api/sessions/{id}")).json() == {"ended": 1}
    assert (await admin.delete(f"/api/sessions/{id}")).status_code == 404
    assert not (await erika.get("/api/session")).json()["signed_in"]
    await phone.aclose()


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(node: Any, erika: Any) -> None:
    phone = await node.sign_in("Erika", admin=False)
    new = "Zülpich liegt in der Börde"
    wrong = await erika.post("/api/account/password", json={"current": "wrong wrong", "password": new})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "current")
    assert (await erika.post("/api/account/password", json={"password": new})).status_code == 422
    assert (await erika.post("/api/account/password", json={"current": PASSWORD, "password": new})).status_code == 200
    assert not (await phone.get("/api/session")).json()["signed_in"]
    for password, status in ((PASSWORD, 401), (new, 200)):
        sent = {"login": "erika", "password": password}
        assert (await phone.post("/api/session/sign-in", json=sent)).status_code == status
    await phone.aclose()


async def test_who_came_by_link_chooses_a_login_once_and_a_password(admin: Any, erika: Any) -> None:
    no_login = await admin.post("/api/account/password", json={"password": PASSWORD})
    assert (no_login.status_code, no_login.json()["field"]) == (422, "login")
    taken = await admin.patch("/api/account", json={"login": "ERIKA"})
    assert (taken.status_code, taken.json()["field"]) == (422, "login")
    assert (await admin.patch("/api/account", json={"login": "Leitstelle"})).status_code == 200
    assert (await admin.patch("/api/account", json={"login": "another"})).status_code == 422
    assert (await admin.post("/api/account/password", json={"password": PASSWORD})).status_code == 200
    account = (await admin.get("/api/account")).json()
    assert (account["login"], account["password"]) == ("leitstelle", True)


@pytest.mark.parametrize(
    "password",
    ["short", "elf Zeichen", "Passwort1234", "aaaaaaaaaaaaaa", "qwertzuiopqwertzuiop", "erika-erika1", "x" * 300],
)
async def test_weak_passwords_are_refused_by_name(admin: Any, password: str) -> None:
    answer = await admin.post("/api/people", json={"name": "Erika", "login": "erika", "password": password})
    assert (answer.status_code, answer.json()["field"]) == (422, "password")
    assert "Erika" not in (await admin.get("/api/people/names")).json().values()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "x", "login": "with space"}, "login"),
        ({"name": "x", "login": "<script>"}, "login"),
        ({"name": "x", "password": PASSWORD}, "login"),
        ({"name": "x", "organisations": ["none"]}, "organisations"),
        ({"name": "x", "unknown": 1}, "body.unknown"),
    ],
)
async def test_what_is_wrong_is_named(admin: Any, given: dict[str, Any], field: str) -> None:
    answer = await admin.post("/api/people", json=given)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_login_belongs_to_one_even_if_two_ask_at_once(admin: Any) -> None:
    sent = [admin.post("/api/people", json={"name": name, "login": "s2"}) for name in ("A", "B", "C", "D")]
    assert sorted(answer.status_code for answer in await asyncio.gather(*sent)) == [200, 422, 422, 422]


async def test_a_link_made_for_somebody_signs_him_in(node: Any, admin: Any) -> None:
    id = (await admin.post("/api/people", json={"name": "Max"})).json()["id"]
    path = (await admin.post(f"/api/people/{id}/link")).json()["path"]
    assert (await node.client.get(path)).status_code == 303
    assert (await node.client.get("/api/session")).json()["person"] == id
    await admin.patch(f"/api/people/{id}", json={"active": False})
    assert (await admin.post(f"/api/people/{id}/link")).status_code == 422


async def test_the_last_administrator_stays(node: Any, admin: Any) -> None:
    me = (await admin.get("/api/session")).json()["person"]
    for change in ({"admin": False}, {"active": False}):
        answer = await admin.patch(f"/api/people/{me}", json=change)
        assert (answer.status_code, answer.json()["field"]) == (422, "admin")
    assert (await admin.post(f"/api/people/{me}/erase")).status_code == 422
    second = await node.sign_in("Vertretung", admin=True)
    other = (await second.get("/api/session")).json()["person"]
    both = await asyncio.gather(
        admin.patch(f"/api/people/{other}", json={"admin": False}),
        second.patch(f"/api/people/{me}", json={"admin": False}),
    )
    assert sorted(answer.status_code for answer in both) in ([200, 422], [200, 403])
    await second.aclose()


async def test_who_is_erased_is_gone_but_what_he_did_stays(node: Any, admin: Any, erika: Any) -> None:
    async with node.database.transaction(f"person:{erika.person}") as tx:
        tx.put(Fact(Ref("t", "site", "1"), "public", Provenance("t", NOW, NOW), {"value": 1}))
    assert (await admin.post(f"/api/people/{erika.person}/erase")).status_code == 200
    assert not (await erika.get("/api/session")).json()["signed_in"]
    after = await person(admin, erika.person)
    assert (after["name"], after["login"], after["active"], after["erased"]) == ("gelöscht", None, False, True)
    assert (after["password"], after["passkeys"], after["identities"], after["sessions"]) == (False, 0, 0, [])
    assert (await admin.get("/api/people/names")).json()[erika.person] == "gelöscht"
    changes = (await admin.get("/api/changes", params={"since": 0})).json()["changes"]
    assert [change["actor"] for change in changes] == [f"person:{erika.person}"]
    assert (await admin.patch(f"/api/people/{erika.person}", json={"active": True})).status_code == 422
    async with node.database.reading() as connection:
        for table in ("audit", "session", "challenge"):
            rows = (await connection.execute(text(f"SELECT {table}::text FROM {table}"))).scalars().all()
            assert not any("Erika" in row or "erika" in row for row in rows), "by id only, so that the trail may stay"


async def test_who_is_on_duty_is_not_erased(node: Any, admin: Any, erika: Any) -> None:
    async with node.database.reading() as connection:
        await connection.execute(
            text("INSERT INTO staff (id, incident, name, model, room) VALUES ('s', 'i', 'EL', 'EINSATZLEITUNG', 'x')")
        )
        statement = text("INSERT INTO assignment (id, staff, function, person, state, starts) "
                         "VALUES ('a', 's', 'S2', :p, 'ON_DUTY', now())")  # fmt: skip
        await connection.execute(statement, {"p": erika.person})
    assert (await admin.post(f"/api/people/{erika.person}/erase")).status_code == 422
    said = (await admin.get(f"/api/people/{erika.person}")).json()
    assert [(duty["staff"], duty["function"]) for duty in said["duties"]] == [("s", "S2")]
    session = (await erika.get("/api/session")).json()
    duty = {"staff": "s", "incident": "i", "model": "EINSATZLEITUNG", "function": "S2", "room": "x", "deputy": False}
    assert session["duties"] == [duty]
    assert {"SITUATION", "JOURNAL", "VIEWS"} <= set(session["rights"]) and "ROOMS" not in session["rights"]


async def test_readings_of_personal_data_and_changes_leave_a_line(admin: Any, erika: Any) -> None:
    await admin.get("/api/people", params={"q": "eri"})
    await person(admin, erika.person)
    await admin.patch(f"/api/people/{erika.person}", json={"name": "Erika M.", "password": PASSWORD + "!"})
    lines = (await admin.get("/api/audit", params={"limit": 4})).json()["lines"]
    assert [line["action"] for line in lines] == ["audit.read", "person.change", "person.read", "people.read"]
    assert lines[1]["detail"] == {"fields": ["name", "password"]}
    assert lines[1]["subject"] == f"person:{erika.person}"
    first = (await admin.get("/api/audit", params={"limit": 2})).json()
    rest = (await admin.get("/api/audit", params={"limit": 500, "before": first["next"]})).json()
    assert {line["id"] for line in first["lines"]}.isdisjoint({line["id"] for line in rest["lines"]})
    assert rest["next"] is None and rest["lines"][-1]["action"] == "session.open"
    assert PASSWORD not in str(rest) and "Erika" not in str(rest)


async def test_search_takes_its_signs_literally(admin: Any, erika: Any) -> None:
    for q, found in (("%", 0), ("_", 0), ("\\", 0), ("ERIK", 1), ("' OR 1=1 --", 0)):
        assert len((await admin.get("/api/people", params={"q": q})).json()["people"]) == found, q


async def test_organisations_are_added_renamed_and_closed(admin: Any, erika: Any) -> None:
    given = {"name": "Stadt Erftstadt", "kind": "MUNICIPALITY", "ars": "053620020020"}
    id = (await admin.post("/api/organisations", json=given)).json()["id"]
    await admin.patch(f"/api/people/{erika.person}", json={"organisations": [id]})
    assert (await erika.get("/api/session")).json()["organisations"] == [{"id": id, "name": "Stadt Erftstadt"}]
    await admin.patch(f"/api/organisations/{id}", json={"name": "Erftstadt", "closed": True})
    shown = (await erika.get("/api/organisations")).json()["organisations"][0]
    assert (shown["name"], shown["people"], shown["closed_at"] is not None) == ("Erftstadt", 1, True)
    assert (await admin.patch("/api/organisations/none", json={"name": "x"})).status_code == 404
    assert (await admin.patch(f"/api/organisations/{id}", json={"name": None})).status_code == 422


async def test_an_administrator_sees_how_people_sign_in(admin: Any, erika: Any) -> None:
    methods = (await admin.get("/api/sign-in-methods")).json()
    assert methods["people"] == {"password": 1, "passkey": 0, "oidc": 0} and methods["oidc"] is None
    assert (await erika.get("/api/sign-in-methods")).json()["people"] is None
