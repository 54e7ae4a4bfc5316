"""The catalogue: types of resources and what they can, what people are trained for, and units composed of others.

Seeded from DOMAIN 1.6 and 2.3 to 2.6 (`geodata/catalogue/*.toml`, read once). Where a figure does not stand in a source
it is marked MEMORY: it helps to plan, and no authority may rely on it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from geodata.model import strength
from geodata.model.resource import ResourceKind
from geodata.model.resource_type import (
    OWN_GROUP,
    Capability,
    Capacity,
    Concept,
    Figures,
    Known,
    Part,
    Qualification,
    ResourceType,
)
from geodata.model.strength import NOBODY, Strength

__all__ = [
    "CAPABILITIES", "CAPACITIES", "CONCEPTS", "GROUPS", "KNOWN", "QUALIFICATIONS", "QUALIFICATION_GROUPS", "TYPES",
    "Capability", "Capacity", "Concept", "Figures", "Part", "Qualification", "ResourceType", "capabilities_of",
    "full_strength", "qualified",
]  # fmt: skip

SPEED_KMH = 50.0
"""By road with the rights of the road, where a type does not say."""
CONCEPT_GROUP = "KONZEPTE"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("geodata").joinpath("catalogue", f"{name}.toml").read_text("utf-8"))


_WORDS = _read("words")
_TYPES = {**_read("types"), **_read("units")}
_CONCEPTS = _read("concepts")

CAPABILITIES: Mapping[str, Capability] = {
    code: Capability(code, *names) for code, names in _WORDS["capabilities"].items()
}
CAPACITIES: Mapping[str, Capacity] = {code: Capacity(code, *names) for code, names in _WORDS["capacities"].items()}
QUALIFICATION_GROUPS: Mapping[str, tuple[str, str]] = {
    code: (names[0], names[1]) for code, names in _WORDS["qualification_groups"].items()
}
QUALIFICATIONS: Mapping[str, Qualification] = {
    code: Qualification(
        code, group, row["name"][0], row["name"][1],
        levels=tuple(row.get("levels", ())), expires=row.get("expires", False), includes=tuple(row.get("includes", ())),
    )
    for group, rows in _WORDS["qualifications"].items()
    for code, row in rows.items()
}  # fmt: skip
GROUPS: Mapping[str, tuple[str, str]] = {
    **{code: (rows["group"][0], rows["group"][1]) for code, rows in _TYPES.items()},
    CONCEPT_GROUP: ("Landesweite Konzepte und Verbände", "Statewide concepts and formations"),
    OWN_GROUP: ("Eigene Typen", "Own types"),
}
"""Of types; German and English names."""


def _types() -> Iterator[ResourceType]:
    for group, table in _TYPES.items():
        shared = {name: value for name, value in table.items() if not isinstance(value, dict)}
        for code, row in table.items():
            if isinstance(row, dict):
                yield _type(code, group, {**shared, **row})


def _type(code: str, group: str, row: Mapping[str, Any]) -> ResourceType:
    return ResourceType(
        code, row["name"][0], row["name"][1], group,
        kind=ResourceKind(row.get("kind", "VEHICLE")),
        capabilities=tuple(row["can"]),
        crew=str(strength.parse(row["crew"])) if "crew" in row else None,
        minimum_crew=row.get("least", 0),
        qualifications=row.get("needs", {}),
        capacities=row.get("has", {}),
        symbol=_symbol(row, row.get("base", "kraftfahrzeug-landgebunden")),
        speed_kmh=float(row.get("kmh", SPEED_KMH)),
        also=tuple(row.get("also", ())),
        ambulance=row.get("ambulance", False),
        confidence=Figures(row.get("confidence", "MEMORY")),
    )  # fmt: skip


def _symbol(row: Mapping[str, Any], base: str) -> dict[str, str]:
    return {"base": base, **{name: row[name] for name in ("organisation", "task", "unit", "symbol") if name in row}}


def _concepts() -> Iterator[Concept]:
    for code, row in _CONCEPTS.items():
        yield Concept(
            code, row["name"][0], row["name"][1],
            parts=tuple(Part(item, count, tuple(instead)) for item, count, *instead in row["parts"]),
            strength=str(strength.parse(row["strength"])) if "strength" in row else None,
            source=row["source"],
            confidence=Figures(row["confidence"]),
            persons=(row["persons"][0], row["persons"][1]) if "persons" in row else None,
            vehicles=row.get("vehicles"),
            serves={name: row[name] for name in ("patients", "people") if name in row},
            hours=row.get("hours"),
        )  # fmt: skip


CONCEPTS: Mapping[str, Concept] = {each.code: each for each in _concepts()}
_PLAIN: Mapping[str, ResourceType] = {each.code: each for each in _types()}


def full_strength(code: str) -> Strength:
    """Of a type's crew, or of all that a concept is composed of where its source gives no strength. KeyError."""
    concept = CONCEPTS.get(code)
    if concept is None:
        crew = _PLAIN[code].crew
        return strength.parse(crew) if crew else NOBODY
    if concept.strength:
        return strength.parse(concept.strength)
    return strength.sum_of(full_strength(part.item) for part in concept.parts for _ in range(part.count))


def _can(code: str) -> Iterator[str]:
    if code in _PLAIN:
        yield from _PLAIN[code].capabilities
        return
    yield from _CONCEPTS[code].get("can", ())
    for part in CONCEPTS[code].parts:
        yield from _can(part.item)


def _crew(concept: Concept) -> str | None:
    """None where the parts do not make up the persons that the source gives."""
    found = full_strength(concept.code)
    least, most = concept.persons or (found.total, found.total)
    return str(found) if least <= found.total <= most else None


def _as_type(concept: Concept) -> ResourceType:
    """A composed unit is a resource as well. Its people are those of its parts."""
    row = _CONCEPTS[concept.code]
    return ResourceType(
        concept.code, concept.name, concept.name_en, CONCEPT_GROUP,
        kind=ResourceKind.UNIT,
        capabilities=tuple(dict.fromkeys(_can(concept.code))),
        crew=_crew(concept),
        minimum_crew=0,
        qualifications={},
        capacities={name: float(value) for name, value in (concept.serves or {}).items()},
        symbol=_symbol(row, "taktische-formation"),
        speed_kmh=SPEED_KMH,
        also=tuple(row.get("also", ())),
        confidence=concept.confidence,
    )  # fmt: skip


TYPES: Mapping[str, ResourceType] = {**_PLAIN, **{code: _as_type(concept) for code, concept in CONCEPTS.items()}}
"""Everything that a resource can be, composed units too."""
KNOWN = Known(TYPES.values())


def capabilities_of(resource_type_code: str, extra: Collection[str] = ()) -> frozenset[str]:
    """What its type can and what is said beyond. A type that only its organisation knows can what is said."""
    found = TYPES.get(resource_type_code)
    return frozenset(found.capabilities if found else ()) | frozenset(extra)


def qualified(held: Iterable[str]) -> frozenset[str]:
    """These qualifications with all that they include."""
    found: set[str] = set()
    open_ = list(held)
    while open_:
        code = open_.pop()
        if code not in found:
            found.add(code)
            open_ += QUALIFICATIONS[code].includes if code in QUALIFICATIONS else ()
    return frozenset(found)
