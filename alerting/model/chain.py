"""What an alarm does next: a chain of steps until enough people come, nobody is left, or somebody stops it.

Pure: `decide` reads how the alarm stands and what has happened, and says what to do. The store does it and keeps the
moment of the next `Due` as a row, so that a chain goes on after any downtime exactly as decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerting.model.alarm import AlarmState
from alerting.model.plan import Escalate as When
from alerting.model.plan import Plan, Purpose, Quota, Step, Target, TargetKind

SUPERVISOR_WAIT = timedelta(minutes=10)
"""So long supervisors are called before the alarm rests with what is missing."""


@dataclass(frozen=True, slots=True)
class Tally:
    """People. `coming` (with those who come later) and `by_skill` are of the whole alarm; `called`, `answered`
    (with any answer) and `spared` (not called since it ended before) of the current step."""

    coming: int = 0
    by_skill: Mapping[str, int] = field(default_factory=dict)
    called: int = 0
    answered: int = 0
    spared: int = 0


@dataclass(frozen=True, slots=True)
class Running:
    """An alarm as it stands. `step` is -1 before the first. `rounds`: the last one of each step. `quiet_until`: until
    then INFO holds its calls back. `held_until`: when the last of them may be made that are not made yet."""

    plan: Plan
    state: AlarmState
    step: int = -1
    round: int = 0
    due_at: datetime | None = None
    tally: Tally = Tally()
    quiet_until: datetime | None = None
    rounds: tuple[int, ...] = ()
    held_until: datetime | None = None

    @property
    def now_in(self) -> Step | None:
        return self.plan.steps[self.step] if 0 <= self.step < len(self.plan.steps) else None

    def next_round(self, step: int) -> int:
        """One that this step has not had, or those who were called in it would not be called."""
        return (self.round if step == self.step or step >= len(self.rounds) else self.rounds[step]) + 1

    def lacks(self) -> dict[str, int]:
        """What the plan's quota and the current step's own lack, by skill; the empty key is the total. Nobody is asked
        to come where it is no alarm, so nothing lacks there."""
        if self.plan.purpose is not Purpose.ALARM:
            return {}
        step = self.now_in
        own = step.quota.missing(self.tally.coming, self.tally.by_skill) if step and step.quota else {}
        whole = self.plan.quota.missing(self.tally.coming, self.tally.by_skill)
        return {skill: max(own.get(skill, 0), whole.get(skill, 0)) for skill in {**whole, **own}}

    def reached(self) -> bool:
        """Enough people come. The plan's quota decides; where it has none, that of a step which stands for itself."""
        if self.plan.purpose is not Purpose.ALARM:
            return False
        step = self.now_in
        quota = self.plan.quota
        if not wants(quota) and step and step.quota and step.escalate is When.NO_QUOTA:
            quota = step.quota
        return wants(quota) and not quota.missing(self.tally.coming, self.tally.by_skill)

    def acknowledged(self) -> bool:
        """A step that waits for answers only has all that it waits for."""
        step = self.now_in
        if step is None or step.escalate is not When.NO_ACK:
            return False
        return 0 < min(step.ack or self.tally.called, self.tally.called or 1) <= self.tally.answered


def wants(quota: Quota) -> bool:
    return quota.total > 0 or any((quota.skills or {}).values())


@dataclass(frozen=True, slots=True)
class Started:
    """The alarm begins."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A second person has agreed."""


@dataclass(frozen=True, slots=True)
class Due:
    """The moment asked for by Wake has come."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """The step that has just begun found nobody to call: waiting for them would be time lost."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody has answered, or changed his mind."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody ends the calls; who comes still comes."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody calls it off."""


@dataclass(frozen=True, slots=True)
class Closed:
    """All is done."""


@dataclass(frozen=True, slots=True)
class Again:
    """Somebody has those of a step called once more who have not answered."""

    step: int


