"""The wire formats of the Hochwasserportal NRW (LANUK, KISTERS WISKI-Web), and what is odd about them.

- Times are +01:00 all year, in summer too. A time without a zone is meant so as well.
- Numbers are texts, empty or `---` where there is none; beside units, and with a decimal comma in places.
- Placeholders stand for a number that a station has not got yet, and several stations share one. `104` is none: that
  is the number of Bad Honnef.
- `site_no` tells the operator: 100 LANUK, 102 the federal service (PEGELONLINE has those), 104 water boards, 105 other
  Länder. Some water board gauges are at PEGELONLINE too.
- `station_local_x/y` are Gauß-Krüger zone 4, whatever is written elsewhere.
- Gauges that have been silent for months stay in the list with their last value.
- Informationswerte 1-3 are the alert stages in cm above gauge zero (FEEDS section 2); MNW, MW, MHW only orient.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache

import msgspec
from pyproj import Transformer

from feeds.contract import Batch, Dropped, Garbled
from feeds.decoding import each, excerpt, listed
from feeds.plain_text import one_line
from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.ref import id_of
from geodata.model.station import GaugeZero, Series, Station, Threshold

WINTER = timezone(timedelta(hours=1))
FEDERAL = "102"
ALSO_AT_PEGELONLINE = frozenset({"2769510000100"})
"""Hattingen: a water board's gauge that PEGELONLINE publishes under the same number."""
PLACEHOLDERS = frozenset({"123456", "1234567", "1234512345"})
SILENT = timedelta(days=30)
EVERY = 15
UNITS = {"cm": ("W", "cm"), "mm/h": ("N", "mm/h")}
"""Unit -> our quantity: water level and precipitation. What else there is (°C) is not shown."""
NOT_SHOWN = frozenset({"°C", "m³/s", "mm", "%"})
MARKS: tuple[tuple[str, str, str, Level | None], ...] = (
    ("Info_1", "LANUV_Info_1", "Informationswert 1", Level.MEDIUM),
    ("Info_2", "LANUV_Info_2", "Informationswert 2", Level.HIGH),
    ("Info_3", "LANUV_Info_3", "Informationswert 3", Level.EXTREME),
    ("MHW", "LANUV_MHW", "Mittleres Hochwasser", None),
    ("MW", "LANUV_MW", "Mittelwasser", None),
    ("MNW", "LANUV_MNW", "Mittleres Niedrigwasser", None),
)
AROUND = (4.0, 49.0, 12.0, 54.0)
"""West, south, east, north: NRW and its neighbours. A position elsewhere is a mistake, such as 0, 0."""

Word = str | float | int | None
_NUMBER = re.compile(r"\s*(-?\d{1,9}(?:[.,]\d{1,17})?)(?:\s*[a-zA-Zäöü²³/.\s]{0,12})?")
_NO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class Row(msgspec.Struct):
    """A station in `stations.json` or in the index of a layer, which adds the current value."""

    station_no: Word
    station_name: str = ""
    site_no: Word = None
    site_name: Word = None
    station_latitude: Word = None
    station_longitude: Word = None
    station_carteasting: Word = None
    station_cartnorthing: Word = None
    station_local_x: Word = None
    station_local_y: Word = None
    object_type: Word = None
    water: Word = msgspec.field(default=None, name="WTO_OBJECT")
    datum: Word = msgspec.field(default=None, name="GAUGE_DATUM")
    station_gauge_datum: Word = None
    to_mouth: Word = msgspec.field(default=None, name="DIST_TO_CONFL")
    remark: Word = msgspec.field(default=None, name="INTERNET_BEMERKUNG")
    operator: Word = msgspec.field(default=None, name="LANUV_Betr")
    LANUV_MNW: Word = None
    LANUV_MW: Word = None
    LANUV_MHW: Word = None
    LANUV_Info_1: Word = None
    LANUV_Info_2: Word = None
    LANUV_Info_3: Word = None
    timestamp: Word = None
    ts_value: Word = None
    ts_unitsymbol: Word = None

    @property
    def number(self) -> str:
        return word(self.station_no)


def key(number: str) -> str:
    return id_of("lanuk", number)


def word(given: Word) -> str:
    """A text on one line; empty for what stands for nothing."""
    text = one_line(given) if isinstance(given, str) else "" if given is None else str(given)
    return "" if text.strip("- ") == "" else text


