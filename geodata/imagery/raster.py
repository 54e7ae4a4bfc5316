"""A georeferenced image in memory, and its way from and to GeoTIFF.

A file from outside is untrusted: its size, bands, type of numbers and georeference are checked before a pixel is
decoded, only GeoTIFF is read, and nothing beside the file (.aux.xml, .ovr) is opened.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.transform import Affine

Pixels = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

MAX_SIDE = 10_000
MAX_PIXELS = 36_000_000
MAX_BANDS = 16
MAX_BYTES = 1_000_000_000
"""Of all bands, decoded."""
_MAX_BLOCK = 4096 * 4096
_TYPES = {"uint8", "int16", "uint16", "int32", "float32", "float64"}
_VALID_BAND = "dataMask"
_ENVIRONMENT = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}


class BadRaster(ValueError):
    """The image is refused; the message says why."""


@dataclass(frozen=True, slots=True)
class Raster:
    """Bands of one image on one north-up grid. `transform` maps pixel corners to `crs`. `valid` is False where the
    image holds nothing; values there are NaN. `acquired_at` is when the image was taken."""

    bands: Mapping[str, Pixels]
    transform: Affine
    crs: CRS
    valid: Mask
    acquired_at: datetime | None = None
    sensor: str | None = None

    @classmethod
    def of(
        cls,
        bands: Mapping[str, npt.ArrayLike],
        *,
        transform: Affine,
        crs: Any,
        valid: npt.ArrayLike | None = None,
        acquired_at: datetime | None = None,
        sensor: str | None = None,
    ) -> Raster:
        """From arrays: `crs` is anything rasterio knows (`"EPSG:32632"`). Without `valid`, all finite values are.

        A band `dataMask` (0 and 1) is taken as `valid` too. Raises BadRaster.
        """
        if not bands:
            raise BadRaster("the image has no bands")
        known = {name: np.asarray(values, dtype=np.float32) for name, values in bands.items()}
        shapes = {values.shape for values in known.values()}
        shape = next(iter(shapes))
        if len(shapes) > 1 or len(shape) != 2:
            raise BadRaster(f"the bands must be of one height and width, not {sorted(map(str, shapes))}")
        _check_size(shape[1], shape[0], len(known), "float32")
        seen = np.ones(shape, dtype=bool) if valid is None else np.asarray(valid, dtype=bool).copy()
        if seen.shape != shape:
            raise BadRaster(f"valid is {seen.shape}, the bands are {shape}")
        if _VALID_BAND in known:
            seen &= known.pop(_VALID_BAND) > 0
        if not known:
            raise BadRaster(f"the image has no band but {_VALID_BAND}")
        for values in known.values():
            seen &= np.isfinite(values)
        held = {name: np.where(seen, values, np.nan).astype(np.float32) for name, values in known.items()}
        return cls(held, _north_up(transform), _reference(crs), seen, acquired_at, sensor)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.valid.shape[0], self.valid.shape[1]

    @property
    def metres(self) -> float:
        """The side of a pixel on the ground, in metres (of a degree grid: at the image's middle)."""
        width, height = abs(self.transform.a), abs(self.transform.e)
        if self.crs.is_projected:
            return float(math.sqrt(width * height) * self.crs.linear_units_factor[1])
        latitude = self.transform.f + self.transform.e * self.shape[0] / 2
        return float(math.sqrt(width * height * math.cos(math.radians(latitude))) * 111_320)

    def band(self, *names: str) -> Pixels:
        """The first of these bands that there is. Raises BadRaster."""
        for name in names:
            if name in self.bands:
                return self.bands[name]
        raise BadRaster(f"the image lacks the band {' or '.join(names)}; it has {', '.join(self.bands)}")

    def has(self, *names: str) -> bool:
        return any(name in self.bands for name in names)

    def same_grid(self, other: Raster) -> Raster:
        """The other image, if it lies pixel on pixel with this one. Raises BadRaster."""
        apart = max(abs(a - b) for a, b in zip(self.transform, other.transform, strict=True))
        if self.shape != other.shape or self.crs != other.crs or apart > 1e-6 * max(1.0, abs(self.transform.c)):
            raise BadRaster("both images must have the same size, transform and CRS; fetch them on one grid")
        return other


def read(path: Path, *, names: Sequence[str] = ()) -> Raster:
    """A GeoTIFF file. `names` overrides the names that its bands have. Raises BadRaster."""
    if not path.is_file():
        raise BadRaster(f"there is no file {path.name}")
    try:
        with rasterio.Env(**_ENVIRONMENT), rasterio.open(os.fspath(path.absolute()), driver="GTiff") as file:
            _check_file(file)
            titles = names or [text or f"band{i + 1}" for i, text in enumerate(file.descriptions)]
            if len(titles) != file.count or len(set(titles)) != file.count:
                raise BadRaster(f"the image has {file.count} bands, but {len(set(titles))} names were given for them")
            seen = file.dataset_mask() > 0
            bands = {name: file.read(i + 1, out_dtype="float32") for i, name in enumerate(titles)}
            tags, transform, crs = file.tags(), file.transform, file.crs
    except (RasterioError, MemoryError, ValueError) as error:
        if isinstance(error, BadRaster):
            raise
        raise BadRaster(f"this is no readable GeoTIFF: {error}") from error
    return Raster.of(
        bands, transform=transform, crs=crs, valid=seen,
        acquired_at=_moment(tags.get("ACQUIRED_AT")), sensor=tags.get("SENSOR"),
    )  # fmt: skip


def write(raster: Raster, path: Path) -> None:
    """As cloud-optimised GeoTIFF of 32-bit floats with overviews; where nothing was seen it holds NaN. The file
    appears whole or not at all."""
    height, width = raster.shape
    profile = {
        "driver": "COG", "dtype": "float32", "count": len(raster.bands), "width": width, "height": height,
        "crs": raster.crs, "transform": raster.transform, "nodata": math.nan, "compress": "DEFLATE", "predictor": 3,
    }  # fmt: skip
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(unfinished, "w", **profile) as file:
            for number, (name, values) in enumerate(raster.bands.items(), 1):
                file.write(np.where(raster.valid, values, np.nan).astype(np.float32), number)
                file.set_band_description(number, name)
            tags = {"SENSOR": raster.sensor, "ACQUIRED_AT": raster.acquired_at and raster.acquired_at.isoformat()}
            file.update_tags(**{name: value for name, value in tags.items() if value})
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _check_file(file: Any) -> None:
    for kind in file.dtypes:
        if kind not in _TYPES:
            raise BadRaster(f"values of type {kind} are not read; known: {', '.join(sorted(_TYPES))}")
    _check_size(file.width, file.height, file.count, max(file.dtypes, key=lambda kind: np.dtype(kind).itemsize))
    if any(height * width > _MAX_BLOCK for height, width in file.block_shapes):
        raise BadRaster("the blocks of the GeoTIFF are too large")
    if file.crs is None:
        raise BadRaster("the GeoTIFF lacks a coordinate reference system")
    if file.transform.is_identity:
        raise BadRaster("the GeoTIFF lacks a georeference")


def _check_size(width: int, height: int, count: int, kind: str) -> None:
    if not 1 <= count <= MAX_BANDS:
        raise BadRaster(f"the image has {count} bands, at most {MAX_BANDS} are read")
    if min(width, height) < 1 or max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadRaster(
            f"the image has {width} x {height} pixels; at most {MAX_SIDE} to a side and {MAX_PIXELS} in all are read"
        )
    if width * height * count * np.dtype(kind).itemsize > MAX_BYTES:
        raise BadRaster(f"decoded the image has more than {MAX_BYTES} bytes")


def _north_up(transform: Affine) -> Affine:
    if not all(map(math.isfinite, transform)):
        raise BadRaster("the georeference is not finite")
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise BadRaster("the image must be north-up: columns to the east, rows to the south, no rotation")
    return transform


def _reference(crs: Any) -> CRS:
    try:
        known = CRS.from_user_input(crs)
    except RasterioError as error:
        raise BadRaster(f"the coordinate reference system is not known: {error}") from error
    if not (known.is_projected or known.is_geographic):
        raise BadRaster("the coordinate reference system is neither projected nor geographic")
    return known


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
