"""Shifts: who is on duty where and until when, with what he is trained for and what he does aboard (DOMAIN 10.12).

A qualification is what somebody may do, a function what he does now: a group leader can serve as crew. Qualifications
that have expired are shown and do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from geodata.model.catalogue import QUALIFICATIONS, qualified
from geodata.model.duty import Duty
from geodata.model.editing import BadEdit
from geodata.model.incident import Id, Moment, Text, Words
from geodata.model.resource import Code
from geodata.model.states import States

LONGEST_PLANNED = timedelta(days=7)
"""A longer shift is a slip of the hand."""


class ShiftState(StrEnum):
    PLANNED = "PLANNED"
    ON_DUTY = "ON_DUTY"
    OFF = "OFF"


SHIFT = States(
    ShiftState,
    start=ShiftState.PLANNED,
    moves={
        ShiftState.PLANNED: (ShiftState.ON_DUTY, ShiftState.OFF),
        ShiftState.ON_DUTY: (ShiftState.OFF,),
        ShiftState.OFF: (),
    },
)


class Aboard(StrEnum):
    """What somebody does aboard, as a strength counts it."""

    LEADER = "LEADER"
    SUBLEADER = "SUBLEADER"
    CREW = "CREW"


@dataclass(frozen=True, slots=True)
class Holds:
    """A qualification by its code in the catalogue. It no longer counts after `valid_until`."""

    code: Code
    level: Annotated[str, Meta(max_length=40)] | None = None
    valid_until: Moment | None = None

    def counts(self, at: datetime) -> bool:
        return self.valid_until is None or self.valid_until >= at


@dataclass(frozen=True, slots=True)
class Shift:
    """`person` is a name or a number, as the organisation keeps its people; only this room reads it. `member` tells
    two of the same name apart. `resource` is the one whose crew he is in; without one he is at `place`, or ready.
    `break_minutes` are planned breaks."""

    organisation: Id
    person: Words
    starts: Moment
    ends: Moment
    member: Id | None = None
    function: Aboard = Aboard.CREW
    state: ShiftState = ShiftState.PLANNED
    qualifications: Annotated[tuple[Holds, ...], Meta(max_length=40)] = ()
    resource: Id | None = None
    place: Words | None = None
    began: Moment | None = None
    ended: Moment | None = None
    break_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0
    note: Text | None = None

    def __post_init__(self) -> None:
        if self.ends <= self.starts:
            raise BadEdit("ends", "a shift ends after it starts")
        if self.ends - self.starts > LONGEST_PLANNED:
            raise BadEdit("ends", "a shift is at most 7 days long")
        for one in self.qualifications:
            if one.code not in QUALIFICATIONS:
                raise BadEdit("qualifications", f"the catalogue has no qualification {one.code[:40]!r}")

    @property
    def who(self) -> str:
        """The same for all shifts of one person."""
        return self.member or " ".join(self.person.casefold().split())

    def holds(self, at: datetime) -> frozenset[str]:
        """What he is trained for at this moment, with all that it includes."""
        return qualified(one.code for one in self.qualifications if one.counts(at))

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """When he really was, is or will be on duty; somebody still on duty after his end is so until now."""
        start = self.began or self.starts
        if self.state is ShiftState.OFF:
            return start, max(start, self.ended or self.ends)
        return start, max(self.ends, now, start) if self.state is ShiftState.ON_DUTY else max(self.ends, start)


Shifts = Mapping[str, Shift]
"""By id."""


class Breach(StrEnum):
    """OVERLAP: in two places at once. TOO_LONG: on duty beyond the longest duty. REST_SHORT: too little rest before.
    NO_BREAK: no break planned. OVERRUN: still on duty after the end. NOT_BEGUN: the start went by. RELIEF_SOON: the
    longest duty is nearly over."""

    OVERLAP = "OVERLAP"
    TOO_LONG = "TOO_LONG"
    REST_SHORT = "REST_SHORT"
    NO_BREAK = "NO_BREAK"
    OVERRUN = "OVERRUN"
    NOT_BEGUN = "NOT_BEGUN"
    RELIEF_SOON = "RELIEF_SOON"


@dataclass(frozen=True, slots=True)
class Violation:
    """`hours` are what it is, `limit` what it may be at most (rest: at least)."""

    breach: Breach
    shifts: tuple[str, ...]
    person: str
    at: datetime
    hours: float
    limit: float


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody on duty now."""

    shift: str
    person: str
    function: Aboard
    since: datetime
    until: datetime
    resource: str | None
    place: str | None
    hours: float


