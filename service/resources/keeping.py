"""Resources, stock and fleets as people keep them: each change is one transaction on behalf of whoever makes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from geodata.model import catalogue
from geodata.model.body import to_body
from geodata.model.cover import Shortfall
from geodata.model.editing import BadEdit, Edited
from geodata.model.fms import heard, meaning
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import BOUND, FREE, Deployment, Fleet, Reporter, Resource
from geodata.store import resources, things
from geodata.store.counting import broken_by
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held, NoSuchThing
from service.access.audit.store import note_reading
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Once
from service.resources import own_types, rules
from service.resources.fleets import fleet_of
from service.resources.rules import FLEET, RESOURCE, Kind

UNITS_DEEP = 3
RESTORED_WITHIN = timedelta(minutes=30)


class Keeping:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def create(
        self, visitor: Visitor, fleet: str, kind: Kind, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit."""
        rules.check_given(kind, fields)
        async with self.transaction(visitor) as tx:
            found = await fleet_of(tx, self.origin, fleet, self.rooms(visitor))
            if found is None:
                raise NoSuchThing(NoSuchThing.__doc__)
            demand_write(visitor, found[1])
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            fields = await self._typed(tx, visitor, kind, fleet, fields, {})
            given = {"ars": found[0].ars, **fields, "organisation": fleet}
            thing = things.checked({name: value for name, value in given.items() if value is not None}, kind.model)
            await self._check_links(tx, visitor, fleet, None, fields)
            ref = Ref(self.origin, kind.name, things.new_id())
            body = things.make(tx, ref, thing, room=found[1], at=now)
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": found[1], "body": body})

    async def edit(
        self, visitor: Visitor, kind: Kind, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Raises as `create`."""
        rules.check_given(kind, fields)
        async with self.transaction(visitor) as tx:
            held = await self.take(tx, visitor, kind, id)
            fields = await self._typed(tx, visitor, kind, held.body.get("organisation", ""), fields, held.body)
            edited, _ = things.change(tx, held, fields, kind.model, base=base, at=now)
            if kind is not FLEET:
                await self._check_links(tx, visitor, held.body["organisation"], id, fields)
        return told(held, edited)

    async def settle(
        self, visitor: Visitor, kind: Kind, id: str, number: int, now: datetime, *, take: bool, field: str | None
    ) -> dict[str, Any]:
        """Raises as `create`."""
        async with self.transaction(visitor) as tx:
            held = await self.take(tx, visitor, kind, id)
            conflicts = held.body.get("conflicts", [])
            if number >= len(conflicts) or field not in (None, conflicts[number]["field"]):
                raise BadEdit("conflict", "there is no such conflict; somebody may have settled it")
            if take and conflicts[number]["field"] in kind.ours:
                raise BadEdit("conflict", "this field goes its own way; set it there")
            edited = things.settle(tx, held, number, kind.model, take=take, at=now)
        return told(held, edited)

    async def delete(self, visitor: Visitor, kind: Kind, id: str, now: datetime) -> None:
        """What belonged to a unit stays, without it. Raises as `create`; BadEdit while it is lent, held or deployed."""
        async with self.transaction(visitor) as tx:
            members = await self._members(tx, id, self.rooms(visitor)) if kind is RESOURCE else []
            held = await self.take(tx, visitor, kind, id)
            for field in ("loan", "hold", "incident"):
                if field in held.body:
                    raise BadEdit("id", f"its {field} stands; end that first")
            if float(held.body.get("reserved", 0)) > 0:
                raise BadEdit("id", "some of it is reserved; end that first")
            tx.drop(held.ref)
            if kind is RESOURCE:
                tx.drop(Ref(self.origin, "position", id))
            for each in members:
                resources.say(tx, each, {"parent": None}, Resource, at=now, source="unit")

    async def restore(self, visitor: Visitor, kind: Kind, id: str, now: datetime) -> dict[str, Any]:
        """Bring back what was deleted in the last half hour. Raises as `create`."""
        async with self.transaction(visitor) as tx:
            ref = self._ref(kind, id)
            await things.lock(tx, str(ref))
            gone = await things.dropped(tx, ref, self.rooms(visitor), within=RESTORED_WITHIN)
            demand_write(visitor, gone.room)
            things.restore(tx, gone, at=now)
        return {"id": id, "ref": str(gone.ref), "room": gone.room, "body": gone.body}

    async def report(self, visitor: Visitor, id: str, code: str, now: datetime) -> dict[str, Any]:
        """An FMS status or signal that a person types. Raises as `create`."""
        async with self.transaction(visitor) as tx:
            held, resource, fleet = await self.take_resource(tx, visitor, id)
            manual = timedelta(minutes=fleet.manual_minutes) if fleet else rules.MANUAL
            mapping = meaning(resource.type, fleet)
            fields = heard(resource, code, at=now, by=Reporter.PERSON, mapping=mapping, now=now, manual=manual)
            if not fields:
                raise BadEdit("code", "the control room said otherwise a short while ago; its word stands")
            return self._change(tx, held, {name: _plain(value) for name, value in fields.items()}, now)

    async def note_signal(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """Somebody took note of its signal. Raises as `create`."""
        async with self.transaction(visitor) as tx:
            held, resource, _ = await self.take_resource(tx, visitor, id)
            if resource.signal is None:
                raise BadEdit("signal", "there is no signal")
            return self._change(tx, held, {"signal": {**held.body["signal"], "seen": _plain(now)}}, now)

    async def deploy(
        self,
        visitor: Visitor,
        id: str,
        state: str,
        given: Mapping[str, Any],
        reason: str | None,
        now: datetime,
        *,
        override: str | None = None,
    ) -> dict[str, Any]:
        """Send it on: its deployment state, and to what it is assigned. Basic cover that this breaks is told; bound by
        an incident it goes then only with the reason why (`override`). Raises as `create`, BadMove, CoverBroken."""
        async with self.transaction(visitor) as tx:
            held, resource, fleet = await self.take_resource(tx, visitor, id)
            fields = rules.deployed(resource, fleet, state, given, reason, now)
            await self._check_assignment(tx, visitor, {**held.body, **fields}, given)
            cover = await self._cover(tx, visitor, id, fields)
            if cover and fields["deployment"] in BOUND:
                fields["state_reason"] = rules.overridden(reason, override, cover)
                shortfalls = {"shortfalls": [to_body(one) for one in cover]}
                await note_reading(self.database, visitor, "cover.override", f"resource:{id}", shortfalls)
            done = self._change(tx, held, fields, now)
            return {**done, "cover": [to_body(one) for one in cover]} if cover else done

    async def _cover(self, tx: Transaction, visitor: Visitor, id: str, fields: Mapping[str, Any]) -> list[Shortfall]:
        if fields["availability"] in FREE:
            return []
        return await broken_by(tx.connection, [id], self.rooms(visitor), origin=self.origin, tx=tx)

    def _change(self, tx: Transaction, held: Held, fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        edited, _ = things.change(tx, held, fields, Resource, base=int(held.body["version"]), at=now)
        return told(held, edited)

    def transaction(self, visitor: Visitor) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    def rooms(self, visitor: Visitor) -> list[str]:
        return self.database.asked(visitor.rooms)

    async def _members(self, tx: Transaction, id: str, rooms: list[str]) -> list[Held]:
        """Those of a unit, locked together with it."""
        ids = await resources.members_of(tx, id, rooms, origin=self.origin)
        taken = await resources.take_all(tx, RESOURCE.name, [id, *ids], rooms, origin=self.origin) if ids else {}
        return [each for each in taken.values() if each.body.get("parent") == id]

    async def take(self, tx: Transaction, visitor: Visitor, kind: Kind, id: str) -> Held:
        """Locked, where the visitor may write. Raises NoSuchThing, NotSignedIn, NotAllowed."""
        held = await things.take(tx, self._ref(kind, id), self.rooms(visitor))
        demand_write(visitor, held.room)
        return held

    async def take_resource(self, tx: Transaction, visitor: Visitor, id: str) -> tuple[Held, Resource, Fleet | None]:
        """With the fleet of its owner where the visitor sees that. Raises as `take`."""
        held = await self.take(tx, visitor, RESOURCE, id)
        resource = things.checked(held.body, Resource)
        fleet = await fleet_of(tx, self.origin, resource.organisation, self.rooms(visitor))
        return held, resource, fleet[0] if fleet else None

    async def _typed(
        self,
        tx: Transaction,
        visitor: Visitor,
        kind: Kind,
        organisation: str,
        fields: Mapping[str, Any],
        before: Mapping[str, Any],
    ) -> dict[str, Any]:
        """With the type as the catalogue or the organisation's own types write it. Raises BadEdit."""
        if kind is not RESOURCE or not {"type", "strength", "capabilities"} & set(fields):
            return dict(fields)
        type = fields.get("type", before.get("type"))
        if not isinstance(type, str) or type in catalogue.TYPES:
            return rules.typed(fields, catalogue.KNOWN)
        known = await own_types.known(tx, self.origin, organisation, self.rooms(visitor))
        if type == before.get("type") and type not in known.types:
            return rules.typed({name: value for name, value in fields.items() if name != "type"}, known)
        return rules.typed({"type": type, **fields}, known, before.get("capabilities", ()))

    def _ref(self, kind: Kind, id: str) -> Ref:
        try:
            return Ref(self.origin, kind.name, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error

    async def _check_links(
        self, tx: Transaction, visitor: Visitor, organisation: str, id: str | None, fields: Mapping[str, Any]
    ) -> None:
        """A unit and a carrier are resources of the same organisation. Raises BadEdit."""
        for field in ("parent", "carried_by"):
            other = fields.get(field)
            if other is None:
                continue
            found = await self._seen(tx, visitor, "resource", other)
            if other == id or found is None or found.get("organisation") != organisation:
                raise BadEdit(field, "name another resource of the same organisation")
            if field == "carried_by" and found.get(field) is not None:
                raise BadEdit(field, "that one is carried itself")
            if field == "parent":
                await self._check_above(tx, visitor, id, found)

    async def _check_above(self, tx: Transaction, visitor: Visitor, id: str | None, parent: Mapping[str, Any]) -> None:
        """Units may lie in units, three deep, and never in themselves. Raises BadEdit."""
        above: Mapping[str, Any] | None = parent
        for _ in range(UNITS_DEEP - 1):
            higher = above.get("parent") if above else None
            if higher is None:
                return
            if higher == id:
                raise BadEdit("parent", "that one belongs to this one already")
            above = await self._seen(tx, visitor, "resource", higher)
        if above is not None and above.get("parent") is not None:
            raise BadEdit("parent", f"units lie in units, {UNITS_DEEP} deep at most")

    async def _check_assignment(
        self, tx: Transaction, visitor: Visitor, after: Mapping[str, Any], given: Mapping[str, Any]
    ) -> None:
        """What it is assigned to lies in its incident, which is open. Raises BadEdit, BadMove."""
        incident = after.get("incident")
        if given.get("incident") is not None:
            found = await self._seen(tx, visitor, "incident", str(incident))
            if found is None:
                raise BadEdit("incident", "there is no such incident")
            if found["state"] == "ARCHIVED":
                raise BadEdit("incident", "this incident is archived")
        for kind in ("sector", "site", "task", "facility"):
            if given.get(kind) is not None:
                found = await self._seen(tx, visitor, kind, str(given[kind]))
                if found is None or found.get("incident") != incident:
                    raise BadEdit(kind, f"there is no such {kind} in this incident")

    async def _seen(self, tx: Transaction, visitor: Visitor, kind: str, id: str) -> dict[str, Any] | None:
        try:
            return (await things.read(tx, Ref(self.origin, kind, id), self.rooms(visitor))).body
        except (NoSuchThing, BadRef):
            return None


def _plain(value: object) -> Any:
    """As it stands in a body."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.value if isinstance(value, Deployment) else to_body(value) if hasattr(value, "__slots__") else value


def told(held: Held, edited: Edited) -> dict[str, Any]:
    """What became of it, for whoever changed it."""
    return {
        "id": held.ref.id, "ref": str(held.ref), "room": held.room, "body": edited.body,
        "changed": list(edited.changed), "lost": list(edited.lost),
    }  # fmt: skip
