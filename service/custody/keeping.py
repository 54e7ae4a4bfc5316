"""Custody in people's hands: who may write in its room acknowledges, decides and passes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from alerting.model import custody as steps
from alerting.model.custody import Custody, Owner
from alerting.store import custody as store
from geodata.model.editing import BadEdit
from geodata.model.ref import BadRef, Ref
from geodata.model.staff import Function
from geodata.store import things
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.custody.sent import Assessment, CustodyOwner, PassedOn

Change = Callable[[Custody], Custody]


class Keeping:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def seen(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """Whoever keeps it has it on his screen. Raises as `_step`."""
        return await self._step(visitor, id, lambda custody: steps.noticed(custody, visitor.actor, now), now)

    async def acknowledge(self, visitor: Visitor, id: str, text: str | None, now: datetime) -> dict[str, Any]:
        return await self._step(visitor, id, lambda held: steps.acknowledged(held, visitor.actor, now, text), now)

    async def assess(self, visitor: Visitor, id: str, given: Assessment, now: datetime) -> dict[str, Any]:
        for link in given.links:
            try:
                Ref.parse(link)
            except BadRef as error:
                raise BadEdit("links", str(error)) from error

        def step(held: Custody) -> Custody:
            return steps.assessed(
                held, given.decision, visitor.actor, now, given.reason, review_at=given.review_at, links=given.links
            )

        return await self._step(visitor, id, step, now)

    async def hand(self, visitor: Visitor, id: str, given: CustodyOwner, now: datetime) -> dict[str, Any]:
        if given.function is not None and given.function not in set(Function):
            raise BadEdit("function", f"there is no function {given.function!r}")
        owner = Owner(given.name.strip(), given.function, given.person)
        return await self._step(visitor, id, lambda held: steps.handed(held, owner, visitor.actor, now), now)

    async def pass_on(self, visitor: Visitor, id: str, given: PassedOn, now: datetime) -> dict[str, Any]:
        return await self._step(
            visitor, id, lambda held: steps.passed_on(held, given.to, given.way, visitor.actor, now, given.text), now
        )

    async def receipt(self, visitor: Visitor, id: str, number: int, by: str, now: datetime) -> dict[str, Any]:
        return await self._step(visitor, id, lambda held: steps.receipted(held, number, by, visitor.actor, now), now)

    async def _step(self, visitor: Visitor, id: str, change: Change, now: datetime) -> dict[str, Any]:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit, BadMove."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            try:
                ref = Ref(self.origin, store.KIND, id)
            except BadRef as error:
                raise NoSuchThing(NoSuchThing.__doc__) from error
            held = await things.read(tx, ref, self.database.asked(visitor.rooms))
            demand_write(visitor, held.room)
            taken = await store.take(tx, self.origin, id)
            body = await store.put(tx, self.origin, taken, change(taken.custody), now)
            return {"id": id, "ref": str(ref), "room": taken.room, "body": body}
