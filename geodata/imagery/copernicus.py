"""Sentinel-1 and Sentinel-2 from the Copernicus Data Space: which scenes there are, and one scene of a drawn area.

Everything here blocks: worker threads only. Raises ImageryError, see `failures`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import islice
from typing import Any

import numpy as np
import rasterio
import rasterio.errors
from sentinelhub.api.catalog import SentinelHubCatalog
from sentinelhub.api.process import SentinelHubRequest
from sentinelhub.constants import CRS, MimeType
from sentinelhub.data_collections import DataCollection
from sentinelhub.geometry import BBox
from sentinelhub.geometry import Geometry as SentinelHubGeometry
from shapely.geometry import shape

from geodata.imagery.credentials import Access
from geodata.imagery.dataspace import Client, Session, configured, translated
from geodata.imagery.failures import BrokenImage, NoSuchScene, NothingThere
from geodata.imagery.grid import BAND_NAMES, Bands, Grid, Sensor
from geodata.model.geometry import BadGeometry, Geometry, check

MOST_SCENES = 200
PAGE = 50
LONGEST = timedelta(days=400)

_ONE_PASS = timedelta(minutes=5)
"""Frames of one overflight follow each other within this; the next overflight is hours away."""

_SAR_PROCESSING = {"processing": {"orthorectify": True, "backCoeff": "GAMMA0_TERRAIN", "demInstance": "COPERNICUS_30"}}


@dataclass(frozen=True, slots=True)
class Scene:
    """One acquisition as the catalogue tells of it. `cloud` in percent, None for radar; `covers` is the share of the
    area asked for that the footprint holds, 0 to 1; `direction` ascending or descending; `orbit` the relative one."""

    id: str
    sensor: Sensor
    acquired_at: datetime
    footprint: Geometry
    covers: float
    platform: str | None = None
    direction: str | None = None
    orbit: int | None = None
    cloud: float | None = None


class Copernicus:
    """The Data Space with our credentials. One token for all threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._session = Session(access)
        config = configured(access)
        self._config = config
        # A collection carries its service's address; without this one every request goes elsewhere and ends in 401.
        # Names are remembered in the library for the whole process, and one name may have one address only.
        place = access.base_url.rstrip("/")
        self._collections = {
            Sensor.SENTINEL_1: _at(DataCollection.SENTINEL1_IW, "S1", place),
            Sensor.SENTINEL_2: _at(DataCollection.SENTINEL2_L2A, "S2", place),
        }

    def search(
        self, sensor: Sensor, area: Geometry, start: datetime, end: datetime, *, cloud: float | None = None
    ) -> list[Scene]:
        """Scenes that touch the area (EPSG:4326), the newest first, at most MOST_SCENES. `cloud` is the most in
        percent, for Sentinel-2."""
        wanted = f"eo:cloud_cover <= {float(cloud):.1f}" if cloud is not None and sensor is Sensor.SENTINEL_2 else None
        asked: dict[str, Any] = {
            "time": (start.astimezone(UTC), end.astimezone(UTC)),
            "geometry": SentinelHubGeometry(shape(area.as_geojson()), CRS.WGS84),
            "filter": wanted,
        }
        found = [scene for raw in self._features(sensor, asked) if (scene := _scene(raw, sensor, area))]
        return sorted({scene.id: scene for scene in found}.values(), key=lambda s: s.acquired_at, reverse=True)

    def scene(self, id: str, area: Geometry) -> Scene:
        """The scene of this id. Raises NoSuchScene."""
        sensor = sensor_of(id)
        for raw in self._features(sensor, {"ids": [id]}):
            scene = _scene(raw, sensor, area)
            if scene and scene.id == id:
                return scene
        raise NoSuchScene(str(NoSuchScene.__doc__))

    def fetch(
        self,
        scene: Scene,
        bands: Bands,
        grid: Grid,
        *,
        stop: threading.Event | None = None,
        heard: Callable[[int], None] | None = None,
    ) -> tuple[bytes, float | None]:
        """The scene on the grid as a GeoTIFF with the bands of `BAND_NAMES`, checked that it is one, and the
        processing units that the service says it took."""
        collection = self._collections[scene.sensor]
        request = SentinelHubRequest(
            evalscript=files("geodata.imagery").joinpath("evalscripts", f"{bands.value.lower()}.js").read_text(),
            input_data=[
                SentinelHubRequest.input_data(
                    collection,
                    time_interval=(scene.acquired_at - _ONE_PASS, scene.acquired_at + _ONE_PASS),
                    other_args=_SAR_PROCESSING if bands is Bands.SAR else None,
                )
            ],
            responses=[SentinelHubRequest.output_response("default", MimeType.TIFF)],
            bbox=BBox(grid.bounds, CRS(grid.epsg)),
            size=(grid.width, grid.height),
            config=self._config,
        )
        client = Client(self._access, self._session, stop=stop)
        client.heard = heard
        try:
            image = bytes(client.download(request.download_list, decode_data=False)[0].content)
        except Exception as error:
            raise translated(error) from error
        verify(image, bands, grid)
        return image, client.spent or None

    def _features(self, sensor: Sensor, asked: dict[str, Any]) -> list[dict[str, Any]]:
        catalog = SentinelHubCatalog(config=self._config)
        catalog.client = Client(self._access, self._session)
        try:
            found = list(islice(catalog.search(self._collections[sensor], limit=PAGE, **asked), MOST_SCENES))
        except Exception as error:
            raise translated(error) from error
        return found


