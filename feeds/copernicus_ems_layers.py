"""The vector layers of a product: what was observed, and how houses are damaged.

GeoJSON in CRS84. Every shape is checked for itself; one that is not valid is left out with its reason and never
repaired, of several polygons under one entry only the bad ones. What is left out is told with the extent.
Two writings are in use: `…_observedEventA_r1_v3` until 2023 and `…_observedEventA_v1` since.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import shapely

from feeds import copernicus_ems_wire as wire
from feeds.contract import Batch, Dropped, Garbled
from feeds.decoding import decoded, each
from feeds.plain_text import one_line
from geodata.model.extent import Extent, ExtentPart, ExtentType
from geodata.model.geometry import MAX_PARTS, BadGeometry, Geometry, check

MAX_FEATURES = 60_000
MAX_VERTICES = 20_000
MAX_RINGS = 2_000
MAX_VERTICES_OF_LAYER = 300_000
CROSSINGS = 50
"""How many others a ring's box may meet on average: rings within rings within rings cost the check the square of their
number (2,000: five seconds), and no map of water has them."""

GRADES = ("Destroyed", "Damaged", "Possibly damaged", "No visible damage")
_NO_GRADE = ("", "Not Applicable", "Unknown")
_NOTHING = ("", "Not Applicable", "Unknown", "None")
_KEPT = {"obj_type": "object", "obj_desc": "event", "det_method": "method", "info": "use"}
_FILE = re.compile(
    r"(EMS[RN]\d{1,6})_AOI(\d{1,3})_([A-Z]{3})_(?:[A-Z0-9]+_)?(PRODUCT|MONIT\d{1,3})_([a-zA-Z]+)(?:_r\d+)?_v(\d+)"
)
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG:0:4326")
_KNOWN = (
    "observedEvent", "builtUp", "areaOfInterest", "facilities", "transportation", "hydrography", "physiography",
    "naturalLandUse", "ancillaryCrisisInfo", "imageFootprint", "source", "modelledEvent", "floodDepth", "landUse",
)  # fmt: skip
"""Layers of the service's data model; only the first three are read, the others belong to the base map."""


class _Feature(msgspec.Struct):
    geometry: Any = None
    properties: dict[str, Any] | None = None


class _Crs(msgspec.Struct):
    properties: dict[str, Any] | None = None


class _Collection(msgspec.Struct):
    features: list[msgspec.Raw]
    type: str = ""
    name: str | None = None
    crs: _Crs | None = None


def recognises(path: str, payload: bytes) -> bool:
    """By the name that the service writes into each layer, or that of the file."""
    head = payload[:3_000]
    if b"FeatureCollection" not in head:
        return False
    named = _FILE.search(path.rpartition("/")[2]) or _FILE.search(head.decode("utf-8", "replace"))
    return named is not None or (b'"emsr_id"' in head) or (b'"dmg_src_id"' in head and b'"det_method"' in head)


def parts(payload: bytes, layer: str, batch: Batch, item: str) -> tuple[list[ExtentPart], int]:
    """The shapes of a layer, and how many were left out. Raises Garbled."""
    collection = _opened(payload, item)
    before = len(batch.dropped)
    found: list[ExtentPart] = []
    vertices = 0
    for number, feature in enumerate(each(collection.features, _Feature, batch.dropped, f"{item} shape")):
        told = {name: _text(value) for name, value in (feature.properties or {}).items() if isinstance(name, str)}
        kind = _kind(layer, told, batch)
        if kind is None:
            continue
        properties: dict[str, Any] = {
            ours: told[theirs] for theirs, ours in _KEPT.items() if told.get(theirs, "") not in _NOTHING
        }
        for geometry in _shapes(feature.geometry, f"{item} shape {number}", batch):
            vertices += _size(geometry.coordinates)
            if vertices > MAX_VERTICES_OF_LAYER:
                raise Garbled(f"{item}: more than {MAX_VERTICES_OF_LAYER} vertices")
            found.append(ExtentPart(_bare(layer), kind, geometry, properties=properties))
    return found, len(batch.dropped) - before


def type_of(extent: Extent, found: list[ExtentPart]) -> ExtentType:
    """By what was observed; of a product without any that grades houses: damage."""
    events = " ".join(f"{p.kind} {p.properties.get('event', '')}" for p in found if p.layer == "observedEvent")
    if "lood" in events:
        return ExtentType.FLOOD
    if "urn" in events or "ire" in events:
        return ExtentType.BURN
    if found and all(p.layer == "builtUp" for p in found):
        return ExtentType.DAMAGE
    return extent.type


def whole(extent: Extent, found: list[ExtentPart], left_out: int, missing: list[str]) -> Extent:
    """The extent with its shapes; its note says what is not in it."""
    notes = [extent.note] if extent.note else []
    notes += [f"{left_out} shapes left out: not valid"] if left_out else []
    notes += [f"layer {layer} not available" for layer in missing]
    return replace(extent, type=type_of(extent, found), parts=tuple(found), note="; ".join(notes) or None)


