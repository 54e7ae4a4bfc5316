"""Partners kept in order: renamed, suspended, taken up again, revoked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import msgspec
from msgspec import UNSET

from geodata.store.database import Database, Transaction
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.errors import Invalid
from service.federation.peers import store
from service.federation.peers.peer import Peer, PeerState
from service.federation.peers.sent import PartnerEdit

Log = Callable[[Transaction, Peer, PeerState, str | None], Awaitable[None]]


class Keeping:
    """`changed` is told the id of a partner with whom more or less may travel than before; `log` writes into the
    operations logs, in the same transaction, what became of it and why."""

    def __init__(self, database: Database, changed: Callable[[str], None], log: Log) -> None:
        self.database, self.changed, self.log = database, changed, log

    async def suspend(self, visitor: Visitor, id: str, reason: str) -> Peer:
        """For a while nothing is accepted or sent, and nothing is lost. Raises NoSuchThing, BadMove."""
        return await self._move(visitor, id, PeerState.SUSPENDED, reason)

    async def resume(self, visitor: Visitor, id: str) -> Peer:
        """Raises NoSuchThing, BadMove; Invalid for one that was not suspended: it has to be compared first."""
        async with self.database.reading() as connection:
            if (await store.one(connection, id)).state is PeerState.PENDING:
                raise Invalid("state", "its words were not compared yet; that makes it active")
        return await self._move(visitor, id, PeerState.ACTIVE, None)

    async def revoke(self, visitor: Visitor, id: str, reason: str, now: datetime) -> Peer:
        """For good: its keys count no more; back only by a new invitation. Raises NoSuchThing, BadMove."""
        return await self._move(visitor, id, PeerState.REVOKED, reason, until=now)

    async def edit(self, visitor: Visitor, id: str, given: PartnerEdit) -> Peer:
        """Raises NoSuchThing, Invalid."""
        fields = {name: value for name, value in msgspec.structs.asdict(given).items() if value is not UNSET}
        async with self.database.transaction(visitor.actor) as tx:
            peer = await store.take(tx, id)
            if "note" in fields:
                written = fields.pop("note")
                policy = {key: value for key, value in (peer.policy or {}).items() if key != "note"}
                fields["policy"] = {**policy, "note": written.strip()} if written and written.strip() else policy
            if fields.get("relay") is not None:
                await self._demand_relay(tx, peer, fields["relay"])
            await store.edit(tx, replace(peer, **fields))
            await note(tx.connection, visitor, "partner.change", f"partner:{id}", {"fields": sorted(fields)})
            tx.on_commit(lambda: self.changed(id))
            return await store.one(tx.connection, id)

    @staticmethod
    async def _demand_relay(tx: Transaction, peer: Peer, relay: str) -> None:
        known = {other.id: other for other in await store.everyone(tx.connection)}
        if relay == peer.id or relay not in known or known[relay].state is not PeerState.ACTIVE:
            raise Invalid("relay", "an active partner other than this one must carry for it")

    async def _move(
        self, visitor: Visitor, id: str, state: PeerState, reason: str | None, *, until: datetime | None = None
    ) -> Peer:
        async with self.database.transaction(visitor.actor) as tx:
            peer = await store.take(tx, id)
            await store.move(tx, peer, state, reason.strip() if reason else None)
            if until is not None:
                ended = [replace(key, until=min(key.until or until, until)) for key in peer.keys]
                await store.end_keys(tx, id, ended)
            if state is PeerState.ACTIVE:
                await store.try_at_once(tx, id)
            detail = {"from": peer.state.value, "to": state.value}
            await note(tx.connection, visitor, f"partner.{_NAMES[state]}", f"partner:{id}", detail)
            await self.log(tx, peer, state, reason)
            tx.on_commit(lambda: self.changed(id))
            return await store.one(tx.connection, id)


_NAMES = {PeerState.SUSPENDED: "suspend", PeerState.ACTIVE: "resume", PeerState.REVOKED: "revoke"}
