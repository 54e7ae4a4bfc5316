"""Types that an organisation adds to the catalogue. They lie beside its stock and are seen by whoever sees that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from geodata.model import catalogue, strength
from geodata.model.editing import BadEdit
from geodata.model.ref import Ref
from geodata.model.resource import Resource
from geodata.model.resource_type import Known, OwnType, ResourceType
from geodata.store import resources, things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Once
from service.resources.fleets import fleet_of

KIND = "resource_type"
SOURCE = "catalogue"


class OwnTypes:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def create(
        self, visitor: Visitor, fleet: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            rooms = self.database.asked(visitor.rooms)
            found = await fleet_of(tx, self.origin, fleet, rooms)
            if found is None:
                raise NoSuchThing(NoSuchThing.__doc__)
            demand_write(visitor, found[1])
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            await things.lock(tx, f"{self.origin}/{KIND}/of/{fleet}")
            own = _checked({**fields, "organisation": fleet})
            if (await known(tx, self.origin, fleet, rooms)).find(own.code) is not None:
                raise BadEdit("code", f"there is a type {own.code!r} already, in the catalogue or of your own")
            ref = Ref(self.origin, KIND, things.new_id())
            body = things.make(tx, ref, own, room=found[1], at=now)
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": found[1], "body": body})

    async def edit(
        self, visitor: Visitor, fleet: str, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """What it can is written into the resources of this type as well. Raises as `create`."""
        for name in ("organisation", "code"):
            if name in fields:
                raise BadEdit(name, f"the {name} of a type stays; add another type instead")
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            rooms = self.database.asked(visitor.rooms)
            held = await self._take(tx, visitor, fleet, id, rooms)
            before = frozenset(held.body.get("capabilities", ()))
            edited, _ = things.change(tx, held, _plain(fields), OwnType, base=base, at=now)
            after = frozenset(edited.body.get("capabilities", ()))
            if after != before:
                await self._spread(tx, fleet, held.body["code"], before, after, rooms, now)
            return {
                "id": id, "ref": str(held.ref), "room": held.room, "body": edited.body,
                "changed": list(edited.changed), "lost": list(edited.lost),
            }  # fmt: skip

    async def delete(self, visitor: Visitor, fleet: str, id: str) -> None:
        """Raises as `create`; BadEdit while resources have this type."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            rooms = self.database.asked(visitor.rooms)
            held = await self._take(tx, visitor, fleet, id, rooms)
            used = await self._of_type(tx, fleet, held.body["code"], rooms)
            if used:
                raise BadEdit("id", f"{len(used)} resources have this type; give them another one first")
            tx.drop(held.ref)

    async def _take(self, tx: Transaction, visitor: Visitor, fleet: str, id: str, rooms: list[str]) -> things.Held:
        held = await things.take(tx, Ref(self.origin, KIND, id), rooms)
        if held.body["organisation"] != fleet:
            raise NoSuchThing(NoSuchThing.__doc__)
        demand_write(visitor, held.room)
        return held

    async def _of_type(self, tx: Transaction, fleet: str, code: str, rooms: list[str]) -> list[str]:
        all_ = await resources.of_kind(tx, resources.RESOURCE, rooms, origin=self.origin, organisation=fleet)
        return [id for id, each in all_.items() if each.body["type"] == code]

    async def _spread(
        self,
        tx: Transaction,
        fleet: str,
        code: str,
        before: frozenset[str],
        after: frozenset[str],
        rooms: list[str],
        now: datetime,
    ) -> None:
        ids = await self._of_type(tx, fleet, code, rooms)
        taken = await resources.take_all(tx, resources.RESOURCE, ids, rooms, origin=self.origin)
        for each in taken.values():
            can = sorted((frozenset(each.body.get("capabilities", ())) - before) | after)
            resources.say(tx, each, {"capabilities": can or None}, Resource, at=now, source=SOURCE)


async def known(tx: Transaction, origin: str, organisation: str, rooms: Collection[str]) -> Known:
    """The catalogue with the types of this organisation, as far as these rooms show them."""
    return catalogue.KNOWN.beside([each for _, each in await listed(tx, origin, rooms, organisation)])


async def listed(
    tx: Transaction, origin: str, rooms: Collection[str], organisation: str | None = None
) -> list[tuple[str, ResourceType]]:
    """All types of their own that these rooms show, with the organisation of each."""
    found = await resources.of_kind(tx, KIND, rooms, origin=origin, organisation=organisation)
    own = [things.checked(held.body, OwnType) for held in found.values()]
    return [(each.organisation, each.as_type()) for each in own]


def _checked(fields: Mapping[str, Any]) -> OwnType:
    return things.checked(_plain(fields), OwnType)


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Raises BadEdit: a capability or qualification that the catalogue has not."""
    given = {name: value for name, value in fields.items() if value is not None or name not in ("organisation", "code")}
    if isinstance(given.get("crew"), str):
        given["crew"] = str(strength.parse(given["crew"]))
    for name, words in (("capabilities", catalogue.CAPABILITIES), ("qualifications", catalogue.QUALIFICATIONS)):
        said = given.get(name)
        for code in said if isinstance(said, list | dict) else ():
            if code not in words:
                raise BadEdit(name, f"there is no {str(code)[:60]!r} among the {name} of the catalogue")
    return given
