"""Requests for forces and material (Anforderungen, DOMAIN 10.4): what is asked for, how it stands, when it climbs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.incident import Amount, Id, Moment, Number, Text, Words
from geodata.model.resource import Code, FleetLevel, Latitude, Longitude
from geodata.model.states import States

Quantity = Annotated[float, Meta(gt=0, le=1e9)]
Share = Annotated[float, Meta(ge=0, le=1e9)]
MOST_STEPS = 1000
WHATS = ("capability", "type", "concept", "article")
FARTHEST = timedelta(days=366)
"""A time farther away than this is a slip of the hand."""


class Priority(StrEnum):
    LIFE_SAVING = "LIFE_SAVING"
    URGENT = "URGENT"
    ROUTINE = "ROUTINE"


AGEING: Mapping[Priority, timedelta] = MappingProxyType(
    {
        Priority.LIFE_SAVING: timedelta(minutes=10),
        Priority.URGENT: timedelta(minutes=30),
        Priority.ROUTINE: timedelta(hours=4),
    }
)
"""How long a request may stay unanswered before it climbs (DOMAIN 10.4), where the settings say nothing else."""


class RequestLevel(StrEnum):
    """Who is asked: neighbours, then Kreis, Bezirksregierung, Land."""

    NEIGHBOURS = "NEIGHBOURS"
    DISTRICT = "DISTRICT"
    REGION = "REGION"
    STATE = "STATE"


LEVELS = tuple(RequestLevel)
_OF_FLEET = {
    FleetLevel.MUNICIPALITY: RequestLevel.NEIGHBOURS,
    FleetLevel.DISTRICT: RequestLevel.DISTRICT,
    FleetLevel.REGION: RequestLevel.REGION,
    FleetLevel.STATE: RequestLevel.STATE,
}


def level_of(fleet: FleetLevel) -> RequestLevel:
    """On which level somebody with such a fleet is asked."""
    return _OF_FLEET[fleet]


class RequestState(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    ROUTED = "ROUTED"
    OFFERED = "OFFERED"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    DUPLICATE = "DUPLICATE"


_S = RequestState
OVER = frozenset({_S.CLOSED, _S.WITHDRAWN, _S.DUPLICATE})
_RUNNING = (_S.SUBMITTED, _S.ROUTED, _S.OFFERED, _S.PARTIALLY_FULFILLED, _S.FULFILLED, _S.DECLINED, _S.EXPIRED)

REQUEST = States(
    RequestState,
    start=_S.DRAFT,
    moves={
        _S.DRAFT: (_S.SUBMITTED, _S.WITHDRAWN, _S.DUPLICATE),
        **{one: (*(other for other in _RUNNING if other is not one), *sorted(OVER)) for one in _RUNNING},
        **dict.fromkeys(OVER, ()),
    },
)
"""Between submitting and the end it stands as its inquiries do (`stands`)."""

UNANSWERED = frozenset({_S.SUBMITTED, _S.ROUTED, _S.DECLINED, _S.EXPIRED})
"""Nobody has offered anything: it climbs when its time is over."""


@dataclass(frozen=True, slots=True)
class Step:
    """`by` is an actor as the log names it. `addressee` is the name of the organisation that it has to do with,
    `message` what EDXL-RM calls it, `origin` the node that says so where it is a partner's."""

    state: Annotated[str, Meta(max_length=40)]
    at: Moment
    by: Id
    text: Text | None = None
    message: Annotated[str, Meta(max_length=60)] | None = None
    addressee: Words | None = None
    origin: Annotated[str, Meta(max_length=63)] | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """In the unit of the request. `offered` and `requisitioned` are held now, `committed` was ever promised, `arrived`
    ever arrived, `returned` went home, `recalled` went home because the lender needed it himself."""

    requested: Share = 0.0
    offered: Share = 0.0
    requisitioned: Share = 0.0
    committed: Share = 0.0
    arrived: Share = 0.0
    returned: Share = 0.0
    recalled: Share = 0.0

    @property
    def standing(self) -> float:
        """What was promised and not taken back."""
        return round(self.committed - self.recalled, 6)


