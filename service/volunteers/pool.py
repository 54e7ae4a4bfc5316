"""The pool of helpers: who is where, who fits a slot best, invitations, and who may not help any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerting.model.job import JOB_KIND, Job, Slot
from alerting.model.plan import Verification
from alerting.model.volunteer import BookingState, NotFit, Volunteer, may_take, overlapping
from alerting.store import bookings, matching, volunteers
from alerting.store.bookings import MOST_HOURS, Act, ActKind
from alerting.store.sealing import Seal
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Database
from geodata.store.things import NoSuchThing, new_id
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.volunteers import store, telling
from service.volunteers.office import Office

LOOKED_AT = 2000
BAND_M = 2000.0
"""People who live within the same two kilometres count as equally near."""
MOST_INVITED = 300


class Pool:
    def __init__(self, database: Database, seal: Seal, origin: str, mode: IncidentMode) -> None:
        self.database, self.seal, self.origin, self.mode = database, seal, origin, mode
        self.office = Office(database, origin)

    async def seen(self, visitor: Visitor, organisation: str, now: datetime) -> dict[str, Any]:
        """Everybody and all bookings of a roster. Raises NotSignedIn, NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            room = (await self.office.roster(tx, visitor, organisation, write=False)).room
            rows = await volunteers.people(tx.connection, room)
            booked = await volunteers.bookings(tx.connection, room)
        async with self.database.reading() as connection:
            blocks = {row.helper: dict(row._mapping) for row in await volunteers.blocks(connection, room)}
            ids = [row.id for row in rows]
            week = await volunteers.worked(connection, ids, now - volunteers.WEEK, now)
        shown = [
            {**dict(row._mapping), "hours": round(week[row.id].total_seconds() / 3600, 1) if row.id in week else 0,
             "block": blocks.get(row.id)}
            for row in rows
        ]  # fmt: skip
        return {"people": shown, "bookings": [dict(row._mapping) for row in booked], "at": now}

    async def candidates(
        self, visitor: Visitor, job_id: str, slot_id: str, wanted: int, now: datetime
    ) -> dict[str, Any]:
        """Who fits, best first: the nearest who are free; among equally near ones who worked least in the last week,
        then who was asked longest ago. Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        held = await self.office.seen(visitor, JOB_KIND, job_id, write=True)
        job = things.checked(held.body, Job)
        return await self._ranked(held.room, job, job.slot(slot_id), wanted, now)

    async def _ranked(self, room: str, job: Job, slot: Slot, wanted: int, now: datetime) -> dict[str, Any]:
        place = _place(job)
        async with self.database.reading() as connection:
            if job.skills:
                found = await matching.nearest(
                    connection, job.skills[0], place, radius_km=None, limit=LOOKED_AT, rooms=[room], now=now
                )
            else:
                found = await volunteers.near(connection, room, place, limit=LOOKED_AT)
            ids = [row.helper for row in found]
            known = await volunteers.known(connection, ids, now)
            tied = await volunteers.tied(connection, ids)
            week = await volunteers.worked(connection, ids, now - volunteers.WEEK, now)
            day = await volunteers.worked(connection, ids, slot.begins - volunteers.WEEK / 7, slot.begins)
        chosen: list[dict[str, Any]] = []
        refused: dict[str, int] = {}
        for row in found:
            person = known[row.helper]
            why = _hindrance(job, slot, person, tied.get(row.helper, []), day.get(row.helper), now)
            if why is not None:
                refused[why] = refused.get(why, 0) + 1
                continue
            spent = week.get(row.helper)
            chosen.append({
                "helper": row.helper, "name": person.name, "distance_m": row.distance_m,
                "hours": round(spent.total_seconds() / 3600, 1) if spent else 0.0, "invited_at": person.invited_at,
            })  # fmt: skip
        chosen.sort(key=_rank)
        return {"candidates": chosen[:wanted], "fitting": len(chosen), "refused": refused}

    async def invite(
        self,
        visitor: Visitor,
        job_id: str,
        slot_id: str,
        wanted: int,
        helpers: list[str],
        now: datetime,
        *,
        tell: bool = True,
    ) -> dict[str, Any]:
        """Invite these, or without any named the best so many. Nobody gets a place by it: who accepts first has it.
        With `tell` whoever has a proven contact is told there too, by an alarm that only informs.
        Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        held = await self.office.seen(visitor, JOB_KIND, job_id, write=True)
        visitor.needs(Right.ALARM)
        job = things.checked(held.body, Job)
        slot = job.slot(slot_id)
        if not helpers:
            ranked = await self._ranked(held.room, job, slot, wanted, now)
            helpers = [one["helper"] for one in ranked["candidates"]]
        invited, refused = [], []
        for helper in helpers:
            try:
                async with self.database.transaction(visitor.actor) as tx:
                    if (await store.rooms_of(tx.connection, [helper])).get(helper) != held.room:
                        raise NoSuchThing("There is no such helper in this roster.")
                    act = Act(new_id(), ActKind.INVITE, now, visitor.actor, helper=helper, job=job_id, slot=slot_id)
                    done = await bookings.record(tx, act, origin=self.origin, now=now)
            except (BadEdit, BadMove, NoSuchThing) as error:
                refused.append({"helper": helper, "field": getattr(error, "field", None), "detail": str(error)})
            else:
                invited.append({"helper": helper, "booking": done.booking})
        people = [one["helper"] for one in invited]
        alarm = None
        if tell and people:
            alarm = await telling.invite(
                self.database, visitor, job, slot, people, held.room, origin=self.origin, mode=self.mode, now=now
            )
        return {"invited": invited, "refused": refused, "alarm": alarm}

    async def evidence(
        self, visitor: Visitor, organisation: str, helper: str, *, write: bool = True
    ) -> tuple[Any, list[dict[str, Any]]]:
        """The person and his assignments. Raises NotSignedIn, NotAllowed, NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            room = (await self.office.roster(tx, visitor, organisation, write=write)).room
        async with self.database.reading() as connection:
            person = await store.helper(connection, helper)
            if person is None or person.room != room:
                raise NoSuchThing("There is no such helper in this roster.")
            return person, await volunteers.evidence(connection, room, helper=helper)

    async def evidence_of_job(self, visitor: Visitor, id: str) -> tuple[Job, list[dict[str, Any]]]:
        """Raises NotSignedIn, NotAllowed, NoSuchThing."""
        held = await self.office.seen(visitor, JOB_KIND, id, write=True)
        async with self.database.reading() as connection:
            return things.checked(held.body, Job), await volunteers.evidence(connection, held.room, job=id)

    async def block(
        self, visitor: Visitor, organisation: str, helper: str, reason: str, *, lift: bool, now: datetime
    ) -> dict[str, Any]:
        """The first proposes, a second one decides. Raises NotSignedIn, NotAllowed, NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            room = (await self.office.roster(tx, visitor, organisation)).room
        async with self.database.transaction(visitor.actor) as tx:
            person = await store.helper(tx.connection, helper)
            if person is None or person.room != room or person.state == "ERASED":
                raise NoSuchThing("There is no such helper in this roster.")
            held = await store.block(tx.connection, helper)
            if held is None or held.confirmed_by or held.lifting is not lift:
                await store.propose(tx.connection, helper, reason=reason, lifting=lift, by=visitor.actor, now=now)
                return {"helper": helper, "decided": False, "blocked": person.state == "BLOCKED"}
            if held.proposed_by == visitor.actor:
                raise NotAllowed("You proposed this; a second person decides it.")
            state = "ACTIVE" if lift else "BLOCKED"
            await store.confirm(tx.connection, helper, by=visitor.actor, state=state, now=now)
            if not lift:
                await self._leave(tx, visitor, helper, held.reason, now)
            return {"helper": helper, "decided": True, "blocked": not lift}

    async def _leave(self, tx: Any, visitor: Visitor, helper: str, reason: str, now: datetime) -> None:
        for booking in await volunteers.own(tx.connection, helper):
            if BookingState(booking["state"]) in _OPEN:
                act = Act(
                    new_id(), ActKind.BLOCK, now, visitor.actor, helper=helper, booking=booking["id"], reason=reason
                )
                await bookings.record(tx, act, origin=self.origin, now=now)


