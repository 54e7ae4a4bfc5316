"""Passkeys are added and sign in; nothing replayed, foreign or unverified does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.service.accounts.authenticator import PRESENT, Authenticator


@pytest.fixture
async def erika(node: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in on a page of ours."""
    client = await node.sign_in("Erika", admin=False)
    client.headers["Origin"] = node.url
    yield client
    await client.aclose()


@pytest.fixture
async def stranger(node: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=node.url, headers={"Origin": node.url}) as client:
        yield client


async def added(client: httpx.AsyncClient, key: Authenticator, name: str = "Dienst-Laptop") -> httpx.Response:
    begun = (await client.post("/api/account/passkeys/begin")).json()
    credential = key.create(begun["options"], client.headers["Origin"])
    sent = {"ceremony": begun["ceremony"], "credential": credential, "name": name}
    return await client.post("/api/account/passkeys/finish", json=sent)


async def assertion(client: httpx.AsyncClient, key: Authenticator, origin: str = "") -> dict[str, Any]:
    begun = (await client.post("/api/session/passkey/begin")).json()
    credential = key.get(begun["options"], origin or client.headers["Origin"])
    return {"ceremony": begun["ceremony"], "credential": credential}


async def finish(client: httpx.AsyncClient, sent: dict[str, Any]) -> httpx.Response:
    return await client.post("/api/session/passkey/finish", json=sent)


async def test_a_passkey_signs_in_without_a_login(erika: Any, stranger: Any) -> None:
    key = Authenticator()
    assert (await added(erika, key)).status_code == 200
    account = (await erika.get("/api/account")).json()
    assert [(k["name"], k["used_at"]) for k in account["passkeys"]] == [("Dienst-Laptop", None)]
    answer = await finish(stranger, await assertion(stranger, key))
    assert answer.status_code == 200, answer.text
    assert answer.json()["name"] == "Erika"
    assert (await stranger.get("/api/account")).json()["passkeys"][0]["used_at"] is not None


async def test_a_challenge_counts_once(erika: Any, stranger: Any) -> None:
    key = Authenticator()
    await added(erika, key)
    sent = await assertion(stranger, key)
    assert (await finish(stranger, sent)).status_code == 200
    assert (await finish(stranger, sent)).status_code == 422
    later = await assertion(stranger, key)
    assert (await finish(stranger, {**later, "credential": sent["credential"]})).status_code == 401, "an old signature"


async def test_what_was_signed_for_another_page_is_refused(erika: Any, stranger: Any) -> None:
    key = Authenticator()
    await added(erika, key)
    assert (await finish(stranger, await assertion(stranger, key, "https://evil.example"))).status_code == 401


async def test_without_a_finger_it_is_refused(erika: Any, stranger: Any) -> None:
    key = Authenticator()
    await added(erika, key)
    key.flags = PRESENT
    assert (await finish(stranger, await assertion(stranger, key))).status_code == 401
    careless = Authenticator()
    careless.flags = PRESENT
    assert (await added(erika, careless)).status_code == 422


async def test_a_copy_of_the_key_is_noticed_by_its_counter(erika: Any, stranger: Any) -> None:
    key = Authenticator()
    await added(erika, key)
    key.count = 10
    assert (await finish(stranger, await assertion(stranger, key))).status_code == 200
    key.count = 5
    assert (await finish(stranger, await assertion(stranger, key))).status_code == 401


async def test_unknown_and_removed_passkeys_do_not_sign_in(erika: Any, stranger: Any) -> None:
    assert (await finish(stranger, await assertion(stranger, Authenticator()))).status_code == 401
    key = Authenticator()
    id = (await added(erika, key)).json()["id"]
    assert (await erika.delete(f"/api/account/passkeys/{id}")).status_code == 200
    assert (await erika.delete(f"/api/account/passkeys/{id}")).status_code == 404
    assert (await finish(stranger, await assertion(stranger, key))).status_code == 401


async def test_nobody_adds_a_passkey_to_somebody_else_or_removes_his(node: Any, erika: Any) -> None:
    max = await node.sign_in("Max", admin=False)
    max.headers["Origin"] = node.url
    key = Authenticator()
    begun = (await erika.post("/api/account/passkeys/begin")).json()
    sent = {"ceremony": begun["ceremony"], "credential": key.create(begun["options"], node.url), "name": "x"}
    assert (await max.post("/api/account/passkeys/finish", json=sent)).status_code == 422
    assert (await max.get("/api/account")).json()["passkeys"] == []
    id = (await added(erika, key)).json()["id"]
    assert (await max.delete(f"/api/account/passkeys/{id}")).status_code == 404
    assert len((await erika.get("/api/account")).json()["passkeys"]) == 1
    await max.aclose()


@pytest.mark.parametrize("credential", [{}, {"rawId": "!"}, {"rawId": None}, {"rawId": "AAAA", "response": []}])
async def test_nonsense_is_refused(erika: Any, stranger: Any, credential: dict[str, Any]) -> None:
    sent = {**await assertion(stranger, Authenticator()), "credential": credential}
    assert (await finish(stranger, sent)).status_code == 401
    begun = (await erika.post("/api/account/passkeys/begin")).json()
    sent = {"ceremony": begun["ceremony"], "credential": credential, "name": "x"}
    assert (await erika.post("/api/account/passkeys/finish", json=sent)).status_code == 422
