"""Counting an alarm: what `decide` weighs, and the fact that everybody in its room sees. No names, no addresses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.alarm import Alarm, Counts, PartnerShown, SkillCount, StepShown
from alerting.model.chain import Tally
from alerting.model.plan import Plan
from alerting.model.recipient import Answer, RecipientState
from alerting.store.matching import including
from geodata.model.body import to_body
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.database import Transaction

if TYPE_CHECKING:
    from alerting.store.course import Held

KIND = "alarm"
ASSUMED_MINUTES = 20
"""Who says that he comes and not when is expected so many minutes after he said it."""
CURVE = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360)
"""Minutes from now of the strength curve."""

MOST_SHOWN = 10_000
"""Of a partner's people in the curve."""

S = RecipientState

_TALLY = text("""
    SELECT count(*) FILTER (WHERE answer IN ('COMING', 'COMING_LATER')) AS coming,
           count(*) FILTER (WHERE step = :step) AS called,
           count(*) FILTER (WHERE step = :step AND answer IS NOT NULL) AS answered,
           count(*) FILTER (WHERE step = :step AND state = 'SPARED') AS spared
    FROM alarm_recipient WHERE alarm = :alarm
""")
_COMERS = text("""
    SELECT skills, answer FROM alarm_recipient WHERE alarm = :alarm AND answer IN ('COMING', 'COMING_LATER')
""")
_GROUPS = text("""
    SELECT step, state, answer, notified_at IS NOT NULL AS notified, arrived_at IS NOT NULL AS arrived, count(*) AS n
    FROM alarm_recipient WHERE alarm = :alarm GROUP BY 1, 2, 3, 4, 5
""")
_RECEIPTS = text("""
    SELECT count(DISTINCT helper) FILTER (WHERE delivered_at IS NOT NULL OR read_at IS NOT NULL) AS delivered,
           count(DISTINCT helper) FILTER (WHERE read_at IS NOT NULL) AS read
    FROM alarm_call WHERE alarm = :alarm AND (delivered_at IS NOT NULL OR read_at IS NOT NULL)
""")
_TIMES = text("""
    SELECT coalesce(arrived_at, eta, answered_at + make_interval(mins => :assumed)) AS at
    FROM alarm_recipient WHERE alarm = :alarm AND answer IN ('COMING', 'COMING_LATER') AND left_at IS NULL
""")


def wanted(plan: Plan) -> list[str]:
    """Skills that the alarm asks for, by a quota or a target."""
    found: dict[str, None] = {}
    for quota in (plan.quota, *(step.quota for step in plan.steps if step.quota)):
        found |= dict.fromkeys(quota.skills or {})
    for step in plan.steps:
        found |= {target.skill: None for target in step.targets if target.skill}
    return list(found)[:60]


async def tally(
    connection: AsyncConnection, alarm: str, step: int, plan: Plan, partners: Sequence[PartnerShown] = ()
) -> Tally:
    """Who comes of `partners` counts as our own do."""
    row = (await connection.execute(_TALLY, {"alarm": alarm, "step": step})).one()
    codes = wanted(plan) if row.coming else []
    by_skill = {code: coming + later for code, (coming, later) in (await _by_skill(connection, alarm, codes)).items()}
    for code, coming in _of_partners(partners).items():
        by_skill[code] = by_skill.get(code, 0) + coming
    coming = row.coming + sum(one.coming for one in partners)
    return Tally(coming, by_skill, row.called, row.answered, row.spared)


def _of_partners(partners: Sequence[PartnerShown]) -> dict[str, int]:
    """Who comes of them, by skill."""
    found: dict[str, int] = {}
    for one in partners:
        for code, coming in (one.count.skills or {}).items() if one.count else ():
            found[code] = found.get(code, 0) + coming
    return found


async def _by_skill(connection: AsyncConnection, alarm: str, codes: list[str]) -> dict[str, tuple[int, int]]:
    """Coming and coming later, by skill. Whoever holds what includes it counts, and each person once."""
    found = {code: [0, 0] for code in codes}
    if codes:
        holds = {code: frozenset(including(code)) for code in codes}
        for row in await connection.execute(_COMERS, {"alarm": alarm}):
            held = frozenset(row.skills)
            for code, enough in holds.items():
                if held & enough:
                    found[code][row.answer == Answer.COMING_LATER] += 1
    return {code: (coming, later) for code, (coming, later) in found.items()}


async def show(tx: Transaction, alarm: Held, *, origin: str, now: datetime) -> Alarm:
    """Put the fact as it stands now."""
    shown = await count(tx.connection, alarm, now)
    put(tx, alarm, shown, origin=origin, now=now)
    return shown


