"""The wire format of the Länderübergreifendes Hochwasserportal (LHP), public API v1, and what is odd about it.

- `lhpClass` is two scales. Of a gauge it is an integer: -1 no data, 0 none, 1 small, 2 medium, 3 large, 4 very large.
  Of an alert it is a text: 1 all-clear, 2 advance warning, 4 flood, 5 large, 6 very large. They are two types here
  and never meet: a gauge's 4 is an alert's 6.
- `timestamp` of a gauge is local time without a zone; `updated` is +01:00 also in summer and changes with each minute.
- `bbox` of the whole is west, north, east, south; nothing here reads it.
- There are classes only, no levels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from feeds import areas
from feeds.contract import Batch, Garbled
from feeds.decoding import decoded, each
from feeds.plain_text import one_line
from geodata.model.feature import Feature
from geodata.model.geometry import BadGeometry, Geometry, check
from geodata.model.level import Level
from geodata.model.observation import FUTURE_TOLERANCE
from geodata.model.ref import id_of
from geodata.model.warning import OfficialWarning, WarningText

LOCAL = ZoneInfo("Europe/Berlin")
WINTER = timezone(timedelta(hours=1))
LAYER = "Hochwasserklassen"
OLD = timedelta(hours=12)
"""A class older than this before the answer no longer says that there is no flood."""
OUTDATED = timedelta(hours=2)
LINK = "https://www.hochwasserzentralen.de"


class StationClass(IntEnum):
    """What a gauge shows."""

    NO_DATA = -1
    NONE = 0
    SMALL = 1
    MEDIUM = 2
    LARGE = 3
    VERY_LARGE = 4


class AlertClass(IntEnum):
    """What is warned of."""

    ALL_CLEAR = 1
    ADVANCE = 2
    FLOOD = 4
    LARGE = 5
    VERY_LARGE = 6


STATION_LEVELS: Mapping[StationClass, Level | None] = {
    StationClass.NO_DATA: None,
    StationClass.NONE: Level.NONE,
    StationClass.SMALL: Level.LOW,
    StationClass.MEDIUM: Level.MEDIUM,
    StationClass.LARGE: Level.HIGH,
    StationClass.VERY_LARGE: Level.EXTREME,
}
ALERT_LEVELS: Mapping[AlertClass, Level] = {
    AlertClass.ALL_CLEAR: Level.NONE,
    AlertClass.ADVANCE: Level.LOW,
    AlertClass.FLOOD: Level.MEDIUM,
    AlertClass.LARGE: Level.HIGH,
    AlertClass.VERY_LARGE: Level.EXTREME,
}
"""FEEDS section 10."""
STATION_NAMES: Mapping[StationClass, str] = {
    StationClass.NO_DATA: "Derzeit keine Daten",
    StationClass.NONE: "Kein Hochwasser",
    StationClass.SMALL: "Kleines Hochwasser",
    StationClass.MEDIUM: "Mittleres Hochwasser",
    StationClass.LARGE: "Großes Hochwasser",
    StationClass.VERY_LARGE: "Sehr großes Hochwasser",
}


class _Envelope(msgspec.Struct, rename="camel"):
    features: list[msgspec.Raw]
    status: str = "success"
    updated: str = ""
    last_modified: str = ""


class _Known(msgspec.Struct):
    id: str
    kind: str = ""
    geometry: Any = None
    properties: msgspec.Raw = msgspec.Raw(b"{}")


class _Gauge(msgspec.Struct, rename="camel"):
    lhp_class: int
    name: str = ""
    water: str | None = None
    timestamp: str | None = None
    state_class_name: str | None = None
    station_link: str | None = None
    state_id: str | None = None


class _Alert(msgspec.Struct, rename="camel"):
    lhp_class: str
    lhp_class_name: str = ""
    area_desc: str = ""
    area_type: str = ""
    alert_headline: str = ""
    alert_text: str = ""
    state_id: str | None = None


def key(id: str) -> str:
    return id_of("lhp", id)


def classes(payload: bytes, states: frozenset[str] | None, now: datetime | None = None) -> Batch:
    """The answer about gauges as features. `states` such as NW; None for all. With `now` an answer of another time is
    refused. Raises Garbled."""
    envelope, batch = _opened(payload, "stations", now), Batch()
    if not envelope.features:
        raise Garbled("stations: the list is empty")
    updated = _fixed(envelope.updated)
    for known in each(envelope.features, _Known, batch.dropped, "station"):
        for gauge in each([known.properties], _Gauge, batch.dropped, f"station {one_line(known.id)[:60]}"):
            if states is not None and _state(known.id, gauge.state_id) not in states:
                batch.outside += 1
            else:
                _class(known, gauge, updated, batch)
    if not batch.features and not batch.outside:
        raise Garbled(f"stations: none of {len(envelope.features)} can be read: {batch.dropped[0].reason}")
    batch.newest = max((f.at for f in batch.features if f.at), default=None)
    return batch


def _class(known: _Known, gauge: _Gauge, updated: datetime | None, batch: Batch) -> None:
    name, water = one_line(gauge.name)[:200] or known.id, one_line(gauge.water)[:200]
    try:
        found = StationClass(gauge.lhp_class)
    except ValueError:
        # a class we do not know may be the worst of all: it is shown, and its level is unknown
        batch.unknown[f"station class {gauge.lhp_class}"] += 1
        level, meaning = None, f"unbekannte Klasse {gauge.lhp_class}"
    else:
        level, meaning = STATION_LEVELS[found], STATION_NAMES[found]
    at = _local(gauge.timestamp, updated)
    if gauge.timestamp and at is None:
        batch.unknown["time of a station not readable"] += 1
    if level is Level.NONE and (at is None or (updated is not None and updated - at > OLD)):
        level, meaning = None, f"{meaning}, aber ohne neuen Stand"
    official = one_line(gauge.state_class_name)[:200]
    told = {
        "water": water,
        "lhp_station_class": str(gauge.lhp_class),
        "state_class": official,
        "number": _number(known.id),
    }
    batch.features.append(
        Feature(
            key=key(known.id),
            layer=LAYER,
            title=f"{name} ({water})" if water else name,
            text=official if official and official != meaning else meaning,
            at=at,
            severity=f"Pegelklasse {gauge.lhp_class}: {meaning}",
            level=level,
            link=_web(gauge.station_link),
            geometry=_shape(known, batch),
            properties={name: value for name, value in told.items() if value},
        )
    )


def alerts(payload: bytes, states: frozenset[str] | None, now: datetime | None = None) -> Batch:
    """The answer about alerts: all that are in force. With `now` an answer of another time is refused. Raises
    Garbled."""
    envelope, batch = _opened(payload, "alerts", now), Batch(complete=True)
    sent = _fixed(envelope.last_modified) or _fixed(envelope.updated)
    if sent is None:
        raise Garbled("alerts: neither lastModified nor updated is a time")
    before = len(batch.dropped)
    for known in each(envelope.features, _Known, batch.dropped, "alert"):
        for alert in each([known.properties], _Alert, batch.dropped, f"alert {one_line(known.id)[:60]}"):
            if states is not None and _state(known.id, alert.state_id) not in states:
                batch.outside += 1
            else:
                _alert(known, alert, sent, batch)
        if len(batch.dropped) > before:
            batch.still_in_force.add(key(known.id))  # what we cannot read has not ended
            before = len(batch.dropped)
    if len(batch.warnings) + batch.outside + len(batch.still_in_force) < len(envelope.features):
        batch.complete = False  # one of which not even the id can be told
    if envelope.features and not batch.warnings and not batch.outside:
        raise Garbled(f"alerts: none of {len(envelope.features)} can be read: {batch.dropped[0].reason}")
    batch.newest = _fixed(envelope.updated)
    return batch


def _alert(known: _Known, alert: _Alert, sent: datetime, batch: Batch) -> None:
    meaning, area = one_line(alert.lhp_class_name)[:200], one_line(alert.area_desc)[:500]
    try:
        found = AlertClass(int(alert.lhp_class)) if re.fullmatch(r"\d{1,2}", alert.lhp_class) else None
    except ValueError:
        found = None
    if found is None:
        batch.unknown[f"alert class {one_line(alert.lhp_class)[:10]}"] += 1
    over = found is AlertClass.ALL_CLEAR
    headline = ": ".join(filter(None, (meaning or f"Warnklasse {one_line(alert.lhp_class)[:10]}", area)))
    batch.warnings.append(
        OfficialWarning(
            key=key(known.id),
            channel="lhp",
            sent=sent,
            severity=meaning or one_line(alert.lhp_class)[:10],
            level=None if found is None else ALERT_LEVELS[found],
            texts=(
                WarningText("de", headline, "Hochwasser", one_line(alert.alert_text) or one_line(alert.alert_headline)),
            ),
            msg_type="Cancel" if over else "Alert",
            urgency="Future" if found is AlertClass.ADVANCE else "Unknown",
            sender_name="Länderübergreifendes Hochwasserportal",
            web=LINK,
            area_names=(area,) if area else (),
            geometry=_shape(known, batch),
            parameters={"lhp_alert_class": one_line(alert.lhp_class)[:10], "area_type": one_line(alert.area_type)[:50]},
        )
    )


def _opened(payload: bytes, what: str, now: datetime | None) -> _Envelope:
    envelope = decoded(payload, _Envelope, what)
    if envelope.status != "success":
        raise Garbled(f"{what}: the source says {one_line(envelope.status)[:80]!r}")
    updated = _fixed(envelope.updated)
    if now is not None and (updated is None or not now - OUTDATED <= updated <= now + FUTURE_TOLERANCE):
        # it changes with every minute, so that yesterday's answer and a wrong clock give themselves away
        raise Garbled(f"{what}: updated {envelope.updated[:40]!r} is not of this hour")
    return envelope


def _shape(known: _Known, batch: Batch) -> Geometry | None:
    """The geometry, of a collection its parts together. Without one the thing is still told of."""
    if known.geometry is None:
        return None
    try:
        raw = known.geometry
        if isinstance(raw, dict) and raw.get("type") == "GeometryCollection":
            parts = raw.get("geometries")
            if not isinstance(parts, list) or len(parts) > 500:
                raise BadGeometry("geometries must be a list of at most 500")
            return areas.together([areas.from_geojson(part) for part in parts])
        return check(raw)
    except BadGeometry as error:
        batch.unknown[f"geometry: {str(error)[:60]}"] += 1
        return None


def _state(id: str, told: str | None) -> str:
    """`NW` of `NW_2721390000100` or `DE-NW`."""
    return (told.removeprefix("DE-") if told else id.partition("_")[0])[:5].upper()


def _number(id: str) -> str:
    """The number under which the Land's own portal has the gauge."""
    return id.partition("_")[2][:60]


