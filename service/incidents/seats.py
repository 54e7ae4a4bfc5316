"""Staffs and their seats: the tables that decide over rights and the facts that everybody sees, always together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from geodata.model.body import to_body
from geodata.model.editing import BadEdit
from geodata.model.post import Holder, Post, Staff
from geodata.model.ref import Ref
from geodata.model.staff import FUNCTIONS, REQUIRED, SHIFT, Function, Shift
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.rights import Right
from service.access.visitor import Visitor
from service.bodies import Once
from service.incidents import rules, store
from service.incidents.sent import NewAssignment, NewStaff, ShiftMove

_ACTIVE = (Shift.ON_DUTY, Shift.HANDOVER)


def room_for(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


async def found_staff(
    tx: Transaction, origin: str, incident: str, room: str, given: NewStaff, at: datetime
) -> dict[str, Any]:
    """A new staff with its own room and a seat for each function, all vacant; its fact. Raises BadEdit."""
    if given.organisation is not None and given.organisation not in await store.organisations(tx):
        raise BadEdit("organisation", "there is no such organisation")
    staff, own = things.new_id(), room_for("s")
    await store.add_room(tx, own, given.name, incident)
    await store.add_staff(tx, staff, incident, given.name, given.model, given.organisation, own)
    for each in (room, own):
        await store.admit_staff(tx, each, staff)
    fact = Staff(incident, given.name, given.model, own, given.organisation)
    ref = Ref(origin, "staff", staff)
    body = things.make(tx, ref, fact, room=room, at=at)
    for function in FUNCTIONS[given.model]:
        post = Post(incident, staff, function, function in REQUIRED[given.model])
        things.make(tx, Ref(origin, "post", f"{staff}.{function}"), post, room=room, at=at)
    return {"id": staff, "ref": str(ref), "room": room, "body": body}


def _held(rows: Iterable[Any], function: str) -> tuple[Holder, ...]:
    return tuple(
        Holder(row.id, row.person, row.deputy, Shift(row.state), row.starts, row.ends)
        for row in rows
        if row.function == function
    )


async def show(tx: Transaction, origin: str, staff: Any, function: Function, at: datetime) -> dict[str, Any]:
    """Write the seat's fact anew from the table; its body. The seat must be locked (`lock_seat`)."""
    ref = Ref(origin, "post", f"{staff.id}.{function}")
    held = _held(await store.holders(tx, staff.id), function)
    required = function in REQUIRED[staff.model]
    post = Post(staff.incident, staff.id, function, required, held)
    try:
        before = await things.read(tx, ref, [staff.incident_room])
    except NoSuchThing:
        return things.make(tx, ref, post, room=staff.incident_room, at=at)
    fields = {"holders": to_body(post).get("holders")}
    edited, _ = things.change(tx, before, fields, Post, base=int(before.body["version"]), at=at)
    return edited.body


async def lock_seat(tx: Transaction, origin: str, staff: str, function: str) -> None:
    await things.lock(tx, str(Ref(origin, "post", f"{staff}.{function}")))


