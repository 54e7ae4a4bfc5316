"""Whose key counts, and when: changed keys, partners on hold, partners that are none any more, borrowed origins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import pytest_asyncio
from limits import RateLimitItemPerMinute
from sqlalchemy import text

from geodata.model.body import to_body
from geodata.store.cluster import Cluster
from service.access.limits import Limits
from service.federation.peers import door as doors
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState, PinnedKey
from service.federation.wire import signing
from tests.security.federated import LONG_AGO, Doorstep, Partner, doorstep

BODY = b"{}"
_KEYS = text("UPDATE peer SET keys = CAST(:keys AS jsonb) WHERE id = :id")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(cluster: Cluster) -> AsyncIterator[Doorstep]:
    async with doorstep(cluster) as there:
        yield there


async def pin(door: Doorstep, partner: Partner, keys: list[PinnedKey]) -> None:
    async with door.database.transaction("test") as tx:
        given = {"keys": orjson.dumps([to_body(key) for key in keys]).decode(), "id": partner.peer.id}
        await tx.connection.execute(_KEYS, given)


@pytest.mark.parametrize("state", [PeerState.PENDING, PeerState.SUSPENDED, PeerState.REVOKED])
async def test_only_an_active_partner_is_heard(door: Doorstep, state: PeerState) -> None:
    partner = await door.stranger(f"dorf-{state.value.lower()}", state)
    answer = await door.send(partner.request(door.echo, BODY))
    assert (answer.status_code, answer.json()["type"]) == (403, f"about:{state.value.lower()}")
    own = door.keys.current
    keys = {own.kid: own.private.public_key()}.get
    request = partner.request(door.echo, BODY)
    answer = await door.send(request)
    assert signing.verify_answer(request, 403, answer.headers, answer.content, keys, datetime.now(UTC))


async def test_revoked_while_it_speaks(door: Doorstep) -> None:
    partner = await door.stranger("kaltental")
    assert (await door.send(partner.request(door.echo, BODY))).status_code == 200
    async with door.database.transaction("test") as tx:
        await peers.move(tx, partner.peer, PeerState.REVOKED, "Schlüssel verloren")
    assert await door.said(partner.request(door.echo, BODY)) == (403, "revoked")


async def test_key_rotation(door: Doorstep) -> None:
    """The old key counts until its day, the new one from when it is pinned, and nothing else ever."""
    partner = await door.stranger("neustadt")
    old = partner.keys.current
    new = partner.keys.rotate()
    assert await door.said(partner.request(door.echo, BODY, key=new)) == (401, "bad-signature")
    soon = datetime.now(UTC) + timedelta(days=1)
    await pin(door, partner, [PinnedKey(new.kid, new.x, LONG_AGO), PinnedKey(old.kid, old.x, LONG_AGO, soon)])
    assert (await door.send(partner.request(door.echo, BODY, key=new))).status_code == 200
    assert (await door.send(partner.request(door.echo, BODY, key=old))).status_code == 200
    past = datetime.now(UTC) - timedelta(seconds=1)
    await pin(door, partner, [PinnedKey(new.kid, new.x, LONG_AGO), PinnedKey(old.kid, old.x, LONG_AGO, past)])
    assert (await door.send(partner.request(door.echo, BODY, key=new))).status_code == 200
    assert await door.said(partner.request(door.echo, BODY, key=old)) == (401, "bad-signature")


async def test_a_replay_under_the_former_key(door: Doorstep) -> None:
    partner = await door.stranger("oberdorf")
    old = partner.keys.current
    kept = partner.request(door.echo, BODY)
    assert (await door.send(kept)).status_code == 200
    new = partner.keys.rotate()
    soon = datetime.now(UTC) + timedelta(days=1)
    await pin(door, partner, [PinnedKey(new.kid, new.x, LONG_AGO), PinnedKey(old.kid, old.x, LONG_AGO, soon)])
    assert await door.said(kept) == (401, "replayed")


async def test_forged_origin(door: Doorstep) -> None:
    """Who is meant follows from the key alone: no header makes a partner another one."""
    other = await door.stranger("talheim")
    claims = {"lagebild-origin": "bergheim", "lagebild-peer": "bergheim", "from": "bergheim", "x-forwarded-for": "::1"}
    answer = await door.send(other.request(door.echo, BODY, headers=claims))
    assert (answer.status_code, answer.headers["lagebild-peer"]) == (200, "talheim")


async def test_a_key_that_a_second_partner_claims_too_stays_with_the_active_one(door: Doorstep) -> None:
    claimed = await door.stranger("untertal", PeerState.PENDING)
    own = door.partner.keys.current
    await pin(door, claimed, [PinnedKey(own.kid, own.x, LONG_AGO)])
    answer = await door.send(door.partner.request(door.echo, BODY))
    assert answer.headers["lagebild-peer"] == "bergheim"


async def test_a_nonce_is_the_partners_own(door: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one partner has used up takes nothing from another."""
    other = await door.stranger("wiesental")
    monkeypatch.setattr(signing.secrets, "token_urlsafe", lambda size: "always-the-same-nonce")
    assert (await door.send(door.partner.request(door.echo, BODY))).status_code == 200
    assert (await door.send(other.request(door.echo, BODY))).status_code == 200
    assert await door.said(door.partner.request(door.echo, BODY)) == (401, "replayed")


async def test_nonces_go_when_their_time_is_over(door: Doorstep) -> None:
    async with door.database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE peer_nonce SET until = now() - interval '1 minute'"))
    assert (await door.send(door.partner.request(door.echo, BODY))).status_code == 200
    async with door.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM peer_nonce"))).scalar_one() == 1


async def test_too_often(door: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    """One partner's haste is its own affair, and wrong signatures use up nobody's turn."""
    monkeypatch.setattr(doors, "OFTEN", RateLimitItemPerMinute(3, namespace="partner-test"))
    monkeypatch.setattr(door.door, "limits", Limits(None))
    hasty, calm = await door.stranger("eiligen"), await door.stranger("ruhigen")
    for _ in range(5):
        unsigned = hasty.request(door.echo, BODY, key=calm.keys.rotate())
        assert await door.said(unsigned) == (401, "bad-signature")
    said = [(await door.send(hasty.request(door.echo, BODY))).status_code for _ in range(5)]
    assert said == [200, 200, 200, 429, 429]
