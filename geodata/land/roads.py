"""Roads from an OpenStreetMap file (PBF or XML, by pyosmium), cut into edges at their junctions, into the database.

Seconds come from the class of a road and its `maxspeed`. Access rules for private cars do not bind whoever helps;
`access=no`, roads under construction and what a fire engine cannot pass are left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.osm import Way

from geodata.land.travelling import lines
from geodata.model.area import BadLand
from geodata.store.database import Database
from geodata.store.roads import Edge, RoadSource, replace

KMH: Mapping[str, float] = {
    "motorway": 90, "motorway_link": 50, "trunk": 80, "trunk_link": 50, "primary": 65, "primary_link": 45,
    "secondary": 60, "secondary_link": 45, "tertiary": 50, "tertiary_link": 40, "unclassified": 40, "road": 30,
    "residential": 30, "living_street": 10, "service": 15,
}  # fmt: skip
"""What a laden engine drives on the whole, its halts among it; a lower `maxspeed` counts instead."""
SIGNED = {
    "DE:urban": 50.0,
    "DE:rural": 100.0,
    "DE:motorway": 130.0,
    "walk": 7.0,
    "DE:living_street": 7.0,
    "none": 130.0,
}
LEAST, MOST = 5.0, 130.0
_NARROW = 2.3
"""Metres: what is narrower lets no engine pass."""


async def import_roads(database: Database, file: Path) -> RoadSource:
    """Replace all roads by those of the file, all or nothing. Raises BadLand."""
    try:
        junctions, nodes = _junctions(file)
        if not len(nodes):
            raise BadLand(f"{file.name} holds no roads; give an extract of OpenStreetMap as .osm.pbf, .osm or .osm.gz")
        return await replace(database, _edges(file, junctions), name=file.name, state=_state(file))
    except (RuntimeError, OSError) as error:
        raise BadLand(f"{file.name} could not be read as an OpenStreetMap file: {error}") from error


def seconds(metres: float, kind: str, maxspeed: str | None) -> float:
    allowed = speed_of(maxspeed)
    kmh = KMH[kind] if allowed is None else min(KMH[kind], allowed)
    return metres / (max(LEAST, kmh) / 3.6)


def speed_of(maxspeed: str | None) -> float | None:
    """km/h of a tag `maxspeed`; None for what says nothing (`signals`, nonsense)."""
    if not maxspeed:
        return None
    if maxspeed in SIGNED:
        return SIGNED[maxspeed]
    number, _, unit = maxspeed.partition(" ")
    try:
        value = float(number)
    except ValueError:
        return None
    if unit == "mph":
        value *= 1.609344
    elif unit not in ("", "km/h"):
        return None
    return value if LEAST <= value <= MOST else None


def direction(tags: Mapping[str, str]) -> int:
    """1: only as drawn, -1: only against it, 0: both ways."""
    said = tags.get("oneway")
    if said in ("-1", "reverse"):
        return -1
    if said in ("yes", "true", "1"):
        return 1
    if said in ("no", "false", "0"):
        return 0
    return 1 if tags.get("junction") == "roundabout" or tags.get("highway") == "motorway" else 0


def passable(tags: Mapping[str, str]) -> bool:
    if tags.get("highway") not in KMH or tags.get("area") == "yes":
        return False
    if tags.get("access") == "no" and tags.get("emergency") not in ("yes", "designated"):
        return False
    try:
        return float(tags.get("maxwidth", "9").removesuffix(" m")) >= _NARROW
    except ValueError:
        return True


def _junctions(file: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nodes where roads end or meet, and all nodes of roads, both sorted."""
    passed, ends = array("q"), array("q")
    for way in _ways(osmium.FileProcessor(str(file), osmium.osm.WAY)):
        refs = [node.ref for node in way.nodes]
        passed.extend(refs)
        ends.extend((refs[0], refs[-1]))
    nodes, counts = np.unique(np.frombuffer(passed, dtype=np.int64), return_counts=True)
    return np.union1d(nodes[counts > 1], np.frombuffer(ends, dtype=np.int64)), nodes


def _edges(file: Path, junctions: NDArray[np.int64]) -> Iterator[Edge]:
    number = 0
    for way in _ways(osmium.FileProcessor(str(file), osmium.osm.NODE | osmium.osm.WAY).with_locations()):
        tags = {tag.k: tag.v for tag in way.tags}
        turned = direction(tags)
        known = [(node.ref, (node.lon, node.lat)) for node in way.nodes if node.location.valid()]
        if turned == -1:
            known.reverse()
        refs = np.array([ref for ref, _ in known], dtype=np.int64)
        at = np.searchsorted(junctions, refs)
        cuts = [i for i in range(len(known)) if at[i] < len(junctions) and junctions[at[i]] == refs[i]]
        cuts = sorted({0, len(known) - 1, *cuts}) if known else []
        for first, last in pairwise(cuts):
            points = [point for _, point in known[first : last + 1]]
            metres = 1000 * sum(float(lines([a], [b])[0, 0]) for a, b in pairwise(points))
            if metres > 0:
                number += 1
                lasts = max(0.1, seconds(metres, tags["highway"], tags.get("maxspeed")))
                yield Edge(
                    number, way.id, known[first][0], known[last][0], lasts, turned != 0, tags["highway"], tuple(points)
                )


def _ways(found: osmium.FileProcessor) -> Iterator[Way]:
    for thing in found:
        if isinstance(thing, Way) and len(thing.nodes) > 1 and passable({tag.k: tag.v for tag in thing.tags}):
            yield thing


def _state(file: Path) -> datetime | None:
    """When the extract was made, if it says so."""
    with osmium.io.Reader(str(file), osmium.osm.NOTHING) as reader:
        said = reader.header().get("osmosis_replication_timestamp") or reader.header().get("timestamp")
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        return None
