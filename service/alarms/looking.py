"""Who would be called, before anybody is: the engine's own choice of people, played through by its own decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from alerting.channels.switchboard import Switchboard
from alerting.model.plan import ChannelKind, Place, Plan, Step, Target, TargetKind
from alerting.store import audience
from alerting.store.audience import StepAudience
from alerting.store.counting import wanted
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from service.alarms import store
from service.alarms.rehearsal import PaperCall, Rehearsal, Someone, quotas

SHOWN = 300
"""So many people of a step are told by name; the others are counted."""


@dataclass(frozen=True, slots=True)
class Looked:
    """`answer` goes out; `reach` is how many people would be called at most, each once."""

    reach: int
    answer: dict[str, Any]


class Looking:
    def __init__(self, database: Database, switchboard: Switchboard) -> None:
        self.database, self.switchboard = database, switchboard

    async def reach(self, plan: Plan, rooms: Collection[str], now: datetime, *, place: Place | None = None) -> int:
        """How many people all steps together mean, reachable today or not."""
        async with self.database.reading() as connection:
            steps = await audience.preview(connection, plan, rooms, now, place=place)
        return len({one.helper for step in steps for one in step.people})

    async def look(
        self, plan: Plan, rooms: Collection[str], now: datetime, mode: IncidentMode, *, place: Place | None = None
    ) -> Looked:
        """Whoever asks must see these rooms: the answer names people."""
        gateways = {kind for kind in ChannelKind if self.switchboard.gateway(kind, mode)}
        async with self.database.reading() as connection:
            found = await audience.preview(connection, plan, rooms, now, place=place, gateways=gateways)
            helpers = {one.helper for step in found for one in step.people}
            skills = await store.skills_of(connection, helpers, wanted(plan), now)
            chiefs = await self._supervisors(connection, plan, rooms, now, gateways)
        steps = [_someone(step, skills) for step in found]
        played = Rehearsal(plan, steps, {one.helper: one for one in chiefs}, now).play()
        calls: dict[tuple[int, str], list[PaperCall]] = {}
        for call in played.calls:
            calls.setdefault((call.step, call.helper), []).append(call)
        unreachable = {one.helper for step in steps for one in step if not one.channels}
        reached = {one.helper for step in steps for one in step if one.channels}
        answer = {
            "reach": len(helpers), "unreachable": len(unreachable - reached), "mode": mode.value,
            "ends_after": played.ends_after, "cut_off": played.cut_off, "cost": played.cost, "first": played.first,
            "quotas": [{**asdict(line), "met": line.met} for line in quotas(plan, steps)],
            "turns": [asdict(turn) for turn in played.turns],
            "steps": [
                _step(number, plan.steps[number], people, found[number], calls) for number, people in enumerate(steps)
            ],
        }  # fmt: skip
        return Looked(len(helpers), answer)

    async def _supervisors(
        self, connection: Any, plan: Plan, rooms: Collection[str], now: datetime, gateways: Collection[ChannelKind]
    ) -> list[Someone]:
        if not plan.supervisor:
            return []
        step = Step((Target(TargetKind.PERSONS, ids=plan.supervisor),))
        chiefs = Plan(plan.organisation, plan.name, (step,))
        found = await audience.preview(connection, chiefs, rooms, now, gateways=gateways)
        return _someone(found[0], {})


def _someone(step: StepAudience, skills: dict[str, frozenset[str]]) -> list[Someone]:
    return [
        Someone(one.helper, one.name, skills.get(one.helper, frozenset()), one.channels, one.reason)
        for one in step.people
    ]


def _step(
    number: int,
    step: Step,
    people: Sequence[Someone],
    found: StepAudience,
    calls: dict[tuple[int, str], list[PaperCall]],
) -> dict[str, Any]:
    """Those called here, in the order of the engine; who was called by an earlier step stands there."""
    called = [one for one in people if (number, one.helper) in calls]
    cannot = [one for one in people if one.reason is not None]
    return {
        "name": step.name, "partners": list(found.partners),
        "people": [
            {
                "helper": one.helper, "name": one.name, "skills": sorted(one.skills),
                "calls": [{"after": call.after, "channel": call.channel.value} for call in calls[number, one.helper]],
            }
            for one in called[:SHOWN]
        ],
        "more": max(0, len(called) - SHOWN),
        "unreachable": [{"helper": o.helper, "name": o.name, "reason": o.reason} for o in cannot[:SHOWN]],
        "unreachable_more": max(0, len(cannot) - SHOWN),
    }  # fmt: skip
