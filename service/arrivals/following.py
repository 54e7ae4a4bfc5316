"""Resources that are known here follow the book, where whoever writes into it may write them too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from geodata.model.arrival import Act, ActKind, Arrival
from geodata.model.editing import BadEdit
from geodata.model.facility import FacilityType
from geodata.model.fms import meaning
from geodata.model.ref import Ref
from geodata.model.resource import Fleet, Position, Resource
from geodata.store import resources, things
from geodata.store.database import Transaction
from geodata.store.things import Held
from service.access.visitor import Visitor
from service.arrivals import store
from service.arrivals.effects import Place, told

SOURCE = "Meldekopf"
Point = tuple[float, float]


class Following:
    """The resources that a batch names, locked."""

    def __init__(self, tx: Transaction, visitor: Visitor, places: Mapping[str, Held], origin: str) -> None:
        self.tx, self.visitor, self.places, self.origin = tx, visitor, places, origin
        self.held: dict[str, Held] = {}
        self.positions: dict[str, Held] = {}
        self.fleets: dict[str, Fleet] = {}
        self.changed: dict[str, dict[str, datetime]] = {}

    @classmethod
    async def of(
        cls, tx: Transaction, visitor: Visitor, ids: Collection[str], places: Mapping[str, Held],
        rooms: Collection[str], origin: str,
    ) -> Following:  # fmt: skip
        made = cls(tx, visitor, places, origin)
        if not ids:
            return made
        made.held = await resources.take_all(tx, resources.RESOURCE, ids, rooms, origin=origin)
        made.positions = await resources.by_ids(tx, resources.POSITION, made.held, rooms, origin=origin)
        owners = {one.body["organisation"] for one in made.held.values()}
        fleets = await resources.by_ids(tx, resources.FLEET, owners, rooms, origin=origin)
        made.fleets = {id: things.checked(one.body, Fleet) for id, one in fleets.items()}
        made.changed = await store.last_changes(tx, made.held.keys(), rooms, origin=origin)
        return made

    def named(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of an entry; what is known of its resource filled in, one that is not known here left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        id = given.pop("resource", None)
        held = self.held.get(id) if isinstance(id, str) else None
        if held is None:
            return {**given, **({"resource": None} if "resource" in fields else {})}
        fleet = self.fleets.get(held.body["organisation"])
        known = {"type": held.body["type"], "callsign": held.body["callsign"]}
        return {**known, **({"organisation_name": fleet.name} if fleet else {}), **given, "resource": id}

    def follow(self, act: Act, entry: Arrival, linked: Mapping[str, Mapping[str, Any]]) -> str | None:
        """What became of the resource: UPDATED, NEWER (something newer is known), NOT_YOURS; None if there is none."""
        held = self.held.get(entry.resource or "")
        if held is None:
            return None
        if held.room not in self.visitor.write:
            return "NOT_YOURS"
        resource = things.checked(held.body, Resource)
        fleet = self.fleets.get(resource.organisation)
        mapping = meaning(resource.type, fleet)
        place = self._place(entry.facility)
        target = self._target(entry, linked)
        changed = self.changed.setdefault(held.ref.id, {})
        fields = told(resource, act, entry, place, changed, mapping, target)
        if not fields:
            return "NEWER" if act.kind is not ActKind.INSTRUCT else None
        try:
            edited, _ = things.change(self.tx, held, fields, Resource, base=int(held.body["version"]), at=act.at)
        except BadEdit:
            return "NEWER"
        self.held[held.ref.id] = Held(held.ref, held.room, edited.body, None)
        changed.update({name: act.at for name in store.FIELDS if name in edited.changed})
        if act.kind is ActKind.CHECK_IN:
            self._stands(held, place.point, act.at)
        return "UPDATED"

    def _place(self, id: str) -> Place:
        body = self.places[id].body
        return Place(id, FacilityType(body["type"]), _point(body))

    def _target(self, entry: Arrival, linked: Mapping[str, Mapping[str, Any]]) -> Point | None:
        order = entry.instruction
        if order is None:
            return None
        if order.facility is not None:
            return _point(self.places[order.facility].body) if order.facility in self.places else None
        site = linked.get("site", {}).get(order.site) if order.site else None
        return _point(site) if site and site.get("geometry", {}).get("type") == "Point" else None

    def _stands(self, held: Held, point: Point, at: datetime) -> None:
        """It is where it checked in, unless a newer position is known."""
        known = self.positions.get(held.ref.id)
        if known is not None and datetime.fromisoformat(known.body["at"]) >= at:
            return
        ref = Ref(self.origin, resources.POSITION, held.ref.id)
        resources.put_position(self.tx, ref, held.room, Position(*point, at, SOURCE), received_at=at)


def _point(body: Mapping[str, Any]) -> Point:
    longitude, latitude = body["geometry"]["coordinates"][:2]
    return float(longitude), float(latitude)
