"""The Common Alerting Protocol 1.2 (1.1 and 1.0 read the same) as real publishers write it.

Hostile XML is refused: no DOCTYPE, no entities, no network, limits on size and depth. Else it is tolerant, because a
warning that cannot be validated is still a warning: fields in any order, empty `references`, line breaks inside
polygons, missing optional fields, several `info` blocks, signatures, any encoding. Only identifier and sent must be
there. Polygons come as "lat,lon" and leave as (lon, lat).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from feeds.areas import Circle, Ring, circle, polygon, together
from feeds.contract import Garbled
from feeds.plain_text import one_line, plain
from geodata.model.geometry import BadGeometry, Geometry
from geodata.model.level import Level
from geodata.model.warning import WarningText, level_of_severity

MAX_BYTES = 2_000_000

_NAMESPACE = re.compile(r"urn:oasis:names:tc:emergency:cap:1\.[012]|http://www\.incident\.com/cap/1\.0")
_PAIR = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*,\s*([-+]?\d+(?:\.\d+)?)(?=\s|$)")

WORDS = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown", "Very Likely"},
}
"""What the standard allows; another word is kept and counted as unknown."""


@dataclass(frozen=True, slots=True)
class Area:
    """`geocodes` in order, names may repeat. `polygons` are rings, `problems` what could not be read of the shape."""

    description: str
    polygons: tuple[Ring, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()
    altitude: str = ""
    ceiling: str = ""
    problems: tuple[str, ...] = ()

    def codes(self, name: str) -> list[str]:
        return [value for given, value in self.geocodes if given == name]


@dataclass(frozen=True, slots=True)
class Info:
    """One block, usually one language. Times are None where absent or unreadable."""

    language: str
    event: str
    urgency: str
    severity: str
    certainty: str
    responses: tuple[str, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    event_codes: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def text(self) -> WarningText:
        return WarningText(self.language, self.headline or self.event, self.event, self.description, self.instruction)


@dataclass(frozen=True, slots=True)
class Message:
    """`references` are the identifiers of earlier messages. `unknown` counts words the standard does not have."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    references: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def all_clear(self) -> bool:
        return self.msg_type == "Cancel" or any("AllClear" in info.responses for info in self.infos)

    def info(self, language: str = "de") -> Info | None:
        """The block in this language, else the first."""
        return next((i for i in self.infos if i.language.lower().startswith(language)), next(iter(self.infos), None))

    @property
    def level(self) -> Level | None:
        leading = self.info()
        return level_of_severity(leading.severity if leading else "", all_clear=self.all_clear)


def read(payload: bytes, *, max_bytes: int = MAX_BYTES) -> Message:
    """Raises Garbled, naming what is wrong."""
    root = _root(payload, max_bytes)
    unknown: Counter[str] = Counter()
    identifier = _text(root, "identifier")
    if not identifier:
        raise Garbled("CAP: identifier is missing")
    sent = instant(_text(root, "sent"))
    if sent is None:
        raise Garbled(f"CAP {identifier[:80]}: sent {_text(root, 'sent')[:40]!r} is no time with a zone")
    if not _text(root, "scope"):
        unknown["scope missing"] += 1
    return Message(
        identifier=identifier,
        sender=_text(root, "sender"),
        sent=sent,
        status=_word(root, "status", "Actual", unknown),
        msg_type=_word(root, "msgType", "Alert", unknown),
        references=references(_text(root, "references")),
        infos=tuple(_info(element, unknown) for element in _all(root, "info")),
        unknown=unknown,
    )


