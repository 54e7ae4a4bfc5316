"""How one person is pursued: one channel after the other until he is reached as the step wants, or none is left.

Pure, as `chain` is. Only his own calls count here: nobody waits for anybody else's broken channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.model.plan import Criterion
from alerting.model.recipient import ENDS, CallState, RecipientState

PAUSES = (2.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds before the second, third … try of the same call."""
TRIES, LAST_TRIES = 3, 6
"""How often one channel is tried while another is left, and the last one."""
LONGEST_PAUSE = 120.0

_ORDER = {
    RecipientState.PENDING: 0, RecipientState.QUEUED: 1, RecipientState.SENT: 2, RecipientState.DELIVERED: 3,
    RecipientState.READ: 4, RecipientState.RESPONDED: 5,
}  # fmt: skip
_NEEDS = {
    Criterion.DELIVERED: RecipientState.DELIVERED,
    Criterion.READ: RecipientState.READ,
    Criterion.ANSWERED: RecipientState.RESPONDED,
}
_OPEN = (CallState.QUEUED, CallState.SENDING)
_OUT = (CallState.SENT, CallState.DELIVERED, CallState.READ)


@dataclass(frozen=True, slots=True)
class Pursued:
    """`channels`: how many he has for this step, `rank` the one tried now (the last, if all at once). `calls` are the
    states of his calls of this round, without the one that the event is about. `held_until`: his call can wait and is
    made, or made once more, when it is no longer quiet then."""

    state: RecipientState
    channels: int
    rank: int = 0
    criterion: Criterion = Criterion.ANSWERED
    fall_back: int = 120
    due_at: datetime | None = None
    calls: tuple[CallState, ...] = ()
    held_until: datetime | None = None

    @property
    def satisfied(self) -> bool:
        return _ORDER.get(self.state, 0) >= _ORDER[_NEEDS[self.criterion]]


@dataclass(frozen=True, slots=True)
class Due:
    """The time for the channel tried now is over."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A provider did not take his call at the `tries`-th time. `for_good`: it never will."""

    tries: int
    for_good: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """The same call again, with the same id."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Next:
    """Call him on his channel of this rank, and look again at `due_at`; None: it is his last."""

    rank: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wait:
    """The channel tried now has its time from when its call is made: look again at this moment."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more to try by time."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """UNREACHABLE: every channel has failed."""


Effect = Retry | Next | Wait | Rest | GiveUp


def pursue(person: Pursued, event: Due | Failed, now: datetime) -> list[Effect]:
    """What to do. Empty: nothing."""
    match event:
        case Due():
            if person.due_at is None or now < person.due_at:
                return []
            if person.state in ENDS or person.satisfied:
                return [Rest()]
            until = person.held_until + timedelta(seconds=person.fall_back) if person.held_until else now
            return [Wait(until)] if until > now else _next(person, now) or [Rest()]
        case Failed():
            return _failed(person, event, now)


def _next(person: Pursued, now: datetime) -> list[Effect]:
    rank = person.rank + 1
    if rank >= person.channels:
        return []
    return [Next(rank, now + timedelta(seconds=person.fall_back) if rank + 1 < person.channels else None)]


def _failed(person: Pursued, event: Failed, now: datetime) -> list[Effect]:
    if person.state in ENDS or person.satisfied:
        return []
    most = TRIES if person.rank + 1 < person.channels else LAST_TRIES
    if not event.for_good and event.tries < most:
        pause = event.retry_after if event.retry_after is not None else PAUSES[min(event.tries, len(PAUSES)) - 1]
        return [Retry(now + timedelta(seconds=min(max(pause, 0.0), LONGEST_PAUSE)))]
    if any(state in _OPEN for state in person.calls):
        return []
    return _next(person, now) or ([] if any(state in _OUT for state in person.calls) else [GiveUp()])
