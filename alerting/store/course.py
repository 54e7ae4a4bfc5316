"""A running alarm as a row, locked while somebody decides about it, and what its course so far was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.alarm import ALARM, Act, AlarmState, PartnerShown, StepShown
from alerting.model.availability import Quiet, quiet_until
from alerting.model.chain import Running
from alerting.model.plan import Place, Plan, Purpose
from alerting.model.problem import Problem, tells_of
from alerting.model.said import Said
from alerting.store import hushed
from alerting.store.counting import tally
from geodata.model.body import from_body, to_body
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from geodata.store.things import NoSuchThing

MOST_ACTS, MOST_PROBLEMS = 500, 50

_COLUMNS = """id, room, mode, state, code, plan, said, rooms, step, round, due_at, started_at, started_by, ended_at,
    course"""
_TAKE = text(f"SELECT {_COLUMNS} FROM alarm WHERE id = :id FOR UPDATE")
_LOOK = text(f"SELECT {_COLUMNS} FROM alarm WHERE id = :id")
_DUE = text(f"""
    SELECT {_COLUMNS} FROM alarm WHERE due_at <= :now AND id <> ALL(cast(:but AS text[]))
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_ADD = text("""
    INSERT INTO alarm (id, room, mode, state, code, plan, said, rooms, step, due_at, dirty_at, started_at, started_by,
                       course)
    VALUES (:id, :room, :mode, :state, :code, cast(:plan AS jsonb), cast(:said AS jsonb), :rooms, :step, :due_at,
            clock_timestamp(), :started_at, :started_by, cast(:course AS jsonb))
    ON CONFLICT (code) DO NOTHING RETURNING id
""")
_SAVE = text("""
    UPDATE alarm SET state = :state, step = :step, round = :round, due_at = :due_at, ended_at = :ended_at,
                     dirty_at = clock_timestamp(), course = cast(:course AS jsonb), plan = cast(:plan AS jsonb),
                     said = cast(:said AS jsonb), started_at = :started_at
    WHERE id = :id
""")
_QUIET = text("""
    SELECT body ->> 'quiet_from' AS begins, body ->> 'quiet_until' AS ends FROM fact
    WHERE kind = 'roster' AND id = :organisation AND room = ANY(cast(:rooms AS text[]))
      AND NOT EXISTS (SELECT FROM peer_copy p WHERE p.ref = fact.ref)
""")
CHANNEL = "alarm"
_WAKE = text(f"SELECT pg_notify('{CHANNEL}', '')")


@dataclass
class Course:
    """What the row keeps beside its columns. `over_after`: the step that a human has to follow up by hand."""

    steps: list[StepShown] = field(default_factory=list)
    protocol: list[Act] = field(default_factory=list)
    problems: list[Problem | str] = field(default_factory=list)
    """Text in alarms from before there were codes."""
    plan_id: str | None = None
    cause: str | None = None
    second: str | None = None
    partners: list[PartnerShown] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    """What lacked when every step was over, by skill; the empty key is the total."""


