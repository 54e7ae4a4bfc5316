"""Partners that rest, end, change their keys; who may do that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from geodata.model.resource import FleetLevel
from service.federation.identity import jws
from service.federation.identity.document import Myself
from service.federation.identity.keys import NodeKeys, SigningKey
from service.federation.peers import rotation
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer
from service.federation.peers.rotation import ROTATE
from service.federation.wire.client import PeerClient
from service.federation.wire.envelope import Ack, write
from tests.service.federation.peers.conftest import Pair
from tests.service.federation.peers.meeting import Desk, become_partners
from tests.service.federation.towns import Town

OUTBOX = "/federation/v1/outbox"


async def asks(caller: Town, callee: Town) -> tuple[int, str]:
    """What a partner hears that asks for its stream: status and the kind of problem."""
    client = PeerClient(caller.keys, ["127.0.0.0/8"])
    try:
        reply = await client.post(callee.url, OUTBOX, write.encode(Ack()), None)
    finally:
        await client.close()
    said = msgspec.json.decode(reply.body) if reply.status >= 400 else {}
    return reply.status, said.get("type", "").removeprefix("about:")


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.1)


async def known(town: Town, origin: str) -> Peer:
    async with town.database.reading() as connection:
        found = await peers.by_origin(connection, origin)
    assert found is not None
    return found


async def test_before_both_have_compared_nothing_is_taken(desks: Pair) -> None:
    here, there = desks
    assert (await there.accepts((await here.invites())["text"])).status_code == 201
    assert await asks(there.town, here.town) == (403, "pending")
    await here.compares("bergheim")
    assert (await asks(there.town, here.town))[0] in (200, 204)
    assert await asks(here.town, there.town) == (403, "pending")


async def test_whom_we_have_revoked_is_refused_at_once_and_comes_back_only_by_an_invitation(desks: Pair) -> None:
    here, there = desks
    await become_partners(here, there)
    assert (await asks(there.town, here.town))[0] in (200, 204)
    unreasoned = await here.does("bergheim", "revoke", reason=" ")
    assert (unreasoned.status_code, unreasoned.json()["field"]) == (422, "reason")
    ended = await here.does("bergheim", "revoke", reason="Schlüssel verloren")
    assert (ended.json()["state"], ended.json()["state_reason"]) == ("REVOKED", "Schlüssel verloren")
    assert (await asks(there.town, here.town))[0] in (401, 403)
    for act, body in (("resume", {}), ("suspend", {"reason": "x"}), ("compare", {"words": ended.json()["words"]})):
        assert (await here.does("bergheim", act, **body)).status_code == 409
    assert (await there.does("altdorf", "revoke", reason="von dort beendet")).status_code == 200
    await become_partners(here, there)
    assert (await asks(there.town, here.town))[0] in (200, 204)
    assert (await here.audited())[-3:] == ["partner.invite", "partner.hello", "partner.compare"]
    assert "partner.revoke" in await here.audited()


async def test_who_is_suspended_is_refused_and_told_everything_afterwards(desks: Pair) -> None:
    here, there = desks
    await become_partners(here, there)
    assert (await here.does("bergheim", "suspend", reason="Übungsende abwarten")).json()["state"] == "SUSPENDED"
    assert await asks(there.town, here.town) == (403, "suspended")
    before = await here.partner("bergheim")
    room = before["room"]
    async with here.town.database.transaction("test") as tx:
        tx.put(_told(room))
    await asyncio.sleep(1)
    assert not await _has(there.town, "altdorf/sandbag_count/m-1")
    assert (await here.does("bergheim", "resume")).json()["state"] == "ACTIVE"
    await until(lambda: _has(there.town, "altdorf/sandbag_count/m-1"))
    assert [step for step in await here.audited() if step != "partner.invite"] == [
        "partner.hello", "partner.compare", "partner.suspend", "partner.resume"
    ]  # fmt: skip


async def test_a_new_key_is_known_to_partners_and_the_old_one_counts_for_a_day(desks: Pair) -> None:
    here, there = desks
    await become_partners(here, there)
    old = here.town.keys.current
    new = (await here.client.post("/api/partners/rotate-key")).json()
    assert new["kid"] != old.kid
    assert here.town.keys.current.kid == new["kid"], "found by who reads the file"

    async def pinned() -> bool:
        return bool((await known(there.town, "altdorf")).keys[0].kid == new["kid"])

    await until(pinned)
    before = (await known(there.town, "altdorf")).keys[1]
    assert before.kid == old.kid
    assert before.until is not None
    now = datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < before.until - now <= timedelta(hours=24)
    assert before.counts(now)
    assert not before.counts(now + timedelta(hours=24))
    assert (await here.partner("bergheim"))["words"] == (await there.partner("altdorf"))["words"]
    assert (await asks(here.town, there.town))[0] in (200, 204)
    assert "node.rotate" in await here.audited()
    assert "partner.rotated" in await there.audited()

    async def told() -> bool:
        return bool((await here.partners())["bergheim"]["knows_key"])

    await until(told)


async def test_who_was_away_for_two_rotations_knows_the_newest_key(desks: Pair) -> None:
    here, there = desks
    await become_partners(here, there)
    await there.does("altdorf", "suspend", reason="weg")
    kids = [(await here.client.post("/api/partners/rotate-key")).json()["kid"] for _ in range(2)]
    await asyncio.sleep(2.5)
    assert (await known(there.town, "altdorf")).keys[0].kid not in kids
    await there.does("altdorf", "resume")

    async def pinned() -> bool:
        return bool((await known(there.town, "altdorf")).keys[0].kid == kids[-1])

    await until(pinned, 30)
    assert len((await known(there.town, "altdorf")).keys) == 2


async def test_a_key_is_not_changed_by_who_does_not_hold_the_one_that_counts(desks: Pair, tmp_path: Path) -> None:
    """A thief with a key of his own, and with one of ours that was replaced."""
    here, there = desks
    await become_partners(here, there)
    await here.client.post("/api/partners/rotate-key")
    newest = here.town.keys.current.kid

    async def pinned() -> bool:
        return (await known(there.town, "altdorf")).keys[0].kid == newest

    await until(pinned)
    announced = rotation.announcement(_myself(here))
    former = here.town.keys.signing[1]
    thief = NodeKeys(tmp_path)
    says = msgspec.json.encode(replace(_myself(here), keys=thief).document())
    vouched = [jws.sign(former, says, "lagebild-rotation"), jws.sign(thief.current, says, "lagebild-rotation")]
    forged = msgspec.json.encode({"version": 1, "origin": "altdorf", "signed": vouched})
    for body, keys in ((forged, thief), (forged, there.town.keys), (announced, thief), (forged, former)):
        assert await _rotates(there.town, body, keys) == 401
    for body in (forged, announced):
        assert await _rotates(there.town, body, here.town.keys.current) == 200, "it is told which key counts"
    assert [key.kid for key in (await known(there.town, "altdorf")).keys] == [newest, former.kid]


async def _rotates(town: Town, body: bytes, keys: NodeKeys | SigningKey) -> int:
    client = PeerClient(keys, ["127.0.0.0/8"])  # type: ignore[arg-type]
    try:
        return (await client.post(town.url, ROTATE, body, None)).status
    finally:
        await client.close()


async def test_what_we_say_of_a_partner_is_ours(desks: Pair) -> None:
    here, there = desks
    await become_partners(here, there)
    path = f"/api/partners/{(await here.partner('bergheim'))['id']}"
    said = {"name": "Kreis Bergheim", "level": "DISTRICT", "ars": "05362", "note": "Probealarme ohne Rückfrage"}
    edited = (await here.client.patch(path, json=said)).json()
    assert {key: edited[key] for key in said} == said
    assert (await here.client.patch(path, json={"url": None, "note": None})).json()["url"] is None
    assert (await here.client.patch(path, json={})).json()["note"] is None
    for wrong, field in (({"level": "PLANET"}, "level"), ({"ars": "x"}, "ars"), ({"url": "file:///etc"}, "url"),
                         ({"relay": "p-none"}, "relay"), ({"state": "ACTIVE"}, "state")):  # fmt: skip
        refused = await here.client.patch(path, json=wrong)
        assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text


async def test_only_who_rules_over_rooms_keeps_partners(desks: Pair) -> None:
    here, there = desks
    await become_partners(here, there)
    id = (await here.partner("bergheim"))["id"]
    seat = await here.town.node.sign_in("Sichtung", admin=False)
    try:
        assert (await seat.get("/api/partners")).json()["own"]["allowed"] is False
        assert (await seat.get(f"/api/partners/{id}")).status_code == 200
        for path, body in (
            ("invitations", {"name": "x"}), ("accept", {"invitation": 30 * "x"}), ("rotate-key", None),
            (f"{id}/revoke", {"reason": "x"}), (f"{id}/suspend", {"reason": "x"}), (f"{id}/resume", None),
        ):  # fmt: skip
            assert (await seat.post(f"/api/partners/{path}", json=body)).status_code == 403, path
        assert (await seat.patch(f"/api/partners/{id}", json={"name": "x"})).status_code == 403
        assert (await seat.get("/api/partners/invitations")).status_code == 403
    finally:
        await seat.aclose()
    async with httpx.AsyncClient(base_url=here.town.url) as nobody:
        assert (await nobody.get("/api/partners")).status_code == 401
        assert (await nobody.get("/.well-known/lagebild")).status_code == 200


def _myself(desk: Desk) -> Myself:
    return Myself(desk.town.keys, desk.town.origin, "Altdorf", FleetLevel.MUNICIPALITY, "ACTUAL", desk.town.url)


def _told(room: str) -> Fact:
    now = datetime.now(UTC)
    return Fact(Ref("altdorf", "sandbag_count", "m-1"), room, Provenance("hand", now, now), {"bags": 400})


async def _has(town: Town, ref: str) -> bool:
    async with town.database.reading() as connection:
        found = await connection.execute(text("SELECT 1 FROM fact WHERE ref = :ref"), {"ref": ref})
        return found.scalar() is not None
