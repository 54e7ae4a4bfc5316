"""Jobs for volunteers, their slots, and the meeting points (Anlaufstellen): facts without any personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.geometry import Geometry
from geodata.model.incident import Amount, Id, Moment, Text, Words
from geodata.model.resource import Code
from geodata.model.states import States

JOB_KIND, POINT_KIND = "job", "meeting_point"
LONGEST_SLOT = timedelta(hours=24)


class Risk(StrEnum):
    """NO_RISK: everybody can do it. SUPERVISED: adults, with somebody beside them. QUALIFIED_ONLY: only who has shown
    that he can."""

    NO_RISK = "NO_RISK"
    SUPERVISED = "SUPERVISED"
    QUALIFIED_ONLY = "QUALIFIED_ONLY"


class JobState(StrEnum):
    """DRAFT: somebody told of it. VERIFIED: a scout was there. OPEN: helpers are sought. PAUSED: weather, danger."""

    DRAFT = "DRAFT"
    VERIFIED = "VERIFIED"
    OPEN = "OPEN"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


J = JobState
JOB = States(
    J,
    start=J.DRAFT,
    moves={
        J.DRAFT: (J.VERIFIED, J.CLOSED),
        J.VERIFIED: (J.OPEN, J.DRAFT, J.CLOSED),
        J.OPEN: (J.PAUSED, J.CLOSED),
        J.PAUSED: (J.OPEN, J.VERIFIED, J.CLOSED),
        J.CLOSED: (),
    },
)


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """People. `taken` is how many places are given away, never more than wanted."""

    taken: Amount = 0
    invited: Amount = 0
    here: Amount = 0
    working: Amount = 0
    no_show: Amount = 0


@dataclass(frozen=True, slots=True)
class Slot:
    """So many people from `begins` to `ends`. `id` stands for it as long as the job exists."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    begins: Moment
    ends: Moment
    wanted: Annotated[int, Meta(ge=1, le=10_000)]

    def __post_init__(self) -> None:
        if not self.begins < self.ends <= self.begins + LONGEST_SLOT:
            raise BadEdit("slots", f"slot {self.id} must end after it begins, and within 24 hours")


@dataclass(frozen=True, slots=True)
class Job:
    """`risk` decides who may do it, with `minimum_age` (years) and `skills`. `supervisor` is whom helpers report to,
    `commissioned_by` the municipality or staff whose job it is: without both nobody is insured and nobody assigned.
    `verified_by` is the scout (an actor). `public`: shown to everybody on the page for helpers."""

    organisation: Id
    title: Words
    text: Text | None = None
    state: JobState = JobState.DRAFT
    incident: Id | None = None
    site: Id | None = None
    place: Words | None = None
    geometry: Geometry | None = None
    risk: Risk = Risk.SUPERVISED
    minimum_age: Annotated[int, Meta(ge=0, le=99)] = 18
    skills: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    ppe: Annotated[tuple[Words, ...], Meta(max_length=30)] = ()
    bring: Text | None = None
    briefing: Text | None = None
    supervisor: Words | None = None
    commissioned_by: Words | None = None
    meeting_point: Id | None = None
    transport: Text | None = None
    food: Text | None = None
    weather_stop: Text | None = None
    public: bool = True
    verified_by: Words | None = None
    verified_at: Moment | None = None
    verification: Text | None = None
    state_reason: Text | None = None
    state_at: Moment | None = None
    slots: Annotated[tuple[Slot, ...], Meta(max_length=200)] = ()
    counts: Annotated[dict[str, SlotCounts], Meta(max_length=200)] | None = None
    """By slot; kept by the node."""
    note: Text | None = None

    def __post_init__(self) -> None:
        if len({slot.id for slot in self.slots}) != len(self.slots):
            raise BadEdit("slots", "each slot needs an id of its own")
        if self.geometry is not None and self.geometry.type not in ("Point", "Polygon", "LineString"):
            raise BadEdit("geometry", "a job lies at a point, along a line or in an area")

    def slot(self, id: str | None) -> Slot:
        """Raises BadEdit."""
        for each in self.slots:
            if each.id == id:
                return each
        raise BadEdit("slot", "this job has no such slot")

    def lacks(self) -> str | None:
        """The field without which it cannot be opened."""
        for name in ("verified_at", "commissioned_by", "supervisor", "briefing", "slots"):
            if not getattr(self, name):
                return name
        return None


class PointState(StrEnum):
    OPEN = "OPEN"
    FULL = "FULL"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Shuttle:
    """One leg that leaves a meeting point, by its name as people read it: `Bus 2, 8:40, Bliesheim`."""

    name: Words
    seats: Annotated[int, Meta(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class MeetingPoint:
    """Where helpers report. `code` stands on its poster (QR) and in no way opens anything. `opening`: hours as people
    read them. `here` counts who has checked in and not left. `riders`: by shuttle, whose seats are given away."""

    organisation: Id
    name: Words
    code: Annotated[str, Meta(pattern=r"^[A-HJ-NP-Z2-9]{6}$")]
    state: PointState = PointState.OPEN
    incident: Id | None = None
    place: Words | None = None
    geometry: Geometry | None = None
    opening: Words | None = None
    capacity: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    contact: Words | None = None
    note: Text | None = None
    here: Amount = 0
    waiting: Amount = 0
    """Of them those without a job yet."""
    shuttles: Annotated[tuple[Shuttle, ...], Meta(max_length=60)] = ()
    riders: Annotated[dict[str, Amount], Meta(max_length=60)] | None = None

    def __post_init__(self) -> None:
        if len({each.name for each in self.shuttles}) != len(self.shuttles):
            raise BadEdit("shuttles", "each shuttle needs a name of its own, such as one with its time")
        if self.geometry is not None and self.geometry.type != "Point":
            raise BadEdit("geometry", "a meeting point lies at a point")
