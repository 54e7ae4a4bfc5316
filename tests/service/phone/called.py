"""An alarm that has called people, and their links, as the engine leaves them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from alerting.model.plan import Plan, Quota, Step, Target, TargetKind
from alerting.model.recipient import RecipientState
from alerting.model.said import Said
from alerting.store import alarms, links
from alerting.store.links import Purpose
from geodata.model.geometry import Geometry
from geodata.model.incident import IncidentMode
from tests.service.roster.crew import Crew

SAID = Said(
    title="Hochwasser Erft: Sandsäcke füllen",
    text="Der Deich bei Bliesheim hält nicht mehr lange.\nWir füllen Sandsäcke.",
    meeting="Gerätehaus Liblar, Hauptstraße 1",
    geometry=Geometry("Point", [6.82, 50.81]),
    bring="Gummistiefel, Handschuhe",
    report_to="Zugführer Meurer",
)


@dataclass
class Called:
    crew: Crew
    alarm: str
    code: str
    tokens: dict[str, str]
    """By helper."""

    @property
    def helpers(self) -> list[str]:
        return list(self.tokens)

    async def row(self, helper: str) -> Any:
        """What the database holds of this person in this alarm."""
        async with self.crew.node.database.reading() as connection:
            found = await connection.execute(
                text("SELECT * FROM alarm_recipient WHERE alarm = :alarm AND helper = :helper"),
                {"alarm": self.alarm, "helper": helper},
            )
            return found.one()

    async def put(self, sql: str, **given: Any) -> None:
        async with self.crew.node.database.transaction("test") as tx:
            await tx.connection.execute(text(sql), {"alarm": self.alarm, **given})


async def called(
    crew: Crew, *helpers: str, mode: IncidentMode = IncidentMode.ACTUAL, said: Said = SAID, **plan: Any
) -> Called:
    """A running alarm in which these people were reached just now; 12 are wanted."""
    now = datetime.now(UTC)
    fields = {"quota": Quota(12), **plan}
    step = Step((Target(TargetKind.PERSONS, ids=helpers),))
    chain = Plan(crew.organisation, "Kette", (step,), **fields)
    tokens = {}
    async with crew.node.database.transaction("test") as tx:
        alarm = await alarms.begin(
            tx, origin="local", mode=mode, organisation=crew.organisation, plan=chain, said=said, incident=None,
            room=crew.room, rooms=[crew.room], by="test", now=now,
        )  # fmt: skip
        # Its engine does not run here: what it would do next is never due.
        await tx.connection.execute(text("UPDATE alarm SET due_at = NULL, step = 0 WHERE id = :id"), {"id": alarm})
        code = (await tx.connection.execute(text("SELECT code FROM alarm WHERE id = :id"), {"id": alarm})).scalar()
        for helper in helpers:
            expires = now + timedelta(days=1)
            link = await links.make(tx.connection, helper, Purpose.ALARM, now=now, expires=expires, alarm=alarm)
            await tx.connection.execute(
                text("""INSERT INTO alarm_recipient (alarm, helper, step, state, notified_at, link)
                        VALUES (:alarm, :helper, 0, :state, :now, :link)"""),
                {"alarm": alarm, "helper": helper, "state": RecipientState.SENT.value, "now": now, "link": link},
            )
            tokens[helper] = links.token_of(crew.seal, link)
    return Called(crew, alarm, str(code), tokens)


async def own_link(crew: Crew, helper: str, *, expires: timedelta = timedelta(days=30)) -> str:
    """The token of somebody's own page."""
    now = datetime.now(UTC)
    async with crew.node.database.transaction("test") as tx:
        id = await links.make(tx.connection, helper, Purpose.SELF, now=now, expires=now + expires)
    return links.token_of(crew.seal, id)


def text_in(answer: httpx.Response) -> str:
    """What somebody reads, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<body")[2]).split())
