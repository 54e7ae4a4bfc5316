"""A picture tile of a raster on disk, stretched for the eye. Blocks: worker threads only."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rio_tiler.errors import TileOutsideBounds
from rio_tiler.io import Reader
from rio_tiler.utils import render

from geodata.imagery.failures import NoSuchImage

SIZE = 256
STYLE = 1
"""Part of each tile's validator: change it whenever a picture looks different."""

_SEVERITY = {1: (255, 214, 102), 2: (255, 152, 51), 3: (214, 69, 20), 4: (110, 20, 10)}
_CLASSES = {"mask": {1: (0, 92, 230)}, "severity": _SEVERITY}
"""Rasters of classes, by the name of their band: the colour of each."""


def picture(path: Path, z: int, x: int, y: int) -> bytes:
    """The tile as PNG, transparent where nothing was seen. Raises NoSuchImage."""
    try:
        with Reader(str(path)) as reader:
            names = [description or "" for description in reader.dataset.descriptions]
            wanted = _wanted(names)
            how = "nearest" if names[0] in _CLASSES else "bilinear"
            part = reader.tile(
                x, y, z, tilesize=SIZE, indexes=[names.index(name) + 1 for name in wanted],
                resampling_method=how, reproject_method=how,
            )  # fmt: skip
    except TileOutsideBounds:
        return nothing()
    except (RasterioError, OSError) as error:
        raise NoSuchImage(NoSuchImage.__doc__) from error
    values, seen = np.ma.getdata(part.array).astype(np.float32), part.mask > 0
    if names[0] in _CLASSES:
        return _classes(values[0], seen, _CLASSES[names[0]])
    seen = seen & np.isfinite(values).all(axis=0)
    return bytes(render(_stretched(wanted, values), mask=(seen * 255).astype("uint8"), img_format="PNG", zlevel=1))


@cache
def nothing() -> bytes:
    empty = np.zeros((3, SIZE, SIZE), dtype="uint8")
    return bytes(render(empty, mask=empty[0], img_format="PNG", zlevel=9))


def _wanted(names: list[str]) -> list[str]:
    """The bands that become red, green and blue: as people see it, short-wave infrared against water, or radar."""
    for choice in (["mask"], ["severity"], ["B04", "B03", "B02"], ["B12", "B08", "B03"], ["VV", "VH"], ["VV"]):
        if set(choice) <= set(names):
            return choice
    return names[:1]


def _stretched(names: list[str], values: NDArray[Any]) -> NDArray[Any]:
    if names[0] == "VV":
        decibel = 10 * np.log10(np.maximum(values, 1e-5))
        vv = (decibel[0] + 22) / 22
        vh = (decibel[1] + 28) / 22 if len(decibel) > 1 else vv
        channels = np.stack([vv, vh, vv])
    elif names[0] == "B12":
        channels = values / np.array([0.35, 0.5, 0.25], dtype=np.float32)[:, None, None]
    else:
        channels = values / 0.28
        channels = np.repeat(channels, 3, axis=0) if len(channels) == 1 else channels
    stretched: NDArray[Any] = (np.clip(np.nan_to_num(channels), 0, 1) ** 0.85 * 255).astype("uint8")
    return stretched


def _classes(values: NDArray[Any], seen: NDArray[Any], colour_of: dict[int, tuple[int, int, int]]) -> bytes:
    colours = np.zeros((3, *values.shape), dtype="uint8")
    for value, colour in colour_of.items():
        colours[:, values == value] = np.array(colour, dtype="uint8")[:, None]
    opaque = seen & (values > 0)
    return bytes(render(colours, mask=(opaque * 200).astype("uint8"), img_format="PNG", zlevel=1))
