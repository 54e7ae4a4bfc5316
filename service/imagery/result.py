"""What an evaluation found, as extent and rasters of the picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.imagery.grid import Grid
from geodata.model.extent import Extent, ExtentPart
from geodata.model.geometry import Geometry
from service.imagery.rules import EXTENTS, Job, RasterMade

if TYPE_CHECKING:
    from geodata.imagery.copernicus import Scene

ATTRIBUTION = "Contains modified Copernicus Sentinel data"
_NAMES = {"SENTINEL_1": "Sentinel-1", "SENTINEL_2": "Sentinel-2"}


def rasters_of(job: Job, scenes: dict[str, Scene], found: dict[str, Any], directory: Path) -> list[RasterMade]:
    """`directory` is the job's, below the data directory."""
    roles = [*scenes, *(["MASK"] if "parts" in found else [])]
    return [
        RasterMade(
            id=f"{job.id}-{role.lower()}",
            job=job.id,
            room=job.room,
            role=role,
            title=job.title,
            sensor=_NAMES[scenes[role if role in scenes else "AFTER"].sensor],
            acquired_at=scenes[role if role in scenes else "AFTER"].acquired_at,
            bounds=tuple(found["bounds"]),
            path=str(directory / f"{role.lower()}.tif"),
        )
        for role in roles
    ]


def extent_of(job: Job, scene: Scene, found: dict[str, Any], made: list[RasterMade], grid: Grid) -> Extent | None:
    """None for a picture that is only looked at."""
    if "parts" not in found:
        return None
    note = " ".join([*found["notes"], f"{ATTRIBUTION} {scene.acquired_at.year}."])
    return Extent(
        key=f"own.{job.id}",
        maker="OWN",
        type=EXTENTS[job.kind],
        title=job.title,
        acquired_at=scene.acquired_at,
        sensor=_NAMES[scene.sensor],
        resolution=f"{grid.resolution} m",
        product=scene.id,
        confidence=found["confidence"],
        raster=next(raster.id for raster in made if raster.role == "AFTER"),
        note=note,
        footprint=_box(made[0].bounds),
        parts=tuple(
            ExtentPart(
                part["layer"],
                part["kind"],
                Geometry(part["geometry"]["type"], part["geometry"]["coordinates"]),
                part["area"],
                part["properties"],
            )
            for part in found["parts"]
        ),
    )


def _box(bounds: tuple[float, ...]) -> Geometry:
    west, south, east, north = bounds
    return Geometry("Polygon", [[[west, south], [east, south], [east, north], [west, north], [west, south]]])
