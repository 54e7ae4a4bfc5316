"""A stream without a line: what would be sent is handed to a receiver that is a dict, and compared with the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.model.resource import FleetLevel
from geodata.store.database import Database
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.sending.stream import Streams
from service.federation.sharing import release as releasing
from service.federation.sharing import store as sharing
from service.federation.sharing.release import release
from service.federation.sharing.store import effective, facts
from service.federation.wire import envelope as wire
from service.federation.wire.envelope import Ack, Digest, Drop, Envelope, Item, Put, Share, Walked, item_digest

OWN = "altdorf"
AREA = {"type": "Polygon", "coordinates": [[[7.0, 51.0], [8.0, 51.0], [8.0, 52.0], [7.0, 52.0], [7.0, 51.0]]]}
_ROOM = text("INSERT INTO room (id, name) VALUES (:room, :room)")
_SHARE = text("""
    INSERT INTO share (id, peer, room, name, state, policy, created_by)
    VALUES (:id, :peer, :room, :id, 'ACTIVE', cast(:policy AS jsonb), 'test')
""")


class Moving:
    """A clock that a test moves."""

    speed = 1.0

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class Receiver:
    """What the protocol asks of whoever receives, in a few lines."""

    epoch: int = 0
    number: int = 0
    token: str = ""
    copies: dict[str, dict[str, tuple[int, int, str | None, Put]]] = field(default_factory=dict)
    walks: dict[str, str | None] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    repair: set[str] = field(default_factory=set)
    seen: list[Item] = field(default_factory=list)
    agreed: dict[str, bool] = field(default_factory=dict)

    @property
    def ack(self) -> Ack:
        return Ack(self.epoch, self.number, self.token, tuple(sorted(self.repair)))

    def take(self, envelope: Envelope) -> bool:
        new = envelope.epoch > self.epoch and envelope.number == 1 and envelope.after == ""
        follows = (envelope.epoch, envelope.number, envelope.after) == (self.epoch, self.number + 1, self.token)
        if not new and not follows:
            greeting = not envelope.items and (envelope.epoch, envelope.number) == (self.epoch, self.number)
            if greeting and envelope.behind == 0:
                for share in [share for share in self.copies if self.epochs[share] < self.epoch]:
                    del self.copies[share]
            return False
        self.epoch, self.number, self.token = envelope.epoch, envelope.number, envelope.upto
        for raw in envelope.items:
            self._apply(wire.read_item.decode(raw))
        return True

    def _apply(self, item: Item) -> None:
        self.seen.append(item)
        if isinstance(item, Digest):
            held = self.held(item.share)
            folded = 0
            for put in held.values():
                folded ^= int.from_bytes(item_digest(put))
            self.agreed[item.share] = (len(held), f"{folded:064x}") == (item.count, item.digest)
            if not self.agreed[item.share]:
                self.repair.add(item.share)
            return
        own = self.copies.setdefault(item.share, {})
        if isinstance(item, Put):
            before = own.get(item.ref)
            told_anew = item.walk is not None and item.walk == self.walks[item.share]
            if before is None or (self.epoch, item.seq) > before[:2] or told_anew:
                own[item.ref] = (self.epoch, item.seq, self.walks.get(item.share), item)
        elif isinstance(item, Drop):
            if item.ref in own and (self.epoch, item.seq) >= own[item.ref][:2]:
                del own[item.ref]
        elif isinstance(item, Walked):
            assert self.walks[item.share] == item.walk
            self.copies[item.share] = {ref: copy for ref, copy in own.items() if copy[2] == item.walk}
            self.walks[item.share] = None
        elif isinstance(item, Share) and item.state == "OPEN":
            self.walks[item.share], self.epochs[item.share] = item.walk, self.epoch
            self.repair.discard(item.share)
        else:
            self.copies.pop(item.share)
            self.repair.discard(item.share)

    def held(self, share: str) -> dict[str, Put]:
        return {ref: copy[3] for ref, copy in self.copies.get(share, {}).items()}

    def said(self) -> dict[tuple[str, str], Any]:
        """By share and ref what stands in the body."""
        return {(share, ref): put.body for share in self.copies for ref, put in self.held(share).items()}


@dataclass
class Ground:
    database: Database
    clock: Moving
    streams: Streams
    peer: Peer

    @classmethod
    async def made(cls, database: Database, *rooms: str) -> Ground:
        clock = Moving()
        # Remembered by id and version, which are the same in every test.
        sharing._policies.clear()
        releasing._areas.clear()
        async with database.transaction("test") as tx:
            for room in rooms:
                await tx.connection.execute(_ROOM, {"room": room})
            id = await peers.add(
                tx, origin="bergheim", name="Bergheim", level=FleetLevel.MUNICIPALITY, mode="ACTUAL", keys=[],
                seal_key="", url="http://127.0.0.1:1", ars=None, document={}, state=PeerState.ACTIVE,
            )  # fmt: skip
        async with database.reading() as connection:
            peer = await peers.one(connection, id)
        streams = Streams(database, clock, origin=OWN, mode="ACTUAL", compare=timedelta(minutes=15))
        return cls(database, clock, streams, peer)

    async def share(self, id: str, room: str, **policy: Any) -> None:
        given = {"id": id, "peer": self.peer.id, "room": room,
                 "policy": orjson.dumps({"kinds": ["feature"], **policy}).decode()}  # fmt: skip
        await self.run(_SHARE, **given)

    async def edit(self, id: str, **policy: Any) -> None:
        given = {"id": id, "policy": orjson.dumps({"kinds": ["feature"], **policy}).decode()}
        await self.run(
            text("UPDATE share SET policy = cast(:policy AS jsonb), version = version + 1 WHERE id = :id"), **given
        )

    async def end(self, id: str) -> None:
        await self.run(text("UPDATE share SET state = 'ENDED' WHERE id = :id"), id=id)

    async def run(self, statement: Any, **given: Any) -> None:
        async with self.database.transaction("test") as tx:
            await tx.connection.execute(statement, given)

    async def put(self, *facts: Fact) -> None:
        async with self.database.transaction("test") as tx:
            for fact in facts:
                tx.put(fact)

    async def drop(self, *ids: str) -> None:
        async with self.database.transaction("test") as tx:
            for id in ids:
                tx.drop(Ref(OWN, "feature", id))

    async def next(self, receiver: Receiver, **given: Any) -> Envelope | None:
        return await self.streams.next_envelope(self.peer, receiver.ack, greeting=False, **given)

    async def tell(self, receiver: Receiver, **given: Any) -> list[Envelope]:
        """Until nothing is left to say; the envelopes."""
        told: list[Envelope] = []
        while (envelope := await self.next(receiver, **given)) is not None:
            assert len(envelope.items) <= 100 and len(wire.write.encode(envelope)) <= 1_000_000
            assert receiver.take(envelope) and len(told) < 1_000
            told.append(envelope)
        greeting = await self.streams.next_envelope(self.peer, receiver.ack)
        assert greeting is not None and not greeting.items and not receiver.take(greeting)
        return told

    async def truth(self) -> dict[tuple[str, str], Any]:
        """What every share in force lets out of the facts as they are now."""
        found: dict[tuple[str, str], Any] = {}
        async with self.database.reading() as connection:
            for share in await effective(connection, self.peer.id, origin=OWN):
                after: str | None = ""
                while after is not None:
                    page = await facts(connection, share, after, 500)
                    after = page.last
                    for kept in page.things:
                        out = release(share, kept.ref, kept.room, kept.provenance, kept.body, kept.extent)
                        if out is not None:
                            found[share.id, out.ref] = out.body
        return found


def thing(id: str, title: str = "Pumpe", *, room: str = "lage", at: tuple[float, float] = (7.5, 51.5)) -> Fact:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    place = Geometry("Point", list(at))
    body = {"key": id, "layer": "probe", "title": title, "geometry": place.as_geojson()}
    return Fact(Ref(OWN, "feature", id), room, Provenance("test", now, now), body, place)
