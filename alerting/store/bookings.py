"""What becomes of a helper's deployment, act by act. Whoever acts makes the act's id: sent twice it counts once.

One transaction per act. The helper's row is locked first, then places in slots, then marks of what is counted anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import text

from alerting.model.job import Job, Slot
from alerting.model.plan import Verification
from alerting.model.volunteer import (
    AT_WORK,
    BOOKING,
    HOLDS,
    OVER,
    PRESENT,
    BookingState,
    NotFit,
    Volunteer,
    may_assign,
    may_take,
    overlapping,
)
from alerting.store import jobs, shuttles
from geodata.model.editing import BadEdit
from geodata.model.states import BadMove
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing, new_id

B = BookingState
MOST_HOURS = timedelta(hours=10)
"""Of work within any 24 hours."""
AHEAD = timedelta(minutes=5)
_NEAR = timedelta(hours=16)

_KNOWN = text("""
    SELECT s.booking, s.state, b.helper FROM job_step s JOIN job_booking b ON b.id = s.booking WHERE s.id = :id
""")
_HELPER = text("""
    SELECT h.id, h.room, h.adult, h.state, h.kind,
           (SELECT jsonb_object_agg(s.code, s.verification) FROM helper_skill s
            WHERE s.helper = h.id AND (s.valid_until IS NULL OR s.valid_until >= cast(:day AS date))) AS skills
    FROM helper h WHERE h.id = :helper AND h.state <> 'ERASED' FOR UPDATE OF h
""")
_OWN = text("SELECT * FROM job_booking WHERE helper = :helper ORDER BY made_at, id")
_WHOSE = text("SELECT helper FROM job_booking WHERE id = :booking")
_LOCK = text("""
    SELECT 1 FROM job_slot WHERE (job = :job AND slot = :slot) OR (job = :other AND slot = :other_slot)
    ORDER BY job, slot FOR UPDATE
""")
_TAKE = text("""
    UPDATE job_slot SET taken = taken + 1 WHERE job = :job AND slot = :slot AND taken < wanted RETURNING slot
""")
_RELEASE = text("UPDATE job_slot SET taken = taken - 1 WHERE job = :job AND slot = :slot")
_WORKED = text("""
    SELECT b.helper, s.at, s.kind FROM job_step s JOIN job_booking b ON b.id = s.booking
    WHERE b.helper = :helper AND s.at > :since ORDER BY s.at, s.recorded_at
""")
_PUT = text("""
    INSERT INTO job_booking AS b (id, room, helper, job, slot, point, state, made_at, state_at, invited_at,
        confirmed_at, checked_in_at, briefed_at, briefed_by, assigned_at, started_at, break_at, checked_out_at,
        thanked_at, safe_at, commission, shuttle, reason)
    VALUES (:id, :room, :helper, :job, :slot, :point, :state, :made_at, :state_at, :invited_at, :confirmed_at,
        :checked_in_at, :briefed_at, :briefed_by, :assigned_at, :started_at, :break_at, :checked_out_at, :thanked_at,
        :safe_at, cast(:commission AS jsonb), :shuttle, :reason)
    ON CONFLICT (id) DO UPDATE SET
        job = excluded.job, slot = excluded.slot, point = excluded.point, state = excluded.state,
        state_at = excluded.state_at, invited_at = excluded.invited_at, confirmed_at = excluded.confirmed_at,
        checked_in_at = excluded.checked_in_at, briefed_at = excluded.briefed_at, briefed_by = excluded.briefed_by,
        assigned_at = excluded.assigned_at, started_at = excluded.started_at, break_at = excluded.break_at,
        checked_out_at = excluded.checked_out_at, thanked_at = excluded.thanked_at, safe_at = excluded.safe_at,
        commission = excluded.commission, shuttle = excluded.shuttle, reason = excluded.reason
""")
_STEP = text("""
    INSERT INTO job_step (id, booking, kind, state, at, recorded_at, by, job, slot, reason, commission)
    VALUES (:id, :booking, :kind, :state, :at, :now, :by, :job, :slot, :reason, cast(:commission AS jsonb))