class Seats:
    """Every change is written together with the seat's fact; the caller then tells that rights changed."""

    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def add_staff(self, visitor: Visitor, incident: str, given: NewStaff, once: Once, now: datetime) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        ref = Ref(self.origin, "incident", incident)
        await self._check_seen(visitor, ref)
        async with self.database.transaction(visitor.actor) as tx:
            await things.lock(tx, str(ref), shared=True)
            held = await things.read(tx, ref, self.database.asked(visitor.rooms))
            visitor.needs(Right.OPEN, incident=incident)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            rules.check_open(held.body)
            founded = await found_staff(tx, self.origin, incident, held.room, given, now)
            return await once.keep(tx, 201, founded)

    async def assign(
        self, visitor: Visitor, staff_id: str, given: NewAssignment, once: Once, now: datetime
    ) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        known = await store.known_people(self.database, [given.person])
        async with self.database.transaction(visitor.actor) as tx:
            staff = await self._staff(tx, visitor, staff_id)
            rules.check_seating(visitor, staff.incident, staff.id, await self._on_duty(tx, staff.id))
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            rules.check_open({"state": staff.state})
            if given.function not in FUNCTIONS[staff.model]:
                raise BadEdit("function", f"a {staff.model} has {', '.join(FUNCTIONS[staff.model])}")
            if given.person not in known:
                raise BadEdit("person", "there is no such person, or the account is closed")
            await lock_seat(tx, self.origin, staff.id, given.function)
            assigned = await self.seat(tx, staff, given, now)
            body = await show(tx, self.origin, staff, given.function, now)
            answer = {"assignment": assigned, "id": f"{staff.id}.{given.function}", "body": body}
            return await once.keep(tx, 201, answer)

    async def seat(self, tx: Transaction, staff: Any, given: NewAssignment, now: datetime) -> str:
        """The id of the new assignment. Raises BadEdit."""
        starts = given.starts or now
        state = given.state or (Shift.ON_DUTY if starts <= now else Shift.PLANNED)
        if state not in (Shift.PLANNED, Shift.ON_DUTY):
            raise BadEdit("state", "a new assignment is PLANNED or ON_DUTY")
        if state is Shift.ON_DUTY and starts > now:
            raise BadEdit("starts", "whoever is on duty has begun; plan what begins later")
        if given.ends is not None and given.ends <= starts:
            raise BadEdit("ends", "a duty ends after it starts")
        rows = await store.holders(tx, staff.id)
        if any(row.function == given.function and row.person == given.person for row in rows):
            raise BadEdit("person", "holds this seat already, or is planned for it")
        new = things.new_id()
        await store.assign(
            tx, id=new, staff=staff.id, function=given.function.value, person=given.person, deputy=given.deputy,
            state=state.value, starts=starts, ends=given.ends,
        )  # fmt: skip
        return new

    async def move(self, visitor: Visitor, assignment: str, given: ShiftMove, now: datetime) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed, BadMove, BadEdit."""
        async with self.database.transaction(visitor.actor) as tx:
            row = await store.assignment(tx, assignment)
            if row is None:
                raise NoSuchThing(NoSuchThing.__doc__)
            staff = await self._staff(tx, visitor, row.staff)
            await lock_seat(tx, self.origin, staff.id, row.function)
            row = await store.assignment(tx, assignment)
            function, before = Function(row.function), Shift(row.state)
            if not rules.check_shift(visitor, staff.id, function, row.person, given.state):
                rules.check_seating(visitor, staff.incident, staff.id, await self._on_duty(tx, staff.id))
            if given.state is not Shift.OFF:
                rules.check_open({"state": staff.state})
            if before is Shift.OFF and given.state is Shift.OFF:
                raise BadMove("This duty has ended already.")
            after = SHIFT.move(before, given.state)
            rules.check_note(before, after, given.note)
            starts = now if before is Shift.PLANNED and after is Shift.ON_DUTY else row.starts
            ends = now if after is Shift.OFF else row.ends
            await store.shift(tx, assignment, after.value, starts=starts, ends=ends, note=given.note)
            body = await show(tx, self.origin, staff, function, now)
        return {"assignment": assignment, "id": f"{staff.id}.{function}", "body": body}

    async def listed(self, visitor: Visitor, staff_id: str) -> list[dict[str, Any]]:
        """Who sat where and what was handed over, newest first, for whoever sees the staff's own room.

        Raises NoSuchThing."""
        async with self.database.transaction(visitor.actor) as tx:
            staff = await store.staff(tx, self.origin, staff_id)
        if staff is None or staff.room not in self.database.asked(visitor.rooms):
            raise NoSuchThing(NoSuchThing.__doc__)
        await self._check_seen(visitor, Ref(self.origin, "staff", staff_id))
        return await store.assignments(self.database, staff_id)

    async def _check_seen(self, visitor: Visitor, ref: Ref) -> None:
        """Raises NoSuchThing."""
        if not await store.seen(self.database, str(ref), visitor.rooms):
            raise NoSuchThing(NoSuchThing.__doc__)

    async def _staff(self, tx: Transaction, visitor: Visitor, staff_id: str) -> Any:
        """The staff, with its incident held open; an administrator fills seats also where he sees nothing."""
        staff = await store.staff(tx, self.origin, staff_id)
        if staff is None or not (visitor.admin or staff.incident_room in self.database.asked(visitor.rooms)):
            raise NoSuchThing(NoSuchThing.__doc__)
        if not visitor.admin:
            await self._check_seen(visitor, Ref(self.origin, "incident", staff.incident))
        await things.lock(tx, str(Ref(self.origin, "incident", staff.incident)), shared=True)
        return await store.staff(tx, self.origin, staff_id)

    @staticmethod
    async def _on_duty(tx: Transaction, staff: str) -> set[Function]:
        return {Function(row.function) for row in await store.holders(tx, staff) if row.state in _ACTIVE}
