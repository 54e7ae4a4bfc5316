"""Resources (Einsatzmittel und Einheiten): what an organisation has, where it is and what it does (DOMAIN 2, 10.3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model import opta, strength
from geodata.model.editing import BadEdit
from geodata.model.incident import Amount, Id, Moment, Text, Words
from geodata.model.states import States

Code = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9ÄÖÜäöüß][A-Za-z0-9ÄÖÜäöüß_.()/ +-]*$")]
"""A type, a capability or a qualification as the catalogue names it."""
Ars = Annotated[str, Meta(pattern=r"^[0-9]{2,12}$")]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Percent = Annotated[int, Meta(ge=0, le=100)]
StrengthText = Annotated[str, Meta(pattern=r"^[0-9]{1,4}/[0-9]{1,4}/[0-9]{1,5}//[0-9]{1,5}$")]
"""Canonical: leaders/sub-leaders/crew//total, as `geodata.model.strength` writes it."""


class ResourceKind(StrEnum):
    """VEHICLE also stands for boats and aircraft; CONTAINER is carried; UNIT has members; TEAM is people only."""

    VEHICLE = "VEHICLE"
    CONTAINER = "CONTAINER"
    UNIT = "UNIT"
    TEAM = "TEAM"
    DEVICE = "DEVICE"


class Availability(StrEnum):
    AVAILABLE_STATION = "AVAILABLE_STATION"
    AVAILABLE_MOBILE = "AVAILABLE_MOBILE"
    LIMITED = "LIMITED"
    COMMITTED_EN_ROUTE = "COMMITTED_EN_ROUTE"
    COMMITTED_ON_SCENE = "COMMITTED_ON_SCENE"
    COMMITTED_TRANSPORT = "COMMITTED_TRANSPORT"
    COMMITTED_AT_DESTINATION = "COMMITTED_AT_DESTINATION"
    COMMITTED_BOUND = "COMMITTED_BOUND"
    STAGED = "STAGED"
    RESTING = "RESTING"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    UNKNOWN = "UNKNOWN"


FREE = frozenset({Availability.AVAILABLE_STATION, Availability.AVAILABLE_MOBILE})
"""Counts as reserve and for basic cover."""


class Deployment(StrEnum):
    AT_HOME = "AT_HOME"
    ALERTED = "ALERTED"
    EN_ROUTE = "EN_ROUTE"
    AT_MELDEKOPF = "AT_MELDEKOPF"
    STAGED = "STAGED"
    DEPLOYED = "DEPLOYED"
    RELEASED = "RELEASED"
    RETURNING = "RETURNING"
    RESTING = "RESTING"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"


_D = Deployment
_ASIDE = (_D.RESTING, _D.OUT_OF_SERVICE)

DEPLOYMENT = States(
    Deployment,
    start=_D.AT_HOME,
    moves={
        _D.AT_HOME: (_D.ALERTED, _D.EN_ROUTE, *_ASIDE),
        _D.ALERTED: (_D.EN_ROUTE, _D.AT_MELDEKOPF, _D.STAGED, _D.DEPLOYED, _D.RELEASED, _D.AT_HOME, *_ASIDE),
        _D.EN_ROUTE: (_D.AT_MELDEKOPF, _D.STAGED, _D.DEPLOYED, _D.RELEASED, _D.RETURNING, *_ASIDE),
        _D.AT_MELDEKOPF: (_D.STAGED, _D.DEPLOYED, _D.RELEASED, _D.EN_ROUTE, *_ASIDE),
        _D.STAGED: (_D.EN_ROUTE, _D.DEPLOYED, _D.RELEASED, *_ASIDE),
        _D.DEPLOYED: (_D.STAGED, _D.EN_ROUTE, _D.RELEASED, *_ASIDE),
        _D.RELEASED: (_D.RETURNING, _D.AT_HOME, _D.ALERTED, _D.EN_ROUTE, *_ASIDE),
        _D.RETURNING: (_D.AT_HOME, _D.ALERTED, _D.EN_ROUTE, *_ASIDE),
        _D.RESTING: (_D.STAGED, _D.DEPLOYED, _D.RELEASED, _D.ALERTED, _D.AT_HOME, _D.OUT_OF_SERVICE),
        _D.OUT_OF_SERVICE: (_D.AT_HOME, _D.STAGED, _D.RETURNING, _D.RESTING),
    },
)

