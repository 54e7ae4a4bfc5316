"""The wire format of warnung.bund.de (api31), and what is odd about it.

- Three shapes name the same warning: a row of `mapData`, a row of a district's `dashboard`, and the message itself,
  which is CAP 1.2 written as JSON. The area comes as GeoJSON under another address.
- MoWaS mostly has neither onset nor expires. Its only geocode is `AreaId 0`; the municipalities stand in the
  parameter `warnVerwaltungsbereiche`.
- Texts hold `<br/>` and entities. Times of `references` may lack their zone; they are not read.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

import msgspec

from feeds import areas, cap
from feeds.contract import Garbled
from feeds.decoding import decoded
from feeds.nina_list import Id, Instant, channel, in_order, key
from feeds.plain_text import one_line, plain
from geodata.model import ars as keys
from geodata.model.geometry import BadGeometry, Geometry
from geodata.model.warning import OfficialWarning, WarningText, level_of_severity


class _Named(msgspec.Struct, rename="camel"):
    value_name: str = ""
    value: str | None = None


class _Area(msgspec.Struct, rename="camel"):
    area_desc: str | None = None
    geocode: list[_Named] | None = None


class _Info(msgspec.Struct, rename="camel"):
    language: str | None = None
    event: str | None = None
    response_type: list[str] | str | None = None
    urgency: str | None = None
    severity: str | None = None
    certainty: str | None = None
    event_code: list[_Named] | None = None
    onset: str | None = None
    effective: str | None = None
    expires: str | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameter: list[_Named] | None = None
    area: list[_Area] | None = None


class _Message(msgspec.Struct, rename="camel"):
    identifier: Id
    sent: Instant
    info: list[_Info]
    sender: str | None = None
    status: str | None = None
    msg_type: str | None = None
    references: str | None = None


def message(payload: bytes, unknown: Counter[str]) -> OfficialWarning:
    """The message itself, without its area's shape. Raises Garbled, naming the field."""
    raw = decoded(payload, _Message, "warning")
    if not raw.info:
        raise Garbled("warning: info is empty")
    leading = next((i for i in raw.info if (i.language or "de").lower().startswith("de")), raw.info[0])
    for name in ("urgency", "severity", "certainty"):
        word = getattr(leading, name)
        if word not in cap.WORDS[name]:
            unknown[f"{name} {str(word)[:30]}"] += 1
    msg_type, severity = raw.msg_type or "Alert", leading.severity or "Unknown"
    if msg_type not in cap.WORDS["msgType"]:
        unknown[f"msgType {msg_type[:30]}"] += 1
    given = leading.response_type
    responses = [given] if isinstance(given, str) else given or []
    parameters = {p.value_name: plain(p.value) for p in leading.parameter or [] if p.value_name and p.value}
    found = leading.area or []
    return OfficialWarning(
        key=key(raw.identifier),
        channel=channel(raw.identifier) or "other",
        sent=raw.sent,
        severity=severity,
        level=level_of_severity(severity, all_clear=msg_type == "Cancel" or "AllClear" in responses),
        texts=in_order(_text(info) for info in raw.info),
        msg_type=msg_type,
        status=raw.status or "Actual",
        urgency=leading.urgency or "Unknown",
        certainty=leading.certainty or "Unknown",
        event_code=next((c.value for c in leading.event_code or [] if "EVENTCODE" in c.value_name.upper()), None),
        onset=_time(leading.onset, "onset", unknown),
        effective=_time(leading.effective, "effective", unknown),
        expires=_time(leading.expires, "expires", unknown),
        sender=raw.sender or "",
        sender_name=one_line(parameters.get("sender_langname") or leading.sender_name),
        web=one_line(leading.web) or None,
        contact=plain(leading.contact) or None,
        area_names=tuple(dict.fromkeys(one_line(a.area_desc) for a in found if a.area_desc))[:500],
        ars=_regions(parameters.pop("warnVerwaltungsbereiche", ""), unknown),
        references=tuple(key(identifier) for identifier in cap.references(raw.references or "")),
        # index lists of the app's own map tiles, of no use to anybody else
        parameters={n: v for n, v in parameters.items() if n not in ("PHGEM", "ZGEM", "GRID")},
    )


class _Feature(msgspec.Struct):
    geometry: dict[str, object] | None = None
    properties: dict[str, object] | None = None


class _Shape(msgspec.Struct):
    features: list[_Feature]


def shape(payload: bytes) -> Geometry | None:
    """The area of a warning, all its features together. Raises Garbled."""
    features = decoded(payload, _Shape, "area").features
    try:
        return areas.together([areas.from_geojson(f.geometry) for f in features if f.geometry is not None])
    except BadGeometry as error:
        raise Garbled(f"area: {error}") from error


def warned_by(payload: bytes) -> str:
    """Which warning a GeoJSON file belongs to. Raises Garbled."""
    features = decoded(payload, _Shape, "area").features
    return next((str(f.properties["warnId"]) for f in features if f.properties and "warnId" in f.properties), "")


_ID = rb'(mow|kat|biw|lhp|pol|dwd|dwdmap)\.[^"]{3,}"'
_KINDS = {
    "dashboard": re.compile(rb'^\s*\[\s*\{(?=.*"payload"\s*:).*?"id"\s*:\s*"' + _ID, re.DOTALL),
    "map": re.compile(rb'^\s*\[\s*\{.{0,2000}?"id"\s*:\s*"' + _ID, re.DOTALL),
    "message": re.compile(rb'^\s*\{.{0,2000}?"identifier"\s*:\s*"' + _ID, re.DOTALL),
    "shape": re.compile(rb'^\s*\{(?=.*"warnId"\s*:\s*")', re.DOTALL),
}


def kind(payload: bytes) -> str | None:
    """dashboard, map, message or shape; None if it is none of ours. By the first bytes, so that a file that broke off
    is still recognised, except for a shape, which names its warning last."""
    head = payload.removeprefix(b"\xef\xbb\xbf")
    for name, pattern in _KINDS.items():
        if pattern.match(head if name == "shape" else head[:8192]):
            return name
    return None


def recognises(payload: bytes) -> bool:
    return kind(payload) is not None


def _text(info: _Info) -> WarningText:
    headline, event = one_line(info.headline), one_line(info.event)
    language = (info.language or "de")[:20]
    return WarningText(language, headline or event, event, plain(info.description), plain(info.instruction))


def _time(text: str | None, name: str, unknown: Counter[str]) -> datetime | None:
    moment = cap.instant(text) if text else None
    if text and moment is None:
        unknown[f"{name} unreadable"] += 1
    return moment


def _regions(text: str, unknown: Counter[str]) -> tuple[str, ...]:
    """Keys of the warned regions without filling zeros; Germany as a whole is left to the shape."""
    found = []
    for part in re.split(r"[\s,;]+", text):
        if part.isascii() and part.isdigit() and len(part) == 12 and part.strip("0"):
            found.append(keys.significant(part))
        elif part and part.strip("0"):
            unknown["key of a region"] += 1
    return tuple(dict.fromkeys(found))
