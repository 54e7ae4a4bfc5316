"""Lists of activations and the detail of one, as Copernicus EMS Rapid Mapping and the unified portal write them.

Traps: times are UTC without saying so; the list has a centroid only, the areas of interest stand in the detail; a
version of a product replaces the one before under the same name; what was not produced (N) or is still awaited (W, I)
is listed like what there is (F). The unified portal writes countries and categories as objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping

from feeds.contract import Batch, Dropped
from feeds.decoding import decoded, each
from feeds.plain_text import one_line
from geodata.model.extent import Extent, ExtentType
from geodata.model.geometry import BadGeometry, Bbox, Geometry, check
from geodata.model.observation import FUTURE_TOLERANCE
from geodata.model.ref import id_of

SOURCE = "copernicus_ems"
FINISHED, NOT_PRODUCED = "F", "N"
STATUSES = {FINISHED: "finished", "I": "in production", "W": "awaited", NOT_PRODUCED: "not produced"}
POST_EVENT = ("FEP", "DEL", "GRA", "GRM")
"""First estimate, delineation, grading, ground movement; REF shows what was there before."""
READ_LAYERS = ("observedEventA", "builtUpP")

LONGEST_WKT = 400_000
_CODE = re.compile(r"EMS[RN]\d{1,6}")
_WKT = re.compile(r"(?i)(?:SRID=4326;)?\s*((?:MULTI)?POLYGON|POINT)\s*\([\d\s.,()eE+-]+\)\s*")
_LAYER = re.compile(r"_([a-zA-Z]+)(?:_r\d+)?_v\d+(?:_VT)?$")
_CATEGORIES = {"flood": ExtentType.FLOOD, "wildfire": ExtentType.BURN, "fire": ExtentType.BURN}


class _Row(msgspec.Struct):
    """One activation of either list."""

    code: str
    name: str = ""
    lastUpdate: str | None = None
    activationTime: str | None = None
    centroid: str | None = None
    closed: bool | None = False
    n_aois: int | None = 0
    n_products: int | None = 0
    countries: list[Any] = []


class _List(msgspec.Struct):
    results: list[msgspec.Raw]
    count: int | None = None
    next: str | None = None


class _Image(msgspec.Struct):
    sensorType: str | None = None
    sensorName: str | None = None
    acquisitionTime: str | None = None
    resolutionClass: str | None = None


class _Layer(msgspec.Struct):
    name: str = ""
    format: str | None = None
    json: str | None = None


class _Version(msgspec.Struct):
    number: int | None = None
    statusCode: str | None = None
    deliveryTime: str | None = None
    reason: str | None = None


class _Product(msgspec.Struct):
    type: str
    id: int | None = None
    monitoring: bool | None = False
    monitoringNumber: int | None = 0
    feasible: bool | None = True
    images: list[_Image] | None = None
    layers: list[_Layer] | None = None
    extent: str | None = None
    expectedDelivery: str | None = None
    version: _Version | None = None


class _Aoi(msgspec.Struct):
    number: int
    name: str | None = ""
    extent: str | None = None
    products: list[msgspec.Raw] | None = None


class _Detail(msgspec.Struct):
    code: str
    name: str | None = ""
    category: Any = None
    aois: list[msgspec.Raw] | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """`state` is another one when anything of the activation changed: the source has no validators."""

    code: str
    name: str
    updated: datetime
    activated: datetime | None
    state: tuple[str, int, int]
    countries: tuple[str, ...]
    place: tuple[float, float] | None
    closed: bool


@dataclass(slots=True)
class Listing:
    """One page. `rows` is how many entries it had, usable or not."""

    activations: list[Activation] = field(default_factory=list)
    rows: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """An extent without its shapes, and where they are: layer name -> address as the source gives it."""

    extent: Extent
    layers: dict[str, str]

    @property
    def state(self) -> tuple[object, ...]:
        e = self.extent
        return e.version, e.status, e.issued_at, e.acquired_at, e.note, tuple(sorted(self.layers.items()))


def recognises(payload: bytes) -> bool:
    head = payload[:20_000]
    return b'"activationTime"' in payload[:200_000] and (b'"n_aois"' in head or b'"aois"' in payload)


def is_list(payload: bytes) -> bool:
    return b'"n_aois"' in payload[:20_000]


def listing(payload: bytes, now: datetime, batch: Batch) -> Listing:
    """One page of a list. Activations whose times lie in the future go to `dropped`. Raises Garbled."""
    page = decoded(payload, _List, "activations")
    found = Listing(rows=len(page.results), more=bool(page.next))
    for row in each(page.results, _Row, batch.dropped, "activation"):
        try:
            found.activations.append(_activation(row, now))
        except ValueError as error:
            batch.dropped.append(Dropped(f"activation {row.code[:40]}", str(error)[:200]))
    return found


def detail(payload: bytes, now: datetime, batch: Batch, within: Bbox | None) -> list[Product]:
    """The post-event products of an activation, the newest version of each, whose area of interest touches `within`.

    Raises Garbled."""
    if b'"results"' in payload[:2_000]:
        raws = decoded(payload, _List, "activation").results
    else:
        raws = [msgspec.Raw(payload.removeprefix(b"\xef\xbb\xbf"))]
        decoded(payload, _Detail, "activation")
    best: dict[str, tuple[tuple[bool, int, int], Product]] = {}
    for one in each(raws, _Detail, batch.dropped, "activation"):
        if not _CODE.fullmatch(one.code):
            batch.dropped.append(Dropped(f"activation {one.code[:40]}", "code is not EMSR and a number"))
            continue
        for aoi in each(one.aois or (), _Aoi, batch.dropped, f"{one.code} area of interest"):
            for raw in each(aoi.products or (), _Product, batch.dropped, f"{one.code} AOI{aoi.number:02d} product"):
                rank, product = _product(one, aoi, raw, now, batch, within)
                if product is not None:
                    key = product.extent.key
                    if key not in best or best[key][0] < rank:
                        best[key] = rank, product
    return [product for _, product in best.values()]


def utc(text: str | None) -> datetime | None:
    """A time of the source: UTC unless it says otherwise. Raises ValueError."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]} is no time") from error


