"""The areas of NRW as one small file (gzip, GeoJSON), made once at set-up and carried by a release."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import orjson
import shapely
from shapely.geometry import shape

from geodata.land.assembly import Named
from geodata.model.area import AreaLevel, BadLand, LandSource

FILE = Path(__file__).parent / "nrw" / "areas.json.gz"
_LIMIT = 64_000_000


class _Line(msgspec.Struct):
    level: AreaLevel
    ars: str
    ags: str
    name: str
    designation: str
    geometry: dict[str, Any] | None = None


class _File(msgspec.Struct):
    attribution: str
    state: str
    lines: list[_Line]


def write(path: Path, source: LandSource, lines: Mapping[AreaLevel, Sequence[Named]]) -> None:
    """Replaces the file in one step, so that a broken set-up never leaves half of it."""
    content = _File(
        source.attribution,
        source.state,
        [
            _Line(level, n.ars, n.ags, n.name, n.designation, _geojson(n.geometry))
            for level, some in lines.items()
            for n in sorted(some, key=lambda n: n.ars)
        ],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    fresh.write_bytes(gzip.compress(orjson.dumps(msgspec.to_builtins(content)), 9, mtime=0))
    fresh.replace(path)


def read(path: Path = FILE) -> tuple[LandSource, dict[AreaLevel, list[Named]]]:
    """Raises BadLand."""
    try:
        with gzip.open(path) as file:
            raw = file.read(_LIMIT)
        content = msgspec.json.decode(raw, type=_File)
    except FileNotFoundError as error:
        raise BadLand(f"{path} is missing: run script/land once, with the internet or npm's cache at hand") from error
    except (OSError, EOFError, msgspec.MsgspecError) as error:
        raise BadLand(f"{path} is damaged ({error}): delete it and run script/land") from error
    lines: dict[AreaLevel, list[Named]] = {level: [] for level in AreaLevel}
    for n in content.lines:
        area = shape(n.geometry) if n.geometry else None
        lines[n.level].append(Named(n.ars, n.ags, n.name, n.designation, area))
    return LandSource("areas", content.attribution, content.state), lines


def _geojson(area: shapely.Geometry | None) -> dict[str, Any] | None:
    if area is None:
        return None
    rounded = shapely.transform(area, lambda points: points.round(6))
    found: dict[str, Any] = orjson.loads(shapely.to_geojson(rounded))
    return found
