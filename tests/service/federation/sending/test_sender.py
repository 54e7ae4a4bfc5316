"""The loop that brings partners what is new: over real HTTP, to partners that are well, slow, wrong or gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.responses import Response

from geodata.model.clock import WallClock
from geodata.model.resource import FleetLevel
from geodata.store.database import Database
from service.federation.identity.keys import NodeKeys
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState, PinnedKey
from service.federation.peers.reaching import Reaching
from service.federation.sending import store
from service.federation.sending.readings import Readings
from service.federation.sending.sender import Sender
from service.federation.sending.stream import Streams
from service.federation.wire import envelope as wire
from service.federation.wire.client import PeerClient
from service.federation.wire.envelope import Ack, Envelope
from tests.service.federation.sending.partner import Partner, partner
from tests.service.federation.sending.told import OWN, Ground, thing

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
GREET = timedelta(seconds=0.5)
_OUT = text("SELECT failures, last_error, next_try, items FROM peer_outgoing WHERE peer = :peer")


@dataclass
class Node:
    database: Database
    keys: NodeKeys
    ids: dict[str, str] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)

    async def meets(self, name: str, there: Partner, *, mode: str = "ACTUAL") -> None:
        key = there.keys.current
        async with self.database.transaction("test") as tx:
            id = self.ids[name] = await peers.add(
                tx, origin=name, name=name, level=FleetLevel.MUNICIPALITY, mode=mode,
                keys=[PinnedKey(key.kid, key.x, LONG_AGO)], seal_key="", url=there.url, ars=None, document={},
                state=PeerState.ACTIVE,
            )  # fmt: skip
            await tx.connection.execute(
                text("""INSERT INTO share (id, peer, room, name, state, policy, created_by)
                        VALUES (:id, :peer, 'lage', 'Lage', 'ACTIVE', '{"kinds": ["feature"]}', 'test')"""),
                {"id": f"f-{id}", "peer": id},
            )

    @asynccontextmanager
    async def sending(self, *, deadline: float = 5.0) -> AsyncIterator[Sender]:
        async def take(peer: Peer, envelope: Envelope) -> bool:
            self.taken.append(envelope)
            async with self.database.transaction("test") as tx:
                await tx.connection.execute(
                    text("UPDATE peer_incoming SET epoch = :e, number = :n, token = :t WHERE peer = :p"),
                    {"e": envelope.epoch, "n": envelope.number, "t": envelope.upto, "p": peer.id},
                )
            return True

        client = PeerClient(self.keys, ["127.0.0.0/8"], deadline=deadline)
        clock = WallClock()
        streams = Streams(self.database, clock, origin=OWN, mode="ACTUAL", compare=timedelta(minutes=15))
        sender = Sender(self.database, streams, Reaching(client), clock, greet=GREET, take=take)
        running = asyncio.create_task(sender.run())
        yield sender
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()

    async def put(self, *ids: str, title: str = "Pumpe") -> None:
        async with self.database.transaction("test") as tx:
            for id in ids:
                tx.put(thing(id, title))

    async def out(self, name: str):  # type: ignore[no-untyped-def]
        async with self.database.reading() as connection:
            return (await connection.execute(_OUT, {"peer": self.ids[name]})).one()

    def has(self, there: Partner, name: str, *ids: str) -> Callable[[], bool]:
        wanted = {f"{OWN}/feature/{id}" for id in ids}
        return lambda: set(there.receiver.held(f"f-{self.ids[name]}")) == wanted


async def until(holds: Callable[[], bool], *, within: float = 8.0) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
async def node(database: Database, tmp_path: Path) -> Node:
    await Ground.made(database, "lage", "lager")
    async with database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE peer SET state = 'SUSPENDED'"))
    return Node(database, NodeKeys(tmp_path / "own"))


async def test_slow_and_dead_partners_delay_nobody_and_catch_up(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as well, partner(tmp_path / "b") as hangs, partner(tmp_path / "c") as wrong:

        async def hang(envelope: Envelope) -> None:
            await asyncio.sleep(30)

        async def fail(envelope: Envelope) -> Response:
            return Response('{"detail": "Eigener Fehler"}', 500, media_type="application/json")

        hangs.does, wrong.does = hang, fail
        gone = Partner(NodeKeys(tmp_path / "d"), url="http://127.0.0.1:9")
        for name, there in (("well", well), ("hangs", hangs), ("wrong", wrong), ("gone", gone)):
            await node.meets(name, there)
        async with node.sending(deadline=1.5) as sender:
            await node.put("a")
            await until(node.has(well, "well", "a"))
            for number in range(5):
                began = time.monotonic()
                await node.put("a", f"b{number}", title=f"{number}")
                await until(node.has(well, "well", "a", *(f"b{n}" for n in range(number + 1))))
                assert time.monotonic() - began < 1.5
            await asyncio.sleep(2.0)
            refused = await node.out("wrong")
            assert refused.failures >= 2 and "Eigener Fehler" in refused.last_error
            assert refused.next_try > datetime.now(UTC) - timedelta(seconds=1)
            assert len(wrong.came) <= 5, "each try waits longer than the one before"
            assert (await node.out("gone")).failures >= 2 and (await node.out("hangs")).failures >= 1
            assert (await node.out("well")).failures == 0
            hangs.does = wrong.does = None
            sender.heard(node.ids["wrong"])
            took = await until(node.has(wrong, "wrong", "a", *(f"b{n}" for n in range(5))))
            assert took < 1.5, "being heard of ends the pause"
            await until(node.has(hangs, "hangs", "a", *(f"b{n}" for n in range(5))))
            assert wrong.receiver.held(f"f-{node.ids['wrong']}")[f"{OWN}/feature/a"].body["title"] == "4"
            metrics = {one.name: one for one in Readings(sender).collect()}
            assert {s.labels["partner"] for s in metrics["lagebild_federation_waiting"].samples} >= {"well", "gone"}


async def test_lost_answers_and_kills_in_the_middle_lose_nothing_and_keep_the_order(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as there:
        lost = 0

        async def lose(envelope: Envelope) -> Response | None:
            nonlocal lost
            lost += 1
            if lost % 3:
                return None
            if there.receiver.take(envelope):
                there.applied.append((envelope.epoch, envelope.number))
            return Response(status_code=503)

        there.does = lose
        await node.meets("there", there)
        ids = [f"{n}" for n in range(900)]
        await node.put(*ids)
        for n in range(3):
            async with node.sending():
                await asyncio.sleep(0.25)
            await node.put("0", f"more{n}", title=f"{n}")
        async with node.sending():
            await until(node.has(there, "there", *ids, "more0", "more1", "more2"), within=20)
        assert there.receiver.held(f"f-{node.ids['there']}")[f"{OWN}/feature/0"].body["title"] == "2"
        assert there.applied == sorted(set(there.applied)), "each once and in order"
        assert {epoch for epoch, _ in there.applied} == {there.receiver.epoch}
        assert len(there.came) > len(there.applied)


async def test_it_greets_and_asks_a_silent_partner_for_what_it_has(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as there:
        await node.meets("there", there)
        theirs = [Envelope(1, "there", OWN, "ACTUAL", 7, number, f"t{number - 1}", f"t{number}", datetime.now(UTC),
                           [b'{"type": "walked", "share": "x", "walk": "y"}'])  # type: ignore[list-item]
                  for number in (1, 2)]  # fmt: skip
        there.offers = theirs
        async with node.sending() as sender:
            await until(lambda: len(node.taken) == 2)
            assert [one.number for one in node.taken] == [1, 2]
            greetings = len([one for one in there.came if not one.items])
            await until(lambda: len([one for one in there.came if not one.items]) > greetings + 1)
            said = there.came[-1]
            assert said.number == there.receiver.number and said.behind == 0 and said.ack == Ack(7, 2, "t2")
            sender.heard(node.ids["there"])
            await asyncio.sleep(0.3)  # a question that was under way has come
            asked, came, slowest = there.asked, len(there.came), 0.0
            for _ in range(20):
                began = time.monotonic()
                sender.heard(node.ids["there"])
                await asyncio.sleep(0.05)
                slowest = max(slowest, time.monotonic() - began)
            assert there.asked == asked or slowest > 0.3, "one that is heard of is not asked"
            assert len(there.came) - came <= 3, "a greeting answers no greeting"
            await until(lambda: there.asked > asked)


async def test_an_agreement_that_begins_or_ends_wakes_at_once(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as there:
        await node.put("a")
        await node.meets("there", there)
        async with node.sending():
            await until(node.has(there, "there", "a"))
            async with node.database.transaction("test") as tx:
                await tx.connection.execute(text("UPDATE share SET state = 'ENDED'"))
            assert await until(lambda: f"f-{node.ids['there']}" not in there.receiver.copies) < 3
            async with node.database.transaction("test") as tx:
                await tx.connection.execute(text("UPDATE peer SET state = 'SUSPENDED'"))
            await asyncio.sleep(1.2)
            came = len(there.came)
            await node.put("b")
            await asyncio.sleep(1.2)
            assert len(there.came) == came, "a suspended partner hears nothing"


async def test_what_was_made_ahead_is_not_sent_once_its_share_has_ended(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as there:
        await node.put(*(f"t{number}" for number in range(250)))
        async with node.sending() as sender:
            began = asyncio.Event()

            async def ends(envelope: Envelope) -> None:
                if envelope.items and not began.is_set():
                    began.set()
                    await asyncio.sleep(0.3)  # the one after it is made by now
                    async with node.database.transaction("test") as tx:
                        await tx.connection.execute(text("UPDATE share SET state = 'ENDED'"))
                    sender.wake(node.ids["there"])

            there.does = ends
            await node.meets("there", there)
            await until(lambda: len(there.applied) >= 2)
            await until(lambda: f"f-{node.ids['there']}" not in there.receiver.copies)
        first, *later = [[wire.read_item.decode(raw) for raw in came.items] for came in there.came if came.items]
        assert any(isinstance(item, wire.Put) for item in first)
        assert not any(isinstance(item, wire.Put) for items in later for item in items)


async def test_a_node_of_another_mode_hears_nothing(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as there:
        await node.meets("there", there, mode="EXERCISE")
        async with node.sending():
            await node.put("a")
            await asyncio.sleep(1.5)
        assert not there.came and not there.asked


async def test_one_that_is_always_somewhere_else_is_tried_ever_more_rarely(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as there:
        count = 0

        async def astray(envelope: Envelope) -> Response:
            nonlocal count
            count += 1
            return Response(
                f'{{"epoch": 9, "number": {count}, "token": "x{count}"}}', 409, media_type="application/json"
            )

        there.does = astray
        await node.meets("there", there)
        async with node.sending():
            async with asyncio.timeout(30):
                while count < 3:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(3.0)
        assert count <= 12
        assert "somewhere else" in (await node.out("there")).last_error


async def test_an_acknowledgement_that_comes_late_leads_nobody_back(node: Node, tmp_path: Path) -> None:
    async with partner(tmp_path / "a") as there:
        await node.meets("there", there)
        sender = Sender(node.database, None, None, WallClock(), greet=GREET)  # type: ignore[arg-type]
        id = node.ids["there"]

        async def at() -> tuple[int, int]:
            async with node.database.reading() as connection:
                standing = await store.standing(connection, id)
                assert standing is not None
                return standing.out.epoch, standing.out.number

        await sender.acknowledged(id, Ack(5, 3, "c"))
        await sender.acknowledged(id, Ack(5, 2, "b"))
        await sender.acknowledged(id, Ack(4, 9, "z"))
        assert await at() == (5, 3)
        async with node.database.transaction("test") as tx:
            await tx.connection.execute(text("UPDATE peer SET url = NULL"))
        await sender.acknowledged(id, Ack(5, 2, "b"))
        assert await at() == (5, 2), "by file nothing else would ever say so"