def sensor_of(id: str) -> Sensor:
    """By the name that ESA gives its products. Raises NoSuchScene."""
    if id.startswith("S1"):
        return Sensor.SENTINEL_1
    if id.startswith("S2"):
        return Sensor.SENTINEL_2
    raise NoSuchScene(f"{NoSuchScene.__doc__} Names start with S1 or S2.")


def verify(image: bytes, bands: Bands, grid: Grid) -> None:
    """Raises BrokenImage unless this is a GeoTIFF with these bands on this grid that can be read to its end, and
    NothingThere if it holds no values."""
    names = BAND_NAMES[bands]
    if image[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        raise BrokenImage("What came is no TIFF.")
    try:
        with rasterio.MemoryFile(image) as file, file.open(driver="GTiff") as raster:
            if (raster.width, raster.height, raster.count) != (grid.width, grid.height, len(names)):
                raise BrokenImage(
                    f"The image has {raster.width} x {raster.height} pixels in {raster.count} bands, asked for were "
                    f"{grid.width} x {grid.height} in {len(names)}."
                )
            if any(kind != "float32" for kind in raster.dtypes):
                raise BrokenImage(f"The image holds {raster.dtypes[0]}, asked for was float32.")
            lies = raster.crs and raster.crs.to_epsg() == grid.epsg and np.allclose(raster.bounds, grid.bounds, atol=1)
            if not lies:
                raise BrokenImage("The image lies elsewhere than asked for.")
            there = raster.read(len(names)) > 0
            for band in range(1, len(names)):
                raster.read(band)
    except rasterio.errors.RasterioError as error:
        raise BrokenImage("The image is damaged or cut off.") from error
    if not there.any():
        raise NothingThere(str(NothingThere.__doc__))


def _at(collection: Any, name: str, place: str) -> Any:
    if collection.service_url == place:
        return collection
    return collection.define_from(f"LAGEBILD_{name}_{place}", service_url=place)


def _scene(raw: Any, sensor: Sensor, area: Geometry) -> Scene | None:
    """None for what lacks the least: id, time, footprint."""
    try:
        properties = raw["properties"]
        id = str(raw["id"])
        acquired_at = datetime.fromisoformat(str(properties["datetime"]))
        footprint = check(raw["geometry"])
    except (KeyError, TypeError, ValueError, BadGeometry):
        return None
    if acquired_at.tzinfo is None:
        acquired_at = acquired_at.replace(tzinfo=UTC)
    if len(id) > 200 or not id.isprintable():
        return None
    drawn = shape(area.as_geojson())
    covers = shape(footprint.as_geojson()).intersection(drawn).area / drawn.area if drawn.area else 0.0
    return Scene(
        id,
        sensor,
        acquired_at.astimezone(UTC),
        footprint,
        round(min(covers, 1.0), 3),
        _word(properties.get("platform")),
        _word(properties.get("sat:orbit_state")),
        _whole(properties.get("sat:relative_orbit")),
        _percent(properties.get("eo:cloud_cover")),
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= 40 else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value < 1_000_000 else None


def _percent(value: object) -> float | None:
    if not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 100:
        return None
    return round(float(value), 1)
