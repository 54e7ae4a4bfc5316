"""Who could relieve whom: a proposal, never more. People decide, and apply what they choose.

Seats and people are matched at the least cost in one go (`scipy.optimize.linear_sum_assignment`). In this order it
counts that a seat is filled, that those asking for a qualification are filled before others, that the relief comes on
time, and that whoever has rested longest goes first. Nobody gets two seats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from scipy.optimize import linear_sum_assignment

from geodata.model.catalogue import TYPES, qualified
from geodata.model.crew import LEADING, extras_of, seats_of, takes
from geodata.model.duty import Duty
from geodata.model.resource import BOUND, Resource
from geodata.model.resource_type import ResourceType
from geodata.model.shift import Aboard, Holds, Shift, Shifts, ShiftState, fit, served

LATEST = timedelta(hours=2)
"""Relief may come so much after it is due; later it is none."""
_IMPOSSIBLE, _EMPTY_QUALIFIED, _EMPTY = 1e9, 2e6, 1e6
ANYBODY = "ANYBODY"
"""A seat that asks for no qualification."""


class Due(StrEnum):
    """Why a crew must be relieved."""

    RELIEF_DUE = "RELIEF_DUE"
    ENDURANCE = "ENDURANCE"
    SHIFT_ENDS = "SHIFT_ENDS"
    LONGEST_DUTY = "LONGEST_DUTY"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who could serve; `holds` with their ends. `ready` at the earliest, if he said so."""

    name: str
    who: str
    member: str | None = None
    holds: tuple[Holds, ...] = ()
    function: Aboard = Aboard.CREW
    ready: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`seat` is the qualification the seat asks for. `rested` are hours since his last duty (none: not on duty before),
    `late` minutes after it was due, `others` how many else could have taken this seat."""

    resource: str
    person: str
    member: str | None
    function: Aboard
    seat: str
    starts: datetime
    ends: datetime
    holds: tuple[Holds, ...]
    rested: float | None
    late: int
    others: int


@dataclass(frozen=True, slots=True)
class Gap:
    """`count` of `seat` (a qualification, or ANYBODY) for which nobody rested and trained is left."""

    resource: str
    seat: str
    count: int


@dataclass(frozen=True, slots=True)
class Relief:
    """One crew's relief: when it is due and why."""

    resource: str
    due: datetime
    why: Due
    seats: int


@dataclass(frozen=True, slots=True)
class Proposal:
    reliefs: tuple[Relief, ...] = ()
    lines: tuple[Line, ...] = ()
    gaps: tuple[Gap, ...] = ()
    left: tuple[str, ...] = ()
    """Rested people who got no seat."""


@dataclass(frozen=True, slots=True)
class _Seat:
    resource: str
    code: str
    function: Aboard
    due: datetime
    beside: frozenset[str]


def people_of(shifts: Shifts) -> list[Person]:
    """Everybody whom the shifts name, as his last shift describes him."""
    found: dict[str, Person] = {}
    for shift in sorted(shifts.values(), key=lambda shift: shift.starts):
        functions = max(shift.function, found[shift.who].function, key=_rank) if shift.who in found else shift.function
        found[shift.who] = Person(shift.person, shift.who, shift.member, shift.qualifications, functions)
    return [found[who] for who in sorted(found)]


def due_of(resource: Resource, on_duty: Sequence[Shift], duty: Duty) -> tuple[datetime, Due] | None:
    """The earliest of what is known."""
    known: list[tuple[datetime, Due]] = []
    if resource.relief_due is not None:
        known.append((resource.relief_due, Due.RELIEF_DUE))
    if resource.endurance_until is not None:
        known.append((resource.endurance_until, Due.ENDURANCE))
    known += [(shift.ends, Due.SHIFT_ENDS) for shift in on_duty]
    began = [shift.began or shift.starts for shift in on_duty] or [
        since for since in (resource.crew_since or resource.deployed_since,) if since is not None
    ]
    known += [(since + duty.longest, Due.LONGEST_DUTY) for since in began]
    return min(known, default=None)


def propose(
    shifts: Shifts,
    resources: Mapping[str, Resource],
    people: Iterable[Person],
    now: datetime,
    duty: Duty,
    *,
    within: timedelta,
    length: timedelta | None = None,
    types: Mapping[str, ResourceType] = TYPES,
) -> Proposal:
    """Reliefs for crews that are bound and due within this time. New shifts last `length`, the longest duty if none is
    given. Who is planned already as the next crew fills his seat first and is not asked again."""
    length = min(length or duty.longest, duty.longest)
    spans = served(shifts, now)
    reliefs, seats, planned = _wanted(shifts, resources, now, duty, within, types)
    candidates = list({person.who: person for person in people}.values())
    costs = np.full((len(seats), len(candidates) + len(seats)), _IMPOSSIBLE)
    starts: dict[tuple[int, int], datetime] = {}
    for row, seat in enumerate(seats):
        # Among trainings of one kind the higher one is filled first: whoever has it could take the lower seat as well.
        height = 0 if seat.code == ANYBODY else _EMPTY_QUALIFIED + 1e4 * len(qualified([seat.code]))
        costs[row, len(candidates) + row] = height or _EMPTY
        for column, person in enumerate(candidates):
            start = _start(seat, person, spans.get(person.who, ()), length, duty, now)
            if start is not None:
                starts[row, column] = start
                late = (start - max(seat.due, now)).total_seconds() / 60
                helps = len(seat.beside & _holding(person.holds, start + length))
                rested = min(_rested(spans.get(person.who, ()), start) or 48, 48)
                # Whoever has fewer trainings goes first; the others stay for seats that ask for them.
                costs[row, column] = 100 * late - 20 * helps + 0.5 * len(person.holds) - rested / 10
    taken = dict(zip(*(axis.tolist() for axis in linear_sum_assignment(costs)), strict=True)) if seats else {}
    lines, empty = [], []
    for row, seat in enumerate(seats):
        column = taken[row]
        if (row, column) not in starts:
            empty.append(seat)
            continue
        person, start = candidates[column], starts[row, column]
        lines.append(
            Line(
                seat.resource, person.name, person.member, seat.function, seat.code, start, start + length,
                person.holds, _rested(spans.get(person.who, ()), start),
                round((start - max(seat.due, now)).total_seconds() / 60),
                sum((row, other) in starts for other in range(len(candidates))) - 1,
            )
        )  # fmt: skip
    seated = {taken[row] for row in range(len(seats))}
    able = {column for _, column in starts}
    left = [candidates[column].name for column in sorted(able - seated)]
    gaps = _gaps(empty, lines, reliefs, planned, resources, types)
    return Proposal(tuple(reliefs), tuple(lines), tuple(gaps), tuple(left))


