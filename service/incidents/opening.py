"""Opening an incident, and what its heads do to it: name it, move it on, declare its level."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from geodata.model.body import from_body, to_body
from geodata.model.editing import BadEdit, Edited
from geodata.model.incident import Declared, Incident, IncidentMode, IncidentState, declare
from geodata.model.legal import LegalLevel
from geodata.model.ref import Ref
from geodata.model.staff import FUNCTIONS, StaffModel
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from service.access.rights import Right
from service.access.visitor import Visitor
from service.bodies import Once
from service.incidents import rules, store
from service.incidents.rules import INCIDENT_KIND
from service.incidents.seats import Seats, found_staff, room_for, show
from service.incidents.sent import Choice, Declaration, Edit, Move, NewAssignment, NewIncident, NewStaff

FIRST = NewStaff(StaffModel.EINSATZLEITUNG, "Einsatzleitung")
"""The staff of an incident that is opened without naming any."""


class Incidents:
    def __init__(
        self, database: Database, origin: str, node: IncidentMode, levels: Sequence[LegalLevel], seats: Seats
    ) -> None:
        self.database, self.origin, self.node, self.levels, self.seats = database, origin, node, levels, seats

    async def open(self, visitor: Visitor, given: NewIncident, once: Once, now: datetime) -> Answered:
        """Room, staffs, seats and memberships at once; whoever opens it sits in the first staff.

        Raises NotAllowed, BadEdit."""
        visitor.needs(Right.OPEN)
        mode = rules.mode_of(given.mode, self.node)
        if given.state not in (IncidentState.OBSERVED, IncidentState.ACTIVE):
            raise BadEdit("state", "an incident begins as OBSERVED or ACTIVE")
        planned = given.staffs or [FIRST]
        function = given.function or rules.HEAD[planned[0].model]
        if function not in FUNCTIONS[planned[0].model]:
            raise BadEdit("function", f"a {planned[0].model} has {', '.join(FUNCTIONS[planned[0].model])}")
        incident, room = things.new_id(), room_for("i")
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            fields = {
                "number": await things.next_number(tx, "incident", ""), "name": given.name, "mode": mode.value,
                "state": given.state.value, "room": room, "hazard": given.hazard, "note": given.note,
                "geometry": given.geometry,
            }  # fmt: skip
            thing = things.checked(fields, Incident)
            ref = Ref(self.origin, "incident", incident)
            await store.add_room(tx, room, thing.name, incident)
            body = things.make(tx, ref, thing, room=room, at=now)
            staffs = [await found_staff(tx, self.origin, incident, room, one, now) for one in planned]
            first = SimpleNamespace(
                id=staffs[0]["id"], incident=incident, model=planned[0].model, incident_room=room,
            )  # fmt: skip
            taken = NewAssignment(function, visitor.person or "")
            assignment = await self.seats.seat(tx, first, taken, now)
            await show(tx, self.origin, first, function, now)
            answer = {
                "id": incident, "ref": str(ref), "room": room, "body": body, "staffs": staffs,
                "assignment": assignment,
            }  # fmt: skip
            return await once.keep(tx, 201, answer)

    async def edit(self, visitor: Visitor, incident: str, given: Edit, now: datetime) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        rules.check_given(INCIDENT_KIND, given.fields)
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await self._take(tx, visitor, incident, Right.OPEN)
            rules.check_open(held.body)
            edited, _ = things.change(tx, held, given.fields, Incident, base=given.base, at=now)
        return told(held, edited)

    async def move(self, visitor: Visitor, incident: str, given: Move, now: datetime) -> dict[str, Any]:
        """Archiving closes the incident's rooms for writing. Raises as `edit`."""
        archive = given.state == IncidentState.ARCHIVED
        see = None if archive else visitor.rooms
        if not await store.seen(self.database, f"{self.origin}/incident/{incident}", visitor.rooms):
            raise things.NoSuchThing(things.NoSuchThing.__doc__)
        async with self.database.transaction(visitor.actor, see=see, write=visitor.write) as tx:
            held = await self._take(tx, visitor, incident, Right.OPEN)
            state = rules.moved(INCIDENT_KIND, held.body["state"], given.state, given.reason)
            fields = {"state": state.value, "state_reason": given.reason}
            base = given.base or int(held.body["version"])
            edited, _ = things.change(tx, held, fields, Incident, base=base, at=now)
            if archive:
                await store.close_rooms(tx, incident)
        return told(held, edited)

    async def declare(self, visitor: Visitor, incident: str, given: Declaration, now: datetime) -> dict[str, Any]:
        """Raises as `edit`."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await self._take(tx, visitor, incident, Right.DECLARE)
            rules.check_open(held.body)
            before = tuple(from_body(one, Declared) for one in held.body.get("legal", ()))
            legal = declare(
                before, self.levels, given.level,
                since=given.since or now, by=visitor.actor, text=given.text, now=now,
            )  # fmt: skip
            fields = {"legal": [to_body(one) for one in legal]}
            edited, _ = things.change(tx, held, fields, Incident, base=int(held.body["version"]), at=now)
        return told(held, edited)

    async def settle(
        self, visitor: Visitor, incident: str, number: int, given: Choice, now: datetime
    ) -> dict[str, Any]:
        """Raises as `edit`."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await self._take(tx, visitor, incident, Right.OPEN)
            rules.check_open(held.body)
            rules.check_choice(INCIDENT_KIND, held.body, number, given.take, given.field)
            edited = things.settle(tx, held, number, Incident, take=given.take, at=now)
        return told(held, edited)

    async def _take(self, tx: Transaction, visitor: Visitor, incident: str, right: Right) -> things.Held:
        held = await things.take(tx, Ref(self.origin, "incident", incident), self.database.asked(visitor.rooms))
        visitor.needs(right, incident=incident)
        return held


def told(held: things.Held, edited: Edited) -> dict[str, Any]:
    """What became of an edit, for whoever made it."""
    return {
        "id": held.ref.id, "ref": str(held.ref), "room": held.room, "body": edited.body,
        "changed": list(edited.changed), "lost": list(edited.lost),
    }  # fmt: skip
