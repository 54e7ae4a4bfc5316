"""Which kinds may leave this node at all, and which of their fields leave by default (release caveats).

What is in neither list of its kind never leaves, whatever an agreement says, and so does a kind that is not here. Why:
`view` is personal; `roster`, `shift`, `alarm_plan`, `alarm` are about people, of whom only counts go out, by the
procedures; `alarm_rule`, `risk_alert`, `custody` are our own judgement of our own duty; `feed`, `device`, `imagery_job`
are the running of this node; `allocation` is a plan nobody has decided; `inquiry` goes to its addressee only, in the
exchange room; `post` says who sits where. Kinds with `named` leave only if the agreement names them: they hold what
people wrote to each other, or where helpers are asked to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from alerting.model.job import Job
from geodata.model.arrival import Arrival
from geodata.model.extent import Extent
from geodata.model.facility import Facility
from geodata.model.feature import Feature
from geodata.model.incident import Incident
from geodata.model.journal import Entry
from geodata.model.observation import Forecast, Reading
from geodata.model.post import Staff
from geodata.model.request import Request
from geodata.model.resource import Fleet, Position, Resource, Shown, Stock
from geodata.model.resource_type import OwnType
from geodata.model.sector import Sector
from geodata.model.site import Site
from geodata.model.station import Station
from geodata.model.task import Task
from geodata.model.warning import OfficialWarning
from geodata.model.zone import Zone

WITHHELD = "-"
"""Stands where the model wants words and the agreement keeps them back."""
EXACT = "exact"
"""Named among a kind's fields: its place leaves as it is, not to about a kilometre."""
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Leaving:
    """`usual` leave unless the agreement names the fields itself, `more` only if it does. `coarse` are places, to two
    decimals of a degree. `inner` names for a field that holds objects which of theirs leave. `filled` are the words for
    what the model wants and is kept back. `organisation` is written as its name, `needs` names a field without which
    another makes no sense."""

    model: type[Any]
    usual: tuple[str, ...]
    more: tuple[str, ...] = ()
    named: bool = False
    coarse: tuple[str, ...] = ()
    inner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filled: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)

    @property
    def may(self) -> tuple[str, ...]:
        return (*self.usual, *self.more)


def _all(model: type[Any], *but: str) -> tuple[str, ...]:
    return tuple(name for name in model.__dataclass_fields__ if name not in but)


_OF_INCIDENT = dict.fromkeys(("sector", "site", "task"), "incident")

