"""Alarms write themselves into the operations logs of their incident: begun, quota reached, stopped, called off.

It follows the protocol that each alarm keeps: nothing is missing after a restart, and nothing stands there twice.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from alerting.store import acts
from alerting.store.acts import Untold
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.model.ref import Ref
from geodata.store.database import Database, StoreUnavailable
from service.journal.lines import store
from service.journal.lines.writing import Lines

EVERY = 2.0
FIRST = timedelta(days=30)
"""The first look goes back so far, for what happened while nobody wrote it down."""
LATER = timedelta(minutes=10)

_MODES = {IncidentMode.EXERCISE: "ÜBUNG: ", IncidentMode.TEST: "TEST: "}


class AlarmLog:
    """`origin` is ours."""

    def __init__(self, database: Database, clock: Clock, origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin
        self.lines = Lines(origin)
        self.within = FIRST

    async def turn(self) -> None:
        """Write what is not written yet."""
        with suppress(StoreUnavailable):
            async with self.database.reading() as connection:
                found = await acts.untold(connection, self.within)
            for act in found:
                await self._write(act)
            self.within = FIRST if len(found) == acts.PAGE else LATER

    async def _write(self, act: Untold) -> None:
        async with self.database.transaction("alarms") as tx:
            journal = await store.one(tx, act.staff)
            await self.lines.write(
                tx, [journal] if journal else [], sentence(act), now=self.clock.now(), at=act.at,
                refs=(str(Ref(self.origin, "alarm", act.id)),), cause=act.cause,
            )  # fmt: skip


def sentence(act: Untold) -> str:
    """Nobody is named: people are erased one day, entries are not."""
    alarm = f"{_MODES.get(act.mode, '')}Alarmierung „{act.title}“ ({act.code})"
    wanted = f" Gesucht: {act.wanted}." if act.wanted else ""
    match act.what:
        case "PROPOSED":
            return f"{alarm} vorbereitet; sie wartet auf die zweite Person.{wanted}"
        case "STARTED":
            return f"{alarm} begonnen.{wanted}"
        case "REACHED":
            return f"{alarm}: Quote erreicht.{wanted}"
        case "EXHAUSTED":
            return f"{alarm}: alle Stufen gerufen, die Quote ist nicht erreicht{f': {act.said}' if act.said else ''}."
        case "STOPPED":
            return f"{alarm} angehalten: niemand wird mehr gerufen, Antworten zählen weiter."
        case _:
            told = f"{act.said} Nachrichten gehen hinaus" if act.said and act.said != "0" else "niemand war gerufen"
            return f"{alarm}: Entwarnung, {told}."