""")


class ActKind(StrEnum):
    """CONFIRM: takes a place. DECLINE gives it back. START, PAUSE, RESUME: work. FINISH: free for the next job. SAFE:
    says that he is safe, and changes nothing else. SHUTTLE: which leg takes him."""

    INVITE = "INVITE"
    CONFIRM = "CONFIRM"
    DECLINE = "DECLINE"
    CHECK_IN = "CHECK_IN"
    BRIEF = "BRIEF"
    ASSIGN = "ASSIGN"
    START = "START"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    FINISH = "FINISH"
    CHECK_OUT = "CHECK_OUT"
    THANK = "THANK"
    NO_SHOW = "NO_SHOW"
    SEND_HOME = "SEND_HOME"
    BLOCK = "BLOCK"
    SAFE = "SAFE"
    SHUTTLE = "SHUTTLE"


A = ActKind
_LEADS = {
    A.INVITE: (B.INVITED, "invited_at"), A.CONFIRM: (B.CONFIRMED, "confirmed_at"), A.DECLINE: (B.PRE_REGISTERED, None),
    A.CHECK_IN: (B.CHECKED_IN, "checked_in_at"), A.BRIEF: (B.BRIEFED, "briefed_at"),
    A.ASSIGN: (B.ASSIGNED, "assigned_at"), A.START: (B.WORKING, "started_at"), A.PAUSE: (B.BREAK, "break_at"),
    A.RESUME: (B.WORKING, None), A.FINISH: (B.BRIEFED, None), A.CHECK_OUT: (B.CHECKED_OUT, "checked_out_at"),
    A.THANK: (B.THANKED, "thanked_at"), A.NO_SHOW: (B.NO_SHOW, None), A.SEND_HOME: (B.SENT_HOME, None),
    A.BLOCK: (B.BLOCKED, None),
}  # fmt: skip
_BEGINS = frozenset({A.INVITE, A.CONFIRM, A.CHECK_IN})
_COLUMNS = (
    "id", "room", "helper", "job", "slot", "point", "state", "made_at", "state_at", "invited_at", "confirmed_at",
    "checked_in_at", "briefed_at", "briefed_by", "assigned_at", "started_at", "break_at", "checked_out_at",
    "thanked_at", "safe_at", "commission", "shuttle", "reason",
)  # fmt: skip


class SlotFull(BadMove):
    """All places of this slot are taken."""

    field = "slot"


@dataclass(frozen=True, slots=True)
class Act:
    """Of one helper, by `helper` or `booking`. `by`: an actor, or `helper`. `at`: when it was done."""

    id: str
    kind: ActKind
    at: datetime
    by: str
    helper: str | None = None
    booking: str | None = None
    job: str | None = None
    slot: str | None = None
    point: str | None = None
    shuttle: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """`known`: it stood here already. `elsewhere`: he was checked in at this other point before."""

    booking: str
    helper: str
    state: BookingState
    known: bool = False
    elsewhere: str | None = None


async def known(tx: Transaction, act: str) -> Done | None:
    """What this act did, if it stands here."""
    row = (await tx.connection.execute(_KNOWN, {"id": act})).one_or_none()
    return Done(row.booking, row.helper, B(row.state), known=True) if row else None


async def record(tx: Transaction, act: Act, *, origin: str, now: datetime) -> Done:
    """Raises NoSuchThing, BadMove (SlotFull, ShuttleFull), NotFit, BadEdit. The rights are the caller's concern."""
    if act.at > now + AHEAD:
        raise BadEdit("at", "this lies in the future; set the clock of the device right")
    helper = act.helper or (await tx.connection.execute(_WHOSE, {"booking": act.booking})).scalar()
    row = (await tx.connection.execute(_HELPER, {"helper": helper, "day": now})).one_or_none()
    if row is None:
        raise NoSuchThing("There is no such helper, or he was erased.")
    before = await known(tx, act.id)
    if before is not None:
        return before
    own = [dict(booking._mapping) for booking in await tx.connection.execute(_OWN, {"helper": row.id})]
    booking = _chosen(act, own, row, now)
    return await _Move(tx, act, origin, now, row, own).run(booking)