@dataclass(frozen=True, slots=True)
class Need:
    """What is asked for, as every addressee may know it; exactly one of capability, type, concept, article. `place` in
    degrees EPSG:4326. Raises BadEdit."""

    title: Words
    quantity: Quantity
    priority: Priority
    capability: Code | None = None
    type: Code | None = None
    concept: Code | None = None
    article: Words | None = None
    unit: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    place: tuple[Longitude, Latitude] | None = None
    place_name: Words | None = None
    needed_from: Moment | None = None
    needed_until: Moment | None = None
    people_at_risk: Amount | None = None
    reason: Text | None = None

    def __post_init__(self) -> None:
        named = [name for name in WHATS if getattr(self, name) is not None]
        if len(named) != 1:
            raise BadEdit(
                named[1] if named else "capability",
                f"name exactly one of {', '.join(WHATS)}" + (f", not {' and '.join(named)}" if named else ""),
            )
        if self.article is None and self.quantity != int(self.quantity):
            raise BadEdit("quantity", "forces are counted in whole numbers")
        if self.needed_from and self.needed_until and self.needed_until <= self.needed_from:
            raise BadEdit("needed_until", "it ends before it begins")

    @property
    def what(self) -> tuple[str, str]:
        """Which of the four, and its value."""
        return next((name, value) for name in WHATS if (value := getattr(self, name)) is not None)


NEED_FIELDS = tuple(Need.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Request(Need):
    """`staff` of the `incident` asks for `organisation`. `text` is internal and leaves the incident in no way.
    `level` is the highest that was asked; at `answer_due` it climbs if nobody has offered anything; `escalated` is
    when it last did."""

    incident: Id = ""
    staff: Id = ""
    organisation: Id = ""
    organisation_name: Words = "?"
    number: Number = 1
    state: RequestState = RequestState.DRAFT
    level: RequestLevel = RequestLevel.NEIGHBOURS
    text: Text | None = None
    site: Id | None = None
    sector: Id | None = None
    answer_due: Moment | None = None
    escalated: Moment | None = None
    counts: Counts = field(default_factory=Counts)
    duplicate_of: Id | None = None
    history: Annotated[tuple[Step, ...], Meta(max_length=MOST_STEPS)] = ()

    def __post_init__(self) -> None:
        Need.__post_init__(self)
        for name in ("incident", "staff", "organisation"):
            if not getattr(self, name):
                raise BadEdit(name, f"{name} is missing")

    def need(self) -> Need:
        """What the addressees may know of it."""
        return Need(**{name: getattr(self, name) for name in NEED_FIELDS})


def check_times(need: Need, now: datetime) -> None:
    """Raises BadEdit."""
    for name in ("needed_from", "needed_until"):
        at = getattr(need, name)
        if at is not None and abs(at - now) > FARTHEST:
            raise BadEdit(name, "that is more than a year away")


def longer(history: Collection[Step], step: Step) -> tuple[Step, ...]:
    """The history with one more step; the log keeps those that no longer fit."""
    return (*history, step)[-MOST_STEPS:]


def stands(counts: Counts, inquiries: Iterable[str]) -> RequestState:
    """The state of a running request by what was promised and by the states of its inquiries."""
    if counts.standing >= counts.requested:
        return _S.FULFILLED
    if counts.standing > 0:
        return _S.PARTIALLY_FULFILLED
    states = set(inquiries)
    if states & {"OFFERED", "REQUISITIONED"}:
        return _S.OFFERED
    if "ROUTED" in states:
        return _S.ROUTED
    if "DECLINED" in states:
        return _S.DECLINED
    return _S.EXPIRED if "EXPIRED" in states else _S.SUBMITTED
