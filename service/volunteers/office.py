"""Jobs and meeting points, kept by those who may write in the room of the roster they belong to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerting.model.job import JOB, JOB_KIND, POINT_KIND, Job, JobState, MeetingPoint
from alerting.model.roster import Roster
from alerting.store import jobs, shuttles
from geodata.model.editing import BadEdit
from geodata.model.ref import BadRef, Ref
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held, NoSuchThing
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Once

ROSTER = "roster"
SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_KEPT = frozenset({"organisation", "state", "counts", "verified_by", "verified_at", "state_at", "state_reason"})
_KEPT_POINT = frozenset({"organisation", "code", "here", "waiting", "riders"})
_SEEN_BY_SCOUT = frozenset({"risk", "place", "geometry"})


def ref_of(origin: str, kind: str, id: str) -> Ref:
    """Raises NoSuchThing."""
    try:
        return Ref(origin, kind, id)
    except BadRef as error:
        raise NoSuchThing(NoSuchThing.__doc__) from error


class Office:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def roster(self, tx: Transaction, visitor: Visitor, organisation: str, *, write: bool = True) -> Roster:
        """Raises NotSignedIn, NotAllowed, NoSuchThing."""
        ref = ref_of(self.origin, ROSTER, organisation)
        held = await things.read(tx, ref, self.database.asked(visitor.rooms))
        if write:
            demand_write(visitor, held.room)
        return things.checked(held.body, Roster)

    async def begin_job(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        _refuse(fields, _KEPT)
        async with self._acting(visitor) as tx:
            roster = await self.roster(tx, visitor, organisation)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            job = things.checked({**fields, "organisation": organisation}, Job)
            ref = Ref(self.origin, JOB_KIND, things.new_id())
            await jobs.keep_slots(tx, ref.id, roster.room, job.slots)
            body = things.make(tx, ref, job, room=roster.room, at=now)
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": roster.room, "body": body})

    async def edit_job(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        _refuse(fields, _KEPT)
        async with self._acting(visitor) as tx:
            held = await self._taken(tx, visitor, JOB_KIND, id)
            before = things.checked(held.body, Job)
            if before.state not in (JobState.DRAFT, JobState.CLOSED):
                for name in _SEEN_BY_SCOUT & set(fields):
                    if fields[name] != held.body.get(name):
                        raise BadEdit(name, f"a scout has seen this job as it was; back to DRAFT to change its {name}")
            edited, job = things.change(tx, held, fields, Job, base=base, at=now)
            if "slots" in edited.changed:
                await jobs.keep_slots(tx, id, held.room, job.slots)
            if job.state is JobState.OPEN and job.lacks():
                raise BadEdit(str(job.lacks()), f"an open job needs its {job.lacks()}")
            return {"id": id, "body": edited.body, "changed": edited.changed, "lost": edited.lost}

    async def move_job(self, visitor: Visitor, id: str, state: str, said: str | None, now: datetime) -> dict[str, Any]:
        """VERIFIED is a scout's word: it names him. Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit, BadMove."""
        try:
            after = JobState(state)
        except ValueError as error:
            raise BadEdit("state", f"state must be one of {', '.join(JobState)}") from error
        async with self._acting(visitor) as tx:
            held = await self._taken(tx, visitor, JOB_KIND, id)
            job = things.checked(held.body, Job)
            JOB.move(job.state, after)
            fields: dict[str, Any] = {"state": after.value, "state_at": now.isoformat(), "state_reason": said}
            if after is JobState.VERIFIED and job.state is JobState.DRAFT:
                fields |= {"verified_by": visitor.actor, "verified_at": now.isoformat(), "verification": said}
            if after is JobState.DRAFT:
                fields |= {"verified_by": None, "verified_at": None}
            if after is JobState.OPEN and job.lacks():
                raise BadEdit(str(job.lacks()), f"before it is opened, a job needs its {job.lacks()}")
            if after is JobState.PAUSED and not said:
                raise BadEdit("text", "say why it is paused: helpers read it")
            base = int(held.body["version"])
            edited, _ = things.change(tx, held, fields, Job, base=base, at=now)
            return {"id": id, "body": edited.body}

    async def begin_point(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        _refuse(fields, _KEPT_POINT)
        async with self._acting(visitor) as tx:
            roster = await self.roster(tx, visitor, organisation)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            code = "".join(secrets.choice(SIGNS) for _ in range(6))
            point = things.checked({**fields, "organisation": organisation, "code": code}, MeetingPoint)
            ref = Ref(self.origin, POINT_KIND, things.new_id())
            body = things.make(tx, ref, point, room=roster.room, at=now)
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": roster.room, "body": body})

    async def edit_point(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        _refuse(fields, _KEPT_POINT)
        async with self._acting(visitor) as tx:
            held = await self._taken(tx, visitor, POINT_KIND, id)
            edited, point = things.change(tx, held, fields, MeetingPoint, base=base, at=now)
            if "shuttles" in edited.changed:
                await shuttles.check_seats(tx, id, point)
            return {"id": id, "body": edited.body, "changed": edited.changed, "lost": edited.lost}

    async def seen(self, visitor: Visitor, kind: str, id: str, *, write: bool = False) -> Held:
        """A job or meeting point. Raises NotSignedIn, NotAllowed, NoSuchThing."""
        async with self._acting(visitor) as tx:
            held = await things.read(tx, ref_of(self.origin, kind, id), self.database.asked(visitor.rooms))
        if write:
            demand_write(visitor, held.room)
        return held

    def _acting(self, visitor: Visitor) -> Any:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    async def _taken(self, tx: Transaction, visitor: Visitor, kind: str, id: str) -> Held:
        held = await things.take(tx, ref_of(self.origin, kind, id), self.database.asked(visitor.rooms))
        demand_write(visitor, held.room)
        return held


def _refuse(fields: Mapping[str, Any], kept: frozenset[str]) -> None:
    for name in kept & set(fields):
        raise BadEdit(name, f"{name} is kept by the node; leave it out")
