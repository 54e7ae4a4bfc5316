"""A town with a roster in the database, a clock that tests move, warnings and measurements as sources bring them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from alerting.model.custody import Custody, Terms, Tier
from alerting.model.roster import Roster
from alerting.model.rule import AlarmRule
from alerting.store.custody import custody_of
from alerting.watch import Watch
from geodata.model.incident import IncidentMode
from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.ref import Ref
from geodata.model.station import Series, Station
from geodata.model.warning import OfficialWarning, WarningText
from geodata.store import observations, stations, things, warnings
from geodata.store.database import Database

ORIGIN, AREA = "local", "05"
TOWN, KREIS = "053820056056", "05382"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
TERMS = Terms(
    {Level.LOW: timedelta(hours=2), Level.MEDIUM: timedelta(minutes=30), Level.HIGH: timedelta(minutes=10),
     Level.EXTREME: timedelta(minutes=5)},
    timedelta(minutes=10),
    {Tier.OWNER: ("S2",), Tier.DEPUTIES: ("S3",), Tier.HEAD: ("LEITUNG",)},
)  # fmt: skip
GAUGE = Station("own.pegel", "Pegel Sieg", longitude=7.1, latitude=50.8, series=(Series("W", "cm"),))


@dataclass
class SetClock:
    at: datetime = START
    speed: float = 1.0

    def now(self) -> datetime:
        return self.at

    def go(self, minutes: float) -> datetime:
        self.at += timedelta(minutes=minutes)
        return self.at


@dataclass
class Town:
    database: Database
    clock: SetClock = field(default_factory=SetClock)
    mode: IncidentMode = IncidentMode.ACTUAL

    def watch(self) -> Watch:
        """A fresh one, as after a start."""
        return Watch(self.database, self.clock, origin=ORIGIN, area=AREA, terms=TERMS, mode=self.mode)

    async def roster(self, organisation: str, name: str, ars: str | None = TOWN, **more: Any) -> str:
        """The room of a new roster."""
        room = f"p-{organisation}"
        async with self.database.transaction("test") as tx:
            statement = text("INSERT INTO room (id, name, note) VALUES (:id, :id, '')")
            await tx.connection.execute(statement, {"id": room})
            roster = Roster(organisation, name, room, ars=ars, **more)
            things.make(tx, Ref(ORIGIN, "roster", organisation), roster, room=room, at=self.clock.now())
        return room

    async def warn(self, key: str = "dwd.1", level: Level | None = Level.HIGH, ars: tuple[str, ...] = (TOWN,),
                   **more: Any) -> str:  # fmt: skip
        """The ref of a warning in force."""
        warning = OfficialWarning(
            key=key, channel="dwd", sent=self.clock.now(), severity="", level=level,
            texts=(WarningText("de", f"Starkregen {key}"),), ars=ars, **more,
        )  # fmt: skip
        async with self.database.transaction("feed:dwd") as tx:
            await warnings.record(tx, ORIGIN, [warning], source="dwd", received_at=self.clock.now())
        return f"{ORIGIN}/warning/{key}"

    async def unwarn(self, key: str = "dwd.1") -> None:
        async with self.database.transaction("feed:dwd") as tx:
            tx.drop(Ref(ORIGIN, "warning", key))

    async def measure(self, value: float, at: datetime | None = None, station: Station = GAUGE) -> None:
        now = self.clock.now()
        async with self.database.transaction("feed:own") as tx:
            await stations.record(tx, ORIGIN, [station], source="own", received_at=now)
        async with self.database.transaction("feed:own") as tx:
            given = Observation(station.key, "W", at or now, value, "cm")
            await observations.record(tx, ORIGIN, [given], source="own", received_at=now)

    async def rule(self, id: str, rule: AlarmRule) -> None:
        async with self.database.transaction("test") as tx:
            ref = Ref(ORIGIN, "alarm_rule", id)
            things.make(tx, ref, rule, room=f"p-{rule.organisation}", at=self.clock.now())

    async def facts(self, kind: str) -> dict[str, dict[str, Any]]:
        """Bodies by room and id."""
        async with self.database.reading() as connection:
            rows = await connection.execute(
                text("SELECT room, id, body FROM fact WHERE kind = :kind ORDER BY id"), {"kind": kind}
            )
            return {f"{row.room}/{row.id}": row.body for row in rows}

    async def custodies(self, room: str) -> list[Custody]:
        found = await self.facts("custody")
        return [custody_of(body) for key, body in found.items() if key.startswith(f"{room}/")]

    async def custody(self, room: str) -> Custody:
        (only,) = await self.custodies(room)
        return only