_B = BookingState
_OPEN = frozenset({_B.PRE_REGISTERED, _B.INVITED, _B.CONFIRMED, _B.CHECKED_IN, _B.BRIEFED, _B.ASSIGNED, _B.WORKING,
                   _B.BREAK})  # fmt: skip


def _hindrance(job: Job, slot: Slot, person: Any, tied: list[Any], day: Any, now: datetime) -> str | None:
    """The field because of which he is not asked."""
    skills = {code: Verification(how) for code, how in (person.skills or {}).items()}
    try:
        may_take(job, slot, Volunteer(person.id, person.adult, skills, person.state == "BLOCKED"), now)
    except NotFit as error:
        return error.field
    if overlapping(slot, [(one.begins, one.ends) for one in tied]):
        return "slot"
    if day and day + (slot.ends - slot.begins) > MOST_HOURS:
        return "rest"
    return None


def _rank(one: Mapping[str, Any]) -> tuple[float, float, str, str]:
    distance = one["distance_m"]
    band = distance // BAND_M if distance is not None else float("inf")
    asked = one["invited_at"].isoformat() if one["invited_at"] else ""
    return band, one["hours"], asked, one["helper"]


def _place(job: Job) -> tuple[float, float] | None:
    if job.geometry is None:
        return None
    west, south, east, north = job.geometry.bbox
    return (west + east) / 2, (south + north) / 2
