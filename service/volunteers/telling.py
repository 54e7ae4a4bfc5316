"""Volunteers hear of an invitation by the engine of alarms: an alarm that informs and asks nothing, because places are
accepted on their own page. Who has no proven contact sees it only there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerting.model.job import Job, Slot
from alerting.model.plan import Criterion, Escalate, Plan, PlanState, Purpose, Step, Target, TargetKind
from alerting.model.said import Said
from alerting.store import alarms
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from service.access.visitor import Visitor
from service.pages.look import LOCAL
from service.volunteers import store

WAIT = 1800
"""Seconds after which the message has reached whom it could reach."""


async def invite(
    database: Database,
    visitor: Visitor,
    job: Job,
    slot: Slot,
    helpers: list[str],
    room: str,
    *,
    origin: str,
    mode: IncidentMode,
    now: datetime,
) -> str | None:
    """The id of the alarm; None if nobody of them has a contact. As many as the roster calls large wait for a second
    person. An incident that is none for real makes the message none."""
    async with database.transaction(visitor.actor) as tx:
        reached = await store.reachable(tx.connection, helpers)
        if not reached:
            return None
        begins, ends = slot.begins.astimezone(LOCAL), slot.ends.astimezone(LOCAL)
        said = Said(
            title=f"Helfen: {job.title}"[:200],
            text=f"{begins:%d.%m. %H:%M} – {ends:%H:%M}. Plätze vergibt Ihre Helferseite: bitte dort zu- oder absagen. "
            "Bitte nicht einfach losfahren.",
            meeting=job.place,
            geometry=job.geometry if job.geometry is not None and job.geometry.type == "Point" else None,
            bring=", ".join(job.ppe) or None,
            report_to=job.supervisor,
            incident=job.incident,
        )
        step = Step(
            (Target(TargetKind.PERSONS, ids=tuple(reached)),), criterion=Criterion.DELIVERED, wait=WAIT,
            escalate=Escalate.ALWAYS,
        )  # fmt: skip
        plan = Plan(
            job.organisation, f"Einladung: {job.title}"[:200], (step,), purpose=Purpose.INFO, state=PlanState.ACTIVE,
            stop_when_reached=False, four_eyes=len(reached) >= await store.large_from(tx.connection, origin, room),
        )  # fmt: skip
        return await alarms.begin(
            tx, origin=origin, mode=await _mode(tx.connection, origin, job, mode), organisation=job.organisation,
            plan=plan, said=said, incident=job.incident, room=room, rooms=[room], by=visitor.actor, now=now,
        )  # fmt: skip


async def _mode(connection: Any, origin: str, job: Job, mode: IncidentMode) -> IncidentMode:
    if mode is not IncidentMode.ACTUAL or job.incident is None:
        return mode
    found = await store.incident_mode(connection, origin, job.incident)
    return IncidentMode(found) if found else mode