@dataclass(frozen=True, slots=True)
class Escalated:
    """Somebody begins the next step by hand."""


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody adds people."""

    targets: tuple[Target, ...]


Event = (
    Started | Approved | Due | Nobody | Answered | Stopped | Cancelled | Closed | Again | Escalated | Added
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CallStep:
    """Call whom the step names; those called already are not called again."""

    step: int
    round: int = 0


@dataclass(frozen=True, slots=True)
class Repeat:
    """Call those of the step once more who have not answered."""

    step: int
    round: int


@dataclass(frozen=True, slots=True)
class CallMore:
    """Call these people beside the plan."""

    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Escalate:
    """The current step is over and this one begins."""

    step: int


@dataclass(frozen=True, slots=True)
class Hold:
    """The step is over; a human has to begin the next one."""

    step: int


@dataclass(frozen=True, slots=True)
class Reached:
    """Enough people come, or all steps of one that wants nobody are over."""


@dataclass(frozen=True, slots=True)
class Resume:
    """It runs again."""


@dataclass(frozen=True, slots=True)
class Exhaust:
    """Every step is over and this is missing, by skill; the empty key is the total."""

    missing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CallSupervisor:
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskPartner:
    """A human has to ask this organisation."""

    organisation: str
    target: Target


@dataclass(frozen=True, slots=True)
class Settle:
    """No further calls: everybody gets his end state. Calls after it open the alarm again."""


@dataclass(frozen=True, slots=True)
class Stop:
    """STOPPED. Settle follows."""


@dataclass(frozen=True, slots=True)
class AllClear:
    """CANCELLED. Settle follows; whoever was called hears of it."""


@dataclass(frozen=True, slots=True)
class Close:
    """CLOSED."""


@dataclass(frozen=True, slots=True)
class Wake:
    """Decide again at this moment; never, if it is None."""

    at: datetime | None


Effect = (
    CallStep | Repeat | CallMore | Escalate | Hold | Reached | Resume | Exhaust | CallSupervisor | AskPartner | Settle
    | Stop | AllClear | Close | Wake
)  # fmt: skip

_S = AlarmState
_OVER = (_S.CANCELLED, _S.CLOSED)


def decide(alarm: Running, event: Event, now: datetime) -> list[Effect]:
    """What to do, in this order. Empty: nothing, for instance when the event came too late to matter."""
    match event:
        case Started():
            return _begin(alarm, 0, now) if alarm.state is _S.RUNNING and alarm.step < 0 else []
        case Approved():
            return [Resume(), *_begin(alarm, 0, now)] if alarm.state is _S.PROPOSED else []
        case Due():
            return _due(alarm, now)
        case Nobody():
            return _over(alarm, now, repeats=False) if alarm.state is _S.RUNNING else []
        case Answered():
            return _weigh(alarm, now)
        case Stopped():
            return [Stop(), Settle()] if alarm.state in (_S.RUNNING, _S.QUOTA_REACHED, _S.EXHAUSTED) else []
        case Cancelled():
            return [] if alarm.state in _OVER else [AllClear(), Settle()]
        case Closed():
            return [] if alarm.state in (_S.PROPOSED, _S.RUNNING, _S.CLOSED) else [Settle(), Close()]
        case Again(step) if 0 <= step <= alarm.step < len(alarm.plan.steps):
            return _by_hand(alarm, now, step, [Repeat(step, alarm.next_round(step))])
        case Escalated() if alarm.step + 1 < len(alarm.plan.steps):
            return _by_hand(alarm, now, alarm.step + 1, [Escalate(alarm.step + 1), *_call(alarm, alarm.step + 1)])
        case Added(targets):
            return _by_hand(alarm, now, max(alarm.step, 0), [CallMore(targets), *_ask(targets)])
    return []


def _begin(alarm: Running, step: int, now: datetime) -> list[Effect]:
    return [*_call(alarm, step), Wake(_until(alarm, step, now))]


def _call(alarm: Running, step: int) -> list[Effect]:
    return [CallStep(step), *_ask(alarm.plan.steps[step].targets)]


def _ask(targets: tuple[Target, ...]) -> list[Effect]:
    return [AskPartner(one.organisation or "", one) for one in targets if one.kind is TargetKind.PARTNER]


def _until(alarm: Running, step: int, now: datetime) -> datetime:
    """When the step is over. What is held back by quiet hours waits from their end."""
    start = now
    if alarm.plan.purpose is Purpose.INFO and alarm.quiet_until is not None:
        start = max(now, alarm.quiet_until)
    return start + timedelta(seconds=alarm.plan.steps[step].wait)


def _due(alarm: Running, now: datetime) -> list[Effect]:
    if alarm.due_at is None or now < alarm.due_at:
        return []
    if alarm.state is _S.RUNNING:
        return _held(alarm, now) or _over(alarm, now, repeats=True)
    return [Settle()] if alarm.state in (_S.QUOTA_REACHED, _S.EXHAUSTED) else []


def _held(alarm: Running, now: datetime) -> list[Effect]:
    """What is held back has yet to be said: the step has its time from then on."""
    step = alarm.now_in
    if alarm.plan.purpose is not Purpose.INFO or alarm.held_until is None or step is None:
        return []
    until = alarm.held_until + timedelta(seconds=step.wait)
    return [Wake(until)] if until > now else []


def _over(alarm: Running, now: datetime, *, repeats: bool) -> list[Effect]:
    """The current step is over."""
    if alarm.reached():
        return [Reached(), Settle()]
    step = alarm.now_in
    if step is None:
        return _finish(alarm, now)
    acknowledged = alarm.acknowledged()
    if repeats and not acknowledged and alarm.round < step.repeat:
        return [Repeat(alarm.step, alarm.round + 1), Wake(_until(alarm, alarm.step, now))]
    following = alarm.step + 1
    if following < len(alarm.plan.steps):
        if _goes_on(alarm, step, acknowledged=acknowledged):
            return [Escalate(following), *_begin(alarm, following, now)]
        if step.escalate is When.MANUAL:
            return [Hold(alarm.step), Wake(None)]
    return _finish(alarm, now)


def _goes_on(alarm: Running, step: Step, *, acknowledged: bool) -> bool:
    if step.escalate is When.NO_QUOTA:
        return bool(alarm.lacks()) or alarm.plan.purpose is not Purpose.ALARM
    return step.escalate is When.ALWAYS or (step.escalate is When.NO_ACK and not acknowledged)


def _finish(alarm: Running, now: datetime) -> list[Effect]:
    """No further step begins by itself."""
    missing = alarm.lacks()
    if not missing:
        return _held(alarm, now) or [Reached(), Settle()]
    if not alarm.plan.supervisor:
        return [Exhaust(missing), Settle()]
    return [Exhaust(missing), Settle(), CallSupervisor(alarm.plan.supervisor), Wake(now + SUPERVISOR_WAIT)]


def _weigh(alarm: Running, now: datetime) -> list[Effect]:
    if alarm.state is _S.RUNNING:
        if alarm.reached():
            runs_out = not alarm.plan.stop_when_reached and alarm.due_at is not None
            return [Reached()] if runs_out else [Reached(), Settle()]
        return _over(alarm, now, repeats=False) if alarm.acknowledged() else []
    if alarm.state is _S.EXHAUSTED and alarm.reached():
        return [Reached(), Settle()]
    if alarm.state is _S.QUOTA_REACHED and alarm.lacks():
        return [Resume(), *_fill(alarm, now)]
    return []


def _fill(alarm: Running, now: datetime) -> list[Effect]:
    """One who came does not: whom the current step has spared is called, else what runs out runs on, else the next."""
    if alarm.tally.spared and alarm.now_in is not None:
        return [CallStep(alarm.step, alarm.round), Wake(_until(alarm, alarm.step, now))]
    if alarm.due_at is not None and alarm.due_at > now:
        return []
    return _over(alarm, now, repeats=True)


def _by_hand(alarm: Running, now: datetime, step: int, calls: list[Effect]) -> list[Effect]:
    """Calls that somebody asks for run out even if the quota is reached."""
    if alarm.state in (*_OVER, _S.PROPOSED):
        return []
    until = _until(alarm, step, now)
    if alarm.due_at is not None and alarm.due_at > until and not any(isinstance(one, Escalate) for one in calls):
        until = alarm.due_at
    if alarm.state in (_S.RUNNING, _S.QUOTA_REACHED):
        return [*calls, Wake(until)]
    return [Resume(), *([Reached()] if alarm.reached() else []), *calls, Wake(until)]
