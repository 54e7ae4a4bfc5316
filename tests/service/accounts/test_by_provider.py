"""Signing in at an identity provider: a real one, small, in this process."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.service.accounts.provider_server import CLIENT, SECRET, ProviderServer
from tests.service.conftest import Node, running


@pytest.fixture
async def provider() -> AsyncIterator[ProviderServer]:
    server = ProviderServer()
    await server.start()
    yield server
    await server.stop()


def oidc(provider: ProviderServer, **more: Any) -> dict[str, Any]:
    return {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "name": "Kreiskonto", **more}


@pytest.fixture
async def open_node(database_url: str, provider: ProviderServer) -> AsyncIterator[Node]:
    async with running(database_url, oidc=oidc(provider, admit=True)) as node:
        yield node


async def signed_in(client: httpx.AsyncClient, start: str = "/api/oidc/start") -> httpx.Response:
    """All the way through the provider; the last answer that is not a redirect within the way."""
    answer = await client.get(start)
    assert answer.status_code == 303, answer.text
    async with httpx.AsyncClient() as browser:
        there = await browser.get(answer.headers["location"])
    return await client.get(there.headers["location"])


async def test_who_the_provider_knows_comes_in_and_is_the_same_person_next_time(
    open_node: Node, provider: ProviderServer
) -> None:
    answer = await signed_in(open_node.client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text
    first = (await open_node.client.get("/api/session")).json()
    assert (first["signed_in"], first["name"], first["rights"]) == (True, "Erika Muster", [])
    async with httpx.AsyncClient(base_url=open_node.url) as again:
        await signed_in(again)
        assert (await again.get("/api/session")).json()["person"] == first["person"]
    provider.subject, provider.name = "4712", "Erika Muster"
    async with httpx.AsyncClient(base_url=open_node.url) as other:
        await signed_in(other)
        assert (await other.get("/api/session")).json()["person"] != first["person"], "a name proves nothing"
    assert len({asked["nonce"] for asked in provider.asked}) == 3
    assert len({asked["code_challenge"] for asked in provider.asked}) == 3


async def test_who_is_unknown_waits_until_admitted(database_url: str, provider: ProviderServer) -> None:
    async with running(database_url, oidc=oidc(provider)) as node:
        for _ in range(2):
            answer = await signed_in(node.client)
            assert answer.status_code == 403 and "Zulassung" in answer.json()["detail"]
            assert not (await node.client.get("/api/session")).json()["signed_in"]
        admin = await node.sign_in("Administration")
        waiting = [p for p in (await admin.get("/api/people")).json()["people"] if p["waiting"]]
        assert [(p["name"], p["active"], p["identities"]) for p in waiting] == [("Erika Muster", False, 1)]
        await admin.patch(f"/api/people/{waiting[0]['id']}", json={"active": True})
        assert (await signed_in(node.client)).status_code == 303
        assert (await node.client.get("/api/session")).json()["person"] == waiting[0]["id"]
        await admin.aclose()


async def test_an_answer_counts_once_and_only_in_the_browser_that_asked(open_node: Node) -> None:
    start = await open_node.client.get("/api/oidc/start")
    async with httpx.AsyncClient() as browser:
        back = (await browser.get(start.headers["location"])).headers["location"]
    async with httpx.AsyncClient(base_url=open_node.url) as victim:
        assert (await victim.get(back)).status_code == 401
        assert not (await victim.get("/api/session")).json()["signed_in"]
    assert (await open_node.client.get(back)).status_code == 401, "what was tried elsewhere is used up"
    assert (await open_node.client.get("/api/oidc/callback?state=x&code=y")).status_code == 401
    assert (await open_node.client.get("/api/oidc/callback")).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
    ],
    ids=lambda claims: "-".join(claims),
)
async def test_an_id_token_that_is_not_for_us_is_refused(
    open_node: Node, provider: ProviderServer, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    answer = await signed_in(open_node.client)
    assert answer.status_code == 401, answer.text
    assert not (await open_node.client.get("/api/session")).json()["signed_in"]


async def test_a_foreign_or_missing_signature_is_refused_and_a_new_key_found(
    open_node: Node, provider: ProviderServer
) -> None:
    await signed_in(open_node.client)
    provider.key = RSAKey.generate_key(2048, {"kid": "first"})
    assert (await signed_in(open_node.client)).status_code == 401
    provider.algorithm = "none"
    assert (await signed_in(open_node.client)).status_code == 401
    provider.algorithm = "RS256"
    provider.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    provider.published = [provider.key]
    assert (await signed_in(open_node.client)).status_code == 303


async def test_a_provider_that_is_away_is_named_and_other_ways_stay_open(
    open_node: Node, provider: ProviderServer
) -> None:
    await provider.stop()
    assert (await open_node.client.get("/api/oidc/start")).status_code == 502
    client = await open_node.sign_in("Leitung")
    assert (await client.get("/api/session")).json()["signed_in"]
    await client.aclose()


async def test_one_binds_an_identity_to_the_account_one_has(open_node: Node, provider: ProviderServer) -> None:
    client = await open_node.sign_in("Leitung")
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await client.get("/api/oidc/start?bind=true", headers=foreign)).status_code == 403
    assert (await open_node.client.get("/api/oidc/start?bind=true")).status_code == 401
    assert (await signed_in(client, "/api/oidc/start?bind=true")).status_code == 303
    me = (await client.get("/api/account")).json()
    assert [identity["subject"] for identity in me["identities"]] == ["4711"]
    await signed_in(open_node.client)
    assert (await open_node.client.get("/api/session")).json()["person"] == me["id"]
    other = await open_node.sign_in("Max")
    assert (await signed_in(other, "/api/oidc/start?bind=true")).status_code == 409
    await client.aclose()
    await other.aclose()


async def test_the_sign_in_form_learns_of_the_provider_but_of_no_secret(open_node: Node) -> None:
    answer = await open_node.client.get("/api/sign-in-methods")
    assert answer.json()["oidc"] == {"name": "Kreiskonto", "start": "/api/oidc/start"}
    assert SECRET not in answer.text and answer.json()["people"] is None
