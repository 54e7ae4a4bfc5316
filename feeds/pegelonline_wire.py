"""PEGELONLINE's wire format, REST interface v2, and what is odd about it.

- A water level may be negative: the gauge zero is not the river's bed. `99999.0` means "no value".
- Discharge may be days old beside a fresh level, with a comment why. Every value keeps its own time.
- Levels of canals are `m+NN` or `m+PNP` instead of `cm`; marks count in the unit of their series.
- The series WV is a forecast: its "current measurement" is nothing that was measured.
- Some stations have no position. Times carry the local offset (+01:00, +02:00).
- States (`low`, `normal`, `high`, `unknown`, `commented`, `out-dated`) are handed on as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, TypeVar

import msgspec

from feeds.contract import Batch, Dropped, Garbled
from feeds.decoding import decoded, each, excerpt, listed
from geodata.model.geometry import Bbox
from geodata.model.level import Level
from geodata.model.observation import Forecast, Observation
from geodata.model.ref import id_of
from geodata.model.station import GaugeZero, Series, Station, Threshold

SENTINEL = 99_999.0
MAKER = "WSV/BfG"
MEASURED = ("W", "Q")
FORECAST = "WV"
STATES = {"low", "normal", "high", "unknown", "commented", "out-dated"}
MARKS: dict[str, Level | None] = {
    "M_I": Level.MEDIUM,
    "MHW": Level.MEDIUM,  # the source's own state word calls a level from here on "high"
    "M_II": Level.HIGH,
    "HSW": Level.HIGH,
    "HHW": Level.EXTREME,
    **dict.fromkeys(("GlW", "TuGlW", "TuGLW", "M_III", "NNW", "MNW", "MW", "NSW", "RNW"), None),
}
"""FEEDS section 10. Low water marks only orient: falling below them is no danger to life."""

T = TypeVar("T")
_NOTHING = msgspec.Raw(b"null")
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Water(msgspec.Struct):
    shortname: str


class _Station(msgspec.Struct):
    uuid: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]{8,64}$")]
    shortname: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    number: str | None = None
    water: _Water | None = None
    agency: str | None = None
    km: float | None = None
    longitude: float | None = None
    latitude: float | None = None
    timeseries: list[msgspec.Raw] = []


class _Comment(msgspec.Struct, rename="camel"):
    short_description: str | None = None
    long_description: str | None = None


class _Series(msgspec.Struct, rename="camel"):
    shortname: str
    unit: Annotated[str, msgspec.Meta(max_length=20)]
    equidistance: float | None = None
    current_measurement: msgspec.Raw = _NOTHING
    gauge_zero: msgspec.Raw = _NOTHING
    comment: _Comment | None = None
    characteristic_values: list[msgspec.Raw] = []


class _Current(msgspec.Struct):
    timestamp: Instant
    value: float
    stateMnwMhw: str | None = None
    stateNswHsw: str | None = None


class _Zero(msgspec.Struct, rename="camel"):
    unit: str
    value: float
    valid_from: date | None = None


class _Mark(msgspec.Struct, rename="camel"):
    shortname: str
    value: float
    unit: str
    longname: str = ""
    valid_from: date | None = None


class _Point(msgspec.Struct):
    timestamp: Instant
    value: float
    initialized: Instant | None = None
    type: str = "forecast"


@dataclass(slots=True)
class Listing:
    """A list of stations and what else can be asked of them. Keys of `newest`, `every`, `unit`: UUID and quantity."""

    batch: Batch = field(default_factory=Batch)
    station_of: dict[str, Station] = field(default_factory=dict)
    newest: dict[tuple[str, str], datetime] = field(default_factory=dict)
    every: dict[tuple[str, str], int] = field(default_factory=dict)
    unit: dict[tuple[str, str], str] = field(default_factory=dict)
    forecast_unit: dict[str, str] = field(default_factory=dict)


def key(uuid: str) -> str:
    return id_of("pegelonline", uuid)


def stations(payload: bytes, around: Bbox | None) -> Listing:
    """A list of stations with their series, current values and marks. Raises Garbled, also for an empty list."""
    listing = Listing()
    raw_stations = listed(payload, "stations")
    if not raw_stations:
        raise Garbled("stations: the list is empty")
    for found in each(raw_stations, _Station, listing.batch.dropped, "station"):
        place = _place(found, listing.batch)
        if around and place and not (around[0] <= place[0] <= around[2] and around[1] <= place[1] <= around[3]):
            listing.batch.outside += 1
            continue
        _station(found, place, listing)
    if not listing.station_of and not listing.batch.outside:
        raise Garbled(f"stations: none of {len(raw_stations)} can be read: {listing.batch.dropped[0].reason}")
    listing.batch.newest = max(listing.newest.values(), default=None)
    return listing


def _station(found: _Station, place: tuple[float, float] | None, listing: Listing) -> None:
    batch, series = listing.batch, []
    for raw in each(found.timeseries, _Series, batch.dropped, f"{found.shortname} series"):
        if raw.shortname == FORECAST:
            listing.forecast_unit[found.uuid] = raw.unit
        elif raw.shortname not in MEASURED:
            batch.unknown[f"series {raw.shortname[:20]}"] += 1
        else:
            series.append(_series(found, raw, batch))
            _current(found, raw, listing)
    station = Station(
        key=key(found.uuid),
        name=found.shortname,
        water=found.water.shortname if found.water else None,
        longitude=place[0] if place else None,
        latitude=place[1] if place else None,
        river_km=found.km if found.km is not None and math.isfinite(found.km) else None,
        operator=found.agency,
        number=found.number,
        series=tuple(series),
    )
    batch.stations.append(station)
    listing.station_of[found.uuid] = station


def _place(found: _Station, batch: Batch) -> tuple[float, float] | None:
    if found.longitude is None or found.latitude is None:
        return None
    if not (-180 <= found.longitude <= 180 and -90 <= found.latitude <= 90):
        batch.unknown["position outside the globe"] += 1
        return None
    return found.longitude, found.latitude


def _series(found: _Station, raw: _Series, batch: Batch) -> Series:
    what = f"{found.shortname} {raw.shortname}"
    thresholds = []
    for mark in each(raw.characteristic_values, _Mark, batch.dropped, f"{what} mark"):
        if abs(mark.value) >= SENTINEL:
            continue
        if mark.shortname not in MARKS:
            batch.unknown[f"mark {mark.shortname[:20]}"] += 1
        level, title = MARKS.get(mark.shortname), " ".join(mark.longname.split())
        thresholds.append(Threshold(mark.shortname, mark.value, mark.unit, title, level, mark.valid_from))
    zero = next(_one(raw.gauge_zero, _Zero, batch, f"{what} gauge zero"), None)
    comment = raw.comment and (raw.comment.short_description or raw.comment.long_description)
    return Series(
        quantity=raw.shortname,
        unit=raw.unit,
        every=round(raw.equidistance) if raw.equidistance and 0 < raw.equidistance < 10_000 else None,
        thresholds=tuple(thresholds),
        gauge_zero=GaugeZero(zero.value, zero.unit, zero.valid_from) if zero else None,
        comment=" ".join(comment.split()) if comment else None,
    )


def _current(found: _Station, raw: _Series, listing: Listing) -> None:
    batch, series = listing.batch, (found.uuid, raw.shortname)
    listing.unit[series] = raw.unit
    if raw.equidistance and 0 < raw.equidistance < 10_000:
        listing.every[series] = round(raw.equidistance)
    what = f"{found.shortname} {raw.shortname}"
    for current in _one(raw.current_measurement, _Current, batch, what):
        if abs(current.value) >= SENTINEL:
            batch.dropped.append(Dropped(what, "99999 means no value", current.timestamp.isoformat()))
            continue
        for state in (current.stateMnwMhw, current.stateNswHsw):
            if state is not None and state not in STATES:
                batch.unknown[f"state {state[:20]}"] += 1
        state = current.stateMnwMhw or current.stateNswHsw
        at = current.timestamp
        batch.observations.append(Observation(key(found.uuid), raw.shortname, at, current.value, raw.unit, state))
        listing.newest[series] = at


def _one(raw: msgspec.Raw, kind: type[T], batch: Batch, what: str) -> Iterator[T]:
    return each([raw] if raw != _NOTHING else [], kind, batch.dropped, what)


def measurements(payload: bytes, uuid: str, quantity: str, unit: str, batch: Batch) -> list[Observation]:
    """A stretch of one series, oldest first. Raises Garbled."""
    found = []
    for point in each(listed(payload, "measurements"), _Point, batch.dropped, f"{uuid} {quantity}"):
        if abs(point.value) < SENTINEL:
            found.append(Observation(key(uuid), quantity, point.timestamp, point.value, unit))
        else:
            batch.dropped.append(Dropped(f"{uuid} {quantity}", "99999 means no value", point.timestamp.isoformat()))
    return found


def forecast(payload: bytes, uuid: str, unit: str, batch: Batch) -> Forecast | None:
    """The latest run of a forecast, None if there is none. Raises Garbled."""
    points = []
    issued: datetime | None = None
    for point in each(listed(payload, "forecast"), _Point, batch.dropped, f"{uuid} {FORECAST}"):
        if abs(point.value) >= SENTINEL or not math.isfinite(point.value):
            continue
        points.append((point.timestamp, point.value, point.type[:20]))
        issued = point.initialized or issued
    if not points:
        return None
    points.sort(key=lambda p: p[0])
    return Forecast(key(uuid), "W", unit, issued or points[0][0], MAKER, tuple(points))


_STATIONS = re.compile(rb'^\s*(\[\s*)?\{\s*"uuid"\s*:\s*"[A-Za-z0-9-]+"\s*,\s*"(number|shortname)"')
_POINTS = re.compile(
    rb'^\s*\[\s*\{\s*("initialized"\s*:\s*"[^"]{10,40}"\s*,\s*)?"timestamp"\s*:\s*"[^"]{10,40}"\s*,'
    rb'\s*"value"\s*:\s*-?[0-9.]+\s*(,\s*"type"\s*:\s*"\w+"\s*)?\}'
)
_ERROR = re.compile(rb'^\s*\{\s*"status"\s*:\s*[45][0-9]{2}\s*,\s*"message"\s*:\s*"[^"]*"\s*\}\s*$')


_UNUSED = {
    re.compile(rb'^\s*\[\s*\{\s*"shortname"\s*:\s*"[^"]*"\s*,\s*"longname"\s*:\s*"[^"]*"\s*\}'): "a list of waters",
    re.compile(rb"^timestamp;value\r?\n"): "measurements as CSV, whose times have no offset",
}
"""Answers of this source that we never ask for, and what they are."""


def recognises(payload: bytes) -> bool:
    """By the first bytes, so that a file that broke off is still ours."""
    head = payload[:4096].removeprefix(b"\xef\xbb\xbf")
    return any(pattern.match(head) for pattern in (_STATIONS, _POINTS, _ERROR, *_UNUSED))


def any_answer(path: str, payload: bytes, around: Bbox | None) -> Batch:
    """A recorded answer of any of the kinds we ask for. Raises Garbled."""
    text = payload.removeprefix(b"\xef\xbb\xbf")
    if _ERROR.match(text[:4096]):
        raise Garbled(f"the source's own error: {excerpt(text)}")
    for pattern, what in _UNUSED.items():
        if pattern.match(text[:4096]):
            return Batch(dropped=[Dropped(path.rsplit("/", 1)[-1], f"{what}: nothing to show", excerpt(text))])
    if not _POINTS.match(text[:4096]):
        single = text.lstrip()[:1] == b"{"
        return stations(b"[" + text + b"]" if single else text, around).batch
    batch = Batch()
    part = re.search(r"([0-9a-f]{8}-[0-9a-f-]{27})[/_]([A-Z]{1,3})[/_]measurements", path)
    uuid, quantity = part.groups() if part else ("unnamed", "W")
    first = decoded(text, list[msgspec.Raw], "measurements")[0]
    if b'"initialized"' in bytes(first):
        found = forecast(text, uuid, "cm", batch)
        batch.forecasts += [found] if found else []
    else:
        batch.observations += measurements(text, uuid, quantity, "m³/s" if quantity == "Q" else "cm", batch)
        batch.newest = max((o.at for o in batch.observations), default=None)
    return batch
