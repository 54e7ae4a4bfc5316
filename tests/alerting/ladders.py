"""When people had to be called on their next channel, worked out again from the calls alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from alerting.model.availability import Quiet, quiet_until
from alerting.model.plan import Plan, Purpose, Step
from tests.alerting.ground import Ground

_CALLS = """
    SELECT c.helper, c.step, c.round, c.state, c.queued_at, c.failed_at, r.state AS person, a.ended_at,
           (r.step, r.round) = (c.step, c.round) AS current,
           (SELECT count(*) FROM helper_channel k WHERE k.helper = c.helper AND k.closed_at IS NULL) AS channels
    FROM alarm_call c JOIN alarm a ON a.id = c.alarm
    JOIN alarm_recipient r ON r.alarm = c.alarm AND r.helper = c.helper
    WHERE c.alarm = :alarm AND c.kind IN ('ALARM', 'INFO') AND c.state <> 'CANCELLED'
    ORDER BY c.helper, c.step, c.round, c.queued_at, c.failed_at, c.id
"""
_PURSUED = ("QUEUED", "SENT", "DELIVERED", "READ")


async def wrong(here: Ground, alarm: str, plan: Plan) -> list[str]:
    """Who was called on his next channel too early, or not yet though his wait is over. Where all channels are called
    at once there is no next one."""
    found = []
    ladders = groupby(await here.rows(_CALLS, alarm=alarm), key=lambda call: (call.helper, call.step, call.round))
    for (helper, number, _), group in ladders:
        if number < len(plan.steps) and not plan.steps[number].at_once:
            calls = list(group)
            found += [f"{helper}: {what}" for what in _hasty(plan, plan.steps[number], calls)]
            last, due = calls[-1], _due(plan, plan.steps[number], calls[-1])
            waits = last.current and last.ended_at is None and last.person in _PURSUED and len(calls) < last.channels
            if waits and due <= here.clock.now():
                found.append(f"{helper}: next channel was due at {due}, is not called at {here.clock.now()}")
    return found


def _hasty(plan: Plan, step: Step, calls: Sequence[Any]) -> list[str]:
    """Before its time the next channel is called when one has failed for good, at that moment."""
    return [
        f"next channel at {following.queued_at}, not due before {due}"
        for number, following in enumerate(calls[1:], 1)
        if following.queued_at < (due := _due(plan, step, calls[number - 1]))
        and all(call.failed_at != following.queued_at for call in calls)
    ]


def _due(plan: Plan, step: Step, call: Any) -> datetime:
    """What is held back until the morning has its time from then on."""
    queued: datetime = call.queued_at
    quiet = quiet_until(Quiet(), queued) if plan.purpose is Purpose.INFO else None
    return (quiet or queued) + timedelta(seconds=step.fall_back)