def area(wkt: str | None) -> Geometry | None:
    """A polygon or point in WKT. Raises BadGeometry."""
    if not wkt:
        return None
    text = wkt.strip()
    if len(text) > LONGEST_WKT or not _WKT.fullmatch(text):
        raise BadGeometry("is no point or polygon in WKT")
    try:
        shape = shapely.from_wkt(text.partition(";")[2] if text[:4].upper() == "SRID" else text)
    except ShapelyError as error:
        raise BadGeometry(f"is no WKT: {str(error)[:80]}") from error
    if shape is None or shape.is_empty:
        raise BadGeometry("is empty")
    return check(mapping(shape))


def layer_of(name: str) -> str:
    """`observedEventA` of `…/EMSR842_AOI01_GRA_PRODUCT_observedEventA_v1_VT`; empty if it is not named so."""
    found = _LAYER.search(name.rpartition("/")[2].removesuffix(".json"))
    return found[1] if found else ""


def key_of(code: str, aoi: int, product: str) -> str:
    return id_of(SOURCE, f"{code}.AOI{aoi:02d}.{product}")


def _activation(row: _Row, now: datetime) -> Activation:
    if not _CODE.fullmatch(row.code):
        raise ValueError("code is not EMSR and a number")
    updated, activated = utc(row.lastUpdate or row.activationTime), utc(row.activationTime)
    if updated is None:
        raise ValueError("lastUpdate is missing")
    if updated > now + FUTURE_TOLERANCE:
        raise ValueError("lastUpdate lies in the future")
    try:
        place = area(row.centroid)
    except BadGeometry as error:
        raise ValueError(f"centroid {error}") from error
    return Activation(
        row.code,
        one_line(row.name)[:200],
        updated,
        activated,
        (row.lastUpdate or "", row.n_products or 0, row.n_aois or 0),
        tuple(sorted(_word(c, "short_name", "name") for c in row.countries[:50])),
        None if place is None else (place.bbox[0], place.bbox[1]),
        bool(row.closed),
    )


