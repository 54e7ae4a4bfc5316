"""The conformance kit against our own node, whose human the test plays, and against nodes that are wrong on purpose."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from service.cli import main
from service.federation.conformance import meeting, run
from service.federation.conformance.trial import Invited
from service.federation.peers import store as peers
from service.federation.peers.invitation import Invitation
from service.federation.receiving import inbox, store
from service.federation.receiving.applying import Applying
from service.federation.receiving.inbox import Turn
from service.federation.sending import telling
from service.federation.wire import envelope as wire
from service.federation.wire import signing
from tests.service.federation.peers.meeting import Desk
from tests.service.federation.towns import towns

CHECKS = sum(map(len, (meeting.FIRST, meeting.THEN, *run.TABLES)))


class Human:
    """Sits at the server, compares once the kit has come, and has something to tell it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.words: list[str] = []

    async def compares(self) -> str:
        while not (found := await self.desk.partners()):
            await asyncio.sleep(0.1)
        (origin,) = found
        self.words = (await self.desk.partner(origin))["words"]
        await self.desk.compares(origin)
        await self._tells(origin)
        return origin

    async def _tells(self, origin: str) -> None:
        """More than goes into one envelope."""
        town, now = self.desk.town, datetime.now(UTC)
        async with town.database.transaction("test") as tx:
            peer = await peers.by_origin(tx.connection, origin)
            assert peer and peer.exchange_room
            for number in range(150):
                body = {"key": str(number), "layer": "test", "title": f"Sandsäcke {number}"}
                ref = Ref(town.origin, "feature", str(number))
                tx.put(Fact(ref, peer.exchange_room, Provenance("people", now, now, Confidence.CONFIRMED), body))


async def tried(desk: Desk, **given: Any) -> tuple[bool, list[str]]:
    made = Invitation.read((await desk.invites("Kit"))["text"])
    lines: list[str] = []
    async with asyncio.TaskGroup() as group:
        human = group.create_task(Human(desk).compares())
        invited = Invited(made.url, made.origin, made.fingerprint, made.secret)
        right = await run.conform(made.url, invited, lines.append, wait=30, every=0.1, **given)
        human.cancel()
    return right, lines


def failed(lines: list[str]) -> set[str]:
    return {line.removeprefix("FAIL").strip().partition(": expected")[0] for line in lines if line.startswith("FAIL")}


async def test_our_own_node_conforms(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    """As another vendor runs it, from a shell."""
    async with towns(cluster, "altdorf", strangers=True) as (town,):
        desk = await Desk.at(town)
        made = (await desk.invites("Kit"))["text"]
        human = Human(desk)
        call = ["federation", "conform", town.url, "--invitation", made, "--wait", "1"]
        waiting = asyncio.create_task(human.compares())
        with pytest.raises(SystemExit) as ended:
            await asyncio.to_thread(main, call)
        said = capsys.readouterr().out.splitlines()
        print("\n".join(said))
        assert ended.value.code == 0, "\n".join(said)
        origin = await waiting
        assert f"words {' '.join(human.words)}" in said
        assert sum(line.startswith("ok ") for line in said) >= CHECKS + 3
        assert failed(said) == set()
        async with town.database.reading() as connection:
            given = {"origins": f"{origin}/%"}
            assert not (await connection.execute(text("SELECT ref FROM fact WHERE ref LIKE :origins"), given)).all()
            states = (await connection.execute(text("SELECT DISTINCT state FROM received_share"))).scalars().all()
        assert states == ["WITHDRAWN"]
        await desk.client.aclose()


Patched = pytest.MonkeyPatch


def takes_anything(patch: Patched) -> None:
    """Replays, no matter what is missing, no look at digests."""
    turn = inbox.turn

    async def never_seen(*_: Any) -> bool:
        return False

    async def unread(*_: Any) -> None: ...

    patch.setattr(peers, "nonce_seen", never_seen)
    patch.setattr(inbox, "turn", lambda *at: Turn.REPLAY if turn(*at) is Turn.GAP else turn(*at))
    patch.setattr(Applying, "_digest", unread)


def loses_nothing(patch: Patched) -> None:
    """What is dropped or not told again stays; no clock is wrong, no envelope too large; its own digests are wrong."""

    async def none(*_: Any) -> list[str]:
        return []

    patch.setattr(Applying, "_drop", lambda *_: None)
    patch.setattr(store, "forget_untold", none)
    patch.setattr(signing, "_check_clock", lambda *_: None)
    patch.setattr(wire, "MOST_BYTES", 10**9)
    patch.setattr(telling, "item_digest", lambda _: bytes(32))


WRONG: dict[Callable[[Patched], None], set[str]] = {
    takes_anything: {
        "signature: the same request twice, 401",
        "stream: a number left out, 409 with the Ack",
        "stream: after another place, 409 with the Ack",
        "stream: a higher epoch that does not begin at number 1, 409",
        "stream: a higher epoch that goes on after something, 409",
        "content: a digest that differs is answered with repair, until told anew",
    },
    loses_nothing: {
        "clock: an hour slow, 401 with the skew, signed",
        "clock: an hour fast, 401 with the skew, signed",
        "content: a drop takes a thing away, also twice",
        "content: told anew, what is not told again is gone",
        "limits: an envelope of more than 1,000,000 bytes, 413 or 422",
        "outbox: envelopes follow each other; items, walks and digests are right",
    },
}


@pytest.mark.parametrize("fault", WRONG, ids=lambda fault: fault.__name__)
async def test_what_is_wrong_is_found_and_nothing_else(
    cluster: Cluster, monkeypatch: Patched, fault: Callable[[Patched], None]
) -> None:
    fault(monkeypatch)
    async with towns(cluster, "altdorf", strangers=True) as (town,):
        desk = await Desk.at(town)
        right, lines = await tried(desk)
        await desk.client.aclose()
    assert not right
    assert failed(lines) == WRONG[fault], "\n".join(lines)


async def test_an_invitation_that_does_not_count_ends_it(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", strangers=True) as (town,):
        desk = await Desk.at(town)
        made = Invitation.read((await desk.invites("Kit"))["text"])
        await desk.client.aclose()
        lines: list[str] = []
        invited = Invited(made.url, "bergheim", made.fingerprint, secrets.token_urlsafe(32))
        assert not await run.conform(made.url, invited, lines.append, wait=1)
    assert failed(lines) == {
        "document: origin, keys and address are those of the invitation",
        "hello: the invitation is taken and answered with the document",
    }
    assert any("403" in line for line in lines)
    assert not any("words" in line for line in lines)
