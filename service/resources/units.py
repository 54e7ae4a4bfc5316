"""Units composed of resources: a resource of kind UNIT whose members name it as their parent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model import catalogue, strength
from geodata.model.composing import compare
from geodata.model.editing import BadEdit
from geodata.model.incident import Words
from geodata.model.ref import Ref
from geodata.model.resource import Resource, ResourceKind
from geodata.store import resources, things
from geodata.store.database import Database
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Fields, Once
from service.resources.fleets import fleet_of
from service.resources.rules import RESOURCE, check_given, typed

MOST_MEMBERS = 200


class NewUnit(msgspec.Struct, forbid_unknown_fields=True):
    """`members` are ids of resources of this fleet that belong to no unit yet; `fields` are more fields of the unit."""

    concept: Annotated[str, Meta(min_length=1, max_length=60)]
    callsign: Words
    members: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=MOST_MEMBERS)] = []
    fields: Fields = {}


class Composing:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def compose(self, visitor: Visitor, fleet: str, given: NewUnit, once: Once, now: datetime) -> Answered:
        """The unit, what it lacks against its concept, who is beyond it, and the strength of its members together.

        Raises NoSuchThing, NotAllowed, BadEdit."""
        concept = catalogue.KNOWN.find(given.concept)
        if concept is None or concept.code not in catalogue.CONCEPTS:
            known = ", ".join(catalogue.CONCEPTS)
            raise BadEdit("concept", f"there is no concept {given.concept[:60]!r}; known are {known}")
        if given.fields:
            check_given(RESOURCE, given.fields)
        if len(set(given.members)) != len(given.members):
            raise BadEdit("members", "a resource is named twice")
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            rooms = self.database.asked(visitor.rooms)
            found = await fleet_of(tx, self.origin, fleet, rooms)
            if found is None:
                raise NoSuchThing(NoSuchThing.__doc__)
            demand_write(visitor, found[1])
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            taken = await resources.take_all(tx, resources.RESOURCE, given.members, rooms, origin=self.origin)
            for id in given.members:
                self._check_member(visitor, fleet, id, taken.get(id))
            unit = {
                "ars": found[0].ars, **typed(given.fields, catalogue.KNOWN), "organisation": fleet,
                "kind": ResourceKind.UNIT.value, "type": concept.code, "callsign": given.callsign,
            }  # fmt: skip
            thing = things.checked({name: value for name, value in unit.items() if value is not None}, Resource)
            ref = Ref(self.origin, resources.RESOURCE, things.new_id())
            body = things.make(tx, ref, thing, room=found[1], at=now)
            for held in taken.values():
                things.change(tx, held, {"parent": ref.id}, Resource, base=int(held.body["version"]), at=now)
            composed = compare(concept.code, [(id, taken[id].body["type"]) for id in given.members])
            total = strength.sum_of(
                strength.parse(held.body["strength"]) for held in taken.values() if "strength" in held.body
            )
            told = {
                "id": ref.id, "ref": str(ref), "room": found[1], "body": body, "members": given.members,
                "missing": [asdict(each) for each in composed.missing], "beyond": list(composed.beyond),
                "strength": str(total),
            }  # fmt: skip
            return await once.keep(tx, 201, told)

    def _check_member(self, visitor: Visitor, fleet: str, id: str, held: things.Held | None) -> None:
        if held is None or held.body["organisation"] != fleet:
            raise BadEdit("members", f"there is no resource {id[:60]!r} in this fleet")
        demand_write(visitor, held.room)
        if "parent" in held.body:
            raise BadEdit("members", f"{held.body['callsign']} belongs to a unit already; take it out there first")