def _chosen(act: Act, own: list[dict[str, Any]], row: Any, now: datetime) -> dict[str, Any]:
    """The booking that is meant, or a new one. Raises NoSuchThing."""
    if act.booking is not None:
        for each in own:
            if each["id"] == act.booking:
                return each
        raise NoSuchThing("There is no such booking of this helper.")
    present = [each for each in own if B(each["state"]) in PRESENT]
    if act.kind in (A.INVITE, A.CONFIRM):
        same = [e for e in own if (e["job"], e["slot"]) == (act.job, act.slot) and B(e["state"]) not in OVER]
        if same:
            return same[-1]
    elif present:
        return present[-1]
    elif act.kind is A.CHECK_IN:
        coming = [e for e in own if B(e["state"]) in (B.CONFIRMED, B.INVITED, B.NO_SHOW) and e.get("job")]
        confirmed = [e for e in coming if B(e["state"]) is B.CONFIRMED] or coming
        if confirmed:
            return confirmed[0] if len(confirmed) == 1 else min(confirmed, key=lambda e: e["confirmed_at"] or now)
    elif own:
        return own[-1]
    if act.kind not in _BEGINS:
        raise NoSuchThing("This helper is not checked in and has no booking.")
    empty = dict.fromkeys(_COLUMNS)
    return {**empty, "id": new_id(), "room": row.room, "helper": row.id, "state": B.PRE_REGISTERED.value,
            "made_at": act.at, "state_at": act.at, "fresh": True}  # fmt: skip


