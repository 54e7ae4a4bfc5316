"""The stage: the node, the incident with its three staffs, who sits where, and the moments that were kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from service.accounts.store import ensure
from tests.browser.screen import Screen
from tests.journeys.exercise import situation
from tests.journeys.exercise.cast import HOST
from tests.journeys.exercise.desk import Desk
from tests.service.conftest import Node

PEOPLES = ("incident", "staff", "post", "site", "sector", "facility", "zone", "task", "entry")
"""Kinds of facts that people make; the rest comes from sources."""


@dataclass(frozen=True, slots=True)
class Scale:
    sites: int
    entries: int
    tasks: int


WHOLE = Scale(sites=40, entries=100, tasks=20)
SHORT = Scale(sites=10, entries=24, tasks=8)
USUAL = WHOLE if os.environ.get("LAGEBILD_PROVE") else SHORT


@dataclass(slots=True)
class Moment:
    """What everybody at a desk saw at this moment of the exercise: body by ref, for each person."""

    minute: int
    at: str
    seen: dict[str, dict[str, dict[str, Any]]]


@dataclass(slots=True)
class Stage:
    """`staffs` are the ids by model, `desks` who sits where now, by model and function; `screens` are open pages by the
    name of the person before them, who does by hand what the others do through the interface."""

    node: Node
    host: Desk
    scale: Scale
    incident: str = ""
    staffs: dict[str, str] = field(default_factory=dict)
    desks: dict[tuple[str, str], Desk] = field(default_factory=dict)
    relieved: list[Desk] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    screens: dict[str, Screen] = field(default_factory=dict)
    by_hand: dict[str, int] = field(default_factory=dict)
    """How many keys each act took, at most."""
    minute: int = 0

    def took(self, act: str, keys: int) -> None:
        self.by_hand[act] = max(keys, self.by_hand.get(act, 0))

    def desk(self, model: str, seat: str) -> Desk:
        return self.desks[model, seat]

    def at(self, minute: int) -> str:
        """That minute of the exercise as time of day with date."""
        moment = datetime.fromisoformat(situation.START).astimezone(UTC) + timedelta(minutes=minute)
        return moment.isoformat().replace("+00:00", "Z")

    async def go_to(self, minute: int) -> None:
        """The clock jumps: an hour is played in minutes."""
        self.minute = minute
        await self.host.send("POST", "/exercise", {"action": "jump", "to": self.at(minute)})

    async def keep(self) -> None:
        """Remember what each staff sees now; the time slider must bring it back."""
        seen = {}
        for desk in self.desks.values():
            if desk.seat in ("LDS", "LEITUNG"):
                seen[desk.name] = {ref: thing.body for ref, thing in (await desk.things(*PEOPLES)).items()}
        told = (await self.host.ask("/picture", kinds="incident"))["now"]
        self.moments.append(Moment(self.minute, told, seen))

    async def close(self) -> None:
        for desk in [self.host, *self.desks.values(), *self.relieved]:
            await desk.close()


async def sit_down(node: Node, name: str, *, admin: bool = False) -> Desk:
    """A person with a session of his own."""
    person = await ensure(node.database, name, admin=admin)
    return Desk(await node.sign_in(name, admin=admin), name, person)


async def build(node: Node, scale: Scale) -> Stage:
    host = await sit_down(node, HOST, admin=True)
    return Stage(node, host, scale)
