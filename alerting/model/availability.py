"""When somebody can come: calendar entries over weekly windows over what is usual, by the clock on the wall here.

A change between summer and winter time moves nothing: a window from 22:00 until 06:00 begins when clocks show 22:00.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta

from geodata.model.editing import BadEdit

ZONE = ZoneInfo("Europe/Berlin")
_AHEAD = 15
"""Days in which every weekly window opens once, even one that a change of the clocks has swallowed."""

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="on the wall, 00:00 to 23:59")]
Weekday = Annotated[int, Meta(ge=1, le=7, description="1 is Monday")]


class Ready(StrEnum):
    """UNKNOWN: nobody has said anything; he is called like somebody READY, and shown as unknown."""

    READY = "READY"
    READY_WITHIN = "READY_WITHIN"
    CONDITIONALLY = "CONDITIONALLY"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class State:
    """`minutes` until he can be there belong to READY_WITHIN."""

    ready: Ready = Ready.UNKNOWN
    minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None

    def __post_init__(self) -> None:
        if (self.ready is Ready.READY_WITHIN) != (self.minutes is not None):
            raise BadEdit("minutes", "minutes are said with READY_WITHIN, and only with it")

    @property
    def callable(self) -> bool:
        return self.ready is not Ready.NOT_AVAILABLE


@dataclass(frozen=True, slots=True)
class Entry:
    """In the calendar. Without `until_at` it holds until it is taken out."""

    from_at: datetime
    state: State
    until_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.from_at.tzinfo is None or (self.until_at is not None and self.until_at.tzinfo is None):
            raise BadEdit("from_at", "a moment names its offset, such as 2026-11-22T18:00:00+01:00")
        if self.until_at is not None and self.until_at <= self.from_at:
            raise BadEdit("until_at", "an entry ends after it begins")

    def holds(self, now: datetime) -> bool:
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True)
class Window:
    """Each week, beginning on these days. One that ends at or before its begin ends on the next day."""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=7)]
    begins: Clock
    ends: Clock
    state: State

    def holds(self, here: datetime) -> bool:
        """`here` is what the clock on the wall shows."""
        shown, begins, ends = here.time(), _time(self.begins), _time(self.ends)
        today, before = here.isoweekday() in self.days, (here - timedelta(days=1)).isoweekday() in self.days
        if begins < ends:
            return today and begins <= shown < ends
        return (today and shown >= begins) or (before and shown < ends)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is told what can wait. Alarms ring all the same."""

    begins: Clock = "22:00"
    ends: Clock = "07:00"


@dataclass(frozen=True, slots=True)
class Availability:
    """What is said most precisely counts: `not_before` over `entries` over `weekly` over `usual`; of two that hold at
    the same time, the later in the list."""

    usual: State = State()
    weekly: Annotated[tuple[Window, ...], Meta(max_length=42)] = ()
    entries: Annotated[tuple[Entry, ...], Meta(max_length=200)] = ()
    not_before: datetime | None = None
    quiet: Quiet | None = None
    """None: those of the roster."""

    def __post_init__(self) -> None:
        if self.not_before is not None and self.not_before.tzinfo is None:
            raise BadEdit("not_before", "a moment names its offset, such as 2026-11-22T18:00:00+01:00")


def state_at(availability: Availability, now: datetime) -> State:
    if availability.not_before is not None and now < availability.not_before:
        return State(Ready.NOT_AVAILABLE)
    for entry in reversed(availability.entries):
        if entry.holds(now):
            return entry.state
    here = now.astimezone(ZONE)
    for window in reversed(availability.weekly):
        if window.holds(here):
            return window.state
    return availability.usual


def next_change(availability: Availability, now: datetime) -> datetime | None:
    """The first moment after `now` at which `state_at` says something else; None if it never will."""
    before = state_at(availability, now)
    start = now
    for end in (*_said(availability, now), None):
        for moment in _weekly(availability, start, end):
            if state_at(availability, moment) != before:
                return moment
        if end is not None:
            if state_at(availability, end) != before:
                return end
            start = end
    return None


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None if it lies in none. Equal begin and end: there are none."""
    if quiet.begins == quiet.ends:
        return None
    every_day = Availability(weekly=(Window((1, 2, 3, 4, 5, 6, 7), quiet.begins, quiet.ends, State(Ready.READY)),))
    return next_change(every_day, now) if state_at(every_day, now).ready is Ready.READY else None


def _said(availability: Availability, now: datetime) -> list[datetime]:
    """Moments to come that somebody has named."""
    named = {availability.not_before}
    for entry in availability.entries:
        named |= {entry.from_at, entry.until_at}
    return sorted(moment for moment in named if moment is not None and moment > now)


def _weekly(availability: Availability, start: datetime, end: datetime | None) -> list[datetime]:
    """Moments between these at which a window may begin or end, also because the clocks change (at 01:00 UTC)."""
    if not availability.weekly:
        return []
    last = start + timedelta(days=_AHEAD)
    last = min(last, end) if end is not None else last
    clocks = {clock for window in availability.weekly for clock in (window.begins, window.ends)}
    return sorted(moment for moment in set(_moments(start, last, clocks)) if start < moment < last)


def _moments(start: datetime, last: datetime, clocks: set[str]) -> Iterator[datetime]:
    day = start.astimezone(ZONE).date() - timedelta(days=1)
    while day <= last.astimezone(ZONE).date():
        yield datetime.combine(day, time(1), UTC)
        for clock in clocks | {"00:00"}:
            for fold in (0, 1):
                yield datetime.combine(day, _time(clock), ZONE).replace(fold=fold).astimezone(UTC)
        day += timedelta(days=1)


def _time(clock: str) -> time:
    return time(int(clock[:2]), int(clock[3:]))
