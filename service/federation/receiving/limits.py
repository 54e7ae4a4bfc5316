"""How much of a partner lies here at most: a hostile or broken one fills neither our desks nor our disk.

What is above goes aside, one line per share and limit however much it is, and comes later: when staff has dealt with
what waits, when the partner has taken something back, or at the next comparison. Nothing of other partners is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from geodata.model.alarm_request import REQUEST
from geodata.model.partner_message import MESSAGE
from geodata.model.situation_report import REPORT
from geodata.store.database import Connection
from service.federation.peers.peer import Peer
from service.federation.receiving import store
from service.federation.receiving.items import BadItem
from service.federation.receiving.store import EXCHANGE
from service.federation.wire.envelope import Put

FIELD = "limit."
"""So begins the `field` of what was set aside for being too much."""
GROWTH = 1.5
"""What is here already may still change while the room has at most so many times its bytes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one partner. `inquiries`, `messages` and `alarm_requests` are those that wait for us; `things` and `megabytes`
    are what lies in the room of what both do together; `copies` are of each other share."""

    inquiries: int = 200
    messages: int = 500
    alarm_requests: int = 50
    reports: int = 5_000
    things: int = 20_000
    megabytes: float = 50.0
    copies: int = 100_000

    def of(self, kind: str) -> int | None:
        asked = {"inquiry": self.inquiries, MESSAGE: self.messages, REQUEST: self.alarm_requests}
        return {**asked, REPORT: self.reports}.get(kind)


class Allowance:
    """What may still come, within the transaction of one envelope: counted once, then on with each thing."""

    def __init__(self, connection: Connection, peer: Peer, limits: Limits) -> None:
        self.connection, self.peer, self.limits = connection, peer, limits
        self._counts: dict[str, float] = {}

    async def demand(self, put: Put, kind: str, size: int, *, known: bool) -> None:
        """`size` of its body in bytes; `known`: it is here already. Raises BadItem."""
        if put.share != EXCHANGE:
            if not known:
                most = self.limits.copies
                held = await self._count("copies", put.share)
                self._take(put, "copies", held, 1, most, f"this share has more than {most} things")
            return
        most_bytes = self.limits.megabytes * 1e6 * (GROWTH if known else 1)
        held = await self._count("bytes", put.share)
        self._take(put, "bytes", held, size, most_bytes, f"more than {self.limits.megabytes:g} MB between both staffs")
        if known:
            return
        waiting = self.limits.of(kind)
        if waiting is not None:
            held = await self._count(kind, put.share)
            self._take(put, kind, held, 1, waiting, f"more than {waiting} of kind {kind} that wait here")
        most = self.limits.things
        held = await self._count("things", put.share)
        self._take(put, "things", held, 1, most, f"more than {most} things between both staffs")

    def _take(self, put: Put, what: str, held: float, more: float, most: float, reason: str) -> None:
        if held + more > most:
            raise BadItem(f"{FIELD}{what}", reason, put.share)
        self._counts[f"{what} {put.share}"] = held + more

    async def _count(self, what: str, share: str) -> float:
        key = f"{what} {share}"
        if key not in self._counts:
            self._counts[key] = await store.count(self.connection, self.peer, what, share)
        return self._counts[key]