def _product(
    one: _Detail, aoi: _Aoi, raw: _Product, now: datetime, batch: Batch, within: Bbox | None
) -> tuple[tuple[bool, int, int], Product | None]:
    nothing = (False, 0, 0), None
    if raw.type not in POST_EVENT:
        batch.unknown.update([f"product type {raw.type[:20]}"] if raw.type != "REF" else [])
        return nothing
    round_number = raw.monitoringNumber or 0
    name = f"{raw.type}_MONIT{round_number:02d}" if raw.monitoring else f"{raw.type}_PRODUCT"
    item = f"{one.code} AOI{aoi.number:02d} {name}"
    version = raw.version or _Version()
    status = version.statusCode or "W"
    if status not in STATUSES:
        batch.unknown[f"status {status[:20]}"] += 1
    if raw.feasible is False:
        status = NOT_PRODUCED
    try:
        footprint = area(raw.extent) or area(aoi.extent)
        if within is not None and not _touches(footprint, within):
            batch.outside += 1
            return nothing
        image = max(raw.images or [_Image()], key=lambda i: utc(i.acquisitionTime) or datetime.min.replace(tzinfo=UTC))
        acquired, delivered = utc(image.acquisitionTime), utc(version.deliveryTime)
        expected = utc(raw.expectedDelivery)
        for field_name, moment in (("acquisitionTime", acquired), ("deliveryTime", delivered)):
            if status == FINISHED and moment is not None and moment > now + FUTURE_TOLERANCE:
                raise ValueError(f"{field_name} lies in the future")
    except ValueError as error:
        batch.dropped.append(Dropped(item, str(error)[:200]))
        return nothing
    note = one_line(version.reason)[:500] or None
    if status not in (FINISHED, NOT_PRODUCED) and expected is not None:
        note = f"expected {expected:%Y-%m-%d %H:%M} UTC"
    finished = status == FINISHED
    extent = Extent(
        key=key_of(one.code, aoi.number, name),
        maker="EMS",
        type=_CATEGORIES.get(_word(one.category, "slug", "name").casefold(), ExtentType.OTHER),
        title=f"{one_line(one.name) or one.code} – {one_line(aoi.name) or f'AOI{aoi.number:02d}'}"[:300],
        acquired_at=acquired if acquired is not None and acquired <= now + FUTURE_TOLERANCE else None,
        issued_at=delivered if finished else None,
        sensor=_sensor(image),
        resolution=one_line(image.resolutionClass)[:40] or None,
        activation=one.code,
        aoi=f"{aoi.number:02d} {one_line(aoi.name)}".strip()[:200],
        product=name,
        version=str(version.number) if version.number is not None else None,
        status=status[:20],
        link=f"https://rapidmapping.emergency.copernicus.eu/{one.code}",
        note=note,
        # nobody has looked where nothing was produced
        footprint=footprint if finished else None,
    )
    layers = {layer_of(layer.name): layer.json for layer in raw.layers or () if layer.format == "vt" and layer.json}
    wanted = {layer: url for layer, url in layers.items() if layer in READ_LAYERS} if finished else {}
    return (finished, version.number or 0, raw.id or 0), Product(extent, wanted)


def _sensor(image: _Image) -> str | None:
    name, kind = one_line(image.sensorName)[:80], one_line(image.sensorType)[:40]
    return f"{name} ({kind})" if name and kind else name or kind or None


def _touches(footprint: Geometry | None, within: Bbox) -> bool:
    if footprint is None:
        return False
    west, south, east, north = footprint.bbox
    return west <= within[2] and within[0] <= east and south <= within[3] and within[1] <= north


def _word(raw: Any, *names: str) -> str:
    """A word, or an object that has it under one of the names."""
    if isinstance(raw, dict):
        raw = next((raw[name] for name in names if isinstance(raw.get(name), str)), "")
    return one_line(raw)[:100] if isinstance(raw, str) else ""


def newest(activations: Iterable[Activation]) -> datetime | None:
    return max((a.updated for a in activations), default=None)


def recent(activation: Activation, now: datetime, keep: timedelta) -> bool:
    """Whether it belongs on a map of now: open, or called not longer ago than `keep`."""
    called = activation.activated or activation.updated
    return now - called <= keep or (not activation.closed and now - activation.updated <= keep)
