"""Rules on what happens: when they speak, when they are silent, and when they cannot know.

A fact of kind `alarm_rule`. `judge` is pure: from what a rule has said so far, what is seen now, and the time, it gives
what it says next. Each rule is judged for each subject by itself: a gauge, a source, an order, an inquiry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from alerting.model.risk import Evidence, Outcome
from geodata.model.editing import BadEdit
from geodata.model.geometry import Geometry
from geodata.model.incident import Id, IncidentMode, Moment, Text, Words
from geodata.model.level import Level


class RuleKind(StrEnum):
    """THRESHOLD: a value reaches a mark. RISE: it rises by so much an hour. WARNING: an official warning of at least
    a level in the area. SILENT: a station has said nothing for so long. FEED_DEAD: a source brings nothing any more.
    OVERDUE: an order's time has passed. INQUIRY: a partner asks and nobody answers. CUSTODY: nobody acknowledges."""

    THRESHOLD = "THRESHOLD"
    RISE = "RISE"
    WARNING = "WARNING"
    SILENT = "SILENT"
    FEED_DEAD = "FEED_DEAD"
    OVERDUE = "OVERDUE"
    INQUIRY = "INQUIRY"
    CUSTODY = "CUSTODY"


class Activity(StrEnum):
    """QUIET: it is judged and shown, and raises nothing; what holds on when the quiet ends is raised then."""

    ON = "ON"
    QUIET = "QUIET"
    OFF = "OFF"


Mins = Annotated[float, Meta(ge=0, le=20_160)]
Finite = Annotated[float, Meta(ge=-1e9, le=1e9)]
NEEDED = {
    RuleKind.THRESHOLD: ("station", "value"),
    RuleKind.RISE: ("station", "value"),
    RuleKind.SILENT: ("stations", "minutes"),
    RuleKind.OVERDUE: ("incident",),
}


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """`minutes` the condition has to hold. `value` is reached from below; it is over only below `reset` (none: below
    `value`). `window` is over how many minutes a rise is measured, per hour. Data older than `stale` minutes are
    unknown, and `unknown` minutes of that raise an alert of their own (none: never). Between two alerts for one subject
    lie `cool_down` minutes. `ars` is an area (none: the roster's). Times by the clock of the node. `station` is a
    station's key, `feeds` are names of sources (none: all). `plan` is started if it is ACTIVE."""

    organisation: Id
    name: Words
    kind: RuleKind
    state: Activity = Activity.ON
    mode: IncidentMode | None = None
    level: Level = Level.HIGH
    station: Id | None = None
    stations: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()
    quantity: Annotated[str, Meta(min_length=1, max_length=40)] = "W"
    value: Finite | None = None
    reset: Finite | None = None
    minutes: Mins = 0
    window: Annotated[float, Meta(ge=5, le=1440)] = 60
    at_least: Level = Level.HIGH
    ars: Annotated[str, Meta(max_length=12, pattern=r"^\d*$")] | None = None
    feeds: Annotated[tuple[Id, ...], Meta(max_length=50)] = ()
    incident: Id | None = None
    stale: Annotated[float, Meta(gt=0, le=20_160)] = 60
    unknown: Mins | None = 30
    cool_down: Mins = 60
    quiet_until: Moment | None = None
    plan: Id | None = None
    geometry: Geometry | None = None
    text: Text | None = None

    def __post_init__(self) -> None:
        for field in NEEDED.get(self.kind, ()):
            if getattr(self, field) in (None, (), 0):
                raise BadEdit(field, f"a rule of kind {self.kind} needs {field}")
        if self.reset is not None and (self.value is None or self.reset > self.value):
            raise BadEdit("reset", "the value below which it is over lies at or below the value that raises")

    def quiet(self, now: datetime) -> bool:
        if self.state is Activity.QUIET:
            return self.quiet_until is None or now < self.quiet_until
        return self.quiet_until is not None and now < self.quiet_until


@dataclass(frozen=True, slots=True)
class Run:
    """A series held against a mark: is it on the high side, since which measurement, and what was the newest. `high` is
    None before anything outside the band was seen, which counts as below; a value in the band leaves its side."""

    high: bool | None = None
    since: datetime | None = None
    at: datetime | None = None
    value: float | None = None


