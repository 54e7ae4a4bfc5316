"""An organisation with a roster and people, straight in the database, and gateways that are doubles of providers."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.switchboard import Switchboard
from alerting.dispatch import Dispatch
from alerting.model.alarm import Alarm
from alerting.model.plan import ChannelKind, Plan, Step, Target, TargetKind
from alerting.model.recipient import Answer
from alerting.model.roster import Roster
from alerting.model.said import Said
from alerting.store import alarms, people
from alerting.store.people import Address, NewHelper, Skill
from alerting.store.sealing import Seal
from geodata.model.body import from_body
from geodata.model.incident import IncidentMode
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.database import Database

ORIGIN, ROOM, ORGANISATION = "here", "p-crew", "fw"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_MANY = """
    WITH made AS (
        INSERT INTO helper (id, room, organisation, kind, name, key, sealed, legal_basis, made_at, changed_at)
        SELECT 'h' || lpad(n::text, 6, '0'), :room, :organisation, 'INSTITUTIONAL', 'Person ' || n, :key, :sealed,
               'BHKG_46', :now, :now FROM generate_series(1, :count) n RETURNING id
    )
    INSERT INTO helper_channel (id, helper, kind, position, sealed, digest, made_at)
    SELECT made.id || k.kind, made.id, k.kind, k.position - 1, :address, decode(md5(made.id || k.kind), 'hex'), :now
    FROM made, unnest(cast(:kinds AS text[])) WITH ORDINALITY AS k (kind, position)
"""


@dataclass
class Time:
    """A clock that goes when it is told to."""

    shown: datetime = NOON
    speed: float = 1.0

    def now(self) -> datetime:
        return self.shown

    def forward(self, **span: float) -> None:
        self.shown += timedelta(**span)


@dataclass
class Double:
    """A gateway that stands for a provider: it does what `does` says and remembers every call with its time."""

    name: str
    kind: ChannelKind
    does: Callable[[Call, int], Receipt | float] = lambda call, tries: Receipt(Outcome.TAKEN, call.id)
    """A receipt, or seconds for which it hangs. Given the call and how often it was asked for it, from 1."""
    exercise: bool = False
    at_once: int = 20
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    asked: Counter[str] = field(default_factory=Counter)
    calls: list[tuple[datetime, Call]] = field(default_factory=list)
    taken: list[tuple[datetime, Call]] = field(default_factory=list)

    async def call(self, call: Call) -> Receipt:
        self.asked[call.id] += 1
        self.calls.append((self.now(), call))
        said = self.does(call, self.asked[call.id])
        if not isinstance(said, Receipt):
            await asyncio.sleep(said)
            return Receipt(Outcome.FAILED, error="hung")
        if said.outcome in (Outcome.TAKEN, Outcome.DELIVERED):
            self.taken.append((self.now(), call))
        return said

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Ground:
    database: Database
    seal: Seal
    clock: Any
    helpers: dict[str, str] = field(default_factory=dict)
    """Ids by name."""

    async def add(self, name: str, *kinds: ChannelKind, skills: tuple[str, ...] = (), **fields: Any) -> str:
        given = NewHelper(
            name=name, room=ROOM, organisation=ORGANISATION, skills=tuple(Skill(code) for code in skills),
            addresses=tuple(Address(kind, f"{kind}:{name}") for kind in kinds), **fields,
        )  # fmt: skip
        async with self.database.transaction("test") as tx:
            self.helpers[name] = await people.add(tx.connection, self.seal, given, now=self.clock.now())
        return self.helpers[name]

    async def many(self, count: int, *kinds: ChannelKind) -> None:
        """So many people with these channels, quickly: they share one key."""
        own = self.seal.new()
        given = {
            "room": ROOM, "organisation": ORGANISATION, "key": own.wrapped, "sealed": own.seal({}), "count": count,
            "address": own.seal("somewhere"), "kinds": [kind.value for kind in kinds], "now": self.clock.now(),
        }  # fmt: skip
        async with self.database.transaction("test") as tx:
            await tx.connection.execute(text(_MANY.replace("::", "\\:\\:")), given)
            await tx.connection.execute(text("ANALYZE helper, helper_channel"))

    def engine(self, *doubles: Double, timeout: float = 5.0, **settings: Any) -> Dispatch:
        board = Switchboard(doubles, clock=self.clock, patience=timeout)
        return Dispatch(
            self.database, self.clock, self.seal, board, origin=ORIGIN, public_url="https://here.example",
            timeout=timeout, **settings,
        )  # fmt: skip

    async def begin(self, plan: Plan, *, mode: IncidentMode = IncidentMode.ACTUAL, **said: Any) -> str:
        async with self.database.transaction("leader") as tx:
            return await alarms.begin(
                tx, origin=ORIGIN, mode=mode, organisation=ORGANISATION, plan=plan,
                said=Said(said.pop("title", "Deich bricht"), **said), incident=None, room=ROOM, rooms=[ROOM],
                by="leader", now=self.clock.now(),
            )  # fmt: skip

    async def act(self, alarm: str, event: Any, by: str = "leader") -> Any:
        async with self.database.transaction(by) as tx:
            return await alarms.act(tx, alarm, event, by=by, now=self.clock.now(), origin=ORIGIN)

    async def answer(self, alarm: str, name: str, answer: Answer = Answer.COMING, minutes: int | None = None) -> Any:
        who = self.helpers.get(name, name)
        async with self.database.transaction("test") as tx:
            return await alarms.answer(tx, alarm, who, answer, minutes=minutes, by="WEB", now=self.clock.now())

    async def fact(self, alarm: str) -> Alarm:
        query = text("SELECT body FROM fact WHERE kind = 'alarm' AND id = :id")
        async with self.database.reading() as connection:
            return from_body((await connection.execute(query, {"id": alarm})).scalar_one(), Alarm)

    async def rows(self, sql: str, **given: Any) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(text(sql), given)).all())

    async def states(self, alarm: str) -> dict[str, str]:
        """States of people in the alarm by name."""
        sql = "SELECT h.name, r.state FROM alarm_recipient r JOIN helper h ON h.id = r.helper WHERE r.alarm = :alarm"
        return {row.name: row.state for row in await self.rows(sql, alarm=alarm)}


async def ground(database: Database, clock: Any | None = None, **roster: Any) -> Ground:
    clock = clock or Time()
    seal = Seal(Path(tempfile.mkdtemp(prefix="lagebild-seal-")))
    async with database.transaction("test") as tx:
        for statement in (
            "INSERT INTO organisation (id, name, kind) VALUES (:organisation, 'Feuerwehr', 'FW')",
            "INSERT INTO room (id, name) VALUES (:room, 'Personal')",
        ):
            given = {"organisation": ORGANISATION, "room": ROOM}
            used = {name: value for name, value in given.items() if f":{name}" in statement}
            await tx.connection.execute(text(statement), used)
        fact = Roster(ORGANISATION, "Feuerwehr", ROOM, **roster)
        things.make(tx, Ref(ORIGIN, "roster", ORGANISATION), fact, room=ROOM, at=clock.now())
    return Ground(database, seal, clock)


def named(*ids: str) -> tuple[Target, ...]:
    return (Target(TargetKind.PERSONS, ids=ids),)


def everybody() -> tuple[Target, ...]:
    return (Target(TargetKind.ORGANISATION, organisation=ORGANISATION),)


def plan(*steps: Step, **fields: Any) -> Plan:
    return Plan(ORGANISATION, "Deich", steps, **fields)