def amount(given: Word) -> float | None:
    """`32.00`, `94,05`, `133.50 km`; None for a text that holds no number."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given) if abs(given) < 1e9 else None
    match = _NUMBER.fullmatch(given) if isinstance(given, str) else None
    return float(match[1].replace(",", ".")) if match else None


def moment(given: Word) -> datetime | None:
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
    return at.replace(tzinfo=WINTER) if at is not None and at.tzinfo is None else at


def rows(payload: bytes, what: str, batch: Batch) -> dict[str, Row]:
    """The stations of a list that are ours to show, by number. Raises Garbled, also for an empty list."""
    raw = listed(payload, what)
    if not raw:
        raise Garbled(f"{what}: the list is empty")
    found: dict[str, Row] = {}
    for row in each(raw, Row, batch.dropped, what):
        if word(row.site_no) == FEDERAL or row.number in ALSO_AT_PEGELONLINE:
            batch.outside += 1
        elif reason := _unfit(row, found.get(row.number)):
            batch.dropped.append(Dropped(f"{what} {one_line(row.station_name)[:80] or row.number[:40]}", reason))
        elif (held := found.get(row.number)) is None or _newer(row, held):
            found[row.number] = row
    if not found and not batch.outside:
        raise Garbled(f"{what}: none of {len(raw)} can be read: {batch.dropped[0].reason}")
    return found


def _unfit(row: Row, held: Row | None) -> str | None:
    if row.number in PLACEHOLDERS:
        return "a placeholder for a station number"
    if not _NO.fullmatch(row.number):
        return "no station number"
    if held is not None and one_line(held.station_name) != one_line(row.station_name):
        return "its station number is given to another station too"
    return None


def _newer(row: Row, held: Row) -> bool:
    before, now = moment(held.timestamp), moment(row.timestamp)
    return now is not None and (before is None or now > before)


def stations(payload: bytes, batch: Batch) -> dict[str, Row]:
    """`stations.json`: what is known of each station. Raises Garbled."""
    return rows(payload, "stations", batch)


def layer(payload: bytes, batch: Batch, now: datetime, known: Mapping[str, Row]) -> None:
    """The index of a layer: stations with their current values into the batch. Raises Garbled."""
    for number, row in rows(payload, "layer", batch).items():
        unit = word(row.ts_unitsymbol)
        if unit not in UNITS:
            batch.unknown["not shown: " + unit[:10] if unit in NOT_SHOWN else f"unit {unit[:10]!r}"] += 1
            continue
        quantity, unit = UNITS[unit]
        value, at = amount(row.ts_value), moment(row.timestamp)
        silent = at is not None and now - at > SILENT
        batch.stations.append(
            station(row, known.get(number), quantity, unit, batch, silent_since=at if silent else None)
        )
        if silent:
            batch.unknown[f"silent for more than {SILENT.days} days"] += 1
        elif at is None or value is None:
            # an empty value is no fault: the gauge has none now
            if word(row.ts_value) or word(row.timestamp):
                reason = "no value" if value is None else "no time"
                batch.dropped.append(
                    Dropped(
                        f"{one_line(row.station_name)[:80]} {quantity}", reason, f"{row.timestamp} {row.ts_value}"[:200]
                    )
                )
        else:
            batch.observations.append(Observation(key(number), quantity, at, value, unit))
    batch.newest = max((o.at for o in batch.observations), default=batch.newest)


def station(
    row: Row, known: Row | None, quantity: str | None, unit: str, batch: Batch, *, silent_since: datetime | None = None
) -> Station:
    """What the row tells, and where it is silent what `stations.json` told."""
    name = one_line(row.station_name)[:200] or row.number
    told = [row] if known is None else [row, known]
    place = next((p for p in (_place(r, batch) for r in told) if p), None)
    datum = next((d for r in told for d in (amount(r.datum), amount(r.station_gauge_datum)) if d), None)
    remark = next((w for r in told if (w := word(r.remark))), None)
    if silent_since is not None:
        remark = "; ".join(filter(None, (remark, f"kein Wert seit {silent_since.date().isoformat()}")))
    series = Series(
        quantity or "W",
        unit,
        every=EVERY if quantity != "N" else None,
        thresholds=_marks(told, unit, batch) if quantity == "W" else (),
        gauge_zero=GaugeZero(datum, "m ü. NHN") if datum is not None and quantity == "W" else None,
        comment=remark[:500] if remark else None,
    )
    return Station(
        key=key(row.number),
        name=name,
        kind="rain" if quantity == "N" or (quantity is None and _climate(told)) else "gauge",
        water=next((w[:200] for r in told if (w := word(r.water))), None),
        longitude=place[0] if place else None,
        latitude=place[1] if place else None,
        river_km=next((km for r in told if (km := amount(r.to_mouth)) is not None), None),
        operator=next((w[:200] for r in told for given in (r.operator, r.site_name) if (w := word(given))), None),
        number=row.number,
        series=(series,) if quantity else (),
    )


def _climate(told: list[Row]) -> bool:
    return any("klimastation" in word(row.object_type).lower() for row in told)


def _marks(told: list[Row], unit: str, batch: Batch) -> tuple[Threshold, ...]:
    found: list[Threshold] = []
    stages: list[float] = []
    for short, field, title, level in MARKS:
        value = next((v for r in told if (v := amount(getattr(r, field))) is not None), None)
        if value is None:
            continue
        if level is not None and value <= 0:
            batch.unknown[f"{title} not above zero"] += 1  # would make the gauge one at the highest stage for ever
            continue
        if level is not None:
            stages.append(value)
        found.append(Threshold(short, value, unit, title, level))
    if stages != sorted(stages):
        batch.unknown["Informationswerte not in rising order"] += 1
    return tuple(found)


def _place(row: Row, batch: Batch) -> tuple[float, float] | None:
    """Longitude, latitude in degrees; from the projected coordinates where there are no others."""
    x, y = amount(row.station_longitude), amount(row.station_latitude)
    if x is not None and y is not None:
        if _near(x, y):
            return x, y
        batch.unknown["position outside the country"] += 1
    projected = (
        (25832, amount(row.station_carteasting), amount(row.station_cartnorthing)),
        (31468, amount(row.station_local_x), amount(row.station_local_y)),
    )
    for epsg, east, north in projected:
        if east and north:
            x, y = _transformer(epsg).transform(east, north)
            if _near(x, y):
                return round(x, 6), round(y, 6)
    return None


def _near(x: float, y: float) -> bool:
    return AROUND[0] <= x <= AROUND[2] and AROUND[1] <= y <= AROUND[3]


@lru_cache
def _transformer(epsg: int) -> Transformer:
    """ETRS89/UTM32 (25832) or Gauß-Krüger zone 4 (31468) to degrees EPSG:4326."""
    return Transformer.from_crs(epsg, 4326, always_xy=True)


class _Week(msgspec.Struct):
    """One series of a station: `data` are pairs of time and value."""

    station_no: Word
    ts_name: str = ""
    station_name: str = ""
    ts_unitsymbol: Word = None
    water: Word = msgspec.field(default=None, name="WTO_OBJECT")
    data: list[msgspec.Raw] = []


_STAGE = re.compile(r".*Informationswert[_ ]?([123])\b.*")


def week(payload: bytes) -> Batch:
    """`week.json`, `year.json`, `alarmlevel.json` of a station: its values, or its alert stages. Raises Garbled."""
    batch, stages = Batch(), dict[str, dict[str, float]]()
    for found in each(listed(payload, "series"), _Week, batch.dropped, "series"):
        number, unit = word(found.station_no), word(found.ts_unitsymbol)
        if not _NO.fullmatch(number) or number in PLACEHOLDERS:
            batch.dropped.append(Dropped(f"series {one_line(found.station_name)[:80]}", "no station number"))
            continue
        points = _points(found, batch)
        if stage := _STAGE.fullmatch(found.ts_name):
            if points:
                stages.setdefault(number, {})[f"LANUV_Info_{stage[1]}"] = points[-1][1]
        elif unit not in UNITS:
            batch.unknown["not shown: " + unit[:10] if unit in NOT_SHOWN else f"unit {unit[:10]!r}"] += 1
        else:
            quantity, unit = UNITS[unit]
            batch.observations += [Observation(key(number), quantity, at, value, unit) for at, value in points]
    for number, marks in stages.items():
        row = msgspec.convert({"station_no": number, **marks}, Row)
        batch.stations.append(station(row, None, "W", "cm", batch))
    batch.newest = max((o.at for o in batch.observations), default=None)
    return batch


def _points(found: _Week, batch: Batch) -> list[tuple[datetime, float]]:
    points = []
    for raw in each(found.data, tuple[Word, Word], batch.dropped, f"{one_line(found.station_name)[:80]} value"):
        at, value = moment(raw[0]), amount(raw[1])
        if at is not None and value is not None:
            points.append((at, value))
        elif raw[1] is not None:
            text = excerpt(msgspec.json.encode(raw))
            batch.dropped.append(Dropped(f"{one_line(found.station_name)[:80]} value", "no time and value", text))
    return points


_FIRST = re.compile(rb"^\s*\[\s*\{")
_SERIES = re.compile(rb'"data"\s*:\s*\[')


def recognises(payload: bytes) -> bool:
    """By the first bytes, so that a file that broke off is still ours."""
    head = payload[:4096].removeprefix(b"\xef\xbb\xbf")
    ours = b'"WTO_OBJECT"' in head or b'"site_no"' in head or b'"CATCHMENT_SIZE"' in head or b'"ts_unitsymbol"' in head
    return _FIRST.match(head) is not None and b'"station_no"' in head and ours


def any_answer(payload: bytes, now: datetime) -> Batch:
    """`stations.json`, the index of a layer, or the series of a station. Raises Garbled."""
    batch = Batch()
    if _SERIES.search(payload[:4096]) and b'"site_no"' not in payload[:4096]:
        return week(payload)
    if b'"ts_value"' in payload[:4096]:
        layer(payload, batch, now, {})
        return batch
    for row in stations(payload, batch).values():
        surface = "gewässer" in word(row.object_type).lower() or amount(row.LANUV_MW) is not None
        batch.stations.append(station(row, None, "W" if surface else None, "cm", batch))
    return batch
