"""A plan played through on paper: the engine's own decisions about its own people, with nobody answering.

That is the worst night: every step begins, every channel is tried. What is called, when and how often, is what the
engine would do; what it costs is the most that it can cost. Seconds count from the beginning.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from alerting.model import chain, pursuit
from alerting.model.alarm import AlarmState
from alerting.model.plan import ChannelKind, Plan, Step
from alerting.model.recipient import RecipientState

MOST_EVENTS = 200_000
"""A plan that would do more than this is told as cut off."""


@dataclass(frozen=True, slots=True)
class Someone:
    """Whom a step would call. `channels` in the order in which they are tried in it; without any there is a `reason`
    why he cannot be reached."""

    helper: str
    name: str | None
    skills: frozenset[str] = frozenset()
    channels: tuple[ChannelKind, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PaperCall:
    after: float
    helper: str
    step: int
    channel: ChannelKind


@dataclass(frozen=True, slots=True)
class Turn:
    """What the chain does at a moment: STEP, REPEAT, HOLD (waits for somebody), SUPERVISOR, PARTNER, REACHED,
    EXHAUSTED."""

    after: float
    what: str
    step: int
    round: int = 0
    organisation: str | None = None


@dataclass(slots=True)
class Played:
    calls: list[PaperCall] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    ends_after: float = 0
    cut_off: bool = False

    @property
    def cost(self) -> dict[str, int]:
        """Calls by channel."""
        return dict(Counter(call.channel.value for call in self.calls))

    @property
    def first(self) -> dict[str, int]:
        """Of those, the ones that go out at the very beginning."""
        return dict(Counter(call.channel.value for call in self.calls if call.after == 0))


@dataclass(slots=True)
class _Person:
    someone: Someone
    number: int
    pursued: pursuit.Pursued
    turn: int = 0


class Rehearsal:
    """`steps`: whom each step names, in order; `supervisors` by id."""

    def __init__(
        self, plan: Plan, steps: Sequence[Sequence[Someone]], supervisors: Mapping[str, Someone], start: datetime
    ) -> None:
        self.plan, self.steps, self.supervisors, self.start = plan, steps, supervisors, start
        self._running = chain.Running(plan, AlarmState.RUNNING)
        self._played = Played()
        self._people: dict[str, _Person] = {}
        self._called: dict[int, set[str]] = {}
        self._events: list[tuple[datetime, int, str | None, int]] = []
        self._numbers = count()
        self._nobody = False

    def play(self) -> Played:
        self._do(chain.Started(), self.start)
        for done in count():
            if not self._events:
                break
            if done >= MOST_EVENTS:
                self._played.cut_off = True
                break
            at, _, helper, turn = heapq.heappop(self._events)
            if helper is None:
                if at == self._running.due_at:
                    self._do(chain.Due(), at)
            elif self._people[helper].turn == turn:
                self._pursue(helper, at)
        self._played.calls.sort(key=lambda call: (call.after, call.step))
        return self._played

    def _do(self, event: chain.Event, now: datetime) -> None:
        for effect in chain.decide(self._running, event, now):
            self._apply(effect, now)
        if self._nobody:
            self._nobody = False
            self._do(chain.Nobody(), now)

    def _apply(self, effect: chain.Effect, now: datetime) -> None:
        match effect:
            case chain.CallStep(step, round):
                self._running = replace(self._running, step=step, round=round)
                self._turn(now, "STEP", step)
                self._call(step, now, fresh=True)
            case chain.Repeat(step, round):
                self._running = replace(self._running, step=step, round=round)
                self._turn(now, "REPEAT", step, round)
                self._call(step, now, fresh=False)
            case chain.Escalate(step):
                self._running = replace(self._running, step=step, round=0)
            case chain.Hold(step):
                self._turn(now, "HOLD", step)
                self._do(chain.Escalated(), now)
            case chain.AskPartner(organisation):
                self._turn(now, "PARTNER", self._running.step, organisation=organisation)
            case chain.CallSupervisor(people):
                self._turn(now, "SUPERVISOR", self._running.step)
                for id in people:
                    if id in self.supervisors:
                        self._begin(self.supervisors[id], Step(at_once=True), self._running.step, now)
            case chain.Exhaust():
                self._turn(now, "EXHAUSTED", self._running.step)
                self._running = replace(self._running, state=AlarmState.EXHAUSTED)
            case chain.Reached():
                self._turn(now, "REACHED", self._running.step)
                self._running = replace(self._running, state=AlarmState.QUOTA_REACHED)
            case chain.Resume():
                self._running = replace(self._running, state=AlarmState.RUNNING)
            case chain.Settle():
                self._events.clear()
                self._running = replace(self._running, due_at=None)
            case chain.Wake(at):
                self._running = replace(self._running, due_at=at)
                if at is not None:
                    heapq.heappush(self._events, (at, next(self._numbers), None, 0))

    def _turn(self, now: datetime, what: str, step: int, round: int = 0, organisation: str | None = None) -> None:
        self._played.turns.append(Turn(self._after(now), what, step, round, organisation))
        self._played.ends_after = self._after(now)

    def _call(self, number: int, now: datetime, *, fresh: bool) -> None:
        """`fresh`: everybody whom the step names, for nobody has answered; else those of this step once more."""
        step = self.plan.steps[number]
        named = [one for one in self.steps[number] if one.channels]
        if not fresh:
            named = [one for one in named if one.helper in self._called.get(number, ())]
        self._called.setdefault(number, set()).update(one.helper for one in named)
        for one in named:
            self._begin(one, step, number, now)
        self._running = replace(self._running, tally=chain.Tally(called=len(self._called[number])))
        self._nobody = fresh and not named and bool(step.targets)

    def _begin(self, one: Someone, step: Step, number: int, now: datetime) -> None:
        at_once = step.at_once
        due = now + timedelta(seconds=step.fall_back) if len(one.channels) > 1 and not at_once else None
        rank = len(one.channels) - 1 if at_once else 0
        pursued = pursuit.Pursued(
            RecipientState.DELIVERED, len(one.channels), rank, step.criterion, step.fall_back, due
        )  # fmt: skip
        before = self._people.get(one.helper)
        person = _Person(one, number, pursued, before.turn + 1 if before else 0)
        self._people[one.helper] = person
        for channel in one.channels if at_once else one.channels[:1]:
            self._played.calls.append(PaperCall(self._after(now), one.helper, number, channel))
        if due is not None:
            heapq.heappush(self._events, (due, next(self._numbers), one.helper, person.turn))

    def _pursue(self, helper: str, now: datetime) -> None:
        person = self._people[helper]
        for effect in pursuit.pursue(person.pursued, pursuit.Due(), now):
            if isinstance(effect, pursuit.Next):
                person.pursued = replace(person.pursued, rank=effect.rank, due_at=effect.due_at)
                channel = person.someone.channels[effect.rank]
                self._played.calls.append(PaperCall(self._after(now), helper, person.number, channel))
                if effect.due_at is not None:
                    heapq.heappush(self._events, (effect.due_at, next(self._numbers), helper, person.turn))

    def _after(self, now: datetime) -> float:
        return (now - self.start) / timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Possible:
    """Whether a quota can be met at all: `possible` people could come. `step` None is the plan's own quota, `skill`
    empty its total."""

    step: int | None
    skill: str
    wanted: int
    possible: int

    @property
    def met(self) -> bool:
        return self.possible >= self.wanted


def quotas(plan: Plan, steps: Sequence[Sequence[Someone]]) -> list[Possible]:
    """Counted over whom can be reached until the end of the plan, or of the step that asks."""
    found: list[Possible] = []
    reached: dict[str, frozenset[str]] = {}
    for number, step in enumerate(plan.steps):
        reached |= {one.helper: one.skills for one in steps[number] if one.channels}
        if step.quota is not None:
            found += _possible(number, step.quota.total, step.quota.skills, reached)
    return _possible(None, plan.quota.total, plan.quota.skills, reached) + found


def _possible(
    step: int | None, total: int, skills: Mapping[str, int] | None, reached: Mapping[str, frozenset[str]]
) -> list[Possible]:
    held = Counter(skill for all_of in reached.values() for skill in all_of)
    lines = [Possible(step, "", total, len(reached))] if total else []
    return lines + [Possible(step, skill, wanted, held[skill]) for skill, wanted in (skills or {}).items() if wanted]
