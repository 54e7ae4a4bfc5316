"""From an invitation to two active partners, over HTTP between two nodes that did not know each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import msgspec
import pytest
from sqlalchemy import text

from geodata.model.resource import FleetLevel
from geodata.store.cluster import Cluster
from geodata.store.database import Transaction
from service.federation.identity import document as documents
from service.federation.identity.document import Myself
from service.federation.identity.keys import NodeKeys, text_of
from service.federation.identity.words import fingerprint
from service.federation.peers.handshake import HELLO
from service.federation.peers.invitation import Invitation
from service.federation.wire.client import PeerClient, Reply
from tests.service.federation.peers.conftest import Pair
from tests.service.federation.peers.meeting import Desk, become_partners
from tests.service.federation.towns import Town, towns


@asynccontextmanager
async def _keys() -> AsyncIterator[NodeKeys]:
    with TemporaryDirectory(prefix="lagebild-keys-") as folder:
        yield NodeKeys(Path(folder))


def _stranger(keys: NodeKeys, origin: str = "fremd", mode: str = "ACTUAL") -> Myself:
    return Myself(keys, origin, origin.title(), FleetLevel.MUNICIPALITY, mode, "http://127.0.0.1:9")


async def _hello(town: Town, me: Myself, secret: str, keys: NodeKeys | None = None) -> Reply:
    client = PeerClient(keys or me.keys, ["127.0.0.0/8"])
    try:
        body = msgspec.json.encode({"version": 1, "secret": secret, "document": me.document()})
        return await client.post(town.url, HELLO, body, None)
    finally:
        await client.close()


def _code(reply: Reply) -> tuple[int, str]:
    return reply.status, msgspec.json.decode(reply.body)["type"].removeprefix("about:")


async def test_two_strangers_become_partners_when_both_have_compared_the_same_words(desks: Pair) -> None:
    here, there = desks
    made = await here.invites("Bergheim")
    assert made["text"].startswith(here.town.url)
    accepted = await there.accepts(made["text"])
    assert accepted.status_code == 201, accepted.text
    seen_there, seen_here = accepted.json(), await here.partner("bergheim")
    assert (seen_there["origin"], seen_there["state"], seen_here["state"]) == ("altdorf", "PENDING", "PENDING")
    assert seen_there["words"] == seen_here["words"]
    assert len(set(seen_here["words"])) == 8
    assert seen_there["keys"][0]["kid"] == here.town.keys.current.kid
    assert seen_here["keys"][0]["kid"] == there.town.keys.current.kid

    assert (await here.compares("bergheim"))["state"] == "ACTIVE"
    one_sided = (await there.partners())["altdorf"]
    assert one_sided["state"] == "PENDING"
    done = await there.compares("altdorf")
    assert (done["state"], done["compared_by"]) == ("ACTIVE", done["state_by"])
    assert done["compared_at"] is not None
    assert await here.audited() == ["partner.invite", "partner.hello", "partner.compare"]
    assert await there.audited() == ["partner.accept", "partner.compare"]


async def test_words_that_were_not_those_on_the_screen_make_nobody_active(desks: Pair) -> None:
    here, there = desks
    assert (await there.accepts((await here.invites())["text"])).status_code == 201
    shown = (await here.partner("bergheim"))["words"]
    wrong = await here.does("bergheim", "compare", words=[*shown[1:], shown[0]])
    assert (wrong.status_code, wrong.json()["field"]) == (422, "words")
    assert (await here.partner("bergheim"))["state"] == "PENDING"


async def test_an_invitation_counts_once(desks: Pair, cluster: Cluster) -> None:
    here, there = desks
    text = (await here.invites())["text"]
    assert (await there.accepts(text)).status_code == 201
    async with towns(cluster, "celle", strangers=True) as (celle,):
        late = await Desk.at(celle)
        refused = await late.accepts(text)
        assert refused.status_code == 422
        assert "was used" in refused.json()["detail"]
        assert await late.partners() == {}
        await late.client.aclose()
    assert set(await here.partners()) == {"bergheim"}


async def test_whose_answer_was_lost_asks_again_and_is_answered_as_before(desks: Pair) -> None:
    here, there = desks
    text = (await here.invites())["text"]
    assert (await there.accepts(text)).status_code == 201
    async with there.town.database.transaction("test") as tx:
        await _forget(tx, "altdorf")
    again = await there.accepts(text)
    assert again.status_code == 201, again.text
    assert again.json()["words"] == (await here.partner("bergheim"))["words"]
    assert len(await here.partners()) == 1


async def test_an_invitation_ends(desks: Pair) -> None:
    here, there = desks
    text = (await here.invites())["text"]
    async with here.town.database.transaction("test") as tx:
        await _expire(tx)
    refused = await there.accepts(text)
    assert (refused.status_code, refused.json()["field"]) == (422, "invitation")
    assert "its time is over" in refused.json()["detail"]
    assert (await here.client.get("/api/partners/invitations")).json() == {"invitations": []}


async def test_an_invitation_that_was_taken_back_counts_no_more(desks: Pair) -> None:
    here, there = desks
    made = await here.invites()
    assert (await here.client.delete(f"/api/partners/invitations/{made['id']}")).json() == {"done": True}
    assert (await there.accepts(made["text"])).status_code == 422
    assert await here.partners() == {}


async def test_a_guessed_secret_opens_nothing(desks: Pair) -> None:
    here, there = desks
    made = Invitation.read((await here.invites())["text"])
    guessed = Invitation(made.url, made.origin, made.fingerprint, text_of(bytes(32)))
    refused = await there.accepts(guessed.text())
    assert refused.status_code == 422
    assert "no such invitation" in refused.json()["detail"]
    assert (await here.partners(), await there.partners()) == ({}, {})


async def test_other_keys_than_those_of_the_invitation_are_not_believed(desks: Pair) -> None:
    here, there = desks
    made = Invitation.read((await here.invites())["text"])
    own = here.town.keys
    other = Invitation(made.url, made.origin, fingerprint(own.seal_x, own.current.x), made.secret)
    refused = await there.accepts(other.text())
    assert refused.status_code == 422
    assert "somebody may stand in between" in refused.json()["detail"]
    assert (await here.partners(), await there.partners()) == ({}, {})


async def test_somebody_in_between_shows_other_words_on_the_two_screens(desks: Pair) -> None:
    """He has read the invitation and comes first with keys of his own: the secret is his, the words are not."""
    here, there = desks
    made = Invitation.read((await here.invites())["text"])
    async with _keys() as keys:
        reply = await _hello(here.town, _stranger(keys, "bergheim"), made.secret)
        assert reply.status == 200
    honest = await there.accepts(made.text())
    assert honest.status_code == 422
    assert "was used" in honest.json()["detail"]
    assert await there.partners() == {}
    read_out = Invitation.read((await there.invites())["text"])
    assert (await here.partner("bergheim"))["keys"][0]["kid"] != there.town.keys.current.kid
    assert read_out.fingerprint != fingerprint(keys.current.x, keys.seal_x)
    ended = await here.does("bergheim", "revoke", reason="Die Wörter stimmen nicht überein")
    assert ended.json()["state"] == "REVOKED"
    await become_partners(here, there)
    assert (await here.partner("bergheim"))["keys"][0]["kid"] == there.town.keys.current.kid


async def test_who_signs_with_another_key_than_his_document_names_is_refused(desks: Pair) -> None:
    here, _ = desks
    made = Invitation.read((await here.invites())["text"])
    async with _keys() as keys, _keys() as others:
        reply = await _hello(here.town, _stranger(keys), made.secret, others)
        assert _code(reply) == (401, "bad-signature")
        forged = _stranger(keys).document() | {"name": "Kreis"}
        client = PeerClient(keys, ["127.0.0.0/8"])
        body = msgspec.json.encode({"version": 1, "secret": made.secret, "document": forged})
        reply = await client.post(here.town.url, HELLO, body, None)
        await client.close()
        assert (reply.status, msgspec.json.decode(reply.body)["field"]) == (422, "document.signature")
    assert await here.partners() == {}


async def test_the_very_same_hello_is_not_heard_twice(desks: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    here, _ = desks
    made = Invitation.read((await here.invites())["text"])
    sent: list[httpx.Request] = []
    original = PeerClient._send

    async def kept(self: PeerClient, place: object, request: httpx.Request, patience: float | None) -> object:
        sent.append(request)
        return await original(self, place, request, patience)  # type: ignore[arg-type]

    monkeypatch.setattr(PeerClient, "_send", kept)
    async with _keys() as keys:
        assert (await _hello(here.town, _stranger(keys), made.secret)).status == 200
        request = sent[-1]
        async with httpx.AsyncClient() as raw:
            again = await raw.post(str(request.url), content=request.content, headers=request.headers)
        assert (again.status_code, again.json()["type"]) == (401, "about:replayed")


async def test_a_hello_that_is_too_long_or_too_deep_is_refused_by_name(desks: Pair) -> None:
    here, _ = desks
    made = Invitation.read((await here.invites())["text"])
    async with _keys() as keys:
        said = msgspec.json.encode({**_stranger(keys).document(), "more": 0})
        deep = said[:-1] + b',"deep":' + 900 * b"[" + 900 * b"]" + b"}"
        long = said[:-1] + b',"long":"' + documents.MOST_BYTES * b"x" + b'"}'
        huge = said[:-1] + b',"huge":"' + 30 * documents.MOST_BYTES * b"x" + b'"}'
        client = PeerClient(keys, ["127.0.0.0/8"])
        for document, status in ((deep, 422), (long, 422), (huge, 413)):
            body = b'{"version":1,"secret":"' + made.secret.encode() + b'","document":' + document + b"}"
            reply = await client.post(here.town.url, HELLO, body, None)
            assert reply.status == status, reply.body
        await client.close()
    assert await here.partners() == {}


async def test_exercise_and_reality_do_not_become_partners(desks: Pair) -> None:
    here, _ = desks
    made = Invitation.read((await here.invites())["text"])
    async with _keys() as keys:
        reply = await _hello(here.town, _stranger(keys, mode="EXERCISE"), made.secret)
    assert _code(reply) == (409, "mode")
    assert await here.partners() == {}


async def test_nobody_takes_the_place_of_a_partner(desks: Pair) -> None:
    here, there = desks
    await become_partners(here, there)
    made = Invitation.read((await here.invites())["text"])
    async with _keys() as keys:
        reply = await _hello(here.town, _stranger(keys, "bergheim"), made.secret)
        assert _code(reply) == (409, "known")
        reply = await _hello(here.town, _stranger(keys, "altdorf"), made.secret)
        assert _code(reply) == (409, "own-origin")
    assert (await here.partner("bergheim"))["keys"][0]["kid"] == there.town.keys.current.kid


async def test_an_invitation_leads_to_no_address_within_the_house(desks: Pair) -> None:
    here, _ = desks
    inside = Invitation("http://10.0.0.1:8080", "stadt", bytes(32), 43 * "A").text()
    refused = await here.accepts(inside)
    assert refused.status_code == 502
    assert "10.0.0.1" in refused.json()["detail"]


async def test_what_a_node_says_of_itself_is_signed(desks: Pair) -> None:
    here, _ = desks
    raw = (await here.client.get("/.well-known/lagebild")).content
    found, said = documents.read(raw)
    assert (found.origin, found.url, found.signing.kid) == ("altdorf", here.town.url, here.town.keys.current.kid)
    for field, other in (("name", "Kreis"), ("url", "http://elsewhere.example"), ("mode", "TEST"), ("more", 1.5)):
        with pytest.raises(documents.BadDocument):
            documents.checked({**said, field: other})
    with pytest.raises(documents.BadDocument):
        documents.read(raw + b" " * documents.MOST_BYTES)


async def _forget(tx: Transaction, origin: str) -> None:
    await tx.connection.execute(text("DELETE FROM peer WHERE origin = :origin"), {"origin": origin})


async def _expire(tx: Transaction) -> None:
    await tx.connection.execute(
        text("UPDATE peer_invitation SET expires_at = :at"), {"at": datetime.now(UTC) - timedelta(seconds=1)}
    )