def recorded(path: str, payload: bytes, now: datetime) -> Batch:
    """One layer as a file: an extent of its own with the shapes, or the footprint. Raises Garbled."""
    batch = Batch()
    collection = _opened(payload, "layer")
    named = _FILE.search(path.rpartition("/")[2]) or _FILE.search(collection.name or "")
    code, aoi, kind, round_of, layer, version = named.groups() if named else ("EMSR0", "0", "GRA", "PRODUCT", "", "0")
    layer = layer or _guessed(payload)
    if _bare(layer) not in _KNOWN:
        batch.unknown[f"layer {layer[:40]}"] += 1
    extent = Extent(
        wire.key_of(code, int(aoi), f"{kind}_{round_of}"),
        "EMS",
        ExtentType.OTHER,
        f"{code} AOI{int(aoi):02d}",
        activation=code,
        aoi=f"{int(aoi):02d}",
        product=f"{kind}_{round_of}",
        version=version,
        status=wire.FINISHED,
    )
    if _bare(layer) == "areaOfInterest":
        for number, feature in enumerate(each(collection.features, _Feature, batch.dropped, layer)):
            for footprint in _shapes(feature.geometry, f"{layer} {number}", batch):
                batch.extents.append(replace(extent, footprint=footprint))
    elif layer in wire.READ_LAYERS or _bare(layer) in ("observedEvent", "builtUp"):
        found, left_out = parts(payload, layer, batch, layer)
        batch.extents.append(whole(extent, found, left_out, []))
    else:  # of the base map: looked through, as a shape that breaks a parser must break none of ours
        for number, feature in enumerate(each(collection.features, _Feature, batch.dropped, layer)):
            batch.outside += len(_shapes(feature.geometry, f"{layer} {number}", batch))
    return batch


def _opened(payload: bytes, item: str) -> _Collection:
    collection = decoded(payload, _Collection, item)
    if collection.type != "FeatureCollection":
        raise Garbled(f"{item}: type is not FeatureCollection")
    if len(collection.features) > MAX_FEATURES:
        raise Garbled(f"{item}: more than {MAX_FEATURES} features")
    name = (collection.crs.properties or {}).get("name") if collection.crs else None
    if name is not None and not str(name).endswith(_WGS84):
        raise Garbled(f"{item}: coordinates in {str(name)[:60]}, not in WGS 84")
    return collection


def _kind(layer: str, told: dict[str, str], batch: Batch) -> str | None:
    """The maker's word; None for a house that is drawn without a grade."""
    if _bare(layer) == "builtUp":
        grade = told.get("damage_gra", "")
        if grade in _NO_GRADE:
            return None
        if grade not in GRADES:
            batch.unknown[f"damage grade {grade[:40]}"] += 1
        return grade
    word = next((told[n] for n in ("notation", "obj_desc", "event_type") if told.get(n, "") not in _NOTHING), None)
    return word or "observed event"


def _shapes(raw: object, item: str, batch: Batch) -> list[Geometry]:
    if raw is None:
        batch.dropped.append(Dropped(item, "no geometry"))
        return []
    try:
        _untangled(raw)
        return [check(raw, max_vertices=MAX_VERTICES, max_parts=MAX_RINGS)]
    except BadGeometry as error:
        several = isinstance(raw, dict) and raw.get("type") == "MultiPolygon"
        polygons = raw.get("coordinates") if isinstance(raw, dict) and several else None
        if not isinstance(polygons, list) or not 1 < len(polygons) <= MAX_RINGS:
            batch.dropped.append(Dropped(item, _general(error)))
            return []
    found = []
    for number, polygon in enumerate(polygons):
        try:
            one = {"type": "Polygon", "coordinates": polygon}
            _untangled(one)
            found.append(check(one, max_vertices=MAX_VERTICES, max_parts=MAX_RINGS))
        except BadGeometry as error:
            batch.dropped.append(Dropped(f"{item}.{number}", _general(error)))
    return found


def _untangled(raw: object) -> None:
    """Raises BadGeometry if a surface has so many rings in each other that checking it would take long."""
    if not isinstance(raw, dict) or raw.get("type") not in ("Polygon", "MultiPolygon"):
        return
    polygons = [raw.get("coordinates")] if raw["type"] == "Polygon" else raw.get("coordinates")
    rings = [ring for p in polygons if isinstance(p, list) for ring in p] if isinstance(polygons, list) else []
    if len(rings) <= MAX_PARTS:
        return
    lines = {"type": "MultiLineString", "coordinates": rings}
    checked = check(lines, max_vertices=MAX_VERTICES, max_parts=MAX_RINGS).coordinates
    boxes = shapely.envelope(shapely.linestrings([(x, y) for r in checked for x, y in r], indices=_numbers(checked)))
    if len(shapely.STRtree(boxes).query(boxes)[0]) > CROSSINGS * len(rings):
        raise BadGeometry("too many rings lie in each other")


def _numbers(rings: list[list[list[float]]]) -> list[int]:
    """For each position the number of its ring."""
    return [number for number, ring in enumerate(rings) for _ in ring]


def _general(error: BadGeometry) -> str:
    """Without the coordinates, so that a hundred of a kind are counted as one kind."""
    return re.sub(r"\[[^\]]*\]", "", str(error))[:120].strip()


def _text(value: object) -> str:
    return one_line(value)[:120] if isinstance(value, str) else ""


def _bare(layer: str) -> str:
    """`observedEvent` of `observedEventA`: the last letter says area, line or point."""
    return layer[:-1] if layer[-1:] in "ALP" and layer else layer


def _guessed(payload: bytes) -> str:
    head = payload[:3_000]
    if b'"damage_gra"' in head:
        return "builtUpP" if b'"Point"' in head else "facilitiesA"
    return "observedEventA" if b'"event_type"' in head else "areaOfInterestA" if b'"area_id"' in head else ""


def _size(coordinates: Any) -> int:
    if not isinstance(coordinates, list) or not coordinates:
        return 0
    return 1 if isinstance(coordinates[0], float) else sum(_size(c) for c in coordinates)
