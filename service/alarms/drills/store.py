"""Drills by a plan: who was reached, in what time and by which way, and who was not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST, NAMED = 50, 200

_DRILLS = text("""
    SELECT a.id, a.code, a.state, a.started_at AS at, count(r.helper) AS total,
           count(reached.after) AS reached, count(r.answer) AS answered,
           count(*) FILTER (WHERE r.state = 'UNREACHABLE') AS unreachable,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY reached.after) AS median
    FROM alarm a LEFT JOIN alarm_recipient r ON r.alarm = a.id
    LEFT JOIN LATERAL (
        SELECT extract(epoch FROM min(least(c.delivered_at, c.read_at, r.answered_at)) - a.started_at) AS after
        FROM alarm_call c WHERE c.alarm = a.id AND c.helper = r.helper AND c.kind IN ('ALARM', 'INFO')
    ) AS reached ON true
    WHERE a.course ->> 'plan_id' = :plan AND a.plan ->> 'purpose' = 'DRILL' AND a.state <> 'PROPOSED'
    GROUP BY a.id ORDER BY a.started_at DESC, a.id LIMIT :most
""")
_WAYS = text("""
    SELECT c.alarm, c.channel, count(DISTINCT c.helper) AS called,
           count(DISTINCT c.helper) FILTER (WHERE c.delivered_at IS NOT NULL OR c.read_at IS NOT NULL) AS delivered,
           percentile_cont(0.5) WITHIN GROUP (
               ORDER BY extract(epoch FROM least(c.delivered_at, c.read_at) - a.started_at)) AS median
    FROM alarm_call c JOIN alarm a ON a.id = c.alarm
    WHERE c.alarm = ANY(cast(:alarms AS text[])) AND c.kind IN ('ALARM', 'INFO') AND c.sent_at IS NOT NULL
    GROUP BY c.alarm, c.channel ORDER BY c.alarm, called DESC, c.channel
""")
_MISSING = text("""
    SELECT r.alarm, r.helper, h.name, r.reason FROM alarm_recipient r
    JOIN helper h ON h.id = r.helper AND h.room = ANY(cast(:rooms AS text[]))
    WHERE r.alarm = ANY(cast(:alarms AS text[])) AND r.answer IS NULL AND NOT EXISTS (
        SELECT FROM alarm_call c WHERE c.alarm = r.alarm AND c.helper = r.helper AND c.kind IN ('ALARM', 'INFO')
          AND (c.delivered_at IS NOT NULL OR c.read_at IS NOT NULL))
    ORDER BY r.alarm, h.name, r.helper
""")


async def of_plan(connection: AsyncConnection, plan: str, rooms: Collection[str]) -> list[dict[str, Any]]:
    """The newest first. Names of those not reached, as far as these rosters hold them; times in seconds."""
    rows = (await connection.execute(_DRILLS, {"plan": plan, "most": MOST})).all()
    alarms = [row.id for row in rows]
    ways: dict[str, list[dict[str, Any]]] = {id: [] for id in alarms}
    for way in await connection.execute(_WAYS, {"alarms": alarms}):
        ways[way.alarm].append(
            {
                "channel": way.channel, "called": way.called, "delivered": way.delivered,
                "median_seconds": _seconds(way.median),
            }
        )  # fmt: skip
    missing: dict[str, list[dict[str, Any]]] = {id: [] for id in alarms}
    for one in await connection.execute(_MISSING, {"alarms": alarms, "rooms": list(rooms)}):
        if len(missing[one.alarm]) < NAMED:
            missing[one.alarm].append({"helper": one.helper, "name": one.name, "reason": one.reason})
    return [
        {
            "alarm": row.id, "code": row.code, "at": row.at, "state": row.state, "total": row.total,
            "reached": row.reached, "answered": row.answered, "unreachable": row.unreachable,
            "median_seconds": _seconds(row.median), "channels": ways[row.id], "missing": missing[row.id],
        }
        for row in rows
    ]  # fmt: skip


def _seconds(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)
