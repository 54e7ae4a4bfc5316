"""Situation reports (Lagemeldungen): what a node tells whoever is above it, in numbers and a few words, and sums.

A report is made from a picture at one moment and does not change; the next one has the next number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from geodata.model.incident import Amount, IncidentMode, Moment, Number, Text, Words
from geodata.model.resource import Ars

REPORT = "situation_report"
RHYTHM = "report_rhythm"
SILENCE = "report_silence"
MOST_LISTED = 50
MOST_PARTS = 500
Code = Annotated[str, Meta(min_length=1, max_length=60)]
Tally = Annotated[dict[Code, Amount], Meta(max_length=200)]


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """`level` is the code of the legal level in force, `since` when it was declared."""

    name: Words
    state: Code
    mode: IncidentMode
    level: Code | None = None
    since: Moment | None = None


@dataclass(frozen=True, slots=True)
class OpenRequest:
    number: Number
    title: Words
    state: Code
    priority: Code


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that touches the node's area; `level` 0 to 4."""

    title: Words
    level: Annotated[int, Meta(ge=0, le=4)] | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """`sites` by state, those of open incidents; `at_risk`: sites at which lives are. Strength is of all forces at
    work: leaders, sub-leaders, crew. `working` and `free` are resources by type. `requests` are those not answered in
    full, by priority; `warnings` by level."""

    incidents: Amount = 0
    sites: Tally | None = None
    at_risk: Amount = 0
    leaders: Amount = 0
    subleaders: Amount = 0
    crew: Amount = 0
    working: Tally | None = None
    free: Tally | None = None
    requests: Tally | None = None
    warnings: Tally | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one node says within the report of another, with the time and number of its own report."""

    origin: Words
    name: Words
    at: Moment
    number: Number
    figures: Figures
    level: Code | None = None
    ars: Ars | None = None
    text: Text | None = None
    via: Words | None = None
    """Who passed it on, where it did not tell us itself."""


@dataclass(frozen=True, slots=True)
class SituationReport:
    """`figures` are the node's own; `parts` those of nodes below it, as they last reported. `level` is the highest
    legal level in force. `to` are the origins it was sent to. Lists are cut off after MOST_LISTED."""

    number: Number
    sender: Words
    name: Words
    at: Moment
    mode: IncidentMode
    figures: Figures = Figures()
    level: Code | None = None
    ars: Ars | None = None
    function: Words | None = None
    to: Annotated[tuple[Words, ...], Meta(max_length=50)] = ()
    text: Text | None = None
    incidents: Annotated[tuple[OpenIncident, ...], Meta(max_length=MOST_LISTED)] = ()
    requests: Annotated[tuple[OpenRequest, ...], Meta(max_length=MOST_LISTED)] = ()
    warnings: Annotated[tuple[Warned, ...], Meta(max_length=MOST_LISTED)] = ()
    parts: Annotated[tuple[Part, ...], Meta(max_length=MOST_PARTS)] = ()

    def as_parts(self) -> list[Part]:
        """Its own figures and those it passes on."""
        own = Part(self.sender, self.name, self.at, self.number, self.figures, self.level, self.ars, self.text)
        passed = [Part(one.origin, one.name, one.at, one.number, one.figures, one.level, one.ars, one.text, self.sender)
                  for one in self.parts]  # fmt: skip
        return [own, *passed]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Who is above asks for a report each `hours`, from `since` on."""

    hours: Annotated[float, Meta(gt=0, le=168)]
    since: Moment
    function: Words | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was reported in time: since `due` a report is waited for; `last` is when the last one was made."""

    partner: Words
    due: Moment
    last: Moment | None = None


def summed(figures: Iterable[Figures]) -> Figures:
    """Numbers added up; nobody is counted who did not report."""
    every = list(figures)

    def tally(name: str) -> dict[str, int] | None:
        found: Counter[str] = Counter()
        for one in every:
            counted: Mapping[str, int] = getattr(one, name) or {}
            found.update(counted)
        return dict(sorted(found.items())) or None

    return Figures(
        incidents=sum(one.incidents for one in every), sites=tally("sites"),
        at_risk=sum(one.at_risk for one in every), leaders=sum(one.leaders for one in every),
        subleaders=sum(one.subleaders for one in every), crew=sum(one.crew for one in every),
        working=tally("working"), free=tally("free"), requests=tally("requests"), warnings=tally("warnings"),
    )  # fmt: skip
