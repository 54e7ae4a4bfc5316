"""Applies the items of one envelope within its transaction: facts, copies and what was set aside go together.

Items are read in their order. Copies are written when something asks for them (a walk that ends, a digest) and at the
end, all at once: an envelope of a hundred puts is a handful of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from geodata.model.ref import Ref
from geodata.store.database import Transaction
from service.federation.logbook import Logbook
from service.federation.peers.peer import Peer
from service.federation.receiving import rooms, store
from service.federation.receiving.items import BadItem, Told, decode, tell, whose
from service.federation.receiving.limits import Allowance
from service.federation.receiving.store import EXCHANGE, Aside, Copy, Received
from service.federation.wire.envelope import Digest, Drop, Item, Put, Share, Walked, item_digest

MOST_SHARES = 500
MOST_RAW = 20_000
"""Characters that are kept of an item set aside."""
PATIENCE = timedelta(hours=1)
"""A share that differs although it was just told anew is not asked for again before this has passed."""

_json = msgspec.json.Encoder()

Believe = Callable[[Put | Drop, Ref], None]
"""Raises BadItem if what was passed on is not its origin's own word."""


class Applying:
    """`repair` are the shares that the sender is asked to tell anew. `rights`: somebody sees other rooms than before.
    `careful`: each fact is tried by itself first, after the database has refused one."""

    def __init__(
        self,
        tx: Transaction,
        peer: Peer,
        *,
        own: str,
        epoch: int,
        now: datetime,
        shares: dict[str, Received],
        repair: Collection[str],
        believe: Believe,
        logbook: Logbook,
        allowance: Allowance,
        careful: bool = False,
    ) -> None:
        self.logbook = logbook
        self.tx, self.peer, self.own, self.epoch, self.now = tx, peer, own, epoch, now
        self.shares, self.repair, self.believe, self.careful = shares, set(repair), believe, careful
        self.allowance = allowance
        self.aside: dict[tuple[str, str], Aside] = {}
        self.rights = False
        self.stored = 0
        self.error: str | None = None
        self._held: dict[tuple[str, str, str], tuple[int, int, int]] = {}
        self._kept: dict[tuple[str, str], Copy] = {}
        self._gone: dict[str, set[str]] = {}

    async def run(self, raws: Collection[bytes]) -> None:
        read: list[tuple[bytes, Item]] = []
        for raw in raws:
            try:
                read.append((raw, decode(raw)))
            except BadItem as error:
                self._set_aside(error, raw)
        refs = {item.ref for _, item in read if isinstance(item, Put | Drop)}
        self._held = await store.copies(self.tx.connection, refs)
        for raw, item in read:
            try:
                await self._one(item)
            except BadItem as error:
                self._set_aside(error, raw)
        taken_back = {share for share, refs in self._gone.items() if refs}
        await self._flush()
        if taken_back:
            await self._room_again(taken_back)
        lost = await store.set_aside(self.tx.connection, self.peer.id, self.aside, self.now)
        if lost:
            self.error = f"{lost} items were wrong and could not be kept: settle what was set aside"

    async def _room_again(self, shares: Collection[str]) -> None:
        """Where something was taken back, what was too much before is asked for anew."""
        for share in await store.too_much(self.tx.connection, self.peer.id):
            if share in shares and not any(ref == share for ref, _ in self.aside):
                await store.cleared(self.tx.connection, self.peer.id, share)
                self.repair.add(share)

    async def _one(self, item: Item) -> None:
        if isinstance(item, Put):
            await self._put(item)
        elif isinstance(item, Drop):
            self._drop(item)
        elif isinstance(item, Share):
            await self._share(item)
        elif isinstance(item, Walked):
            await self._walked(item)
        else:
            await self._digest(item)

    async def _put(self, put: Put) -> None:
        ref, share = whose(put, self.peer, self.own), self._of(put.share)
        if put.path:
            self.believe(put, ref)
        epoch = put.epoch if put.path else self.epoch
        before = self._held.get((self.peer.id, put.share, put.ref))
        told_anew = put.walk is not None and put.walk == share.walk
        if before and not (epoch >= before[0] if told_anew else (epoch, put.seq) > before[:2]):
            return
        await self.allowance.demand(put, ref.kind, len(_json.encode(put.body)), known=before is not None)
        copy = Copy(put.share, put.ref, epoch, put.seq, share.walk, item_digest(put), len(put.path))
        self._keep(copy)
        told = tell(put, ref, share.room)
        if self.careful:
            await self._try(told)
        if not told.whole or put.proof is not None:  # with a proof it may be passed on, as it came
            self._keep(replace(copy, raw=msgspec.to_builtins(put)))
        if not put.path or not self._known_better(copy):
            self.tx.put(told.fact)
            self.stored += 1

    def _keep(self, copy: Copy) -> None:
        self._gone.get(copy.share, set()).discard(copy.ref)
        self._kept[copy.share, copy.ref] = copy
        self._held[self.peer.id, copy.share, copy.ref] = (copy.epoch, copy.seq, copy.hops)

    def _known_better(self, passed: Copy) -> bool:
        """Whether its origin itself tells us of this thing, or somebody else has passed on something newer."""
        others = (held for (_, _, ref), held in self._held.items() if ref == passed.ref)
        return any(hops == 0 or (epoch, seq) > (passed.epoch, passed.seq) for epoch, seq, hops in others)

    async def _try(self, told: Told) -> None:
        """Raises BadItem."""
        probe = Transaction(self.tx.connection, self.tx.actor)
        probe.put(told.fact)
        try:
            async with self.tx.connection.begin_nested() as savepoint:
                await probe.write()
                await savepoint.rollback()
        except Exception as error:
            raise BadItem("body", "the database cannot hold it", told.put.ref) from error

    def _drop(self, drop: Drop) -> None:
        share = self.shares.get(drop.share)
        before = self._held.get((self.peer.id, drop.share, drop.ref))
        takes_back = before is not None and before[2] > 0 and not drop.path
        if not takes_back:  # whoever has passed a thing on may take that back without its origin's word
            ref = whose(drop, self.peer, self.own)
            if drop.path:
                self.believe(drop, ref)
        epoch = drop.epoch if drop.path else self.epoch
        if share is None or before is None or not (takes_back or (epoch, drop.seq) >= before[:2]):
            return
        self._kept.pop((drop.share, drop.ref), None)
        self._held.pop((self.peer.id, drop.share, drop.ref), None)
        self._gone.setdefault(drop.share, set()).add(drop.ref)

    def _of(self, id: str) -> Received:
        share = self.shares.get(id)
        if share is None or share.state == "WITHDRAWN":
            raise BadItem("share", "this share was never opened, or is withdrawn")
        return share

    async def _share(self, item: Share) -> None:
        if item.exchange != (item.share == EXCHANGE):
            raise BadItem("exchange", f"the share {EXCHANGE} and no other is the exchange")
        before = self.shares.get(item.share)
        if item.state == "WITHDRAWN":
            if before is not None and before.state != "WITHDRAWN":
                await self.withdraw(before)
            return
        if before is None and len(self.shares) >= MOST_SHARES:
            raise BadItem("share", f"more than {MOST_SHARES} shares")
        room = await self._room(item, before)
        state = "CURRENT" if item.walk is None else "WALKING"
        announced = msgspec.to_builtins(item)
        announced["title"] = rooms.title_of(self.peer, item.title)
        share = Received(
            item.share, item.version, room, state, item.walk, self.epoch, announced, self.now,
            before.compared_at if before else None, before.agrees if before else None,
        )  # fmt: skip
        await store.keep_share(self.tx.connection, self.peer.id, share)
        self.shares[item.share] = share
        self.repair.discard(item.share)
        if before is None or before.state == "WITHDRAWN":
            await rooms.say(self.tx.connection, self.peer, "partner.share.open", item.share, {"room": room})
            await self._log(item.share, item.title, "open")
        elif _said(before.announced) != _said(announced):
            await self._log(item.share, item.title, "changed")

    async def _room(self, item: Share, before: Received | None) -> str:
        if item.exchange:
            if self.peer.exchange_room is None:
                raise BadItem("exchange", "there is no room for what both do together")
            return self.peer.exchange_room
        if before is None:
            self.rights = True
            return await rooms.open_for(self.tx.connection, self.peer, item.title)
        changed = await rooms.reopen(self.tx.connection, before.room, self.peer, item.title)
        self.rights = self.rights or changed
        return before.room

    async def _walked(self, item: Walked) -> None:
        share = self._of(item.share)
        if share.walk is None or share.walk != item.walk:
            raise BadItem("walk", "this walk is not under way")
        await self._flush()
        refs = await store.forget_untold(self.tx.connection, self.peer.id, item.share, item.walk)
        await self._release(share, refs)
        await store.share_state(self.tx.connection, self.peer.id, item.share, "CURRENT")
        self.shares[item.share] = replace(share, state="CURRENT", walk=None)

    async def withdraw(self, share: Received) -> None:
        """Nothing of it stays here: its things are dropped, its room is closed, and the audit trail says so."""
        await self._flush()
        refs = await store.forget_all(self.tx.connection, self.peer.id, share.share)
        await self._release(share, refs)
        await store.share_state(self.tx.connection, self.peer.id, share.share, "WITHDRAWN")
        if share.share != EXCHANGE:
            await rooms.close(self.tx.connection, share.room)
        self.rights = True
        self.repair.discard(share.share)
        self.shares[share.share] = replace(share, state="WITHDRAWN", walk=None)
        title = str(share.announced.get("title", share.share)).removeprefix(f"{self.peer.name}: ")
        await self._log(share.share, title, "withdrawn")
        await rooms.say(self.tx.connection, self.peer, "partner.share.withdrawn", share.share, {"things": len(refs)})

    async def _log(self, share: str, title: str, what: str) -> None:
        if share != EXCHANGE:
            await self.logbook.received(self.tx, self.peer, title, what)

    async def _digest(self, item: Digest) -> None:
        share = self._of(item.share)
        if share.walk is not None:
            return
        await self._flush()
        agrees = await store.digest(self.tx.connection, self.peer.id, item.share) == (item.count, item.digest)
        await store.compared(self.tx.connection, self.peer.id, item.share, agrees=agrees, now=self.now)
        just_told = share.agrees is False and self.now - share.announced_at <= PATIENCE
        if not agrees and not just_told:
            self.repair.add(item.share)
        elif not agrees:
            self.error = (
                f"what we hold of {share.announced.get('title', item.share)} differs, although it was told anew"
            )
        self.shares[item.share] = replace(share, agrees=agrees, compared_at=self.now)

    async def _flush(self) -> None:
        for id, refs in self._gone.items():
            if refs:
                await store.forget(self.tx.connection, self.peer.id, id, refs)
        await store.keep_copies(self.tx.connection, self.peer.id, self._kept.values(), self.now)
        self._kept = {}
        gone, self._gone = self._gone, {}
        for id, refs in gone.items():
            await self._release(self.shares[id], refs)

    async def _release(self, share: Received, refs: Collection[str]) -> None:
        """Their copies by this share are gone: drop what lies in its room, and ask for what others still tell of."""
        waiting = {ref: self.tx.pending(ref) for ref in refs if self.tx.touches(ref)}
        here = await store.in_room(self.tx.connection, [ref for ref in refs if ref not in waiting], share.room)
        here += [ref for ref, fact in waiting.items() if fact is not None and fact.room == share.room]
        for ref in here:
            self.tx.drop(Ref.parse(ref))
        for peer, other in await store.held_by(self.tx.connection, here):
            if peer == self.peer.id:
                self.repair.add(other)
            else:
                await store.want(self.tx.connection, peer, other)
        for ref in refs:
            self._held.pop((self.peer.id, share.share, ref), None)

    def _set_aside(self, error: BadItem, raw: bytes) -> None:
        reason = str(error).replace("\x00", "")[:300] or "it is wrong"
        text = raw[:MOST_RAW].decode("utf-8", "replace").replace("\x00", "")
        ref = error.ref.replace("\x00", "")[:300]
        self.aside[ref, reason] = Aside(ref, error.field.replace("\x00", "")[:200], reason, text)


def _said(announced: Mapping[str, Any]) -> dict[str, Any]:
    """Of an announcement what the agreement says, however often it is told."""
    return {name: value for name, value in announced.items() if name not in ("walk", "version")}
