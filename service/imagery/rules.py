"""What can be asked for: which images a job needs, what they cost, and how it stands in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from geodata.imagery.failures import BadOrder
from geodata.imagery.grid import BAND_NAMES, Bands, Grid, Sensor, cover, units
from geodata.model.body import to_body
from geodata.model.extent import ExtentType
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.geometry import BadGeometry, Geometry
from geodata.model.ref import Ref

KIND = "imagery_job"
SOURCE = "copernicus"
NO_SCENE = "scene names start with S1 (radar) or S2 (optical)"


class Kind(StrEnum):
    WATER_SAR = "WATER_SAR"
    WATER_OPTICAL = "WATER_OPTICAL"
    BURN = "BURN"
    PICTURE = "PICTURE"


class State(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Word(StrEnum):
    """What a job is doing. WAITING: the Data Space has asked us to."""

    QUEUED = "QUEUED"
    SEARCHING = "SEARCHING"
    FETCHING_BEFORE = "FETCHING_BEFORE"
    FETCHING = "FETCHING"
    WAITING = "WAITING"
    EVALUATING = "EVALUATING"
    RECORDING = "RECORDING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


EXTENTS = {
    Kind.WATER_SAR: ExtentType.FLOOD,
    Kind.WATER_OPTICAL: ExtentType.FLOOD,
    Kind.BURN: ExtentType.BURN,
}
"""What becomes of a job; a PICTURE is only looked at."""


@dataclass(frozen=True, slots=True)
class Image:
    """`role` is BEFORE or AFTER; `scene` the id of what is fetched."""

    role: str
    scene: str
    bands: Bands


@dataclass(frozen=True, slots=True)
class Order:
    """What is fetched for a job, and on which grid."""

    kind: Kind
    grid: Grid
    images: tuple[Image, ...]

    @property
    def units(self) -> float:
        """Processing units that it will cost."""
        return round(sum(units(self.grid, image.bands) for image in self.images), 2)

    @property
    def megabytes(self) -> float:
        """What is fetched for it: 32-bit floats, not packed. The Data Space may send less."""
        bands = sum(len(BAND_NAMES[image.bands]) for image in self.images)
        return round(self.grid.width * self.grid.height * bands * 4 / 1e6, 1)


@dataclass(frozen=True, slots=True)
class RasterMade:
    """An image that a job left. `bounds` west, south, east, north in degrees; `path` below the data directory."""

    id: str
    job: str
    room: str
    role: str
    title: str
    sensor: str
    acquired_at: datetime
    bounds: tuple[float, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the table; times of the picture's clock are `asked_at`, the others the wall's."""

    id: str
    asked_by: str
    room: str
    kind: Kind
    title: str
    area: Geometry
    resolution: int
    scene: str
    before: str | None
    asked_at: datetime
    state: State
    progress: int
    word: Word
    estimate: float
    spent: float
    attempts: int
    cancel_asked: bool
    error_code: str | None
    error_text: str | None
    extent: str | None
    finished_at: datetime | None = None


def order(kind: Kind, area: Geometry, scene: str, before: str | None, resolution: int | None) -> Order:
    """Raises BadOrder, BadGeometry."""
    try:
        grid = cover(area, resolution)
    except BadGeometry as error:
        if "resolution must be" in str(error):
            raise BadOrder("resolution", str(error)) from error
        raise
    bands = _bands(kind, scene, "scene")
    if kind is Kind.BURN and before is None:
        raise BadOrder("before", "what has burned shows only against a scene from before the fire")
    images = [Image("AFTER", scene, bands)]
    if before is not None:
        if before == scene:
            raise BadOrder("before", "both scenes are the same")
        images.insert(0, Image("BEFORE", before, _bands(kind, before, "before")))
        if images[0].bands is not bands:
            raise BadOrder("before", "both scenes must be of the same sensor")
    return Order(kind, grid, tuple(images))


def _bands(kind: Kind, scene: str, field: str) -> Bands:
    if not scene.startswith(("S1", "S2")):
        raise BadOrder(field, NO_SCENE)
    sensor = Sensor.SENTINEL_1 if scene.startswith("S1") else Sensor.SENTINEL_2
    wanted = {Kind.WATER_SAR: Sensor.SENTINEL_1, Kind.WATER_OPTICAL: Sensor.SENTINEL_2, Kind.BURN: Sensor.SENTINEL_2}
    if kind is Kind.PICTURE:
        return Bands.SAR if sensor is Sensor.SENTINEL_1 else Bands.PICTURE
    if sensor is not wanted[kind]:
        raise BadOrder(field, f"{kind} needs a scene of {wanted[kind]}")
    return Bands.SAR if kind is Kind.WATER_SAR else Bands.OPTICAL


def fact(job: Job, rasters: list[RasterMade], *, origin: str, at: datetime) -> Fact:
    """The job as it stands in the picture; who asked is not told."""
    body: dict[str, Any] = to_body(
        {
            "kind": job.kind,
            "title": job.title,
            "state": job.state,
            "progress": job.progress,
            "word": job.word,
            "asked_at": job.asked_at,
            "geometry": job.area.as_geojson(),
            "resolution": job.resolution,
            "scene": job.scene,
            "before": job.before,
            "units": job.estimate,
            "spent": round(job.spent, 2),
            "error": {"code": job.error_code, "text": job.error_text} if job.error_code else None,
            "extent": job.extent,
            "rasters": [told(raster) for raster in rasters],
        }
    )
    return Fact(Ref(origin, KIND, job.id), job.room, Provenance(SOURCE, at, at, Confidence.CONFIRMED), body, job.area)


def told(raster: RasterMade) -> dict[str, Any]:
    """A raster as the page gets it."""
    return {
        "id": raster.id,
        "job": raster.job,
        "role": raster.role,
        "title": raster.title,
        "sensor": raster.sensor,
        "acquired_at": raster.acquired_at,
        "bounds": list(raster.bounds),
        "tiles": f"/api/imagery/rasters/{raster.id}/tiles/{{z}}/{{x}}/{{y}}.png",
    }
