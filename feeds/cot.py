"""Cursor on Target 2.0: one event of a radio, a tracker or a tactical map, as MITRE's public schema describes it.

Hostile XML is refused: no DOCTYPE, no entities, no network, limits on size. What says nothing of a place (pings, chats,
0/0 with unknown error) is refused by name too. Heights and errors of 9999999 mean unknown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from feeds.contract import Garbled
from feeds.safe_xml import root_of

MAX_BYTES = 64_000
UNKNOWN = 9_999_999.0
LONGEST = 200
"""Signs of a uid or a call sign."""


@dataclass(frozen=True, slots=True)
class Event:
    """Degrees EPSG:4326. `error` is the circular error in metres, `height` metres above the ellipsoid, `speed` m/s,
    `course` degrees from north. `at` is when the event was made, `stale` until when it counts."""

    uid: str
    type: str
    at: datetime
    stale: datetime
    longitude: float
    latitude: float
    height: float | None = None
    error: float | None = None
    callsign: str | None = None
    speed: float | None = None
    course: float | None = None


def read(payload: bytes) -> Event:
    """Raises Garbled naming what is wrong."""
    root = _root(payload)
    uid, kind = _attribute(root, "uid"), _attribute(root, "type")
    if not kind.startswith("a-"):
        raise Garbled(f"CoT: type {kind[:40]!r} is no thing with a place; types begin with a-")
    at, stale = _time(root, "time"), _time(root, "stale")
    _time(root, "start")
    if stale < at:
        raise Garbled("CoT: stale lies before time")
    point = root.find("point")
    if point is None:
        raise Garbled("CoT: point is missing")
    latitude, longitude = _number(point, "lat", -90, 90), _number(point, "lon", -180, 180)
    error = _known(point, "ce", 0)
    if latitude == 0 and longitude == 0 and error is None:
        raise Garbled("CoT: lat and lon are 0 with unknown error: the device does not know where it is")
    contact, track = root.find("detail/contact"), root.find("detail/track")
    callsign = " ".join((contact.get("callsign") or "").split())[:LONGEST] if contact is not None else ""
    speed = course = None
    if track is not None:
        speed = _number(track, "speed", 0, 400) if track.get("speed") else None
        course = _number(track, "course", -360, 360) % 360 if track.get("course") else None
    return Event(
        uid, kind[:80], at, stale, longitude, latitude, _known(point, "hae", -12_000), error, callsign or None,
        speed, course,
    )  # fmt: skip


def _root(payload: bytes) -> etree._Element:
    root = root_of(payload, MAX_BYTES, "CoT")
    if root.tag != "event":
        raise Garbled(f"CoT: root element is {root.tag[:80]!r}, not event")
    return root


def _attribute(element: etree._Element, name: str) -> str:
    value = (element.get(name) or "").strip()
    if not value or len(value) > LONGEST:
        raise Garbled(f"CoT: {name} is missing or longer than {LONGEST} signs")
    return value


def _time(element: etree._Element, name: str) -> datetime:
    text = _attribute(element, name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Garbled(f"CoT: {name} {text[:40]!r} is no time") from error
    if moment.tzinfo is None:
        raise Garbled(f"CoT: {name} {text[:40]!r} is a time without zone")
    return moment


def _number(element: etree._Element, name: str, low: float, high: float) -> float:
    text = _attribute(element, name)
    try:
        value = float(text)
    except ValueError as error:
        raise Garbled(f"CoT: {name} {text[:40]!r} is no number") from error
    if not (math.isfinite(value) and low <= value <= high):
        raise Garbled(f"CoT: {name} {text[:40]!r} is outside {low:g}..{high:g}")
    return value


def _known(element: etree._Element, name: str, low: float) -> float | None:
    value = _number(element, name, low, UNKNOWN) if element.get(name) else UNKNOWN
    return None if value >= UNKNOWN else value
