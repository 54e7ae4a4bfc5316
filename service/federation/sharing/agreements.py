"""What people do with agreements: draft, look at, activate, change, end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from geodata.model.clock import Clock
from geodata.model.geometry import Geometry, check
from geodata.model.incident import MODES, IncidentMode
from geodata.model.legal import LegalLevel
from geodata.model.states import BadMove
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.bodies import Once
from service.errors import Invalid, NotFound
from service.federation import logbook
from service.federation.logbook import Logbook
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState
from service.federation.sharing import store
from service.federation.sharing.conditions import Conditions
from service.federation.sharing.kinds import EVERY, EXACT, KINDS
from service.federation.sharing.policy import SharePolicy, ShareState
from service.federation.sharing.previewing import preview
from service.federation.sharing.release import ActiveShare
from service.federation.sharing.sent import NewShare, ShareArea, ShareEdit, SharePreview
from service.federation.sharing.store import Agreement
from service.rooms import rules
from service.rooms import store as rooms

FIELDS = ("kinds", "fields", "mode", "incident", "from_level", "only_free", "hops")


class Agreements:
    """Whoever may share a room on may share it with a partner (`service.rooms.rules`)."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        conditions: Conditions,
        *,
        origin: str,
        mode: IncidentMode,
        levels: Sequence[LegalLevel],
        woken: Callable[[str | None], None],
        logbook: Logbook,
    ) -> None:
        self.logbook = logbook
        self.database, self.clock, self.conditions = database, clock, conditions
        self.origin, self.mode, self.levels, self.woken = origin, mode, levels, woken

    async def draft(self, visitor: Visitor, given: NewShare, once: Once) -> Answered:
        """Raises NotFound, NotAllowed, Invalid, NoSuchThing."""
        async with self.database.transaction(visitor.actor) as tx:
            await self._room(tx, visitor, given.room)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            await self._partner(tx, given.peer)
            policy = await self._policy(tx, given)
            self._until(given.until)
            id = await store.add(
                tx, peer=given.peer, room=given.room, name=_line(given.name), policy=policy, until=given.until
            )
            await self._note(tx, visitor, "share.draft", id, given.peer, given.room)
            return await once.keep(tx, 201, {"id": id, "state": ShareState.DRAFT.value})

    async def change(self, visitor: Visitor, id: str, given: ShareEdit) -> dict[str, Any]:
        """Raises as `draft`; BadMove once it has ended."""
        async with self.database.transaction(visitor.actor) as tx:
            share = await self._mine(tx, visitor, id)
            if share.state is ShareState.ENDED:
                raise BadMove("This agreement has ended; write a new one.")
            changed = {name: value for name in FIELDS if (value := getattr(given, name)) is not UNSET}
            policy = replace(share.policy, **changed)
            if given.area is not UNSET:
                policy = replace(policy, area=await self._area(tx, given.area), said=_said(given.area))
            self._check(policy)
            until = share.until if given.until is UNSET else given.until
            if given.until is not UNSET:
                self._until(given.until)
            name = share.name if given.name is UNSET else _line(given.name)
            await store.change(tx, id, name=name, policy=policy, until=until)
            after = replace(share, policy=policy, until=until)
            fields = sorted(field for field in given.__struct_fields__ if getattr(given, field) is not UNSET)
            if share.state is ShareState.ACTIVE:
                met = await self.conditions.met(after)
                await store.set_holds(tx, id, met)
                if (name, policy, until) != (share.name, share.policy, share.until):
                    await self._log(tx, after, logbook.changes(name, fields, held=share.holds, holds=met))
            await self._note(tx, visitor, "share.change", id, share.peer, share.room, fields=fields)
            tx.on_commit(lambda: self.woken(share.peer))
        return {"id": id, "state": share.state.value}

    async def activate(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """From now on it leaves. Raises NotFound, NotAllowed, BadMove, Invalid."""
        async with self.database.transaction(visitor.actor) as tx:
            share = await self._mine(tx, visitor, id)
            if share.state is ShareState.ENDED:
                raise BadMove("This agreement has ended; write a new one.")
            self._until(share.until)
            await self._partner(tx, share.peer)
            held = await self.conditions.met(share)
            if share.state is ShareState.DRAFT:
                await store.activate(tx, id, holds=held)
                await self._note(tx, visitor, "share.activate", id, share.peer, share.room, holds=held)
                await self._log(tx, share, logbook.begins(share.name, holds=held))
            tx.on_commit(lambda: self.woken(share.peer))
        return {"id": id, "state": ShareState.ACTIVE.value, "holds": held}

    async def end(self, visitor: Visitor, id: str, reason: str) -> dict[str, Any]:
        """It is withdrawn there; a draft is put away. Who comes second changes nothing. Raises NotFound, NotAllowed."""
        async with self.database.transaction(visitor.actor) as tx:
            share = await self._mine(tx, visitor, id)
            if share.state is not ShareState.ENDED:
                await store.end(tx, id)
                await self._note(tx, visitor, "share.end", id, share.peer, share.room, reason=_line(reason))
                if share.state is ShareState.ACTIVE:
                    await self._log(tx, share, logbook.ends(share.name, _line(reason)))
            tx.on_commit(lambda: self.woken(share.peer))
        return {"id": id, "state": ShareState.ENDED.value}

    async def preview(self, visitor: Visitor, given: SharePreview) -> dict[str, Any]:
        """Raises NotFound, also for who does not see the room; NotAllowed, Invalid."""
        if (given.share is None) == (given.draft is None):
            raise Invalid("share", "name either a share or a draft")
        async with self.database.transaction(visitor.actor) as tx:
            if given.draft is not None:
                draft = given.draft
                room = await self._room(tx, visitor, draft.room)
                await self._partner(tx, draft.peer)
                policy, name, met = await self._policy(tx, draft), draft.name, True
            else:
                share = await self._mine(tx, visitor, str(given.share))
                room = await self._room(tx, visitor, share.room)
                policy, name, met = share.policy, share.name, await self.conditions.met(share)
            if room.id not in visitor.rooms:
                raise NotFound(NotFound.__doc__)
            names, modes = await store.names_and_modes(tx.connection, self.origin)
        looked_at = ActiveShare(
            f"preview-{uuid.uuid4().hex}", 1, room.id, policy, name, self.origin, organisations=names, modes=modes
        )
        return {**await preview(self.database, looked_at, given.after, given.limit), "holds": met}

    async def _mine(self, tx: Transaction, visitor: Visitor, id: str) -> Agreement:
        share = await store.one(tx, id)
        await self._room(tx, visitor, share.room)
        return share

    async def _room(self, tx: Transaction, visitor: Visitor, id: str) -> rules.Room:
        room = rules.demand(visitor, await rooms.room(tx, id))
        if await store.is_foreign(tx.connection, id):
            raise Invalid("room", "what lies in this room came from a partner or goes to him by itself")
        return room

    async def _partner(self, tx: Transaction, id: str) -> None:
        peer = await peers.one(tx.connection, id)
        if peer.state is PeerState.REVOKED:
            raise Invalid("peer", "the trust in this partner was revoked")

    async def _policy(self, tx: Transaction, given: NewShare) -> SharePolicy:
        policy = SharePolicy(
            kinds=given.kinds, fields=given.fields, area=await self._area(tx, given.area), mode=given.mode,
            incident=given.incident, from_level=given.from_level, only_free=given.only_free, hops=given.hops,
            said=_said(given.area),
        )  # fmt: skip
        self._check(policy)
        return policy

    def _check(self, policy: SharePolicy) -> None:
        """Raises Invalid."""
        for kind in policy.kinds:
            if kind not in KINDS:
                raise Invalid("kinds", f"things of kind {kind!r} never leave this node")
        for kind, fields in (policy.fields or {}).items():
            if kind not in KINDS:
                raise Invalid("fields", f"things of kind {kind!r} never leave this node")
            never = set(fields).difference(KINDS[kind].may, (EXACT, EVERY))
            if never:
                raise Invalid("fields", f"{min(never)} of {kind} never leaves this node")
        if policy.from_level is not None and policy.from_level not in {level.code for level in self.levels}:
            raise Invalid("from_level", f"known levels are {', '.join(level.code for level in self.levels)}")
        if policy.mode is not None and policy.mode not in MODES[self.mode]:
            raise Invalid("mode", f"this node is in mode {self.mode}")

    async def _area(self, tx: Transaction, given: ShareArea | None) -> Geometry | None:
        """Raises Invalid, BadGeometry."""
        if given is None:
            return None
        if (given.geometry is None) == (not given.ars):
            raise Invalid("area", "either draw an area or name municipalities")
        if given.border and not given.km:
            raise Invalid("area", "say how many km the strip along the border is wide")
        shape = given.geometry
        if shape is None:
            shape = await store.outline(tx.connection, given.ars, given.km, given.border)
            if shape is None:
                raise Invalid("area", "no municipality of the land that is loaded has such a key")
        drawn = check(shape)
        if drawn.type not in ("Polygon", "MultiPolygon"):
            raise Invalid("area", f"an area is a Polygon or MultiPolygon, not a {drawn.type}")
        return drawn

    def _until(self, until: datetime | None) -> None:
        if until is not None and until <= self.clock.now():
            raise Invalid("until", "it would have ended already")

    async def _log(self, tx: Transaction, share: Agreement, text: str) -> None:
        incident = share.policy.incident or share.incident
        await self.logbook.agreed(tx, share.peer, share.room, incident, text)

    async def _note(
        self, tx: Transaction, visitor: Visitor, action: str, id: str, peer: str, room: str, **more: Any
    ) -> None:
        await note(tx.connection, visitor, action, f"share:{id}", {"peer": peer, "room": room, **more})


def _said(area: ShareArea | None) -> dict[str, Any] | None:
    return None if area is None or area.geometry is not None else msgspec.to_builtins(area)


def _line(words: str) -> str:
    """Raises Invalid."""
    kept = " ".join(words.split())
    if not kept.isprintable():
        raise Invalid("name", "visible signs only")
    return kept
