"""When people had to be called on their next channel, worked out again from the calls alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from alerting.model.availability import ZONE, Quiet, quiet_until
from alerting.model.plan import Plan, Purpose, Step
from tests.alerting.ground import Ground

_CALLS = """
    SELECT c.id, c.helper, c.step, c.round, c.channel, c.state, c.queued_at, c.due_at, c.failed_at, r.state AS person,
           a.ended_at,
           (r.step, r.round) = (c.step, c.round) AS current,
           (SELECT count(*) FROM helper_channel k WHERE k.helper = c.helper AND k.closed_at IS NULL) AS channels
    FROM alarm_call c JOIN alarm a ON a.id = c.alarm
    JOIN alarm_recipient r ON r.alarm = c.alarm AND r.helper = c.helper
    WHERE c.alarm = :alarm AND c.kind IN ('ALARM', 'INFO') AND c.state <> 'CANCELLED'
    ORDER BY c.helper, c.step, c.round, c.queued_at, c.failed_at, c.id
"""
NIGHT = timedelta(hours=9)
_PURSUED = ("QUEUED", "SENT", "DELIVERED", "READ")


@dataclass(frozen=True)
class _Since:
    plan: Plan
    tried: Mapping[str, Sequence[datetime]]
    looked: Sequence[datetime]

    def due(self, step: Step, call: Any, earlier: Sequence[Any] = ()) -> datetime:
        """What is held back until the morning has its time from then on, and so has what is tried once more then, also
        if that is an `earlier` call of the same person."""
        wait = timedelta(seconds=step.fall_back)
        due: datetime = call.queued_at + wait
        morning = self._morning(call, due, earlier) if self.plan.purpose is Purpose.INFO else None
        return morning + wait if morning else due

    def _morning(self, call: Any, due: datetime, earlier: Sequence[Any]) -> datetime | None:
        """When the first night ended after it was queued, if the engine's first look after `due` fell into it or later,
        and a call was made, or will be made once more, after it."""
        first = datetime.combine(call.queued_at.astimezone(ZONE).date(), time(7), ZONE)
        ends = first if call.queued_at < first else first + timedelta(days=1)
        look = next((one for one in self.looked if one >= due), due)
        if look < ends - NIGHT:
            return None
        calls = (call, *earlier)
        later = any(_held_back(one) or any(at >= ends for at in self.tried.get(one.id, ())) for one in calls)
        return ends if later else None


def _held_back(call: Any) -> bool:
    return call.state == "QUEUED" and quiet_until(Quiet(), call.due_at - timedelta(microseconds=1)) is not None


async def wrong(
    here: Ground, alarm: str, plan: Plan, tried: Mapping[str, Sequence[datetime]], looked: Sequence[datetime]
) -> list[str]:
    """Who was called on his next channel too early, or not yet though his wait is over. Where all channels are called
    at once there is no next one. `tried` says by call when it was made, `looked` when the engine looked."""
    found = []
    since = _Since(plan, tried, looked)
    ladders = groupby(await here.rows(_CALLS, alarm=alarm), key=lambda call: (call.helper, call.step, call.round))
    for (helper, number, _), group in ladders:
        if number < len(plan.steps) and not plan.steps[number].at_once:
            *earlier, calls = _runs(list(group))
            for run in earlier:
                found += [f"{helper}: {what}" for what in _hasty(since, plan.steps[number], run)]
            found += [f"{helper}: {what}" for what in _hasty(since, plan.steps[number], calls)]
            last, due = calls[-1], since.due(plan.steps[number], calls[-1], calls[:-1])
            waits = last.current and last.ended_at is None and last.person in _PURSUED and len(calls) < last.channels
            if waits and due <= here.clock.now():
                found.append(f"{helper}: next channel was due at {due}, is not called at {here.clock.now()}")
    return found


def _runs(calls: Sequence[Any]) -> list[list[Any]]:
    """Who is added by hand to a step that has called him already begins anew, on a channel that he was called on."""
    runs: list[list[Any]] = [[]]
    for call in calls:
        if any(one.channel == call.channel for one in runs[-1]):
            runs.append([])
        runs[-1].append(call)
    return runs


def _hasty(since: _Since, step: Step, calls: Sequence[Any]) -> list[str]:
    """Before its time the next channel is called when one has failed for good, at that moment."""
    return [
        f"next channel at {following.queued_at}, not due before {due}"
        for number, following in enumerate(calls[1:], 1)
        if following.queued_at < (due := since.due(step, calls[number - 1]))
        and all(call.failed_at != following.queued_at for call in calls)
    ]
