"""What the played partner tells: envelopes in their order, items, and digests by which it sees what is held there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import Any

import msgspec

from service.federation.conformance.partner import INBOX, Answer, Failed, Partner
from service.federation.wire.envelope import Ack, Put, item_digest

Said = dict[str, Any]


class Stream:
    """`ack` is what the server has, as it last said. `open` are the shares that count there."""

    def __init__(self, partner: Partner) -> None:
        self.partner, self.ack = partner, Ack()
        self.open: list[str] = []
        self._shares, self._seq = count(1), count(1)

    def envelope(self, *items: Said, **other: Any) -> Said:
        """The next one; `other` is what shall be otherwise."""
        there, ack = self.partner.there, self.ack
        return {
            "version": 1, "sender": self.partner.origin, "recipient": there.origin, "mode": there.mode,
            "epoch": ack.epoch, "number": ack.number + 1, "after": ack.token,
            "upto": f"{ack.epoch}.{ack.number + 1}", "at": datetime.now(UTC).isoformat(), "items": list(items), **other,
        }  # fmt: skip

    def greeting(self, **other: Any) -> Said:
        ack = self.ack
        return self.envelope(number=ack.number, after=ack.token, upto=ack.token, **other)

    async def bring(self, said: Said) -> Answer:
        return await self.partner.post(INBOX, json.dumps(said).encode())

    async def settle(self) -> Ack:
        """What the server has now; we go on from there. Raises Failed."""
        answer = (await self.bring(self.greeting())).demand(200, 409)
        self.ack = answer.ack(answer.status)
        return self.ack

    async def say(self, *items: Said, **other: Any) -> Ack:
        """The next envelope, which must be applied and acknowledged. Raises Failed."""
        said = self.envelope(*items, **other)
        ack = (await self.bring(said)).ack()
        expected = (said["epoch"], said["number"], said["upto"])
        if (ack.epoch, ack.number, ack.token) != expected:
            raise Failed(f"an Ack of what was sent {expected}", (ack.epoch, ack.number, ack.token))
        self.ack = ack
        return ack

    async def unmoved(self, answer: Answer, status: int) -> None:
        """It was answered with this status and what the server has had before. Raises Failed."""
        ack, had = answer.ack(status), self.ack
        if (ack.epoch, ack.number, ack.token) != (had.epoch, had.number, had.token):
            raise Failed(f"the Ack of before {_short(had)}", _short(ack))
        await self.still()

    async def still(self) -> None:
        """The server has what it has had before. Raises Failed."""
        had = self.ack
        ack = await self.settle()
        if (ack.epoch, ack.number, ack.token) != (had.epoch, had.number, had.token):
            raise Failed(f"nothing applied, as before {_short(had)}", f"{_short(ack)} from then on")

    def new_share(self) -> str:
        name = f"c{next(self._shares)}"
        self.open.append(name)
        return name

    async def told(self, *bodies: Said) -> tuple[str, list[Said]]:
        """A new share and the features in it, told whole."""
        share = self.new_share()
        puts = [self.put(share, f"{share}-{number}", body) for number, body in enumerate(bodies or ({},))]
        await self.say(*self.walk(share, puts))
        return share, puts

    def walk(self, share: str, puts: list[Said], name: str = "w1") -> list[Said]:
        return [opened(share, name), *({**put, "walk": name} for put in puts), walked(share, name)]

    def put(self, share: str, id: str, body: Said | None = None, *, ref: str = "", **other: Any) -> Said:
        """A feature of ours; or whatever `ref` names, with this body alone."""
        now = datetime.now(UTC).isoformat()
        feature = {"key": id, "layer": "conformance", "title": f"Conformance {id}", **(body or {})}
        return {
            "type": "put", "share": share, "ref": ref or f"{self.partner.origin}/feature/{id}", "seq": next(self._seq),
            "body": (body or {}) if ref else feature,
            "provenance": {"source": "people", "as_of": now, "received_at": now, "confidence": "REPORTED"}, **other,
        }  # fmt: skip

    def drop(self, put: Said) -> Said:
        return {"type": "drop", "share": put["share"], "ref": put["ref"], "seq": next(self._seq)}

    async def holds(self, share: str, puts: list[Said]) -> None:
        """Its digest agrees: just these things are held there. Raises Failed."""
        ack = await self.say(digest(share, puts))
        if share in ack.repair:
            things = ", ".join(put["ref"] for put in puts) or "nothing"
            raise Failed(f"that the digest of {things} agrees", f"repair: {', '.join(ack.repair)}")

    async def withdraw(self, *shares: str) -> Ack:
        ack = await self.say(*(withdrawn(share) for share in shares))
        self.open = [share for share in self.open if share not in shares]
        return ack


def opened(share: str, walk: str) -> Said:
    return {"type": "share", "share": share, "version": 1, "state": "OPEN", "title": f"Conformance {share}",
            "walk": walk}  # fmt: skip


def withdrawn(share: str) -> Said:
    return {"type": "share", "share": share, "version": 1, "state": "WITHDRAWN", "title": f"Conformance {share}"}


def walked(share: str, walk: str) -> Said:
    return {"type": "walked", "share": share, "walk": walk}


def digest(share: str, puts: list[Said]) -> Said:
    total = 0
    for put in puts:
        total ^= int.from_bytes(item_digest(msgspec.convert(put, Put)), "big")
    return {"type": "digest", "share": share, "count": len(puts), "digest": f"{total:064x}"}


def _short(ack: Ack) -> str:
    return f"epoch {ack.epoch} number {ack.number} token {ack.token!r}"
