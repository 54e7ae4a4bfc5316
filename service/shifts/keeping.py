"""Shifts as people keep them, in the room of their organisation's stock and nowhere else: they name people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from geodata.model.editing import KEPT, BadEdit
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import Fleet
from geodata.model.shift import SHIFT, Shift, ShiftState, served
from geodata.store import resources, things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held, NoSuchThing
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Once

KIND = "shift"
_OURS = frozenset({"organisation", "began", "ended", *KEPT})


class Shifts:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def add(
        self, visitor: Visitor, fleet: str, given: Sequence[Mapping[str, Any]], once: Once, now: datetime
    ) -> Answered:
        """All of them or none; asked twice with one key they are there once. Raises NoSuchThing, NotSignedIn,
        NotAllowed, BadEdit naming the place of the shift that cannot be."""
        async with self.transaction(visitor) as tx:
            room = (await self.fleet(tx, visitor, fleet)).room
            demand_write(visitor, room)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            await things.lock(tx, f"{self.origin}/shifts/{fleet}")
            there = await self.of_fleet(tx, fleet, [room])
            made = []
            for place, fields in enumerate(given):
                try:
                    _check_given(fields)
                    shift = things.checked({**fields, "organisation": fleet, "state": ShiftState.PLANNED}, Shift)
                    await self._check(tx, visitor, shift, None, there, now)
                except BadEdit as error:
                    raise BadEdit(f"shifts.{place}.{error.field}", str(error)) from error
                ref = Ref(self.origin, KIND, things.new_id())
                body = things.make(tx, ref, shift, room=room, at=now)
                there[ref.id] = shift
                made.append({"id": ref.id, "ref": str(ref), "room": room, "body": body})
            return await once.keep(tx, 201, {"shifts": made})

    async def edit(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Also its state: it begins and ends by the clock. Raises as `add`, BadMove."""
        _check_given(fields)
        async with self.transaction(visitor) as tx:
            held = await self._take(tx, visitor, id)
            before = things.checked(held.body, Shift)
            given = {**fields, **_moved(before, fields.get("state"), now)}
            edited, shift = things.change(tx, held, given, Shift, base=base, at=now)
            if not {"person", "member", "starts", "ends", "resource", "state"}.isdisjoint(edited.changed):
                there = await self.of_fleet(tx, shift.organisation, [held.room])
                await self._check(tx, visitor, shift, id, there, now)
        return {
            "id": id, "ref": str(held.ref), "room": held.room, "body": edited.body,
            "changed": list(edited.changed), "lost": list(edited.lost),
        }  # fmt: skip

    async def delete(self, visitor: Visitor, id: str) -> None:
        """With the names in it. Raises as `add`."""
        async with self.transaction(visitor) as tx:
            tx.drop((await self._take(tx, visitor, id)).ref)

    async def fleet(self, tx: Transaction, visitor: Visitor, organisation: str) -> Fleet:
        """Raises NoSuchThing."""
        held = await things.read(tx, self._ref("fleet", organisation), self.rooms(visitor))
        return things.checked(held.body, Fleet)

    async def of_fleet(self, tx: Transaction, fleet: str, rooms: Collection[str]) -> dict[str, Shift]:
        held = await resources.of_kind(tx, KIND, rooms, origin=self.origin, organisation=fleet)
        return {id: things.checked(one.body, Shift) for id, one in held.items()}

    def transaction(self, visitor: Visitor) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    def rooms(self, visitor: Visitor) -> list[str]:
        return self.database.asked(visitor.rooms)

    async def _take(self, tx: Transaction, visitor: Visitor, id: str) -> Held:
        """Locked, with all shifts of its organisation: whether somebody is in two places shows only among them."""
        ref = self._ref(KIND, id)
        fleet = (await things.read(tx, ref, self.rooms(visitor))).body["organisation"]
        await things.lock(tx, f"{self.origin}/shifts/{fleet}")
        held = await things.take(tx, ref, self.rooms(visitor))
        demand_write(visitor, held.room)
        return held

    async def _check(
        self, tx: Transaction, visitor: Visitor, shift: Shift, id: str | None, there: Mapping[str, Shift], now: datetime
    ) -> None:
        """Nobody is in two places, and a crew's resource is one of ours. Raises BadEdit."""
        others = {other: one for other, one in there.items() if other != id and one.who == shift.who}
        start, end = shift.span(now)
        if shift.state is not ShiftState.OFF:
            for spans in served(others, now).values():
                for first, last, _ in spans:
                    if first < end and start < last:
                        raise BadEdit(
                            "starts", f"{shift.person} is on duty from {first:%d.%m. %H:%M} to {last:%d.%m. %H:%M} UTC"
                        )
        if shift.resource is not None:
            found = await resources.by_ids(tx, "resource", [shift.resource], self.rooms(visitor), origin=self.origin)
            owner = found[shift.resource].body.get("organisation") if shift.resource in found else None
            if owner != shift.organisation:
                raise BadEdit("resource", "name a resource of the same organisation")

    def _ref(self, kind: str, id: str) -> Ref:
        try:
            return Ref(self.origin, kind, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error


def _check_given(fields: Mapping[str, Any]) -> None:
    if not fields:
        raise BadEdit("fields", "name at least one field")
    for name in fields:
        if name in _OURS:
            raise BadEdit(name, f"{name} is kept by the server; leave it out")


def _moved(before: Shift, wanted: object, now: datetime) -> dict[str, Any]:
    """When it really began and ended. Raises BadEdit, BadMove."""
    if wanted is None:
        return {}
    if not isinstance(wanted, str) or wanted not in ShiftState.__members__:
        raise BadEdit("state", f"there is no such state; known are {', '.join(ShiftState)}")
    after = SHIFT.move(before.state, ShiftState(wanted))
    if after is before.state:
        return {}
    stamp = now.isoformat().replace("+00:00", "Z")
    if after is ShiftState.ON_DUTY:
        return {"began": stamp}
    return {"ended": stamp} if before.state is ShiftState.ON_DUTY else {}
