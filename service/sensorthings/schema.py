"""Which kinds of entities there are, what they have and how they hang together (OGC 18-088, section 8).

A station is a Thing, its Location, its HistoricalLocation and its FeatureOfInterest, all with the station's key as id.
A series is a Datastream `<station>.<quantity>`, a value an Observation `<station>.<quantity>.<microseconds since
1970>`, a source a Sensor, a quantity an ObservedProperty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Of a field: what it can be compared with."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    PLACE = "place"


class Key(StrEnum):
    """What joins entities."""

    THING = "thing"
    DATASTREAM = "datastream"
    SOURCE = "source"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class Nav:
    """A way to other entities: those of `target` that have the same `key`. `usual` is how many there hardly ever are
    more of, None where it may be any number."""

    target: str
    key: Key
    many: bool = True
    usual: int | None = None


@dataclass(frozen=True, slots=True)
class EntitySet:
    """`fields` can stand in $filter and, if they are no place, in $orderby; `shown` can stand in $select."""

    name: str
    key: Key | None
    fields: dict[str, Kind]
    shown: tuple[str, ...]
    navs: dict[str, Nav] = field(default_factory=dict)


TEXT, NUMBER, TIME, PLACE = Kind.TEXT, Kind.NUMBER, Kind.TIME, Kind.PLACE
_PROPERTIES = ("kind", "water", "operator", "number", "municipality", "source")
_ENCODED = ("name", "description", "encodingType", "properties")

_ALL = (
    EntitySet(
        "Things",
        Key.THING,
        {"id": TEXT, "name": TEXT, **{f"properties/{name}": TEXT for name in _PROPERTIES}, "Locations/location": PLACE},
        ("name", "description", "properties"),
        {
            "Locations": Nav("Locations", Key.THING, usual=1),
            "HistoricalLocations": Nav("HistoricalLocations", Key.THING, usual=1),
            "Datastreams": Nav("Datastreams", Key.THING, usual=8),
        },
    ),
    EntitySet(
        "Locations",
        Key.THING,
        {"id": TEXT, "name": TEXT, "location": PLACE},
        (*_ENCODED, "location"),
        {
            "Things": Nav("Things", Key.THING, usual=1),
            "HistoricalLocations": Nav("HistoricalLocations", Key.THING, usual=1),
        },
    ),
    EntitySet(
        "HistoricalLocations",
        Key.THING,
        {"id": TEXT, "time": TIME, "Thing/id": TEXT},
        ("time",),
        {"Thing": Nav("Things", Key.THING, many=False), "Locations": Nav("Locations", Key.THING, usual=1)},
    ),
    EntitySet(
        "Datastreams",
        Key.DATASTREAM,
        {
            "id": TEXT, "name": TEXT, "unitOfMeasurement/symbol": TEXT, "observedArea": PLACE, "Thing/id": TEXT,
            "Thing/name": TEXT, "Thing/Locations/location": PLACE, "ObservedProperty/id": TEXT,
            "ObservedProperty/name": TEXT, "Sensor/id": TEXT,
        },
        ("name", "description", "observationType", "unitOfMeasurement", "observedArea", "phenomenonTime", "resultTime",
         "properties"),
        {
            "Thing": Nav("Things", Key.THING, many=False),
            "Sensor": Nav("Sensors", Key.SOURCE, many=False),
            "ObservedProperty": Nav("ObservedProperties", Key.QUANTITY, many=False),
            "Observations": Nav("Observations", Key.DATASTREAM),
        },
    ),
    EntitySet(
        "Sensors",
        Key.SOURCE,
        {"id": TEXT, "name": TEXT},
        (*_ENCODED, "metadata"),
        {"Datastreams": Nav("Datastreams", Key.SOURCE)},
    ),
    EntitySet(
        "ObservedProperties",
        Key.QUANTITY,
        {"id": TEXT, "name": TEXT},
        ("name", "definition", "description"),
        {"Datastreams": Nav("Datastreams", Key.QUANTITY)},
    ),
    EntitySet(
        "Observations",
        None,
        {
            "id": TEXT, "phenomenonTime": TIME, "resultTime": TIME, "result": NUMBER, "Datastream/id": TEXT,
            "Datastream/name": TEXT, "Datastream/Thing/id": TEXT, "Datastream/ObservedProperty/id": TEXT,
            "Datastream/ObservedProperty/name": TEXT, "FeatureOfInterest/id": TEXT, "FeatureOfInterest/feature": PLACE,
        },
        ("phenomenonTime", "resultTime", "result", "resultQuality"),
        {
            "Datastream": Nav("Datastreams", Key.DATASTREAM, many=False),
            "FeatureOfInterest": Nav("FeaturesOfInterest", Key.THING, many=False),
        },
    ),
    EntitySet(
        "FeaturesOfInterest",
        Key.THING,
        {"id": TEXT, "name": TEXT, "feature": PLACE},
        (*_ENCODED, "feature"),
        {"Observations": Nav("Observations", Key.THING)},
    ),
)  # fmt: skip

SETS: dict[str, EntitySet] = {found.name: found for found in _ALL}


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    definition: str
    description: str


PROPERTIES = {
    "W": Property(
        "Wasserstand", "http://vocabulary.odm2.org/variablename/gageHeight/", "Water level above the gauge's zero"
    ),
    "Q": Property("Abfluss", "http://vocabulary.odm2.org/variablename/discharge/", "Discharge of the river"),
    "N": Property("Niederschlag", "http://vocabulary.odm2.org/variablename/precipitation/", "Precipitation"),
    "T": Property("Temperatur", "http://vocabulary.odm2.org/variablename/temperature/", "Temperature"),
}
"""Quantities with a name of their own; any other is called as its source calls it."""

UNITS = {
    "cm": ("centimetre", "http://qudt.org/vocab/unit/CentiM"),
    "m": ("metre", "http://qudt.org/vocab/unit/M"),
    "mm": ("millimetre", "http://qudt.org/vocab/unit/MilliM"),
    "mm/h": ("millimetre per hour", "http://qudt.org/vocab/unit/MilliM-PER-HR"),
    "m³/s": ("cubic metre per second", "http://qudt.org/vocab/unit/M3-PER-SEC"),
    "°C": ("degree Celsius", "http://qudt.org/vocab/unit/DEG_C"),
}