def instant(text: str) -> datetime | None:
    """A time with its zone; None if it is none. `-00:00` is how some write UTC."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("-00:00", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def references(text: str) -> tuple[str, ...]:
    """Identifiers of "sender,identifier,sent sender,identifier,sent". What has another form is left out; the times in
    it are not read at all, as some publishers write them without their zone."""
    parts = (part.split(",") for part in text.split())
    return tuple(dict.fromkeys(part[1].strip() for part in parts if len(part) >= 2 and part[1].strip()))


def shape_of(areas: tuple[Area, ...], *, cut_out: str = "") -> tuple[Geometry | None, str | None]:
    """The areas as one geometry, and why part or all of it is not there. `cut_out` names the geocode that holds
    polygons to leave out (DWD)."""
    problems = [p for area in areas for p in area.problems]
    parts = []
    try:
        for area in areas:
            holes = [ring(text) for text in area.codes(cut_out)] if cut_out else []
            parts += [polygon(shell, holes) for shell in area.polygons]
            parts += [circle(*c) for c in area.circles]
        if not problems:
            return together(parts), None
    except BadGeometry as error:
        problems.append(str(error))
    # half of an area would look like the whole of it
    return None, f"area not drawn: {problems[0]}"


def ring(text: str) -> Ring:
    """ "lat,lon lat,lon …" as (lon, lat). Raises BadGeometry."""
    pairs = _PAIR.findall(text)
    if _PAIR.sub("", text).strip() or not pairs:
        raise BadGeometry(f"polygon {text.strip()[:40]!r} is not a list of latitude,longitude")
    return [(float(longitude), float(latitude)) for latitude, longitude in pairs]


def _root(payload: bytes, max_bytes: int) -> etree._Element:
    if len(payload) > max_bytes:
        raise Garbled(f"CAP: more than {max_bytes} bytes")
    if not payload.strip():
        raise Garbled("CAP: the document is empty")
    if b"<!DOCTYPE" in payload:
        raise Garbled("CAP: a DOCTYPE is refused")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(payload, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Garbled(f"CAP: no whole XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding where its letters look different
        raise Garbled("CAP: a DOCTYPE is refused")
    name = etree.QName(root)
    if name.localname != "alert" or not _NAMESPACE.fullmatch(name.namespace or ""):
        raise Garbled(f"CAP: root element is {root.tag[:80]!r}, not a CAP alert")
    return root


def _info(element: etree._Element, unknown: Counter[str]) -> Info:
    def time(name: str) -> datetime | None:
        text = _text(element, name)
        moment = instant(text) if text else None
        if text and moment is None:
            unknown[f"{name} unreadable"] += 1
        return moment

    return Info(
        language=_text(element, "language") or "en-US",
        event=one_line(_text(element, "event")),
        urgency=_word(element, "urgency", "Unknown", unknown),
        severity=_word(element, "severity", "Unknown", unknown),
        certainty=_word(element, "certainty", "Unknown", unknown),
        responses=tuple(_clean(e) for e in _all(element, "responseType")),
        effective=time("effective"),
        onset=time("onset"),
        expires=time("expires"),
        sender_name=one_line(_text(element, "senderName")),
        headline=one_line(_text(element, "headline")),
        description=plain(_text(element, "description")),
        instruction=plain(_text(element, "instruction")),
        web=_text(element, "web"),
        contact=plain(_text(element, "contact")),
        event_codes=_pairs(element, "eventCode"),
        parameters=_pairs(element, "parameter"),
        areas=tuple(_area(e) for e in _all(element, "area")),
    )


def _area(element: etree._Element) -> Area:
    polygons, circles, problems = [], [], []
    for found in _all(element, "polygon"):
        if text := _clean(found):
            try:
                polygons.append(ring(text))
            except BadGeometry as error:
                problems.append(str(error))
    for found in _all(element, "circle"):
        if text := _clean(found):
            match = re.fullmatch(_PAIR.pattern + r"\s+(\d+(?:\.\d+)?)", text)
            if match:
                circles.append((float(match[2]), float(match[1]), float(match[3])))
            else:
                problems.append(f"circle {text[:40]!r} is not latitude,longitude radius")
    return Area(
        description=one_line(_text(element, "areaDesc")),
        polygons=tuple(polygons),
        circles=tuple(circles),
        geocodes=_pairs(element, "geocode"),
        altitude=_text(element, "altitude"),
        ceiling=_text(element, "ceiling"),
        problems=tuple(problems),
    )


def _pairs(element: etree._Element, name: str) -> tuple[tuple[str, str], ...]:
    """valueName and value."""
    found = ((_text(e, "valueName"), _text(e, "value")) for e in _all(element, name))
    return tuple((given, value) for given, value in found if given)


def _word(element: etree._Element, name: str, default: str, unknown: Counter[str]) -> str:
    word = _text(element, name)
    if not word:
        unknown[f"{name} missing"] += 1
    elif word not in WORDS[name]:
        unknown[f"{name} {word[:30]}"] += 1
    return word[:60] or default


def _all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Children of this name in the alert's own namespace; a signature's or extension's are not asked."""
    return element.iterchildren(f"{{{etree.QName(element).namespace}}}{name}")


def _text(element: etree._Element, name: str) -> str:
    return next((_clean(e) for e in _all(element, name)), "")


def _clean(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext()).strip()
