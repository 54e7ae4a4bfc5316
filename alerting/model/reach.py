"""Who could not be reached if an alarm went out now, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TESTED_WITHIN = timedelta(days=180)
FAILING_FROM = 3
"""Failures in a row, after which a channel counts as broken."""


class Hindrance(StrEnum):
    """Strongest first. The last two are doubts: he is called, and may not notice."""

    BLOCKED = "BLOCKED"
    PAUSED = "PAUSED"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    BOUND = "BOUND"
    NO_CHANNEL = "NO_CHANNEL"
    ALL_FAILING = "ALL_FAILING"
    NEVER_TESTED = "NEVER_TESTED"
    TEST_TOO_OLD = "TEST_TOO_OLD"


DOUBTS = frozenset({Hindrance.NEVER_TESTED, Hindrance.TEST_TOO_OLD})


@dataclass(frozen=True, slots=True)
class Light:
    """What is known of one channel."""

    tested_at: datetime | None
    failures: int
    closed: bool

    @property
    def broken(self) -> bool:
        return self.closed or self.failures >= FAILING_FROM


def hindrances(
    state: str, available: bool, bound: bool, channels: Sequence[Light], now: datetime
) -> tuple[Hindrance, ...]:
    """`state` as of the person: ACTIVE, PAUSED, BLOCKED. Empty if an alarm would reach him as far as is known."""
    found = [Hindrance(state)] if state in (Hindrance.BLOCKED, Hindrance.PAUSED) else []
    if not available:
        found.append(Hindrance.NOT_AVAILABLE)
    if bound:
        found.append(Hindrance.BOUND)
    working = [channel for channel in channels if not channel.broken]
    tests = [channel.tested_at for channel in working if channel.tested_at]
    if not channels:
        found.append(Hindrance.NO_CHANNEL)
    elif not working:
        found.append(Hindrance.ALL_FAILING)
    elif not tests:
        found.append(Hindrance.NEVER_TESTED)
    elif max(tests) < now - TESTED_WITHIN:
        found.append(Hindrance.TEST_TOO_OLD)
    return tuple(found)
