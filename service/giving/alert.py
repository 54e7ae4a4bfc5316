"""A released hazard area as a message of the Common Alerting Protocol 1.2 (OASIS). We inform whoever asks; nobody is
alarmed by this, and it never enters MoWaS by itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from lxml import etree
from pyproj import Transformer
from shapely import transform
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
LOCAL = ZoneInfo("Europe/Berlin")
LINE_WIDTH_M = 25.0
"""CAP has no lines: a closed road becomes a strip of this half width."""

STATUS = {"ACTUAL": "Actual", "EXERCISE": "Exercise", "TEST": "Test"}
CATEGORY = {"FLOODED": "Met", "CLOSURE": "Transport"}
RESPONSE = {"EVACUATION": "Evacuate", "CLOSURE": "Avoid", "FLOODED": "Avoid", "HAZARD": "Avoid"}
CERTAINTY = {"CONFIRMED": "Observed", "REPORTED": "Likely", "UNCONFIRMED": "Possible", "FORECAST": "Possible"}
EVENTS = {
    "de-DE": {
        "HAZARD": "Gefahrenbereich",
        "CLOSURE": "Sperrung",
        "FLOODED": "Überflutete Fläche",
        "EVACUATION": "Räumung",
        "OTHER": "Hinweis",
    },
    "en-GB": {
        "HAZARD": "Hazard area",
        "CLOSURE": "Closure",
        "FLOODED": "Flooded area",
        "EVACUATION": "Evacuation",
        "OTHER": "Notice",
    },
}

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""
_TO_METRES = Transformer.from_crs(4326, 25832, always_xy=True).transform
_TO_DEGREES = Transformer.from_crs(25832, 4326, always_xy=True).transform


@dataclass(frozen=True, slots=True)
class GivenAlert:
    """`number` counts the messages of one area. `content` is what it says: type, name, reason, valid_until,
    confidence, mode, geometry. `earlier` are the messages that this one replaces."""

    identifier: str
    zone: str
    number: int
    msg_type: str
    sent: datetime
    content: dict[str, Any]
    earlier: tuple[tuple[str, datetime], ...] = ()


def said(zone: dict[str, Any], mode: str) -> dict[str, Any]:
    """What a message tells of an area; as long as it is the same there is no new message."""
    told = ("type", "name", "reason", "valid_until", "confidence", "geometry")
    return {**{name: zone[name] for name in told if zone.get(name) is not None}, "mode": mode}


def digest(content: dict[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def xml(alert: GivenAlert, *, sender: str, sender_name: str) -> bytes:
    """The message in the order of the standard's schema."""
    content = alert.content
    root = etree.Element(_name("alert"), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs lack None
    _put(root, "identifier", alert.identifier)
    _put(root, "sender", sender)
    _put(root, "sent", stamp(alert.sent))
    _put(root, "status", STATUS[content["mode"]])
    _put(root, "msgType", alert.msg_type)
    _put(root, "scope", "Public")
    if content["mode"] != "ACTUAL":
        _put(root, "note", "ÜBUNG / EXERCISE" if content["mode"] == "EXERCISE" else "TEST")
    if alert.earlier:
        _put(root, "references", " ".join(f"{sender},{key},{stamp(sent)}" for key, sent in alert.earlier))
    for language, events in EVENTS.items():
        _info(root, alert, language, events[content["type"]], sender_name)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def stamp(moment: datetime) -> str:
    """CAP wants an offset, no Z and no fractions."""
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")


def _info(root: Any, alert: GivenAlert, language: str, event: str, sender_name: str) -> None:
    content = alert.content
    over = alert.msg_type == "Cancel"
    info = etree.SubElement(root, _name("info"))
    _put(info, "language", language)
    _put(info, "category", CATEGORY.get(content["type"], "Safety"))
    _put(info, "event", event)
    _put(info, "responseType", "AllClear" if over else RESPONSE.get(content["type"], "Monitor"))
    _put(info, "urgency", "Past" if over else "Immediate" if content["type"] == "EVACUATION" else "Unknown")
    _put(info, "severity", "Minor" if over else "Severe" if content["type"] == "EVACUATION" else "Unknown")
    _put(info, "certainty", CERTAINTY.get(content.get("confidence", ""), "Unknown"))
    _put(info, "effective", stamp(alert.sent))
    if until := content.get("valid_until"):
        _put(info, "expires", stamp(datetime.fromisoformat(until)))
    _put(info, "senderName", sender_name)
    _put(info, "headline", f"{event}: {content['name']}")
    if reason := content.get("reason"):
        _put(info, "description", reason)
    area = etree.SubElement(info, _name("area"))
    _put(area, "areaDesc", content["name"])
    for ring in _rings(content["geometry"]):
        _put(area, "polygon", ring)


def _rings(geometry: dict[str, Any]) -> list[str]:
    """Outlines as `lat,lon` pairs; a hole cannot be told in CAP and is inside the area."""
    found = shape(geometry)
    if found.geom_type.endswith("LineString"):
        strip = transform(found, _TO_METRES, interleaved=False).buffer(LINE_WIDTH_M, quad_segs=2)
        found = transform(strip, _TO_DEGREES, interleaved=False)
    parts: list[BaseGeometry] = list(getattr(found, "geoms", [found]))
    return [" ".join(f"{y:.6f},{x:.6f}" for x, y, *_ in part.exterior.coords) for part in parts]


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _put(parent: Any, tag: str, value: str) -> None:
    etree.SubElement(parent, _name(tag)).text = _UNPRINTABLE.sub("", value)
