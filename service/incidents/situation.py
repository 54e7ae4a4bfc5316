"""What stands on an incident's map: made, edited, moved on, deleted and brought back.

Locks are taken in this order: the incident (shared), its sectors, the thing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.ref import Ref
from geodata.model.sector import Sector, check_parent
from geodata.model.site import Site
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held
from service.access.rights import Right
from service.access.visitor import Visitor
from service.bodies import Once
from service.incidents import rules, store
from service.incidents.opening import told
from service.incidents.rules import Kind
from service.incidents.sent import Choice, Edit, Move

RESTORED_WITHIN = timedelta(minutes=30)
"""How long after its deletion a thing can be brought back."""


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction on behalf of a visitor in one incident, which stays open as long as it lasts."""

    tx: Transaction
    incident: str
    room: str
    state: str
    rooms: Collection[str]

    def check_open(self) -> None:
        rules.check_open({"state": self.state})


class Situation:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def create(
        self, visitor: Visitor, incident: str, kind: Kind, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        rules.check_given(kind, fields, new=True)
        await self._check_leader(kind, fields)
        async with self.transaction(visitor) as tx:
            work = await self._enter(tx, visitor, incident, rules.right_for(kind, fields))
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            work.check_open()
            await self._lock_sectors(work, kind)
            number = await things.next_number(tx, kind.name, incident)
            begins = {"state": kind.begins[0].value} if kind.begins else {}
            thing = things.checked({**begins, **fields, "incident": incident, "number": number}, kind.model)
            ref = Ref(self.origin, kind.name, things.new_id())
            await self._check_place(work, ref.id, thing)
            body = things.make(tx, ref, thing, room=work.room, at=now)
            answer = {"id": ref.id, "ref": str(ref), "room": work.room, "body": body}
            return await once.keep(tx, 201, answer)

    async def edit(self, visitor: Visitor, kind: Kind, id: str, given: Edit, now: datetime) -> dict[str, Any]:
        """Raises as `create`."""
        rules.check_given(kind, given.fields)
        await self._check_leader(kind, given.fields)
        async with self.transaction(visitor) as tx:
            work, held = await self.take(tx, visitor, kind, id, rules.right_for(kind, given.fields))
            edited, thing = things.change(tx, held, given.fields, kind.model, base=given.base, at=now)
            await self._check_place(work, id, thing)
        return told(held, edited)

    async def move(self, visitor: Visitor, kind: Kind, id: str, given: Move, now: datetime) -> dict[str, Any]:
        """Raises as `create`."""
        async with self.transaction(visitor) as tx:
            _, held = await self.take(tx, visitor, kind, id, {Right.SITUATION})
            state = rules.moved(kind, held.body["state"], given.state, given.reason)
            fields = {"state": state.value, "state_reason": given.reason}
            base = given.base or int(held.body["version"])
            edited, _ = things.change(tx, held, fields, kind.model, base=base, at=now)
        return told(held, edited)

    async def settle(
        self, visitor: Visitor, kind: Kind, id: str, number: int, given: Choice, now: datetime
    ) -> dict[str, Any]:
        """Raises as `create`."""
        async with self.transaction(visitor) as tx:
            work, held = await self.take(tx, visitor, kind, id, {Right.SITUATION})
            rules.check_choice(kind, held.body, number, given.take, given.field)
            if held.body["conflicts"][number]["field"] == "released" and given.take:
                visitor.needs(Right.RELEASE, incident=work.incident)
            edited = things.settle(tx, held, number, kind.model, take=given.take, at=now)
            await self._check_place(work, id, things.checked(edited.body, kind.model))
        return told(held, edited)

    async def delete(self, visitor: Visitor, kind: Kind, id: str) -> None:
        """Raises as `create`; BadEdit also while something names it."""
        async with self.transaction(visitor) as tx:
            work, held = await self.take(tx, visitor, kind, id, {Right.SITUATION})
            await self._check_unnamed(work, kind, id)
            if "duplicate_of" in held.body:
                raise BadEdit("duplicate_of", "it is kept as a duplicate of another site; unmerge it first")
            tx.drop(held.ref)

    async def restore(self, visitor: Visitor, kind: Kind, id: str, now: datetime) -> dict[str, Any]:
        """Bring back what was deleted in the last half hour. Raises as `create`."""
        async with self.transaction(visitor) as tx:
            rooms = self.database.asked(visitor.rooms)
            ref = self._ref(kind, id)
            gone = await things.dropped(tx, ref, rooms, within=RESTORED_WITHIN)
            work = await self._enter(tx, visitor, gone.body["incident"], {Right.SITUATION})
            work.check_open()
            await self._lock_sectors(work, kind)
            await things.lock(tx, str(ref))
            gone = await things.dropped(tx, ref, rooms, within=RESTORED_WITHIN)
            await self._check_place(work, id, things.checked(gone.body, kind.model))
            things.restore(tx, gone, at=now)
        return {"id": id, "ref": str(gone.ref), "room": gone.room, "body": gone.body}

    def transaction(self, visitor: Visitor) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    def _ref(self, kind: Kind, id: str) -> Ref:
        return Ref(self.origin, kind.name, id)

    async def take(
        self, tx: Transaction, visitor: Visitor, kind: Kind, id: str, rights: Collection[Right]
    ) -> tuple[Work, Held]:
        """The thing, locked, in an incident that is open to the visitor. Raises NoSuchThing, NotAllowed, BadMove."""
        rooms = self.database.asked(visitor.rooms)
        seen = await things.read(tx, self._ref(kind, id), rooms)
        work = await self._enter(tx, visitor, seen.body["incident"], rights)
        work.check_open()
        await self._lock_sectors(work, kind)
        return work, await things.take(tx, seen.ref, rooms)

    async def _enter(self, tx: Transaction, visitor: Visitor, incident: str, rights: Collection[Right]) -> Work:
        ref = Ref(self.origin, "incident", incident)
        rooms = self.database.asked(visitor.rooms)
        await things.lock(tx, str(ref), shared=True)
        held = await things.read(tx, ref, rooms)
        for right in sorted(rights):
            visitor.needs(right, incident=incident)
        return Work(tx, incident, held.room, held.body["state"], rooms)

    async def _lock_sectors(self, work: Work, kind: Kind) -> None:
        """Who changes a sector is alone with them; who names one keeps them from going."""
        if kind.name in ("site", "sector"):
            await things.lock(work.tx, f"sectors of {work.incident}", shared=kind.name == "site")

    async def _check_place(self, work: Work, id: str, thing: Any) -> None:
        """What the thing names lies in the same incident. Raises BadEdit."""
        if isinstance(thing, Site) and thing.sector is not None:
            if thing.sector not in await self._of(work, "sector"):
                raise BadEdit("sector", "there is no such sector in this incident")
        elif isinstance(thing, Sector) and thing.parent is not None:
            sectors = await self._of(work, "sector")
            check_parent(id, thing.parent, {key: body.get("parent") for key, body in sectors.items()})

    async def _of(self, work: Work, kind: str) -> dict[str, dict[str, Any]]:
        return await things.of_incident(work.tx, kind, work.incident, work.rooms, origin=self.origin)

    async def _check_unnamed(self, work: Work, kind: Kind, id: str) -> None:
        for other, fields in rules.REFERRING.get(kind.name, {}).items():
            bodies = await self._of(work, other)
            naming = sorted(
                int(body.get("number", 0)) for body in bodies.values() if any(body.get(field) == id for field in fields)
            )
            if naming:
                shown = ", ".join(map(str, naming[:10]))
                raise BadEdit("id", f"still named by {other} {shown}; change that first")

    async def _check_leader(self, kind: Kind, fields: Mapping[str, Any]) -> None:
        leader = fields.get("leader") if kind.name == "sector" else None
        if isinstance(leader, str) and leader not in await store.known_people(self.database, [leader]):
            raise BadEdit("leader", "there is no such person, or the account is closed")
