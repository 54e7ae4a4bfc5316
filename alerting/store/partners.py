"""Steps that reach a partner's people: what was asked of it, and what it counts. Kept in the alarm's course; the fact
that travels is made from it, always under the same name, so that it is asked once however often the engine starts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.alarm import PartnerShown
from alerting.model.plan import Target
from alerting.store.course import Held
from geodata.model.alarm_request import AlarmCount
from geodata.model.body import to_body

MOST = 100

_PEER = text("""
    SELECT origin, name FROM peer
    WHERE (origin = :id OR id = :id) AND state IN ('ACTIVE', 'SUSPENDED') AND exchange_room IS NOT NULL
""")
# What has ended stays for a day, so that the partner hears of it.
_ASKING = text("""
    SELECT id FROM alarm
    WHERE jsonb_array_length(coalesce(course -> 'partners', '[]')) > 0
      AND (state NOT IN ('CANCELLED', 'CLOSED') OR ended_at IS NULL OR ended_at > :since)
    ORDER BY started_at, id
""")


async def ask(
    connection: AsyncConnection, alarm: Held, partner: str, target: Target, *, by: str, now: datetime
) -> bool:
    """Note what the current step asks of a partner node. False if there is no such node."""
    row = (await connection.execute(_PEER, {"id": partner})).one_or_none()
    if row is None or len(alarm.course.partners) >= MOST:
        return False
    number = max(alarm.step, 0)
    request = f"{alarm.id}.{number}.{_mark(row.origin, target)}"
    if any(one.request == request for one in alarm.course.partners):
        return True
    step = alarm.plan.steps[number]
    quota = step.quota or alarm.plan.quota
    total = target.limit or quota.total
    skills = {target.skill: total} if target.skill else quota.skills
    until = now + timedelta(seconds=step.wait)
    shown = PartnerShown(row.origin, row.name, request, number, total, now, skills or None, until)
    alarm.course.partners = [*alarm.course.partners, shown]
    alarm.note("ASK_PARTNER", by, now, f"{row.name}: {total} {target.skill or ''}".strip())
    return True


def _mark(origin: str, target: Target) -> str:
    """Names a target, so that two of one step differ and the same one does not."""
    said = orjson.dumps([origin, to_body(target)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said).hexdigest()[:12]


async def asking(connection: AsyncConnection, now: datetime) -> list[str]:
    """Alarms that ask partners, or did until a day ago."""
    return list((await connection.execute(_ASKING, {"since": now - timedelta(days=1)})).scalars())


def counted(alarm: Held, counts: Mapping[str, AlarmCount]) -> list[PartnerShown]:
    """Take what partners count, by the id of the request; those of whom it says something new."""
    news = []
    for place, one in enumerate(alarm.course.partners):
        count = counts.get(one.request)
        if count is not None and count != one.count:
            news.append(replace(one, count=count))
            alarm.course.partners = [*alarm.course.partners[:place], news[-1], *alarm.course.partners[place + 1 :]]
    return news
