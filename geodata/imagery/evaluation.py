"""One image made into an extent, in a process of its own: `python -m geodata.imagery.evaluation DIRECTORY`.

Heavy work and files from outside stay away from the running node; whoever started this may kill it at any time. Reads
`task.json` and the images that it names, writes `after.tif`, `before.tif`, `mask.tif` (COG) and last `result.json`.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.warp

from geodata.imagery import raster as rasters
from geodata.imagery.found import Found
from geodata.imagery.grid import BAND_NAMES, Bands
from geodata.imagery.outlines import polygons
from geodata.imagery.raster import BadRaster, Raster

RESULT, TASK = "result.json", "task.json"
_NICE = 10


def run(directory: Path) -> None:
    """Raises BadRaster."""
    task = json.loads((directory / TASK).read_text())
    images = {role: _image(directory, given) for role, given in task["images"].items()}
    for role, image in images.items():
        rasters.write(image, directory / f"{role.lower()}.tif")
    after = images["AFTER"]
    result: dict[str, Any] = {"bounds": _bounds(after)}
    found = _found(task["kind"], after, images.get("BEFORE"))
    if found is not None:
        _write_mask(found, after, directory / "mask.tif")
        result |= {
            "confidence": found.confidence,
            "notes": list(found.notes),
            "parts": [_told(part) for part in polygons(found, after)],
        }
    unfinished = directory / f".{RESULT}.part"
    unfinished.write_text(json.dumps(result))
    unfinished.replace(directory / RESULT)


def _image(directory: Path, given: dict[str, Any]) -> Raster:
    image = rasters.read(directory / given["file"], names=BAND_NAMES[Bands(given["bands"])])
    return replace(image, acquired_at=datetime.fromisoformat(given["acquired_at"]), sensor=given["sensor"])


def _found(kind: str, after: Raster, before: Raster | None) -> Found | None:
    """Imports only what this kind needs: each brings libraries of its own."""
    if kind == "WATER_SAR":
        from geodata.imagery.water_sar import find_water_sar

        return find_water_sar(after, before=before)
    if kind == "WATER_OPTICAL":
        from geodata.imagery.water_optical import find_water_optical

        return find_water_optical(after, before=before)
    if kind == "BURN":
        from geodata.imagery.burned import find_burned

        if before is None:
            raise BadRaster("a burn needs an image from before the fire")
        return find_burned(before, after)
    return None


def _write_mask(found: Found, image: Raster, path: Path) -> None:
    """1 where it was found (of burns the class of severity), 0 where not, 255 where nothing can be said."""
    values = found.mask.astype("uint8") if found.severity is None else found.severity.astype("uint8")
    values = np.where(found.unseen, 255, values).astype("uint8")
    profile = {
        "driver": "COG", "dtype": "uint8", "count": 1, "width": values.shape[1], "height": values.shape[0],
        "crs": image.crs, "transform": image.transform, "nodata": 255, "compress": "DEFLATE",
        "overview_resampling": "nearest",
    }  # fmt: skip
    unfinished = path.with_name(f".{path.name}.part")
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(unfinished, "w", **profile) as file:
        file.write(values, 1)
        file.set_band_description(1, "mask" if found.severity is None else "severity")
    unfinished.replace(path)


def _bounds(image: Raster) -> list[float]:
    height, width = image.shape
    west, north = image.transform.c, image.transform.f
    east, south = west + width * image.transform.a, north + height * image.transform.e
    box = rasterio.warp.transform_bounds(image.crs, "EPSG:4326", west, south, east, north)
    return [round(edge, 7) for edge in box]


def _told(part: Any) -> dict[str, Any]:
    return {
        "layer": part.layer,
        "kind": part.kind,
        "area": part.area,
        "geometry": part.geometry.as_geojson(),
        "properties": part.properties,
    }


if __name__ == "__main__":
    os.nice(_NICE)
    try:
        run(Path(sys.argv[1]))
    except (BadRaster, MemoryError) as error:
        print(str(error)[:300] or "not enough memory", file=sys.stderr)
        sys.exit(2)
