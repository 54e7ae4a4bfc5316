"""A roster: the people an organisation can call, and its rules. A fact of kind `roster` by the organisation's id.

The people themselves are rows, never facts: the log forgets nothing, and people may be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from geodata.model.incident import Amount, Id, Text, Words
from geodata.model.resource import Ars

Skill = Annotated[str, Meta(min_length=1, max_length=60)]
"""By its code in the catalogue, or LANG:<BCP 47>."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How many who hold a skill are wanted, and below how many free ones it becomes critical."""

    wanted: Annotated[int, Meta(ge=0, le=100_000)]
    warn_below: Annotated[int, Meta(ge=0, le=100_000)] = 0


@dataclass(frozen=True, slots=True)
class Roster:
    """`room` is where its people, plans and alarms lie: members see them, who may write keeps them. `large_from`: an
    alarm for so many people needs a second person. `deputies` may answer for the organisation when partners ask.
    `volunteers`: it takes in spontaneous helpers. Days are those after which data is erased."""

    organisation: Id
    name: Words
    room: Id
    ars: Ars | None = None
    contact: Words | None = None
    large_from: Annotated[int, Meta(ge=1, le=1_000_000)] = 200
    volunteers: bool = False
    unused_days: Amount = 30
    after_days: Amount = 90
    quiet_from: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "22:00"
    quiet_until: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "07:00"
    strengths: Annotated[dict[Skill, Strength], Meta(max_length=60)] | None = None
    """By skill; what is there is compared with it."""
    note: Text | None = None