KINDS: Mapping[str, Leaving] = {
    "station": Leaving(Station, _all(Station)),
    "reading": Leaving(Reading, _all(Reading)),
    "forecast": Leaving(Forecast, _all(Forecast)),
    "warning": Leaving(OfficialWarning, _all(OfficialWarning)),
    "feature": Leaving(Feature, _all(Feature)),
    "extent": Leaving(Extent, _all(Extent, "raster", "parts", "note"), ("note",)),
    "incident": Leaving(
        Incident,
        ("number", "name", "mode", "state", "hazard", "legal", "geometry"),
        ("note", "state_reason"),
        inner={"legal": ("level", "since")},
        filled={"room": WITHHELD, "legal": {"by": WITHHELD, "text": WITHHELD}},
    ),
    "staff": Leaving(Staff, ("incident", "name", "model"), ("organisation",), named=True, filled={"room": WITHHELD}),
    "site": Leaving(
        Site,
        (
            "incident", "number", "title", "priority", "state", "geometry", "lives_at_risk", "sector", "affected",
            "duplicate_of", "merged", "state_before", "confidence",
        ),
        ("text", "address", "state_reason"),
    ),
    "sector": Leaving(Sector, ("incident", "number", "name", "parent", "geometry"), ("radio", "mission")),
    "zone": Leaving(Zone, _all(Zone, "reason"), ("reason",)),
    "facility": Leaving(Facility, _all(Facility, "state_reason", "contact"), ("state_reason", "contact")),
    "task": Leaving(
        Task,
        ("incident", "staff", "number", "title", "state", "issuer", "receiver", "due_at", "site", "sector"),
        ("text", "proof"),
        named=True,
        inner={"issuer": ("function",), "receiver": ("staff", "function", "unit")},
        filled={"issuer": {"person": WITHHELD}},
    ),
    "entry": Leaving(
        Entry,
        ("staff", "incident", "number", "event_time", "recorded_at", "kind", "text", "function", "corrects"),
        ("refs",),
        named=True,
        filled={"room": WITHHELD, "author": WITHHELD},
    ),
    "resource": Leaving(
        Resource,
        (
            "organisation", "kind", "type", "deployment", "availability", "ars", "home", "capabilities", "capacities",
            "parent", "carried_by", "status", "strength", "incident",
        ),
        (
            "callsign", "opta", "home_name", "endurance_until", "relief_due", "crew_since", "deployed_since", "fuel",
            "defects", "sector", "site", "task", "facility", "target", "eta", "state_reason", "note",
        ),
        coarse=("home", "target"),
        inner={"status": ("code", "at", "by")},
        filled={"callsign": "type"},
        needs=_OF_INCIDENT,
    ),
    "position": Leaving(
        Position,
        ("longitude", "latitude", "at", "accuracy"),
        ("source", "speed", "heading"),
        coarse=("longitude", "latitude"),
        filled={"source": WITHHELD},
    ),
    "stock": Leaving(
        Stock,
        ("organisation", "article", "unit", "quantity", "reserved", "ars", "place"),
        ("minimum", "consumption", "place_name", "counted_at", "note"),
        coarse=("place",),
        needs={"reserved": "quantity"},
    ),
    "fleet": Leaving(
        Fleet,
        ("organisation", "name", "level", "kind", "ars"),
        ("contact", "cover", "fms", "note"),
        filled={"room": WITHHELD},
    ),
    "resource_type": Leaving(OwnType, _all(OwnType, "note"), ("note",)),
    "request": Leaving(
        Request,
        (
            "title", "quantity", "priority", "capability", "type", "concept", "article", "unit", "place", "place_name",
            "needed_from", "needed_until", "people_at_risk", "incident", "organisation", "organisation_name", "number",
            "state", "level", "site", "sector", "answer_due", "counts",
        ),
        ("reason",),
        named=True,
        filled={"staff": WITHHELD},
    ),
    "arrival": Leaving(
        Arrival,
        ("incident", "facility", "number", "state", "arrived_at", "recorded_at", "organisation_name", "type",
         "strength", "left_at"),
        ("callsign", "endurance_until", "left_to"),
        named=True,
        filled={"callsign": WITHHELD, "recorded_by": WITHHELD},
    ),
    "job": Leaving(
        Job,
        ("organisation", "title", "state", "incident", "site", "place", "geometry", "risk", "minimum_age", "skills",
         "ppe", "public", "slots"),
        ("text", "bring", "transport", "food"),
        named=True,
    ),
}  # fmt: skip


_RESOURCE, _POSITION = KINDS["resource"], KINDS["position"]
LENT: Mapping[str, Leaving] = {
    "resource": replace(
        _RESOURCE,
        usual=(*_RESOURCE.usual, "callsign", "endurance_until", "signal", "loan", "sector", "site", "task", "facility",
               "target", "eta"),
        more=tuple(shown.value for shown in Shown if shown is not Shown.PLACE),
        coarse=("home",),
        inner={**_RESOURCE.inner, "signal": ("code", "at")},
        filled={},
    ),
    "position": _POSITION,
}  # fmt: skip
"""What leaves of a thing that is lent to a partner's node: the usual, what whoever leads it there needs, and `more`
where the lender has ticked it. Where it drives to and for what is the borrower's own."""


def may_leave(kind: str, named: tuple[str, ...]) -> bool:
    """Whether things of this kind leave under an agreement that names these kinds, or none for every one."""
    leaving = KINDS.get(kind)
    return leaving is not None and (kind in named if named else not leaving.named)
