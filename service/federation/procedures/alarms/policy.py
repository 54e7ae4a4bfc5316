"""A plan that our written policy for a partner starts without asking anybody; a large one still waits for two."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from alerting.model.plan import Plan, PlanState, Purpose
from alerting.model.roster import Roster
from alerting.model.said import Said
from alerting.store import alarms, audience
from geodata.model.body import from_body
from geodata.model.editing import KEPT, BadEdit
from geodata.model.incident import IncidentMode
from geodata.store.database import Transaction
from service.federation.procedures.alarms import rules, store
from service.federation.procedures.alarms.store import Asked


async def start(tx: Transaction, origin: str, plan_id: str, asked: Asked, now: datetime) -> str:
    """The id of the alarm. Raises BadEdit if this plan does not start."""
    plan, room = await read(tx, origin, plan_id)
    request = asked.request
    check_mode(plan, request.mode)
    found = await store.plan_of(tx.connection, f"{origin}/roster/{plan.organisation}")
    if found is None:
        raise BadEdit("plan", "its roster is gone")
    roster = from_body({name: value for name, value in found[1].items() if name not in KEPT}, Roster)
    given = rules.fields(request)
    if "quota" in given:
        plan = replace(plan, quota=msgspec.convert(given["quota"], type(plan.quota)))
    steps = await audience.preview(tx.connection, plan, [room], now, place=_place(asked), most=1)
    large = plan.four_eyes or sum(step.total for step in steps) >= roster.large_from
    said = Said(
        request.title, request.text or plan.text, request.meeting or plan.meeting, request.geometry or plan.geometry,
        request.bring or plan.bring, request.report_to or plan.report_to,
    )  # fmt: skip
    return await alarms.begin(
        tx, origin=origin, mode=request.mode, organisation=plan.organisation, plan=replace(plan, four_eyes=large),
        said=said, incident=None, room=room, rooms=[room], by=tx.actor, now=now, plan_id=plan_id, cause=asked.ref,
    )  # fmt: skip


async def read(tx: Transaction, origin: str, plan_id: str) -> tuple[Plan, str]:
    """A plan in force and its room. Raises BadEdit."""
    found = await store.plan_of(tx.connection, f"{origin}/alarm_plan/{plan_id}")
    if found is None:
        raise BadEdit("plan", "there is no such plan here")
    plan = from_body({name: value for name, value in found[1].items() if name not in KEPT}, Plan)
    if plan.state is not PlanState.ACTIVE:
        raise BadEdit("plan", f"{plan.name} is {plan.state}: only an ACTIVE plan starts by itself")
    return plan, found[0]


def check_mode(plan: Plan, mode: IncidentMode) -> None:
    """What is begun has the mode that was asked for. Raises BadEdit."""
    if plan.purpose is Purpose.DRILL and mode is IncidentMode.ACTUAL:
        raise BadEdit("plan", f"{plan.name} is a drill; what is asked for is real")


def _place(asked: Asked) -> tuple[float, float] | None:
    if asked.request.geometry is None:
        return None
    west, south, east, north = asked.request.geometry.bbox
    return (west + east) / 2, (south + north) / 2
