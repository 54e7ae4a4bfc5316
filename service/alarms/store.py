"""People whom a plan names, as rows of the roster's room."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.availability import ZONE
from alerting.model.plan import Plan, TargetKind
from alerting.model.recipient import CallKind
from alerting.store.matching import including
from alerting.store.sealing import Seal
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode
from geodata.store.database import Transaction

_KNOWN = text("""
    SELECT id, external_id FROM helper
    WHERE room = :room AND (id = ANY(cast(:ids AS text[])) OR external_id = ANY(cast(:ids AS text[])))
      AND state <> 'ERASED'
""")
_SKILLS = text("""
    SELECT helper, array_agg(code) AS codes FROM helper_skill
    WHERE helper = ANY(cast(:helpers AS text[])) AND code = ANY(cast(:codes AS text[]))
      AND (valid_until IS NULL OR valid_until >= cast(:today AS date))
    GROUP BY helper
""")
_ROOMS = text("SELECT rooms FROM alarm WHERE id = :alarm")
_SIZE = text("SELECT count(*) FROM alarm_recipient WHERE alarm = :alarm")
_ROOM = text("""
    SELECT h.room FROM alarm_recipient r JOIN helper h ON h.id = r.helper
    WHERE r.alarm = :alarm AND r.helper = :helper AND h.room = ANY(cast(:rooms AS text[]))
""")
# Everybody hears it once on each way that worked; who said no is left in peace.
_TELL = text("""
    INSERT INTO alarm_call (id, alarm, helper, kind, step, round, mode, channel, address, state, due_at, queued_at)
    SELECT gen_random_uuid()\\:\\:text, c.alarm, c.helper, :kind, max(c.step), max(c.round), :mode, c.channel,
           c.address, 'QUEUED', :now, :now
    FROM alarm_call c JOIN alarm_recipient r ON r.alarm = c.alarm AND r.helper = c.helper
    WHERE c.alarm = :alarm AND c.kind IN ('ALARM', 'INFO') AND c.state IN ('SENT', 'DELIVERED', 'READ')
      AND CASE WHEN :kind = 'THANKS' THEN r.answer IN ('COMING', 'COMING_LATER') OR r.arrived_at IS NOT NULL
               ELSE r.answer IS DISTINCT FROM 'NOT_COMING' END
    GROUP BY c.alarm, c.helper, c.channel, c.address
""")


async def rooms_of(connection: AsyncConnection, alarm: str) -> list[str]:
    """The rosters from which it calls."""
    return list((await connection.execute(_ROOMS, {"alarm": alarm})).scalar() or ())


async def size(connection: AsyncConnection, alarm: str) -> int:
    return int((await connection.execute(_SIZE, {"alarm": alarm})).scalar_one())


async def room_of(connection: AsyncConnection, alarm: str, helper: str, rooms: Collection[str]) -> str | None:
    """The room of somebody in this alarm, if it is one of these."""
    given = {"alarm": alarm, "helper": helper, "rooms": list(rooms)}
    return (await connection.execute(_ROOM, given)).scalar()


async def tell(tx: Transaction, alarm: str, kind: CallKind, mode: IncidentMode, now: datetime) -> int:
    """Queue it to all who were notified. How many calls."""
    given = {"alarm": alarm, "kind": kind.value, "mode": mode.value, "now": now}
    return (await tx.connection.execute(_TELL, given)).rowcount


def recipient(row: Any, alarm: str) -> dict[str, Any]:
    """One row as it goes out: no address, of errors only what our gateways say."""
    return {
        "helper": row.helper, "name": row.name, "step": row.step, "state": row.state, "reason": row.reason,
        "answer": row.answer, "answered_at": row.answered_at, "answered_by": row.answered_by, "eta": row.eta,
        "arrived_at": row.arrived_at, "left_at": row.left_at, "safe_at": row.safe_at, "skills": list(row.skills),
        "conflict": row.bound_to if row.bound_to not in (None, alarm) else None,
        "calls": [
            {"channel": call["channel"], "kind": call["kind"], "state": call["state"], "error": call["error"]}
            for call in row.calls
        ],
    }  # fmt: skip


_NUMBERS = text("""
    SELECT c.helper, c.sealed, h.key FROM helper_channel c JOIN helper h ON h.id = c.helper
    WHERE c.helper = ANY(cast(:helpers AS text[])) AND h.room = :room AND c.kind IN ('SMS', 'VOICE')
      AND c.closed_at IS NULL AND h.key IS NOT NULL ORDER BY c.helper, c.position, c.id
""")


async def numbers_of(
    connection: AsyncConnection, seal: Seal, helpers: Collection[str], room: str
) -> dict[str, list[str]]:
    """Telephone numbers, each once, in the person's own order. Raises Unreadable."""
    found: dict[str, dict[str, None]] = {}
    for row in await connection.execute(_NUMBERS, {"helpers": list(helpers), "room": room}):
        found.setdefault(row.helper, {})[str(seal.own(row.key).open(row.sealed))] = None
    return {helper: list(numbers) for helper, numbers in found.items()}


async def skills_of(
    connection: AsyncConnection, helpers: Collection[str], wanted: Collection[str], now: datetime
) -> dict[str, frozenset[str]]:
    """Which of the wanted skills each of them holds now; who holds what includes one holds it."""
    holds = {code: frozenset(including(code)) for code in wanted}
    if not holds or not helpers:
        return {}
    codes = sorted(frozenset().union(*holds.values()))
    given = {"helpers": list(helpers), "codes": codes, "today": now.astimezone(ZONE).date()}
    rows = await connection.execute(_SKILLS, given)
    return {row.helper: frozenset(code for code, enough in holds.items() if enough & set(row.codes)) for row in rows}


async def check_people(tx: Transaction, plan: Plan, room: str) -> None:
    """Whoever is called by name is in the roster. Raises BadEdit naming the place."""
    named = list(_named(plan))
    wanted = sorted({id for _, ids in named for id in ids})
    if not wanted:
        return
    rows = await tx.connection.execute(_KNOWN, {"room": room, "ids": wanted})
    known = {id for row in rows for id in (row.id, row.external_id)}
    for place, ids in named:
        missing = [id for id in ids if id not in known]
        if missing:
            raise BadEdit(place, f"{missing[0]} is nobody in this roster" + _more(missing))


def _named(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "supervisor", plan.supervisor
    for number, step in enumerate(plan.steps):
        for which, target in enumerate(step.targets):
            if target.kind is TargetKind.PERSONS:
                yield f"steps[{number}].targets[{which}].ids", target.ids


def _more(missing: list[str]) -> str:
    return f", nor are {len(missing) - 1} others" if len(missing) > 1 else ""
