"""Sign-in links work once, sessions end when told."""

from __future__ import annotations

import httpx

from service.access.store import make_link, make_token
from service.accounts.store import ensure


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
    answers = [(await node.client.get(f"/sign-in/guess{n}")).status_code for n in range(12)]
    assert answers[0] == 401
    assert answers[-1] == 429


async def test_a_program_writes_with_a_token(node) -> None:
    from datetime import timedelta

    token = await make_token(node.database, "Sensorbrücke", timedelta(hours=1))
    answer = await node.client.get("/api/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["name"] == "Sensorbrücke"


async def test_every_answer_carries_the_security_headers(node) -> None:
    for path in ("/api/picture", "/nothing", "/healthz"):
        headers = (await node.client.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