def _web(link: str | None) -> str | None:
    return link if link and re.fullmatch(r"https://[\w.-]+/[^\s\"'<>]{0,400}", link) else None


def _fixed(text: str) -> datetime | None:
    """A time of the envelope: +01:00 all year."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=WINTER)


def _local(text: str | None, updated: datetime | None) -> datetime | None:
    """`2026-09-23 22:00:00`. In the hour that comes twice in autumn the second one, unless the answer is older."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if at is None or at.tzinfo is not None:
        return at
    if not 1900 < at.year < 9000:
        return None
    later = at.replace(tzinfo=LOCAL, fold=1)
    return later if updated is None or later <= updated else at.replace(tzinfo=LOCAL)


_OURS = re.compile(rb'"lhpClass"')
_KIND = re.compile(rb'"kind"\s*:\s*"(Station|AlertArea)')


def recognises(payload: bytes) -> bool:
    head = payload[:8192].lstrip(b"\xef\xbb\xbf \r\n\t")
    return head[:1] == b"{" and (_OURS.search(head) is not None or b'"lhpClass' in payload[:65_536])


def any_answer(payload: bytes, states: frozenset[str] | None) -> Batch:
    """Gauges or alerts, by what the features say they are; without any by the legend. Raises Garbled."""
    found = _KIND.search(payload)
    legend_of_gauges = re.search(rb'"lhpClass"\s*:\s*-1', payload) is not None
    is_alert = found[1] != b"Station" if found else not legend_of_gauges
    return alerts(payload, states) if is_alert else classes(payload, states)
