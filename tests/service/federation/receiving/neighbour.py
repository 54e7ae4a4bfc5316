"""A neighbour whose envelopes are brought straight to the inbox of a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import text

from geodata.model.incident import IncidentMode
from geodata.model.resource import FleetLevel
from geodata.store.database import Database
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.receiving.inbox import Inbox, Receipt
from service.federation.wire import envelope as wire
from service.federation.wire.envelope import Ack, Envelope, Put, item_digest

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
Item = Mapping[str, Any]


@dataclass
class Neighbour:
    database: Database
    peer: Peer
    inbox: Inbox
    to: str
    epoch: int = 0
    number: int = 0
    token: str = ""
    heard: list[str] = field(default_factory=list)
    acknowledged: list[tuple[str, Ack]] = field(default_factory=list)
    rights_changed: int = 0

    @classmethod
    async def known(
        cls, database: Database, origin: str, *, to: str, mode: IncidentMode = IncidentMode.ACTUAL
    ) -> Neighbour:
        async with database.transaction("test") as tx:
            id = await peers.add(
                tx, origin=origin, name=origin.title(), level=FleetLevel.MUNICIPALITY, mode=mode.value, keys=[],
                seal_key="", url=None, ars=None, document={}, state=PeerState.ACTIVE,
            )  # fmt: skip
        async with database.reading() as connection:
            peer = await peers.one(connection, id)
        made = cls(database, peer, None, to)  # type: ignore[arg-type]

        async def changed() -> None:
            made.rights_changed += 1

        async def acknowledged(id: str, ack: Ack) -> None:
            made.acknowledged.append((id, ack))

        made.inbox = Inbox(
            database, origin=to, mode=mode, rights_changed=changed, heard=made.heard.append,
            acknowledged=acknowledged,
        )  # fmt: skip
        return made

    def next(self, *items: Item, after: str | None = None, **given: Any) -> Envelope:
        """The next envelope of its stream; `given` is what shall be otherwise."""
        self.number += 1
        last, self.token = self.token, f"t{self.number}"
        return self._envelope(items, number=self.number, after=after or last, upto=self.token, **given)

    def _envelope(self, items: tuple[Item, ...], **given: Any) -> Envelope:
        said = {
            "version": 1, "sender": self.peer.origin, "recipient": self.to, "mode": self.peer.mode, "epoch": self.epoch,
            "at": NOW, "items": [msgspec.Raw(msgspec.json.encode(item)) for item in items], **given,
        }  # fmt: skip
        return wire.read.decode(wire.write.encode(Envelope(**said)))

    def begin(self, *, epoch: int) -> None:
        self.epoch, self.number, self.token = epoch, 0, ""

    async def bring(self, envelope: Envelope, now: datetime = NOW) -> Receipt:
        return await self.inbox.receive(self.peer, envelope, now)

    async def say(self, *items: Item, now: datetime = NOW) -> Receipt:
        return await self.bring(self.next(*items), now)

    async def greet(self, **given: Any) -> Receipt:
        return await self.bring(self._envelope((), number=self.number, after=self.token, upto=self.token, **given))

    async def body(self, end: str) -> dict[str, Any]:
        async with self.database.reading() as connection:
            given = {"ref": f"{self.peer.origin}/{end}"}
            found: dict[str, Any] = (
                await connection.execute(text("SELECT body FROM fact WHERE ref = :ref"), given)
            ).scalar_one()
            return found


def opened(share: str, *, walk: str | None = None, exchange: bool = False, version: int = 1) -> dict[str, Any]:
    said = {"type": "share", "share": share, "version": version, "state": "OPEN", "title": f"Lage {share}"}
    return {**said, **({"walk": walk} if walk else {}), **({"exchange": True} if exchange else {})}


def withdrawn(share: str) -> dict[str, Any]:
    return {"type": "share", "share": share, "version": 1, "state": "WITHDRAWN", "title": f"Lage {share}"}


def walked(share: str, walk: str) -> dict[str, Any]:
    return {"type": "walked", "share": share, "walk": walk}


def put(
    share: str,
    thing: str | tuple[str, dict[str, Any]],
    body: dict[str, Any] | None = None,
    *,
    seq: int = 1,
    as_of: str = "2026-07-01T12:00:00Z",
    **given: Any,
) -> dict[str, Any]:
    ref, said = (thing, body or {}) if isinstance(thing, str) else thing
    provenance = {"source": "people", "as_of": as_of, "received_at": "2026-07-01T12:00:00Z", "confidence": "CONFIRMED"}
    return {"type": "put", "share": share, "ref": ref, "seq": seq, "body": said, "provenance": provenance, **given}


def drop(share: str, ref: str, *, seq: int = 1) -> dict[str, Any]:
    return {"type": "drop", "share": share, "ref": ref, "seq": seq}


def site(
    id: str, *, name: str = "Am Mühlbach 3", geometry: dict[str, Any] | None = None, origin: str = "altdorf"
) -> tuple[str, dict[str, Any]]:
    place = geometry or {"type": "Point", "coordinates": [7.12, 51.3]}
    return f"{origin}/site/{id}", {
        "incident": "i1", "number": 4, "title": "Keller", "priority": "P3", "state": "REPORTED", "address": name,
        "geometry": place, "version": 1,
    }  # fmt: skip


def digest_of(share: str, puts: list[dict[str, Any]]) -> dict[str, Any]:
    total = 0
    for each in puts:
        total ^= int.from_bytes(item_digest(msgspec.convert(each, Put)), "big")
    return {"type": "digest", "share": share, "count": len(puts), "digest": f"{total:064x}"}