def served(shifts: Shifts, now: datetime) -> dict[str, list[tuple[datetime, datetime, str]]]:
    """By person: start, end and id of shifts that were, are or will be served, in order."""
    found: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for id, shift in shifts.items():
        if shift.state is ShiftState.OFF and shift.began is None:
            continue  # called off before it began
        found[shift.who].append((*shift.span(now), id))
    for spans in found.values():
        spans.sort()
    return found


def violations(shifts: Shifts, duty: Duty, now: datetime) -> list[Violation]:
    """What breaks the rules, or will, soonest first. Shifts that follow without a gap are one duty."""
    found: list[Violation] = []
    for spans in served(shifts, now).values():
        found += _of_person(spans, shifts, duty)
    for id, shift in shifts.items():
        if shift.state is ShiftState.ON_DUTY and shift.ends < now:
            found.append(Violation(Breach.OVERRUN, (id,), shift.person, shift.ends, _hours(now - shift.ends), 0))
        if shift.state is ShiftState.ON_DUTY:
            left = (shift.began or shift.starts) + duty.longest - now
            if timedelta() <= left <= timedelta(hours=duty.warn_hours):
                served_hours = duty.longest_hours - _hours(left)
                at = now + left
                found.append(Violation(Breach.RELIEF_SOON, (id,), shift.person, at, served_hours, duty.longest_hours))
        if shift.state is ShiftState.PLANNED and shift.starts < now:
            found.append(Violation(Breach.NOT_BEGUN, (id,), shift.person, shift.starts, _hours(now - shift.starts), 0))
    return sorted(found, key=lambda one: (one.at, one.breach, one.shifts))


def _of_person(spans: list[tuple[datetime, datetime, str]], shifts: Shifts, duty: Duty) -> Iterable[Violation]:
    duties: list[tuple[datetime, datetime, list[str]]] = []
    for start, end, id in spans:
        person = shifts[id].person
        if duties and start < duties[-1][1]:
            both = min(end, duties[-1][1]) - start
            yield Violation(Breach.OVERLAP, (duties[-1][2][-1], id), person, start, _hours(both), 0)
        elif duties and duties[-1][1] < start < duties[-1][1] + duty.rest:
            rested = _hours(start - duties[-1][1])
            yield Violation(Breach.REST_SHORT, (duties[-1][2][-1], id), person, start, rested, duty.rest_hours)
        if duties and start <= duties[-1][1]:
            first, last, ids = duties[-1]
            duties[-1] = (first, max(last, end), [*ids, id])
        else:
            duties.append((start, end, [id]))
    for start, end, ids in duties:
        hours, person = _hours(end - start), shifts[ids[0]].person
        if end - start > duty.longest:
            yield Violation(Breach.TOO_LONG, tuple(ids), person, start + duty.longest, hours, duty.longest_hours)
        if hours > duty.break_after_hours and sum(shifts[id].break_minutes for id in ids) < duty.break_minutes:
            at = start + timedelta(hours=duty.break_after_hours)
            yield Violation(Breach.NO_BREAK, tuple(ids), person, at, hours, duty.break_after_hours)


def fit(spans: Iterable[tuple[datetime, datetime, Any]], starts: datetime, ends: datetime, duty: Duty) -> bool:
    """Whether somebody who serves at these times may also serve from `starts` to `ends`, rested before and after."""
    if ends - starts > duty.longest:
        return False
    return all(end + duty.rest <= starts or ends + duty.rest <= start for start, end, _ in spans)


def who_is_where(shifts: Shifts, now: datetime) -> list[Here]:
    """Everybody on duty, longest first."""
    on_duty = [(id, shift) for id, shift in shifts.items() if shift.state is ShiftState.ON_DUTY]
    return [
        Here(
            id, shift.person, shift.function, shift.began or shift.starts, shift.ends, shift.resource, shift.place,
            _hours(now - (shift.began or shift.starts)),
        )
        for id, shift in sorted(on_duty, key=lambda pair: (pair[1].began or pair[1].starts, pair[0]))
    ]  # fmt: skip


def aboard(shifts: Collection[Shift]) -> tuple[int, int, int]:
    """Leaders, sub-leaders, crew."""
    functions = [shift.function for shift in shifts]
    return functions.count(Aboard.LEADER), functions.count(Aboard.SUBLEADER), functions.count(Aboard.CREW)


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 2)
