"""What a volunteer sees and does on his own page: invitations, his shift, the briefing, coming and going."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerting.model.job import Job, JobState, MeetingPoint, PointState, Slot
from alerting.model.plan import Verification
from alerting.model.volunteer import OVER, PRESENT, BookingState, NotFit, Volunteer, may_take, overlapping
from alerting.store import bookings, forgetting, jobs, volunteers
from alerting.store.bookings import Act, ActKind, SlotFull
from geodata.model.editing import BadEdit
from geodata.model.states import BadMove
from geodata.store.database import Database
from geodata.store.things import NoSuchThing, new_id
from service.pages.forms import Form
from service.volunteers import store

HELPER = "helper"
_DOES = {
    "accept": ActKind.CONFIRM, "take": ActKind.CONFIRM, "decline": ActKind.DECLINE, "check-in": ActKind.CHECK_IN,
    "brief": ActKind.BRIEF, "start": ActKind.START, "pause": ActKind.PAUSE, "resume": ActKind.RESUME,
    "check-out": ActKind.CHECK_OUT, "safe": ActKind.SAFE,
}  # fmt: skip
_ACT = re.compile(r"[A-Za-z0-9-]{8,60}")
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """`key` names the text that says why; `said` is the reason in the node's own words."""

    key: str
    said: str = ""


@dataclass(slots=True)
class Shift:
    """One booking with its job. `act` is the id of the next act: a form sent twice counts once."""

    id: str
    state: str
    job: Job | None
    slot: Slot | None
    point: MeetingPoint | None
    booking: dict[str, Any]
    act: str = field(default_factory=new_id)


@dataclass(slots=True)
class Me:
    name: str
    language: str
    blocked: bool
    unproven: bool
    unsent: bool
    now: Shift | None = None
    shifts: list[Shift] = field(default_factory=list)
    over: list[Shift] = field(default_factory=list)
    offers: list[tuple[str, Job, Slot, int, str]] = field(default_factory=list)
    act: str = field(default_factory=new_id)


class OwnPage:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def read(self, helper: str, now: datetime) -> Me | None:
        """None once he is erased."""
        async with self.database.reading() as connection:
            row = await store.helper(connection, helper)
            if row is None or row.state == "ERASED":
                return None
            contact = await store.unproven(connection, helper)
            booked = await volunteers.own(connection, helper)
            offered = await jobs.open_jobs(connection, self.origin, [row.room])
            mine = await jobs.read(connection, self.origin, {b["job"] for b in booked if b["job"]})
            wanted = {job.meeting_point for _, job in mine.values()} | {b["point"] for b in booked}
            points = await jobs.points(connection, self.origin, {id for id in wanted if id})
            places = await jobs.places(connection, offered)
            known = (await volunteers.known(connection, [helper], now))[helper]
        me = Me(row.name, row.language, row.state == "BLOCKED", contact is not None and contact.problem is None,
                contact is not None and contact.problem is not None)  # fmt: skip
        for booking in booked:
            shift = _shift(booking, mine, points)
            state = BookingState(booking["state"])
            if state in PRESENT:
                me.now = shift
            elif state in OVER:
                me.over.append(shift)
            elif state is not BookingState.PRE_REGISTERED:
                me.shifts.append(shift)
        me.over = me.over[-5:]
        skills = {code: Verification(how) for code, how in (known.skills or {}).items()}
        person = Volunteer(helper, row.adult, skills, me.blocked)
        bound = [(one.slot.begins, one.slot.ends) for one in (*me.shifts, me.now) if one and one.slot]
        me.offers = _offers(offered, places, person, bound, now)
        return me

    async def act(self, helper: str, do: str, form: Form, now: datetime) -> Refused | None:
        """None if it is done."""
        kind, id = _DOES.get(do), form.one("act")
        if kind is None or not _ACT.fullmatch(id):
            return Refused("again")
        point: str | None = None
        async with self.database.transaction(HELPER) as tx:
            held = await store.unproven(tx.connection, helper)
            if kind is ActKind.CONFIRM and held is not None and held.problem is None:
                return Refused("prove")
            if kind is ActKind.CHECK_IN:
                found = await self._point(tx.connection, helper, form.one("k"))
                if isinstance(found, Refused):
                    return found
                point = found
        given = Act(
            f"{helper}:{id}", kind, now, HELPER, helper=helper, booking=form.one("booking") or None,
            job=form.one("job") or None, slot=form.one("slot") or None, point=point,
        )  # fmt: skip
        try:
            async with self.database.transaction(HELPER) as tx:
                await bookings.record(tx, given, origin=self.origin, now=now)
        except SlotFull:
            return Refused("full")
        except NotFit as error:
            return Refused(f"fit_{error.field}", str(error))
        except BadMove:
            return Refused("moved")
        except (BadEdit, NoSuchThing):
            return Refused("again")
        return None

    async def _point(self, connection: Any, helper: str, code: str) -> str | Refused:
        found = await store.point_of(connection, self.origin, code.strip().upper())
        rooms = await store.rooms_of(connection, [helper])
        if found is None or found.room != rooms.get(helper):
            return Refused("point")
        if found.body.get("state", PointState.OPEN) == PointState.CLOSED:
            return Refused("point_closed")
        return str(found.id)

    async def forget(self, helper: str, now: datetime) -> None:
        """All that need not be kept, now; what proves where he worked stays as long as claims can come of it."""
        async with self.database.transaction(HELPER) as tx:
            for booking in await volunteers.own(tx.connection, helper):
                if BookingState(booking["state"]) in (BookingState.INVITED, BookingState.CONFIRMED):
                    act = Act(new_id(), ActKind.DECLINE, now, HELPER, helper=helper, booking=booking["id"])
                    await bookings.record(tx, act, origin=self.origin, now=now)
            await forgetting.forget(tx, helper, now)


def _shift(booking: dict[str, Any], mine: dict[str, tuple[str, Job]], points: dict[str, Any]) -> Shift:
    job = mine[booking["job"]][1] if booking["job"] in mine else None
    slot = next((one for one in job.slots if one.id == booking["slot"]), None) if job else None
    at = booking["point"] or (job.meeting_point if job else None)
    return Shift(booking["id"], booking["state"], job, slot, points[at][1] if at in points else None, booking)


def _offers(
    offered: dict[str, Job], places: dict[tuple[str, str], Any], person: Volunteer, bound: list[Any], now: datetime
) -> list[tuple[str, Job, Slot, int, str]]:
    """Slots he may take, soonest first."""
    found = []
    for id, job in offered.items():
        for slot in job.slots:
            row = places.get((id, slot.id))
            if job.state is not JobState.OPEN or row is None or row.taken >= row.wanted or overlapping(slot, bound):
                continue
            try:
                may_take(job, slot, person, now)
            except NotFit:
                continue
            found.append((id, job, slot, row.wanted - row.taken, new_id()))
    return sorted(found, key=lambda one: (one[2].begins, one[0]))[:MOST_SHOWN]