@dataclass
class Held:
    """An alarm, locked until the transaction ends."""

    id: str
    room: str
    mode: IncidentMode
    state: AlarmState
    code: str
    plan: Plan
    said: Said
    rooms: list[str]
    step: int
    round: int
    due_at: datetime | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    course: Course

    @property
    def place(self) -> Place | None:
        """Where it is: the middle of its geometry."""
        if self.said.geometry is None:
            return None
        west, south, east, north = self.said.geometry.bbox
        return (west + east) / 2, (south + north) / 2

    def become(self, state: AlarmState) -> None:
        """Raises BadMove."""
        self.state = ALARM.move(self.state, state)

    def note(self, what: str, by: str, now: datetime, said: str | None = None) -> None:
        """One line of the protocol; of a very long one the first half and the newest are kept."""
        self.course.protocol.append(Act(now, what, by, said))
        if len(self.course.protocol) > MOST_ACTS:
            del self.course.protocol[MOST_ACTS // 2]

    def warn(self, problem: Problem | str) -> None:
        """What a human has to know, once."""
        if problem not in self.course.problems:
            self.course.problems = [*self.course.problems, problem][-MOST_PROBLEMS:]

    def solved(self, what: str, of: str | None = None) -> None:
        """It is no problem any more, as `tells_of` understands it."""
        self.course.problems = [one for one in self.course.problems if not tells_of(one, what, of)]


async def take(connection: AsyncConnection, id: str) -> Held:
    """Raises NoSuchThing."""
    row = (await connection.execute(_TAKE, {"id": id})).one_or_none()
    if row is None:
        raise NoSuchThing("There is no such alarm.")
    return held(row)


async def look(connection: AsyncConnection, id: str) -> Held:
    """As it stands, without its lock."""
    return held((await connection.execute(_LOOK, {"id": id})).one())


async def take_due(connection: AsyncConnection, now: datetime, *, but: Collection[str] = ()) -> Held | None:
    """The alarm that has waited longest for a decision and that nobody else holds."""
    row = (await connection.execute(_DUE, {"now": now, "but": list(but)})).one_or_none()
    return held(row) if row else None


def held(row: Any) -> Held:
    return Held(
        row.id, row.room, IncidentMode(row.mode), AlarmState(row.state), row.code, from_body(row.plan, Plan),
        from_body(row.said, Said), list(row.rooms), row.step, row.round, row.due_at, row.started_at, row.started_by,
        row.ended_at, from_body(row.course, Course),
    )  # fmt: skip


async def add(connection: AsyncConnection, alarm: Held, now: datetime) -> bool:
    """False if the code is taken."""
    given = {**_row(alarm, now), "room": alarm.room, "mode": alarm.mode.value, "code": alarm.code, "rooms": alarm.rooms,
             "started_by": alarm.started_by}  # fmt: skip
    return (await connection.execute(_ADD, given)).scalar() is not None


async def save(connection: AsyncConnection, alarm: Held, now: datetime) -> None:
    """Write it back and wake the engine."""
    await connection.execute(_SAVE, _row(alarm, now))
    await wake(connection)


async def words(database: Database) -> AsyncIterator[None]:
    """Each time that somebody wakes the engine. Ends when the connection breaks: whoever listens begins anew, and looks
    by himself in any case."""
    with suppress(psycopg.Error):
        async with await psycopg.AsyncConnection.connect(database.url, autocommit=True, connect_timeout=5) as listener:
            await listener.execute(f"LISTEN {CHANNEL}")
            async for _ in listener.notifies():
                yield


async def wake(connection: AsyncConnection) -> None:
    """Whoever dispatches looks at once, when this transaction is committed."""
    await connection.execute(_WAKE)


async def running(connection: AsyncConnection, alarm: Held, now: datetime) -> Running:
    """As `decide` wants it, with everything counted that this transaction sees."""
    counted = await tally(connection, alarm.id, alarm.step, alarm.plan, alarm.course.partners)
    rounds = tuple(shown.round for shown in alarm.course.steps)
    stands = Running(alarm.plan, alarm.state, alarm.step, alarm.round, alarm.due_at, counted, rounds=rounds)
    if alarm.plan.purpose is not Purpose.INFO:
        return stands
    quiet, held = await _quiet(connection, alarm, now), await hushed.held_until(connection, alarm.id, now)
    return replace(stands, quiet_until=quiet, held_until=held)


async def _quiet(connection: AsyncConnection, alarm: Held, now: datetime) -> datetime | None:
    given = {"organisation": alarm.plan.organisation, "rooms": alarm.rooms}
    row = (await connection.execute(_QUIET, given)).first()
    quiet = Quiet(row.begins, row.ends) if row and row.begins and row.ends else Quiet()
    return quiet_until(quiet, now)


def _row(alarm: Held, now: datetime) -> dict[str, Any]:
    return {
        "id": alarm.id, "state": alarm.state.value, "step": alarm.step, "round": alarm.round, "due_at": alarm.due_at,
        "ended_at": alarm.ended_at, "now": now, "started_at": alarm.started_at, "course": _json(alarm.course),
        "plan": _json(alarm.plan), "said": _json(alarm.said),
    }  # fmt: skip


def _json(value: Any) -> str:
    return orjson.dumps(to_body(value)).decode()
