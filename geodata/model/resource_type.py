"""What a type of resource is, what people are trained for, and what a unit is composed of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model import strength
from geodata.model.editing import BadEdit
from geodata.model.incident import Id, Text, Words
from geodata.model.resource import Code, ResourceKind, StrengthText

OWN_GROUP = "EIGENE"
OWN_SYMBOLS: Mapping[ResourceKind, Mapping[str, str]] = {
    ResourceKind.VEHICLE: {"base": "kraftfahrzeug-landgebunden"},
    ResourceKind.CONTAINER: {"base": "abrollbehaelter"},
    ResourceKind.UNIT: {"base": "taktische-formation"},
    ResourceKind.TEAM: {"base": "taktische-formation"},
    ResourceKind.DEVICE: {"base": "anhaenger"},
}


class Figures(StrEnum):
    """Where strengths, parts and capacities come from: read in a source, from memory, or an organisation's own word."""

    SEEN = "SEEN"
    MEMORY = "MEMORY"
    OWN = "OWN"


@dataclass(frozen=True, slots=True)
class Capability:
    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much of something a resource has; `unit` is empty where things are counted."""

    code: str
    name: str
    name_en: str
    unit: str


@dataclass(frozen=True, slots=True)
class Qualification:
    """`levels` from the lowest; whoever holds it holds those that it `includes` too."""

    code: str
    group: str
    name: str
    name_en: str
    levels: tuple[str, ...] = ()
    expires: bool = False
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceType:
    """`crew` is the full strength, canonical; with fewer than `minimum_crew` it does not leave. `qualifications` is how
    many of its crew must hold each. `symbol` names the parts of its tactical sign. `also` are other ways of writing the
    code. `ambulance`: its FMS digits mean what they mean in the rescue service."""

    code: str
    name: str
    name_en: str
    group: str
    kind: ResourceKind
    capabilities: tuple[str, ...]
    crew: str | None
    minimum_crew: int
    qualifications: Mapping[str, int]
    capacities: Mapping[str, float]
    symbol: Mapping[str, str]
    speed_kmh: float
    also: tuple[str, ...] = ()
    ambulance: bool = False
    confidence: Figures = Figures.MEMORY


@dataclass(frozen=True, slots=True)
class Part:
    """So many of this type or concept, or of any that may stand in its place."""

    item: str
    count: int
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concept:
    """A unit composed of others. `strength` (canonical), `persons` (least and most), `vehicles`, `serves` (patients or
    people) and `hours` are what the source says of the whole."""

    code: str
    name: str
    name_en: str
    parts: tuple[Part, ...]
    strength: str | None
    source: str
    confidence: Figures
    persons: tuple[int, int] | None = None
    vehicles: int | None = None
    serves: Mapping[str, int] | None = None
    hours: int | None = None


def folded(code: str) -> str:
    """Letters and digits only: `HLF 20`, `hlf-20` and `HLF20` are the same."""
    return "".join(sign for sign in code.casefold() if sign.isalnum())


class Known:
    """The types somebody may name: those of the catalogue and an organisation's own."""

    def __init__(self, types: Iterable[ResourceType]) -> None:
        self.types = {each.code: each for each in types}
        self._written: dict[str, str] = {}
        for each in self.types.values():
            for text in (*each.also, each.name):
                self._written.setdefault(folded(text), each.code)
        self._written.update((folded(code), code) for code in self.types)

    def find(self, text: str) -> ResourceType | None:
        """By its code however it is written, one of its other codes, or its German name."""
        return self.types.get(text) or self.types.get(self._written.get(folded(text), ""))

    def near(self, text: str, most: int = 4) -> list[str]:
        """Codes that are written alike, the nearest first."""
        close = get_close_matches(folded(text[:60]), self._written, n=most * 2, cutoff=0.55)
        return list(dict.fromkeys(self._written[each] for each in close))[:most]

    def beside(self, own: Collection[ResourceType]) -> Known:
        return Known([*self.types.values(), *own]) if own else self


@dataclass(frozen=True, slots=True)
class OwnType:
    """A type that only its organisation knows. Empty where it does not matter; `speed_kmh` by road."""

    organisation: Id
    code: Code
    name: Words
    kind: ResourceKind = ResourceKind.VEHICLE
    name_en: Words | None = None
    capabilities: Annotated[tuple[Code, ...], Meta(max_length=40)] = ()
    crew: StrengthText | None = None
    minimum_crew: Annotated[int, Meta(ge=0, le=1000)] = 0
    qualifications: Annotated[dict[Code, Annotated[int, Meta(ge=1, le=1000)]], Meta(max_length=40)] | None = None
    capacities: Annotated[dict[Code, Annotated[float, Meta(ge=0, le=1e9)]], Meta(max_length=20)] | None = None
    speed_kmh: Annotated[float, Meta(gt=0, le=1000)] = 50.0
    ambulance: bool = False
    note: Text | None = None

    def __post_init__(self) -> None:
        if self.crew is not None and self.minimum_crew > strength.parse(self.crew).total:
            raise BadEdit("minimum_crew", "it cannot need more than its full crew")

    def as_type(self) -> ResourceType:
        return ResourceType(
            self.code, self.name, self.name_en or self.name, OWN_GROUP, self.kind, self.capabilities, self.crew,
            self.minimum_crew, self.qualifications or {}, self.capacities or {}, OWN_SYMBOLS[self.kind], self.speed_kmh,
            ambulance=self.ambulance, confidence=Figures.OWN,
        )  # fmt: skip