BOUND = frozenset({_D.ALERTED, _D.EN_ROUTE, _D.AT_MELDEKOPF, _D.STAGED, _D.DEPLOYED})
"""Bound by an incident: does not count at home."""


class Reporter(StrEnum):
    """Who said the status. The control room beats the crew, both beat what a person typed."""

    CONTROL_ROOM = "CONTROL_ROOM"
    CREW = "CREW"
    PERSON = "PERSON"


@dataclass(frozen=True, slots=True)
class Status:
    """The last FMS state, one of 1 2 3 4 6 7 8. `until`: a status typed by a person no longer counts after it."""

    code: Annotated[str, Meta(max_length=1, pattern="^[1234678]$")]
    at: Moment
    by: Reporter
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """0, 5 and 9 call for attention and leave the state as it is; `seen` by whoever took note."""

    code: Annotated[str, Meta(max_length=1, pattern="^[059]$")]
    at: Moment
    seen: Moment | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Kept for an inquiry until then, and promised to nobody else meanwhile."""

    inquiry: Id
    organisation: Id
    until: Moment


class Shown(StrEnum):
    """What a lender may let a partner's node see of what he lends, beyond what the loan needs. PLACE: where it is as
    exactly as it is known, not to about a kilometre."""

    FUEL = "fuel"
    CREW_SINCE = "crew_since"
    RELIEF_DUE = "relief_due"
    DEFECTS = "defects"
    NOTE = "note"
    OPTA = "opta"
    HOME_NAME = "home_name"
    PLACE = "place"


Shows = Annotated[tuple[Shown, ...], Meta(max_length=len(Shown))]


@dataclass(frozen=True, slots=True)
class Loan:
    """Lent to another organisation. While it lasts the resource lies in the room that both of them see. `shows` is what
    leaves to a partner's node beyond the usual."""

    inquiry: Id
    organisation: Id
    since: Moment
    until: Moment | None = None
    recall_hours: Annotated[float, Meta(ge=0, le=720)] | None = None
    shows: Shows = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """`organisation` owns it, `ars` is the municipality whose basic cover it counts for, `home` its place there in
    degrees EPSG:4326. `opta` has 24 signs, spaces kept. `parent` is the unit it belongs to, `carried_by` the carrier
    of a container. `capabilities` are those beyond what its type can. `aboard` is the crew's strength now;
    `endurance_until` is how long crew and fuel last, `relief_due` when the crew must be relieved. `incident`, `sector`,
    `site`, `task` and `facility` say what it is assigned to; `target` where it drives to, until `eta`."""

    organisation: Id
    kind: ResourceKind
    type: Code
    callsign: Words
    deployment: Deployment = Deployment.AT_HOME
    availability: Availability = Availability.UNKNOWN
    opta: Annotated[str, Meta(min_length=24, max_length=24)] | None = None
    ars: Ars | None = None
    home: tuple[Longitude, Latitude] | None = None
    home_name: Words | None = None
    capabilities: Annotated[tuple[Code, ...], Meta(max_length=40)] = ()
    capacities: Annotated[dict[str, float], Meta(max_length=20)] | None = None
    parent: Id | None = None
    carried_by: Id | None = None
    status: Status | None = None
    signal: Signal | None = None
    deployed_since: Moment | None = None
    state_reason: Text | None = None
    strength: StrengthText | None = None
    crew_since: Moment | None = None
    endurance_until: Moment | None = None
    relief_due: Moment | None = None
    fuel: Percent | None = None
    defects: Annotated[tuple[Words, ...], Meta(max_length=20)] = ()
    incident: Id | None = None
    sector: Id | None = None
    site: Id | None = None
    task: Id | None = None
    facility: Id | None = None
    target: tuple[Longitude, Latitude] | None = None
    eta: Moment | None = None
    hold: Hold | None = None
    loan: Loan | None = None
    external_id: Annotated[str, Meta(max_length=200)] | None = None
    note: Text | None = None

    def __post_init__(self) -> None:
        if (self.sector or self.site or self.task) and self.incident is None:
            raise BadEdit("incident", "name the incident that sector, site and task belong to")
        if self.carried_by is not None and self.kind is not ResourceKind.CONTAINER:
            raise BadEdit("carried_by", "only a CONTAINER is carried")
        if self.strength is not None:
            strength.parse(self.strength)
        if self.opta is not None:
            opta.parse(self.opta)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a resource was at that moment, EPSG:4326; `accuracy` in metres, `speed` in m/s, `heading` in degrees from
    north. Its id is that of the resource, and it lies in the same room."""

    longitude: Longitude
    latitude: Latitude
    at: Moment
    source: Words
    accuracy: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    speed: Annotated[float, Meta(ge=0, le=400)] | None = None
    heading: Annotated[float, Meta(ge=0, lt=360)] | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """Material. `reserved` is promised already, `consumption` goes per hour, below `minimum` it rings."""

    organisation: Id
    article: Words
    unit: Annotated[str, Meta(min_length=1, max_length=20)]
    quantity: Annotated[float, Meta(ge=0, le=1e9)]
    reserved: Annotated[float, Meta(ge=0, le=1e9)] = 0.0
    minimum: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    consumption: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    ars: Ars | None = None
    place: tuple[Longitude, Latitude] | None = None
    place_name: Words | None = None
    counted_at: Moment | None = None
    note: Text | None = None

    def __post_init__(self) -> None:
        if self.reserved > self.quantity:
            raise BadEdit("reserved", "more would be reserved than there is")


class FleetLevel(StrEnum):
    """Where requests climb: neighbours of the same level, then Kreis, Bezirksregierung, Land."""

    MUNICIPALITY = "MUNICIPALITY"
    DISTRICT = "DISTRICT"
    REGION = "REGION"
    STATE = "STATE"


@dataclass(frozen=True, slots=True)
class Cover:
    """Basic cover (Grundschutz): so many free resources with this capability stay in this municipality."""

    ars: Ars
    capability: Code
    minimum: Annotated[int, Meta(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class Fleet:
    """An organisation's stock (Bestand) and its rules. Its id is that of the organisation. `fms` maps status digits to
    availability where this organisation uses them otherwise than DOMAIN 2.1 says; `neighbours` are asked first,
    `superior` next. `position_stale` and `position_lost` are minutes."""

    organisation: Id
    name: Words
    room: Id
    level: FleetLevel = FleetLevel.MUNICIPALITY
    kind: Words | None = None
    ars: Ars | None = None
    fms: Annotated[dict[str, Availability], Meta(max_length=8)] | None = None
    cover: Annotated[tuple[Cover, ...], Meta(max_length=200)] = ()
    neighbours: Annotated[tuple[Id, ...], Meta(max_length=60)] = ()
    superior: Id | None = None
    contact: Words | None = None
    manual_minutes: Amount = 240
    position_stale: Amount = 5
    position_lost: Amount = 60
    note: Text | None = None

    def __post_init__(self) -> None:
        for code in self.fms or {}:
            if code not in "1234678" or len(code) != 1:
                raise BadEdit(
                    "fms", f"{code[:10]!r} is no FMS state; 1 to 4 and 6 to 8 can be mapped (0, 5, 9 are signals)"
                )
