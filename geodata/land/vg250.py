"""A newer VG250 of the BKG as GeoPackage: layers vg250_gem, vg250_krs, vg250_rbz, vg250_lan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyogrio
import pyogrio.raw
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from geodata.land.assembly import COUNTS, Named, assemble
from geodata.model.area import AreaLevel, BadLand, Land, LandSource
from geodata.model.ars import NRW

LAYERS = {
    AreaLevel.STATE: "vg250_lan",
    AreaLevel.REGION: "vg250_rbz",
    AreaLevel.DISTRICT: "vg250_krs",
    AreaLevel.MUNICIPALITY: "vg250_gem",
}
COLUMNS = ("ARS", "AGS", "GEN", "BEZ", "GF")
CRS = ("EPSG:25832", "EPSG:4326")
_NRW_LAND = f"ARS LIKE '{NRW}%' AND GF = 4"
_MAX_FILE = 2_000_000_000
_MAX_FEATURES = 5_000
_MAX_VERTICES = 5_000_000
_STATE = re.compile(r"\d{4}(-\d{2}-\d{2})?")


def read(path: Path, state: str, counts: Mapping[AreaLevel, int] = COUNTS) -> Land:
    """The land of a GeoPackage. `state` is the date it is true for (Gebietsstand), which the file does not say.

    Raises BadLand: not a GeoPackage, a layer or column missing, another CRS, wrong counts, areas that do not fit.
    """
    if not _STATE.fullmatch(state):
        raise BadLand(f"state {state!r} must be a year or a date: 2025 or 2025-12-31")
    _check_file(path)
    lines = {level: _lines(path, level, layer) for level, layer in LAYERS.items()}
    source = LandSource("areas", f"© GeoBasis-DE / BKG {state[:4]} (Daten verändert)", state)
    return assemble(source, lines, counts)


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(16)
        if not start.startswith(b"SQLite format 3\x00"):
            raise BadLand(f"{path} is no GeoPackage: take the file DE_VG250.gpkg out of the BKG's zip")
        if path.stat().st_size > _MAX_FILE:
            raise BadLand(f"{path} is larger than {_MAX_FILE:,} bytes")
        present = {str(name).lower() for name, _ in pyogrio.list_layers(path)}
    except OSError as error:
        raise BadLand(f"{path} cannot be read: {error.strerror or error}") from error
    except (DataSourceError, DataLayerError, RuntimeError) as error:
        raise BadLand(f"{path} is no GeoPackage: {error}") from error
    missing = sorted(set(LAYERS.values()) - present)
    if missing:
        raise BadLand(f"{path} has no layer {', '.join(missing)}; it has {', '.join(sorted(present)) or 'none'}")


def _lines(path: Path, level: AreaLevel, layer: str) -> list[Named]:
    try:
        about = pyogrio.read_info(path, layer=layer)
        if about["driver"] != "GPKG":
            raise BadLand(f"{path} is read as {about['driver']}, not as GeoPackage")
        missing = [c for c in COLUMNS if c not in about["fields"]]
        if missing:
            raise BadLand(f"layer {layer} has no column {', '.join(missing)}")
        if about["crs"] not in CRS:
            raise BadLand(f"layer {layer} is in {about['crs'] or 'no CRS'}; wanted is {' or '.join(CRS)}")
        _, _, wkb, fields = pyogrio.raw.read(
            path, layer=layer, columns=list(COLUMNS), where=_NRW_LAND, max_features=_MAX_FEATURES, force_2d=True
        )
    except (DataSourceError, DataLayerError, RuntimeError, ValueError) as error:
        if isinstance(error, BadLand):
            raise
        raise BadLand(f"layer {layer} of {path} cannot be read: {error}") from error
    names = dict(zip(_read_columns(about["fields"]), fields, strict=True))
    shapes = _shapes(wkb, about["crs"], layer) if level is AreaLevel.MUNICIPALITY else None
    found: dict[str, Named] = {}
    for i in range(len(wkb)):
        ars, ags, name, kind = (str(names[c][i]) for c in ("ARS", "AGS", "GEN", "BEZ"))
        part = None if shapes is None else shapes[i]
        before = found.get(ars)
        if before is not None and before.geometry is not None and part is not None:
            part = shapely.union_all([before.geometry, part])
        found[ars] = Named(ars, ags if level is AreaLevel.MUNICIPALITY else ars, name, kind, part)
    return list(found.values())


def _read_columns(fields: np.ndarray) -> list[str]:
    """The driver answers in the file's order, not in the order asked for."""
    return [str(f) for f in fields if f in COLUMNS]


def _shapes(wkb: np.ndarray, crs: str, layer: str) -> np.ndarray:
    try:
        areas = shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as error:
        raise BadLand(f"layer {layer} has a shape that cannot be read: {error}") from error
    if shapely.get_num_coordinates(areas).sum() > _MAX_VERTICES:
        raise BadLand(f"layer {layer} has more than {_MAX_VERTICES:,} points within the state")
    if crs == "EPSG:4326":
        return np.asarray(areas)
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return np.asarray(
        shapely.transform(areas, lambda points: np.column_stack(to_degrees.transform(points[:, 0], points[:, 1])))
    )
