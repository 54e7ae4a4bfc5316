"""A plan that a rule starts: only one that is ACTIVE and lies where the rule lies. A large one waits for two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from alerting.model.plan import Place, Plan, PlanState
from alerting.model.problem import Problem, ProblemCode
from alerting.model.risk import Evidence, RiskAlert
from alerting.model.roster import Roster
from alerting.model.said import Said
from alerting.store import alarms, audience
from alerting.store.rules import Kept
from geodata.model.body import from_body
from geodata.model.editing import KEPT, BadEdit
from geodata.model.ref import BadRef, Ref
from geodata.store import things
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing

T = TypeVar("T")
LOCAL = ZoneInfo("Europe/Berlin")


async def start_plan(
    tx: Transaction, origin: str, kept: Kept, alert: RiskAlert, ref: Ref, now: datetime
) -> tuple[str | None, Problem | None]:
    """The id of the alarm, or why there is none."""
    try:
        plan = await _read(tx, origin, "alarm_plan", kept.rule.plan or "", kept.room, Plan)
        roster = await _read(tx, origin, "roster", kept.rule.organisation, kept.room, Roster)
    except (NoSuchThing, BadRef):
        return None, Problem(ProblemCode.PLAN_MISSING)
    if plan.state is not PlanState.ACTIVE:
        return None, Problem(ProblemCode.PLAN_INACTIVE, plan=plan.name, state=plan.state.value)
    geometry = plan.geometry or alert.geometry
    place: Place | None = None
    if geometry is not None and geometry.type == "Point":
        place = (float(geometry.coordinates[0]), float(geometry.coordinates[1]))
    steps = await audience.preview(tx.connection, plan, [kept.room], now, place=place, most=1)
    large = plan.four_eyes or sum(step.total for step in steps) >= roster.large_from
    said = Said(
        title=plan.title or alert.title,
        text=plan.text or " ".join(part for part in (alert.text, _told(alert)) if part) or None,
        meeting=plan.meeting, geometry=geometry, bring=plan.bring, report_to=plan.report_to,
    )  # fmt: skip
    try:
        id = await alarms.begin(
            tx, origin=origin, mode=alert.mode, organisation=plan.organisation, plan=replace(plan, four_eyes=large),
            said=said, incident=None, room=kept.room, rooms=[kept.room], by=f"rule:{kept.id}", now=now,
            plan_id=kept.rule.plan, cause=str(ref),
        )  # fmt: skip
    except BadEdit as error:
        return None, Problem(ProblemCode.PLAN_REFUSED, plan=plan.name, reason=str(error))
    return id, None


async def _read(tx: Transaction, origin: str, kind: str, id: str, room: str, of: type[T]) -> T:
    held = await things.read(tx, Ref(origin, kind, id), [room])
    return from_body({name: value for name, value in held.body.items() if name not in KEPT}, of)


def _told(alert: RiskAlert) -> str:
    """The evidence in a line, for whoever is called."""
    return "; ".join(_line(one) for one in alert.evidence[:3])


def _line(one: Evidence) -> str:
    value = "" if one.value is None else f" {one.value:g} {one.unit or ''}".rstrip()
    mark = "" if one.mark is None or one.value is None else f" (Marke {one.mark:g})"
    at = "" if one.at is None else f", {one.at.astimezone(LOCAL):%H:%M} Uhr"
    return f"{one.name or one.ref.rpartition('/')[2]}{value}{mark}{at}"
