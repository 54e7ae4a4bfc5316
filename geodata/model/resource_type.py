"""What a type of resource is, what people are trained for, and what a unit is composed of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from geodata.model.resource import ResourceKind


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