def _wanted(
    shifts: Shifts,
    resources: Mapping[str, Resource],
    now: datetime,
    duty: Duty,
    within: timedelta,
    types: Mapping[str, ResourceType],
) -> tuple[list[Relief], list[_Seat], dict[str, list[Shift]]]:
    reliefs: list[Relief] = []
    seats: list[_Seat] = []
    next_crews: dict[str, list[Shift]] = {}
    for id in sorted(resources):
        resource = resources[id]
        mine = [shift for shift in shifts.values() if shift.resource == id]
        on_duty = [shift for shift in mine if shift.state is ShiftState.ON_DUTY]
        if resource.deployment not in BOUND and not on_duty:
            continue
        due = due_of(resource, on_duty, duty)
        if due is None or due[0] > now + within:
            continue
        planned = [
            shift for shift in mine
            if shift.state is ShiftState.PLANNED and shift.starts <= max(due[0], now) + LATEST and shift.ends > due[0]
        ]  # fmt: skip
        wanted = _seats(id, types.get(resource.type), on_duty, planned, due[0])
        next_crews[id] = planned
        reliefs.append(Relief(id, due[0], due[1], len(wanted)))
        seats += wanted
    reliefs.sort(key=lambda one: (one.due, one.resource))
    return reliefs, seats, next_crews


def _seats(
    id: str, kind: ResourceType | None, on_duty: Sequence[Shift], planned: Sequence[Shift], due: datetime
) -> list[_Seat]:
    """As many as serve now or the type needs, less those planned already. The first seat that leads is the leader's."""
    codes = seats_of(kind) if kind else []
    codes += [ANYBODY] * (max(len(on_duty), kind.minimum_crew if kind else 1) - len(codes))
    for shift in planned:
        held = shift.holds(due)
        mine = next((code for code in codes if code != ANYBODY and takes(code, shift.function, held)), ANYBODY)
        if mine in codes:
            codes.remove(mine)
    functions = sorted((shift.function for shift in on_duty if shift.function is not Aboard.CREW), key=_rank)
    seats = []
    for code in codes:
        leads = code in LEADING
        function = (functions.pop() if functions else Aboard.SUBLEADER) if leads else Aboard.CREW
        seats.append(_Seat(id, code, function, due, frozenset(extras_of(kind) if kind else ())))
    return seats


def _start(
    seat: _Seat,
    person: Person,
    spans: Sequence[tuple[datetime, datetime, str]],
    length: timedelta,
    duty: Duty,
    now: datetime,
) -> datetime | None:
    """When he could take over: on time, or as soon as he has rested, at most `LATEST` later."""
    first = max(seat.due, now, person.ready or now)
    for start in sorted({first, *(end + duty.rest for _, end, _ in spans if end + duty.rest > first)}):
        if start > max(seat.due, now) + LATEST:
            return None
        held = _holding(person.holds, start + length)
        if seat.code != ANYBODY and not takes(seat.code, seat.function, held):
            return None
        if fit(spans, start, start + length, duty):
            return start
    return None


def _holding(holds: Iterable[Holds], until: datetime) -> frozenset[str]:
    """What counts for a whole shift that ends then."""
    return qualified(one.code for one in holds if one.counts(until))


def _rested(spans: Sequence[tuple[datetime, datetime, str]], start: datetime) -> float | None:
    ends = [end for _, end, _ in spans if end <= start]
    return round((start - max(ends)).total_seconds() / 3600, 1) if ends else None


def _gaps(
    empty: Sequence[_Seat],
    lines: Sequence[Line],
    reliefs: Sequence[Relief],
    planned: Mapping[str, Sequence[Shift]],
    resources: Mapping[str, Resource],
    types: Mapping[str, ResourceType],
) -> list[Gap]:
    found: dict[tuple[str, str], int] = {}
    for seat in empty:
        found[seat.resource, seat.code] = found.get((seat.resource, seat.code), 0) + 1
    for relief in reliefs:
        kind = types.get(resources[relief.resource].type)
        mine = [_holding(line.holds, line.ends) for line in lines if line.resource == relief.resource]
        mine += [_holding(shift.qualifications, shift.ends) for shift in planned[relief.resource]]
        for code, count in (extras_of(kind) if kind else {}).items():
            lacking = count - sum(code in held for held in mine)
            if lacking > 0:
                found[relief.resource, code] = lacking
    return [Gap(resource, code, count) for (resource, code), count in sorted(found.items())]


def _rank(function: Aboard) -> int:
    return (Aboard.CREW, Aboard.SUBLEADER, Aboard.LEADER).index(function)