def put(tx: Transaction, alarm: Held, shown: Alarm, *, origin: str, now: datetime) -> None:
    provenance = Provenance("alarms", now, now, Confidence.CONFIRMED)
    tx.put(Fact(Ref(origin, KIND, alarm.id), alarm.room, provenance, to_body(shown), alarm.said.geometry))


async def count(connection: AsyncConnection, alarm: Held, now: datetime) -> Alarm:
    groups = (await connection.execute(_GROUPS, {"alarm": alarm.id})).all()
    receipts = (await connection.execute(_RECEIPTS, {"alarm": alarm.id})).one()
    codes = wanted(alarm.plan)
    by_skill = await _by_skill(connection, alarm.id, codes)
    needs = {**(alarm.plan.quota.skills or {})}
    times = (await connection.execute(_TIMES, {"alarm": alarm.id, "assumed": ASSUMED_MINUTES})).scalars()
    said, plan, course = alarm.said, alarm.plan, alarm.course
    for code, coming in _of_partners(course.partners).items():
        if code in by_skill:
            by_skill[code] = (by_skill[code][0] + coming, by_skill[code][1])
    theirs = [at for one in course.partners for at in _arrivals(one)]
    return Alarm(
        title=said.title, mode=alarm.mode, organisation=plan.organisation, code=alarm.code, state=alarm.state,
        purpose=plan.purpose, plan=course.plan_id, incident=said.incident, site=said.site, text=said.text,
        meeting=said.meeting, geometry=said.geometry, bring=said.bring, report_to=said.report_to, quota=plan.quota,
        counts=_counts(groups, receipts),
        skills={
            code: SkillCount(needs.get(code, 0), *by_skill.get(code, (0, 0))) for code in codes
        } or None,
        arrivals=_curve([*times, *theirs], now),
        steps=_steps(course.steps, groups),
        step=max(alarm.step, 0), next_at=alarm.due_at, started_at=alarm.started_at, started_by=alarm.started_by,
        second=course.second, ended_at=alarm.ended_at, cause=course.cause, problems=tuple(course.problems),
        protocol=tuple(course.protocol), partners=tuple(course.partners),
    )  # fmt: skip


def _arrivals(partner: PartnerShown) -> list[datetime]:
    """When each of the partner's people is there, as its curve says."""
    found: list[datetime] = []
    if partner.count is not None and partner.count.counted_at is not None:
        for minutes, people in partner.count.arrivals:
            at = partner.count.counted_at + timedelta(minutes=minutes)
            found += [at] * min(people - len(found), MOST_SHOWN)
    return found


def _counts(groups: Sequence[Any], receipts: Any) -> Counts:
    def people(*, states: Iterable[S] | None = None, **fixed: Any) -> int:
        return sum(
            row.n for row in groups
            if (states is None or row.state in states) and all(getattr(row, k) == v for k, v in fixed.items())
        )  # fmt: skip

    return Counts(
        total=people(),
        pending=people(states=(S.PENDING, S.QUEUED), answer=None),
        waiting=people(states=(S.SENT, S.DELIVERED, S.READ), answer=None),
        coming=people(answer=Answer.COMING),
        later=people(answer=Answer.COMING_LATER),
        not_coming=people(answer=Answer.NOT_COMING),
        silent=people(states=(S.SILENT,), answer=None),
        unreachable=people(states=(S.UNREACHABLE,), answer=None),
        spared=people(states=(S.SPARED,), answer=None),
        notified=people(notified=True),
        delivered=receipts.delivered,
        read=max(receipts.read, people(states=(S.READ,))),
        arrived=people(arrived=True),
    )


def _steps(steps: list[StepShown], groups: Sequence[Any]) -> tuple[StepShown, ...]:
    shown = []
    for number, step in enumerate(steps):
        here = [row for row in groups if row.step == number]
        total, answered = sum(row.n for row in here), sum(row.n for row in here if row.answer)
        shown.append(StepShown(step.name, step.round, step.began, step.until, step.over, total, answered))
    return tuple(shown)


def _curve(times: Iterable[datetime], now: datetime) -> tuple[tuple[int, int], ...]:
    """By minutes from now how many are there, as long as it still grows."""
    waits = sorted(max(0, math.ceil((at - now).total_seconds() / 60)) for at in times if at is not None)
    points: list[tuple[int, int]] = []
    for minutes in CURVE:
        there = sum(1 for wait in waits if wait <= minutes)
        if there and (not points or points[-1][1] != there):
            points.append((minutes, there))
    if waits and (not points or points[-1][1] < len(waits)):
        points.append((waits[-1], len(waits)))
    return tuple(points)
