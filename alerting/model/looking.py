"""What a rule sees in a series of measurements, in a source's health, and when it would have spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from alerting.model.risk import Evidence, Outcome
from alerting.model.rule import AlarmRule, RuleKind, Run, Seen, Standing, follow, judge, rises, run_of

CLOCK_SLACK = timedelta(minutes=15)
MEASURED = frozenset({RuleKind.THRESHOLD, RuleKind.RISE, RuleKind.SILENT})
Points = Sequence[tuple[datetime, float]]


def lookback(rule: AlarmRule) -> timedelta:
    """How far back the measurements are read that a rule is judged by."""
    return max(timedelta(hours=24), 2 * timedelta(minutes=rule.minutes + rule.window))


def marks(rule: AlarmRule) -> tuple[float, float]:
    """The value that raises, and below which it is over."""
    value = rule.value if rule.value is not None else 0.0
    return value, value if rule.reset is None else rule.reset


def of_points(rule: AlarmRule, points: Points, now: datetime, evidence: Evidence, before: bool | None = None) -> Seen:
    """A series against the rule's mark. Measurements that are too old say nothing: unknown, never all right."""
    held = rises(points, timedelta(minutes=rule.window)) if rule.kind is RuleKind.RISE else points
    mark, reset = marks(rule)
    return of_run(rule, run_of(held, mark=mark, reset=reset, before=before), now, evidence)


def of_run(rule: AlarmRule, run: Run, now: datetime, evidence: Evidence) -> Seen:
    until = None if run.at is None else run.at + timedelta(minutes=rule.stale)
    shown = (Evidence(evidence.ref, evidence.name, run.at, run.value, evidence.unit, rule.value),)
    if until is None or now > until:
        return Seen(None, evidence=shown, level=rule.level)
    return Seen(run.high is True, run.since, until, shown, rule.level)


def of_silence(rule: AlarmRule, newest: datetime | None, now: datetime, evidence: Evidence) -> Seen:
    """Silent for `minutes`. What never said anything is unknown."""
    shown = (Evidence(evidence.ref, evidence.name, newest),)
    if newest is None:
        return Seen(None, evidence=shown, level=rule.level)
    late = newest + timedelta(minutes=rule.minutes)
    return Seen(now >= late, newest, late if now < late else None, shown, rule.level)


def alive(health: Mapping[str, Any], now: datetime) -> bool | None:
    """Whether a source of this health brings what it should; None: nobody asks it, or it never said anything.

    `tests/contracts/conditions.json` holds this and feeds/health.py together."""
    last = _time(health.get("last_success"))
    failures = int(health.get("failures") or 0)
    if health.get("paused"):
        return None
    if last is None:
        return False if failures else None
    age = now - last
    if age > timedelta(seconds=float(health["stale_after"])) or age < -CLOCK_SLACK or failures >= 3:
        return False
    within, newest = health.get("newest_within"), _time(health.get("newest"))
    return within is None or (newest is not None and now - newest <= timedelta(seconds=float(within)))


@dataclass(frozen=True, slots=True)
class Fired:
    """One alert that would have gone out; `until` is when it would have ended, none: not yet."""

    at: datetime
    outcome: Outcome
    value: float | None = None
    until: datetime | None = None


def rehearse(rule: AlarmRule, points: Points, start: datetime, end: datetime) -> list[Fired]:
    """When the rule would have spoken between two moments, had each measurement come at its own time."""
    ordered = sorted(points)
    series = rises(ordered, timedelta(minutes=rule.window)) if rule.kind is RuleKind.RISE else ordered
    mark, reset = marks(rule)
    about = Evidence("rehearsal")
    found: list[Fired] = []
    out: dict[Outcome, int] = {}
    standing, run, index, now = Standing(), Run(), 0, start
    while now <= end:
        while index < len(series) and series[index][0] <= now:
            run = follow(run, *series[index], mark=mark, reset=reset)
            index += 1
        seen = of_silence(rule, run.at, now, about) if rule.kind is RuleKind.SILENT else of_run(rule, run, now, about)
        judged = judge(rule, standing, seen, now)
        standing = judged.standing
        for ended, outcome in ((judged.over, Outcome.ALARM), (judged.known, Outcome.UNKNOWN)):
            if ended and outcome in out:
                place = out.pop(outcome)
                found[place] = replace(found[place], until=now)
        if judged.raises:
            out[judged.raises] = len(found)
            found.append(Fired(now, judged.raises, run.value))
        coming = [judged.look_at] if judged.look_at else []
        if seen.fresh_until and seen.fresh_until >= now:
            coming.append(seen.fresh_until + timedelta(milliseconds=1))
        if index < len(series):
            coming.append(series[index][0])
        now = min((at for at in coming if at > now), default=end + timedelta(seconds=1))
    return found


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
