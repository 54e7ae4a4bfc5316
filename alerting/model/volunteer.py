"""One deployment of a helper, from being registered to being thanked (DOMAIN 10.8), and who may do which job.

The times of its states, the briefing and who commissioned it are the evidence for the accident insurance.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alerting.model.job import Job, JobState, Risk, Slot
from alerting.model.plan import Verification
from geodata.model.editing import BadEdit
from geodata.model.states import States


class BookingState(StrEnum):
    """PRE_REGISTERED: known, nothing agreed; also after a refusal. CONFIRMED: has a place in a slot. CHECKED_IN: is at
    the meeting point. THANKED, NO_SHOW, SENT_HOME and BLOCKED are ends; who comes again gets a new booking."""

    PRE_REGISTERED = "PRE_REGISTERED"
    INVITED = "INVITED"
    CONFIRMED = "CONFIRMED"
    CHECKED_IN = "CHECKED_IN"
    BRIEFED = "BRIEFED"
    ASSIGNED = "ASSIGNED"
    WORKING = "WORKING"
    BREAK = "BREAK"
    CHECKED_OUT = "CHECKED_OUT"
    THANKED = "THANKED"
    NO_SHOW = "NO_SHOW"
    SENT_HOME = "SENT_HOME"
    BLOCKED = "BLOCKED"


B = BookingState
_OUT = (B.CHECKED_OUT, B.SENT_HOME, B.BLOCKED)

BOOKING = States(
    B,
    start=B.PRE_REGISTERED,
    moves={
        B.PRE_REGISTERED: (B.INVITED, B.CONFIRMED, B.CHECKED_IN, B.SENT_HOME, B.BLOCKED),
        B.INVITED: (B.PRE_REGISTERED, B.CONFIRMED, B.CHECKED_IN, B.SENT_HOME, B.BLOCKED),
        B.CONFIRMED: (B.PRE_REGISTERED, B.CHECKED_IN, B.NO_SHOW, B.SENT_HOME, B.BLOCKED),
        B.CHECKED_IN: (B.BRIEFED, *_OUT),
        B.BRIEFED: (B.ASSIGNED, *_OUT),
        B.ASSIGNED: (B.WORKING, B.BRIEFED, *_OUT),
        B.WORKING: (B.BREAK, B.BRIEFED, *_OUT),
        B.BREAK: (B.WORKING, B.BRIEFED, *_OUT),
        B.CHECKED_OUT: (B.THANKED,),
        B.THANKED: (),
        B.NO_SHOW: (B.CHECKED_IN,),
        B.SENT_HOME: (B.THANKED,),
        B.BLOCKED: (),
    },
)
"""BRIEFED again: the job is over, the next one can be given; briefed anew if it asks for another briefing."""

HOLDS = frozenset({B.CONFIRMED, B.CHECKED_IN, B.BRIEFED, B.ASSIGNED, B.WORKING, B.BREAK, B.CHECKED_OUT, B.THANKED})
"""States in which a booking with a slot takes one of its places."""
PRESENT = frozenset({B.CHECKED_IN, B.BRIEFED, B.ASSIGNED, B.WORKING, B.BREAK})
"""At the meeting point or at work; nobody is twice."""
AT_WORK = frozenset({B.ASSIGNED, B.WORKING, B.BREAK})
OVER = frozenset({B.CHECKED_OUT, B.THANKED, B.NO_SHOW, B.SENT_HOME, B.BLOCKED})


class NotFit(BadEdit):
    """This helper may not do this job now; the message says why, and what would change it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A skill somebody has, and how we know."""

    code: str
    verification: Verification = Verification.SELF_DECLARED


@dataclass(frozen=True, slots=True)
class Volunteer:
    """What decides which job somebody may do. `adult` none: nobody asked. `blocked`: by two people."""

    id: str
    adult: bool | None = None
    skills: Mapping[str, Verification] = field(default_factory=dict)
    blocked: bool = False
    out_at: datetime | None = None
    """When he last checked out."""


def fits(job: Job, helper: Volunteer) -> None:
    """Raises NotFit: blocked, too young for the job, or without what its risk class demands."""
    if helper.blocked:
        raise NotFit("helper", "This helper is blocked; two people decided so, and two can lift it.")
    if job.minimum_age > 16 and helper.adult is not True:
        raise NotFit("minimum_age", f"This job is for people of {job.minimum_age} and older; that is not known of him.")
    if job.risk is not Risk.NO_RISK and helper.adult is False:
        raise NotFit("risk", f"A job of the risk class {job.risk} is not for minors.")
    if job.risk is Risk.NO_RISK:
        return
    least = Verification.DOCUMENT_SEEN if job.risk is Risk.QUALIFIED_ONLY else Verification.SELF_DECLARED
    for code in job.skills:
        held = helper.skills.get(code)
        if held is None:
            raise NotFit("skills", f"This job has the risk class {job.risk} and needs {code}; this helper has it not.")
        if held.rank < least.rank:
            raise NotFit(
                "skills",
                f"This job has the risk class {job.risk}: {code} must have been checked, it is {held} so far. "
                "Look at the document and note it in the roster.",
            )


def may_take(job: Job, slot: Slot, helper: Volunteer, now: datetime) -> None:
    """Whether he may promise to come to this slot. Raises NotFit."""
    if job.state is not JobState.OPEN:
        raise NotFit("job", f"This job is {job.state}; only an OPEN one takes helpers.")
    if slot.ends <= now:
        raise NotFit("slot", "This slot is over.")
    fits(job, helper)


def may_assign(job: Job, slot: Slot, helper: Volunteer, state: BookingState, now: datetime) -> None:
    """Whether he is insured at this job: checked by a scout, commissioned, with a supervisor, and he is briefed. Raises
    NotFit, BadMove."""
    if state is not B.BRIEFED:
        raise NotFit("state", f"Only who is BRIEFED is assigned; this helper is {state}. Brief him first.")
    for name, why in (
        ("verified_at", "no scout has seen this job"),
        ("commissioned_by", "nobody has commissioned this job, so nobody would be insured at it"),
        ("supervisor", "this job has no supervisor"),
    ):
        if not getattr(job, name):
            raise NotFit(name, f"Nobody can be assigned: {why}.")
    may_take(job, slot, helper, now)


def rested(helper: Volunteer, begins: datetime, rest: timedelta) -> bool:
    """Whether he has rested long enough when this slot begins."""
    return helper.out_at is None or begins - helper.out_at >= rest


def overlapping(slot: Slot, others: Collection[tuple[datetime, datetime]]) -> bool:
    return any(begins < slot.ends and slot.begins < ends for begins, ends in others)
