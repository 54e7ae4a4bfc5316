"""The book of an incident's Meldekopf: each batch of acts is one transaction on behalf of whoever sends it.

Locks are taken in this order: the incident (shared), its book, the facilities, the resources by id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from geodata.model.arrival import LINKED, PLACES, Act, ActKind, Arrival, ArrivalState, acts_of, done, force, persons
from geodata.model.body import to_body
from geodata.model.editing import BadEdit
from geodata.model.facility import Facility
from geodata.model.incident import IncidentState
from geodata.model.ref import BadRef, Ref
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.things import Held, NoSuchThing
from service.access.rights import Right
from service.access.visitor import Visitor
from service.arrivals import store
from service.arrivals.acts import Refused, read
from service.arrivals.following import Following

KIND = "arrival"


class Book:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def record(
        self, visitor: Visitor, incident: str, given: Sequence[Mapping[str, Any]], now: datetime
    ) -> dict[str, Any]:
        """What became of each act: NEW stands in the book since now, KNOWN stood there before, REFUSED does not stand
        there. Raises NoSuchThing, NotAllowed, BadMove."""
        acts = [read(raw, now) for raw in given]
        good = [act for act in acts if isinstance(act, Act)]
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            rooms = self.database.asked(visitor.rooms)
            room = await self._enter(tx, visitor, incident, rooms)
            ids = {act.arrival for act in good}
            entries = await store.entries(tx, incident, ids, rooms, origin=self.origin)
            elsewhere = await store.taken(self.database, ids - entries.keys(), origin=self.origin)
            page = _Page(tx, self.origin, incident, room, entries, elsewhere, now)
            page.places = await self._facilities(tx, incident, good, entries, rooms)
            for kind in ("site", "sector"):
                if any(_instruction(act).get(kind) for act in good):
                    page.linked[kind] = await things.of_incident(tx, kind, incident, rooms, origin=self.origin)
            page.following = await Following.of(tx, visitor, _resources(good, entries), page.places, rooms, self.origin)
            results = [await page.write(act) for act in acts]
            page.count_places()
        return {"results": results, "now": now.isoformat().replace("+00:00", "Z")}

    async def _enter(self, tx: Transaction, visitor: Visitor, incident: str, rooms: Collection[str]) -> str:
        try:
            ref = Ref(self.origin, "incident", incident)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        await things.lock(tx, str(ref), shared=True)
        held = await things.read(tx, ref, rooms)
        visitor.needs(Right.SITUATION, incident=incident)
        if held.body["state"] == IncidentState.ARCHIVED:
            raise BadMove("This incident is archived: its book can be read, not continued.")
        await things.lock(tx, f"arrivals of {incident}")
        return held.room

    async def _facilities(
        self, tx: Transaction, incident: str, acts: Sequence[Act], entries: Mapping[str, Held], rooms: Collection[str]
    ) -> dict[str, Held]:
        """Those of the incident, by id; where somebody comes or goes they are locked."""
        found = await things.of_incident(tx, "facility", incident, rooms, origin=self.origin)
        named = {str(act.fields.get("facility")) for act in acts}
        named |= {entries[act.arrival].body["facility"] for act in acts if act.arrival in entries}
        for id in sorted(named & found.keys()):
            await things.lock(tx, f"{self.origin}/facility/{id}")
        held = {}
        for id in sorted(found):
            ref = Ref(self.origin, "facility", id)
            held[id] = await things.read(tx, ref, rooms) if id in named else Held(ref, "", found[id], None)
        return held


class _Page:
    """The book while one batch is written into it."""

    def __init__(
        self, tx: Transaction, origin: str, incident: str, room: str, entries: dict[str, Held],
        elsewhere: Collection[str], now: datetime,
    ) -> None:  # fmt: skip
        self.tx, self.origin, self.incident, self.room, self.now = tx, origin, incident, room, now
        self.entries, self.elsewhere = entries, elsewhere
        self.places: dict[str, Held] = {}
        self.linked: dict[str, Mapping[str, Any]] = {}
        self.following: Following
        self.touched: set[str] = set()

    async def write(self, act: Act | Refused) -> dict[str, Any]:
        if isinstance(act, Refused):
            return {"id": act.id, "outcome": "REFUSED", "field": act.field, "detail": act.detail}
        held = self.entries.get(act.arrival)
        if held is not None and act.id in acts_of(held.body):
            return self._told(act, held.body, "KNOWN")
        try:
            if act.kind is ActKind.CHECK_IN:
                return await self._begin(act)
            if held is None:
                raise BadEdit("arrival", "there is no such entry in this incident")
            return self._continue(act, held)
        except (BadEdit, BadMove) as error:
            return {"id": act.id, "outcome": "REFUSED", "field": error.field, "detail": str(error)}

    async def _begin(self, act: Act) -> dict[str, Any]:
        if act.arrival in self.elsewhere or act.arrival in self.entries:
            raise BadEdit("id", "this id stands for another entry; make a new one")
        given = self.following.named(act.fields)
        begins = {
            **given, "incident": self.incident, "number": 1, "state": ArrivalState.CHECKED_IN.value,
            "arrived_at": act.at, "recorded_at": self.now, "recorded_by": self.tx.actor, "clerk": act.clerk,
            "instructed_at": act.at if given.get("instruction") else None,
        }  # fmt: skip
        plain = {name: value for name, value in begins.items() if value is not None}
        entry = self._checked(plain, plain)
        again = next((one.body["number"] for one in self._present() if force(one.body) == force(to_body(entry))), None)
        first = done({"state": entry.state.value}, replace(act, fields={}), by=self.tx.actor, now=self.now)
        number = await things.next_number(self.tx, KIND, self.incident)
        entry = things.checked({**to_body(entry), "number": number, **first}, Arrival)
        ref = Ref(self.origin, KIND, act.id)
        body = things.make(self.tx, ref, entry, room=self.room, at=self.now)
        self.entries[act.id] = Held(ref, self.room, body, None)
        return self._followed(act, entry, body, again)

    def _continue(self, act: Act, held: Held) -> dict[str, Any]:
        fields = self.following.named(act.fields) if "resource" in act.fields else dict(act.fields)
        changed = {name for name in fields if fields[name] is not None}
        said = self._checked({**held.body, **{name: fields[name] for name in changed}}, fields)
        plain = to_body(said)
        act = replace(act, fields={name: plain.get(name) if name in changed else None for name in fields})
        was = held.body["facility"]
        after = done(held.body, act, by=self.tx.actor, now=self.now)
        late = set(after) == {"history"}
        edited, entry = things.change(self.tx, held, after, Arrival, base=int(held.body["version"]), at=self.now)
        self.entries[act.arrival] = Held(held.ref, held.room, edited.body, None)
        self.touched |= {was}
        if late:
            return {**self._told(act, edited.body, "NEW"), "late": True}
        return self._followed(act, entry, edited.body, None)

    def _followed(self, act: Act, entry: Arrival, body: Mapping[str, Any], again: int | None) -> dict[str, Any]:
        self.touched.add(entry.facility)
        about = self.following.follow(act, entry, self.linked)
        told = {**self._told(act, body, "NEW"), "resource": about, "double_of": again}
        return {name: value for name, value in told.items() if value is not None}

    def _checked(self, plain: Mapping[str, Any], given: Mapping[str, Any]) -> Arrival:
        """The entry with these fields; what is named newly lies in this incident. Raises BadEdit."""
        entry = things.checked(plain, Arrival)
        if "facility" in given:
            place = self.places.get(entry.facility)
            if place is None or place.body["type"] not in PLACES:
                raise BadEdit("facility", "name a Meldekopf or Bereitstellungsraum of this incident")
        if (given.get("partner_resource") or "").startswith(f"{self.origin}/"):
            raise BadEdit("partner_resource", "this one is ours: name it as resource")
        if "arrived_at" in given and entry.arrived_at > self.now:
            raise BadEdit("arrived_at", "nobody arrives in the future")
        order = entry.instruction if given.get("instruction") else None
        for kind in LINKED if order else ():
            id = getattr(order, kind)
            known: Collection[str] = self.places if kind == "facility" else self.linked.get(kind, ())
            if id is not None and id not in known:
                raise BadEdit(f"instruction.{kind}", f"there is no such {kind} in this incident")
        return entry

    def _present(self) -> list[Held]:
        return [one for one in self.entries.values() if one.body["state"] == ArrivalState.CHECKED_IN]

    def _told(self, act: Act, body: Mapping[str, Any], outcome: str) -> dict[str, Any]:
        return {"id": act.id, "outcome": outcome, "number": body["number"]}

    def count_places(self) -> None:
        """`used` of a facility becomes the persons who are checked in there."""
        bodies = [one.body for one in self.entries.values()]
        for id in sorted(self.touched):
            held = self.places.get(id)
            if held is not None and held.room:
                used = {"used": persons(bodies, id)}
                things.change(self.tx, held, used, Facility, base=int(held.body["version"]), at=self.now)


def _instruction(act: Act) -> Mapping[str, Any]:
    given = act.fields.get("instruction")
    return given if isinstance(given, dict) else {}


def _resources(acts: Sequence[Act], entries: Mapping[str, Held]) -> set[str]:
    """Those that may change: named by an act, or by the entry that it is about."""
    named = {act.fields.get("resource") for act in acts}
    named |= {entries[act.arrival].body.get("resource") for act in acts if act.arrival in entries}
    return {id for id in named if isinstance(id, str) and id}
