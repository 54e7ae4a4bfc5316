"""What is found in rendered scenes against truth, beside a fixed threshold and plain Otsu on the same images.

The baselines are given what ours is given: a speckle filter (Lee, 5 x 5), the shadow and permanent masks, the image
from before (what was dark by the same threshold is taken out), the cloud mask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
from rasterio.features import rasterize
from rasterio.transform import from_origin
from rasterio.warp import transform_geom
from shapely.geometry import shape
from skimage.filters import threshold_otsu

from geodata.imagery import clouds, speckle
from geodata.imagery.burned import find_burned
from geodata.imagery.raster import Mask, Pixels, Raster
from geodata.imagery.water_optical import find_water_optical
from geodata.imagery.water_sar import find_water_sar
from tests.geodata.imagery import optical_scenes, scenes
from tests.geodata.imagery.optical_scenes import OpticalScene
from tests.geodata.imagery.scenes import Scene, Weather

FIXED = {"VV": -16.0, "VH": -22.0}
"""dB. What is usually taken."""

FIXED_BURN = 0.1
"""dNBR: the least of the published classes."""

EMS = "copernicus_ems/EMSR517_AOI15/EMSR517_AOI15_GRA_PRODUCT_observedEventA_r1_v1.json"


@dataclass(frozen=True)
class Row:
    """Intersection over union with the truth, each."""

    name: str
    ours: float
    fixed: float
    otsu: float
    confidence: float

    def __str__(self) -> str:
        return f"{self.name:<44} {self.ours:6.3f} {self.fixed:6.3f} {self.otsu:6.3f}   {self.confidence:5.2f}"


HEAD = f"{'scene':<44} {'ours':>6} {'fixed':>6} {'otsu':>6}   {'conf.':>5}"


def iou(found: Mask, truth: Mask, seen: Mask | None = None) -> float:
    """1 if both are empty."""
    if seen is not None:
        found, truth = found & seen, truth & seen
    either = (found | truth).sum()
    return float((found & truth).sum() / either) if either else 1.0


def radar_row(scene: Scene) -> Row:
    found = find_water_sar(scene.image, before=scene.before, permanent=scene.permanent, shadow=scene.shadow)
    name = next(iter(scene.image.bands))
    looked = scene.image.valid.copy()
    for mask in (scene.permanent, scene.shadow):
        if mask is not None:
            looked &= ~mask
    now = _still(scene.image, name)
    then = None if scene.before is None else _still(scene.before, name)

    def below(threshold: float) -> float:
        mask = looked & (now < threshold)
        return iou(mask if then is None else mask & ~(then < threshold), scene.truth)

    return Row(
        scene.name, iou(found.mask, scene.truth), below(FIXED[name]), below(threshold_otsu(now[looked])),
        found.confidence,
    )  # fmt: skip


def _still(image: Raster, name: str) -> Pixels:
    return speckle.decibel(speckle.lee(speckle.power(image.band(name), image.valid), image.valid, looks=4.4))


def optical_row(scene: OpticalScene) -> Row:
    found = find_water_optical(scene.image, before=scene.before, permanent=scene.permanent)
    now = _mndwi(scene.image)

    def above(threshold: float) -> float:
        mask = now > threshold
        if scene.before is not None:
            mask &= ~(_mndwi(scene.before) > threshold)
        if scene.permanent is not None:
            mask &= ~scene.permanent
        return iou(mask, scene.truth, scene.seen)

    otsu = threshold_otsu(now[clouds.clear(scene.image)])
    return Row(scene.name, iou(found.mask, scene.truth, scene.seen), above(0.0), above(otsu), found.confidence)


def _mndwi(image: Raster) -> Pixels:
    return clouds.ratio(image.band("B03"), image.band("B11"))


def burn_row(scene: OpticalScene) -> Row:
    assert scene.before is not None
    found = find_burned(scene.before, scene.image)
    change = _nbr(scene.before) - _nbr(scene.image)
    otsu = threshold_otsu(change[clouds.clear(scene.image)])
    fixed, plain = (iou(change > threshold, scene.truth, scene.seen) for threshold in (FIXED_BURN, otsu))
    return Row(scene.name, iou(found.mask, scene.truth, scene.seen), fixed, plain, found.confidence)


def _nbr(image: Raster) -> Pixels:
    return clouds.ratio(image.band("B08"), image.band("B12"))


RADAR: list[tuple[str, Weather, str]] = [
    ("plain", Weather(), ""),
    ("blurred, correlated speckle", Weather(spread=0.6), ""),
    ("wind on a fifth of the water", Weather(wind=0.2), ""),
    ("half under water, wind", Weather(level=0.4, wind=0.1, spread=0.4), ""),
    ("little water, in dB", Weather(level=0.03, decibel=True), ""),
    ("VV alone", Weather(bands=("VV",)), ""),
    ("VH alone", Weather(bands=("VH",), spread=0.5), ""),
    ("less contrast, VV alone", Weather(bands=("VV",), contrast=1.5), ""),
    ("mountains, shadow given", Weather(slopes=0.04), "shadow"),
    ("mountains, image before", Weather(slopes=0.04, spread=0.5), "before"),
    ("tarmac, image before", Weather(tarmac=10), "before"),
    ("reeds, image before", Weather(reeds=0.15), "before"),
    ("wind and reeds, image before", Weather(wind=0.15, reeds=0.1, level=0.3, spread=0.5), "before"),
    ("permanent water given", Weather(level=0.06), "permanent"),
]


def radar_scenes(rounds: int, *, side: int = 256, first: int = 1000) -> Iterator[Scene]:
    for turn in range(rounds):
        for number, (name, weather, given) in enumerate(RADAR):
            looks = (4.4, 3.0, 8.0, 4.9)[turn % 4]
            one = replace(weather, looks=looks)
            yield scenes.radar(f"{name} #{turn + 1}", first + 100 * turn + number, one, given=given, side=side)


def optical_flood_scenes(rounds: int, *, side: int = 256, first: int = 5000) -> Iterator[OpticalScene]:
    for turn in range(rounds):
        seed = first + 100 * turn
        yield optical_scenes.flood(f"optical plain #{turn + 1}", seed, side=side)
        yield optical_scenes.flood(f"optical muddy, clouds #{turn + 1}", seed + 1, mud=1.0, clouds=0.15, side=side)
        yield optical_scenes.flood(f"optical noise, image before #{turn + 1}", seed + 2, noise=0.02, given="before",
                                   side=side)  # fmt: skip
        yield optical_scenes.flood(f"optical little, permanent #{turn + 1}", seed + 3, level=0.04, given="permanent",
                                   side=side)  # fmt: skip


def burn_scenes(rounds: int, *, side: int = 256, first: int = 8000) -> Iterator[OpticalScene]:
    for turn in range(rounds):
        seed = first + 100 * turn
        yield optical_scenes.burn(f"burn plain #{turn + 1}", seed, side=side)
        yield optical_scenes.burn(f"burn small, harvest #{turn + 1}", seed + 1, share=0.03, harvest=0.3, side=side)
        yield optical_scenes.burn(f"burn clouds, haze #{turn + 1}", seed + 2, clouds=0.15, haze=1.0, side=side)


def ems_scenes(samples: Path, *, whole: bool = True) -> Iterator[Scene]:
    """Rendered from the flood that Copernicus EMS drew along the Ahr in 2021, at 10 m."""
    found = orjson.loads((samples / EMS).read_bytes())["features"]
    drawn = [transform_geom("EPSG:4326", scenes.UTM, one["geometry"]) for one in found]
    west, south, east, north = np.array([shape(one).bounds for one in drawn]).T
    box = (min(west), min(south), max(east), max(north))
    if not whole:
        box = (box[0] + 8000, box[3] - 8000, box[0] + 14_500, box[3] - 2500)
    corner = from_origin(box[0] - 300, box[3] + 300, 10, 10)
    size = (int((box[3] - box[1]) / 10) + 60, int((box[2] - box[0]) / 10) + 60)
    flood = rasterize(drawn, size, transform=corner).astype(bool)
    dry = np.zeros(size, bool)
    for number, (name, weather, given) in enumerate(
        [
            ("EMS Ahr", Weather(), ""),
            ("EMS Ahr, blurred", Weather(spread=0.5), ""),
            ("EMS Ahr, mountains, image before", Weather(slopes=0.03, spread=0.4), "before"),
        ]
    ):
        yield scenes.radar(name, 42 + number, weather, given=given, flood=flood, river=dry)
