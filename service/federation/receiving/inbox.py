"""What partners tell us: an envelope is applied if it is the next one, in one transaction, and always acknowledged.

What is acknowledged is stored. Whoever sends the same again gets the same acknowledgement and changes nothing. One
partner's envelopes wait for each other at the row of its stream.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from geodata.model.clock import WallClock
from geodata.model.incident import IncidentMode
from geodata.model.ref import Ref
from geodata.store.database import Database, ValueRefused
from service.federation.logbook import Logbook
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.receiving import proven, store
from service.federation.receiving.applying import Applying
from service.federation.receiving.limits import Allowance, Limits
from service.federation.receiving.store import Place
from service.federation.wire.envelope import Ack, Drop, Envelope, Put

log = structlog.get_logger()


class Misdirected(Exception):
    """The envelope is not from this partner to us, or from another mode. `field` names what does not fit."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class Turn(StrEnum):
    NEXT = "NEXT"
    REPLAY = "REPLAY"
    GAP = "GAP"
    GREETING = "GREETING"


@dataclass(frozen=True, slots=True)
class Receipt:
    """`ack` is what we have now. `stored` facts were new, `aside` items were set aside."""

    ack: Ack
    applied: bool = False
    gap: bool = False
    stored: int = 0
    aside: int = 0


def turn(at: Place, envelope: Envelope) -> Turn:
    """What this envelope is where the stream stands now."""
    if envelope.epoch > at.epoch:
        return Turn.NEXT if envelope.number == 1 and envelope.after == "" else Turn.GAP
    if envelope.epoch < at.epoch:
        return Turn.REPLAY
    if envelope.number == at.number and not envelope.items:
        return Turn.GREETING
    if envelope.number <= at.number:
        return Turn.REPLAY
    return Turn.NEXT if envelope.number == at.number + 1 and envelope.after == at.token else Turn.GAP


class Inbox:
    """`heard` is called after each envelope of a partner: whatever waits for it is tried at once. `acknowledged` gets
    what a partner's envelope says of our own stream to it."""

    def __init__(
        self,
        database: Database,
        *,
        origin: str,
        mode: IncidentMode,
        rights_changed: Callable[[], Awaitable[None]],
        heard: Callable[[str], None] | None = None,
        acknowledged: Callable[[str, Ack], Awaitable[None]] | None = None,
        logbook: Logbook | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.logbook = logbook or Logbook(origin, WallClock())
        self.database, self.origin, self.mode = database, origin, mode
        self.rights_changed, self.heard, self.acknowledged = rights_changed, heard, acknowledged

    async def receive(self, peer: Peer, envelope: Envelope, now: datetime, *, direct: bool = True) -> Receipt:
        """`now` is the wall's time; not `direct`: by file or relay, so that its time says nothing of a clock.

        Raises Misdirected, StoreError."""
        self._check(peer, envelope)
        try:
            receipt, rights = await self._apply(peer, envelope, now, direct=direct)
        except ValueRefused:
            receipt, rights = await self._apply(peer, envelope, now, direct=direct, careful=True)
        if rights:
            await self.rights_changed()
        if envelope.ack is not None and self.acknowledged is not None:
            await self.acknowledged(peer.id, envelope.ack)
        if self.heard is not None:
            self.heard(peer.id)
        return receipt

    def _check(self, peer: Peer, envelope: Envelope) -> None:
        if envelope.sender != peer.origin:
            raise Misdirected("sender", f"it was signed by {peer.origin} and says that it is from {envelope.sender}")
        if envelope.recipient != self.origin:
            raise Misdirected("recipient", f"it is for {envelope.recipient}; this is {self.origin}")
        if envelope.mode != self.mode or peer.mode != self.mode:
            raise Misdirected("mode", f"this node is {self.mode}: nothing of another mode comes in")
        if "\x00" in envelope.upto:
            raise Misdirected("upto", "a text with NUL in it")
        if envelope.at.tzinfo is None:
            raise Misdirected("at", "its time has no zone")

    async def _apply(
        self, peer: Peer, envelope: Envelope, now: datetime, *, direct: bool, careful: bool = False
    ) -> tuple[Receipt, bool]:
        skew = (envelope.at - now).total_seconds() if direct else None
        async with self.database.transaction(f"partner:{peer.origin}") as tx:
            at = await store.place(tx.connection, peer.id)
            if at is None or at.state != PeerState.ACTIVE:
                raise Misdirected("sender", f"{peer.origin} is {at.state if at else 'no longer known'}")
            which = turn(at, envelope)
            if which in (Turn.REPLAY, Turn.GAP):
                return Receipt(_ack(at.epoch, at.number, at.token, at.repair), gap=which is Turn.GAP), False
            known = {p.origin: p for p in await peers.everyone(tx.connection)} if _passed_on(envelope) else {}

            def believe(item: Put | Drop, ref: Ref) -> None:
                proven.check(item, known.get(ref.origin), now)

            applying = Applying(
                tx, peer, own=self.origin, epoch=envelope.epoch, now=now,
                shares=await store.shares(tx.connection, peer.id), repair=at.repair, believe=believe, careful=careful,
                logbook=self.logbook, allowance=Allowance(tx.connection, peer, self.limits),
            )  # fmt: skip
            if which is Turn.GREETING:
                if envelope.behind == 0:
                    await self._end_untold(applying, envelope.epoch)
                repair = tuple(sorted(applying.repair))
                await store.heard(tx.connection, peer.id, now=now, behind=envelope.behind, skew=skew,
                                  repair=list(repair))  # fmt: skip
                return Receipt(_ack(at.epoch, at.number, at.token, repair)), applying.rights
            await applying.run([bytes(raw) for raw in envelope.items])
            repair = tuple(sorted(applying.repair))
            await store.advance(
                tx.connection, peer.id, epoch=envelope.epoch, number=envelope.number, token=envelope.upto,
                repair=list(repair), behind=envelope.behind, items=len(envelope.items), now=now, skew=skew,
                error=applying.error,
            )  # fmt: skip
        if applying.aside:
            log.warning("items of a partner set aside", partner=peer.origin, items=len(applying.aside))
        ack = _ack(envelope.epoch, envelope.number, envelope.upto, repair)
        return Receipt(ack, True, False, applying.stored, len(applying.aside)), applying.rights

    async def _end_untold(self, applying: Applying, epoch: int) -> None:
        """The sender has told everything of its new stream: what it has not told again is shared no longer."""
        for share in list(applying.shares.values()):
            if share.epoch < epoch and share.state != "WITHDRAWN":
                await applying.withdraw(share)


def _ack(epoch: int, number: int, token: str, repair: tuple[str, ...]) -> Ack:
    return Ack(epoch, number, token, repair[:100])


def _passed_on(envelope: Envelope) -> bool:
    return any(b'"path"' in bytes(raw) for raw in envelope.items)