def follow(run: Run, at: datetime, value: float, *, mark: float, reset: float) -> Run:
    """After one more value; measurements come in the order of their time."""
    high = True if value >= mark else False if value < reset else run.high
    return Run(high, at if high != run.high or run.since is None else run.since, at, value)


def run_of(points: Iterable[tuple[datetime, float]], *, mark: float, reset: float, before: bool | None = None) -> Run:
    """Of the measurements in any order; `before` is the side that holds if all of them lie inside the band."""
    run = Run()
    for at, value in sorted(points):
        run = follow(run, at, value, mark=mark, reset=reset)
    return replace(run, high=before) if run.high is None and run.at is not None else run


def rises(points: Iterable[tuple[datetime, float]], window: timedelta) -> list[tuple[datetime, float]]:
    """Change per hour at each measurement, against the newest one at least `window` earlier, else against the oldest
    that is at least half of it earlier. The first ones have none."""
    ordered = sorted(points)
    found: list[tuple[datetime, float]] = []
    first = 0
    for at, value in ordered:
        while first + 1 < len(ordered) and ordered[first + 1][0] <= at - window:
            first += 1
        then, was = ordered[first]
        if at - then >= window / 2:
            found.append((at, (value - was) * 3600 / (at - then).total_seconds()))
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of one subject. `high`: the condition holds; None: nobody can say. `since` is when it began to,
    `fresh_until` when these data will be too old to say anything. `pending`: the dwell is in the condition already."""

    high: bool | None
    since: datetime | None = None
    fresh_until: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    level: Level | None = None
    geometry: Geometry | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a rule has said of a subject so far. `open`: within an episode, which ends when the condition is seen to be
    over; `raised`: the alert of this episode is out. `episode` counts the alerts."""

    outcome: Outcome = Outcome.UNKNOWN
    since: Moment | None = None
    high: bool | None = None
    open: bool = False
    raised: bool = False
    raised_at: Moment | None = None
    told_unknown: bool = False
    unknown_at: Moment | None = None
    episode: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """`raises` is the alert that goes out now. `over`: the one that is out has ended; `known`: the one about missing
    data has. `look_at` is when time alone may change the answer."""

    standing: Standing
    raises: Outcome | None = None
    over: bool = False
    known: bool = False
    look_at: datetime | None = None


def judge(rule: AlarmRule, before: Standing, seen: Seen, now: datetime) -> Judged:
    """What the rule says of this subject now. Asked twice with the same, it raises once."""
    dwell, cool = timedelta(minutes=rule.minutes), timedelta(minutes=rule.cool_down)
    ripe = seen.high is True and now >= (seen.since or now) + dwell
    if seen.high is None:
        outcome, opened = Outcome.UNKNOWN, before.open
    elif ripe:
        outcome, opened = Outcome.ALARM, True
    else:
        outcome, opened = Outcome.OK, False
    since = before.since if outcome is before.outcome and before.since else now
    high = before.high if seen.high is None else seen.high
    after = replace(before, outcome=outcome, since=since, high=high, open=opened)
    over = before.raised and outcome is Outcome.OK
    known = before.told_unknown and outcome is not Outcome.UNKNOWN
    if over:
        after = replace(after, raised=False)
    if known:
        after = replace(after, told_unknown=False)
    raises: Outcome | None = None
    looks = [seen.fresh_until] if seen.high is not None else []
    if seen.high and not ripe:
        looks.append((seen.since or now) + dwell)
    if outcome is Outcome.ALARM and not after.raised:
        ready = after.raised_at + cool if after.raised_at else now
        if now >= ready and not rule.quiet(now):
            raises = Outcome.ALARM
            after = replace(after, raised=True, raised_at=now, episode=after.episode + 1)
        looks += [ready, rule.quiet_until]
    if outcome is Outcome.UNKNOWN and not after.told_unknown and rule.unknown is not None:
        ready = since + timedelta(minutes=rule.unknown)
        if after.unknown_at is not None:
            ready = max(ready, after.unknown_at + cool)
        if now >= ready and not rule.quiet(now):
            raises = Outcome.UNKNOWN
            after = replace(after, told_unknown=True, unknown_at=now, episode=after.episode + 1)
        looks += [ready, rule.quiet_until]
    coming = [at for at in looks if at is not None and at > now]
    return Judged(after, raises, over, known, min(coming, default=None))