class _Move:
    def __init__(
        self, tx: Transaction, act: Act, origin: str, now: datetime, row: Any, own: list[dict[str, Any]]
    ) -> None:
        self.tx, self.act, self.origin, self.now, self.row, self.own = tx, act, origin, now, row, own
        skills = {code: Verification(how) for code, how in (row.skills or {}).items()}
        self.helper = Volunteer(row.id, row.adult, skills, row.state == "BLOCKED")

    async def run(self, booking: dict[str, Any]) -> Done:
        act, before = self.act, B(booking["state"])
        after, stamp = _LEADS.get(act.kind, (before, None))
        elsewhere = None
        if act.kind is A.CHECK_IN and before in PRESENT:
            after, stamp = before, None
            elsewhere = booking["point"] if booking["point"] not in (None, act.point) else None
        else:
            await self._allowed(booking, before, after)
        seat = (booking["job"], booking["slot"]) if before in HOLDS else (None, None)
        then = dict(booking)
        if act.job is not None and act.kind in (A.INVITE, A.CONFIRM, A.ASSIGN):
            then |= {"job": act.job, "slot": act.slot}
        if act.kind is A.CHECK_IN and elsewhere is None and act.point:
            then["point"] = act.point
        if stamp and after is not before:
            then[stamp] = act.at
        if act.kind is A.BRIEF:
            then["briefed_by"] = act.by
        if act.kind is A.SAFE:
            then["safe_at"] = act.at
        then |= {"state": after.value, "shuttle": act.shuttle or then["shuttle"], "reason": act.reason}
        if after is not before:
            then["state_at"] = act.at
        commission = None
        if act.kind is A.ASSIGN:
            commission = then["commission"] = await self._commission(then)
        await self._seat(seat, (then["job"], then["slot"]) if after in HOLDS else (None, None))
        if act.shuttle and not then["point"] and then["job"]:
            then["point"] = (await self._job(then["job"], then["slot"]))[0].meeting_point
        if then["shuttle"] and then["point"] and after in HOLDS and self._rides(booking, then, before):
            await shuttles.take(self.tx, self.origin, then["point"], then["shuttle"], then["id"])
        await self._write(then, commission)
        await self._mark(booking, then)
        return Done(then["id"], self.row.id, after, elsewhere=elsewhere)

    def _rides(self, booking: dict[str, Any], then: dict[str, Any], before: B) -> bool:
        """Whether he takes a seat only now."""
        return before not in HOLDS or (booking["shuttle"], booking["point"]) != (then["shuttle"], then["point"])

    async def _allowed(self, booking: dict[str, Any], before: B, after: B) -> None:
        act = self.act
        if act.kind in (A.SAFE, A.SHUTTLE):
            return
        if act.kind is A.ASSIGN and before in AT_WORK and act.job:
            before = BOOKING.move(before, B.BRIEFED)  # from one job to the next
        if act.kind in (A.CONFIRM, A.INVITE, A.ASSIGN):
            job, slot = await self._job(act.job or booking["job"], act.slot or booking["slot"])
            if act.kind is A.ASSIGN:
                may_assign(job, slot, self.helper, before, self.now)
            else:
                may_take(job, slot, self.helper, self.now)
                await self._free(booking, slot)
        if act.kind is A.CHECK_IN and self.helper.blocked:
            raise NotFit("helper", "This helper is blocked; two people decided so, and two can lift it.")
        BOOKING.move(before, after)

    async def _job(self, job: str | None, slot: str | None) -> tuple[Job, Slot]:
        if job is None:
            raise BadEdit("job", "name the job and its slot")
        found = (await jobs.read(self.tx.connection, self.origin, [job])).get(job)
        if found is None or found[0] != self.row.room:
            raise NoSuchThing("There is no such job in the room of this helper's roster.")
        return found[1], found[1].slot(slot)

    async def _free(self, booking: dict[str, Any], slot: Slot) -> None:
        """Raises NotFit if he is somewhere else then, or would work too long."""
        bound = [e for e in self.own if B(e["state"]) in HOLDS and e["id"] != booking["id"] and e["job"]]
        held = await jobs.places(self.tx.connection, {e["job"] for e in bound})
        times = [held[key] for e in bound if (key := (e["job"], e["slot"])) in held and B(e["state"]) not in OVER]
        if overlapping(slot, [(each.begins, each.ends) for each in times]):
            raise NotFit("slot", "He has promised to be somewhere else at that time.")
        since = slot.begins - timedelta(days=1)
        rows = list(await self.tx.connection.execute(_WORKED, {"helper": self.row.id, "since": since}))
        worked = hours([(row.at, A(row.kind)) for row in rows if row.at <= slot.begins], slot.begins)
        if worked + (slot.ends - slot.begins) > MOST_HOURS and worked > timedelta(0):
            done = worked.total_seconds() / 3600
            raise NotFit("rest", f"He has worked {done:.1f} h in the 24 h before and has to rest.")

    async def _commission(self, then: dict[str, Any]) -> dict[str, Any]:
        job, slot = await self._job(then["job"], then["slot"])
        return {
            "title": job.title, "task": job.text, "place": job.place, "commissioned_by": job.commissioned_by,
            "supervisor": job.supervisor, "risk": job.risk.value, "briefing": job.briefing,
            "briefed_at": then["briefed_at"].isoformat(), "briefed_by": then["briefed_by"],
            "begins": slot.begins.isoformat(), "ends": slot.ends.isoformat(), "assigned_by": self.act.by,
            "verified_at": job.verified_at.isoformat() if job.verified_at else None, "verified_by": job.verified_by,
        }  # fmt: skip

    async def _seat(self, before: tuple[Any, Any], after: tuple[Any, Any]) -> None:
        if before == after:
            return
        if before[0] is not None and after[0] is not None:
            both = {"job": before[0], "slot": before[1], "other": after[0], "other_slot": after[1]}
            await self.tx.connection.execute(_LOCK, both)
        if before[0] is not None:
            await self.tx.connection.execute(_RELEASE, {"job": before[0], "slot": before[1]})
        if after[0] is not None:
            taken = await self.tx.connection.execute(_TAKE, {"job": after[0], "slot": after[1]})
            if taken.scalar() is None:
                raise SlotFull(SlotFull.__doc__)

    async def _write(self, then: dict[str, Any], commission: dict[str, Any] | None) -> None:
        held = orjson.dumps(then["commission"]).decode() if then["commission"] else None
        await self.tx.connection.execute(_PUT, {name: then[name] for name in _COLUMNS} | {"commission": held})
        act = self.act
        given = {
            "id": act.id, "booking": then["id"], "kind": act.kind.value, "state": then["state"], "at": act.at,
            "now": self.now, "by": act.by, "job": then["job"], "slot": then["slot"], "reason": act.reason,
            "commission": orjson.dumps(commission).decode() if commission else None,
        }  # fmt: skip
        await self.tx.connection.execute(_STEP, given)

    async def _mark(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        for job in sorted({j for j in (before["job"], after["job"]) if j}):
            await jobs.mark(self.tx, self.now, job=job)
        for point in sorted({p for p in (before["point"], after["point"]) if p}):
            await jobs.mark(self.tx, self.now, point=point)


def hours(steps: list[tuple[datetime, ActKind]], until: datetime) -> timedelta:
    """Time at work between START or RESUME and whatever ends it."""
    total, since = timedelta(0), None
    for at, kind in steps:
        if kind in (A.START, A.RESUME):
            since = since or at
        elif since is not None and kind in (A.PAUSE, A.FINISH, A.CHECK_OUT, A.SEND_HOME, A.ASSIGN, A.BLOCK):
            total, since = total + (at - since), None
    return total + (until - since if since else timedelta(0))
