"""The Common Alerting Protocol 1.2 (1.1 and 1.0 read the same) as real publishers write it.

Hostile XML is refused: no DOCTYPE, no entities, no network, limits on size and depth. Else it is tolerant, because a
warning that cannot be validated is still a warning: fields in any order, empty `references`, line breaks inside
polygons, missing optional fields, several `info` blocks, signatures, any encoding. Only identifier and sent must be
there. Polygons come as "lat,lon" and leave as (lon, lat).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from feeds.areas import Circle, Ring, circle, polygon, together
from feeds.contract import Garbled
from feeds.plain_text import one_line, plain
from feeds.safe_xml import root_of
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


def read(payload: bytes, *, max_bytes: int = MAX_BYTES, languages: tuple[str, ...] = ()) -> Message:
    """Only blocks in `languages` are read if there are any; a storm's message says the same in eight languages.

    Raises Garbled, naming what is wrong."""
    root = _Parts(_root(payload, max_bytes))
    unknown: Counter[str] = Counter()
    identifier = root.text("identifier")
    if not identifier:
        raise Garbled("CAP: identifier is missing")
    sent = instant(root.text("sent"))
    if sent is None:
        raise Garbled(f"CAP {identifier[:80]}: sent {root.text('sent')[:40]!r} is no time with a zone")
    if not root.text("scope"):
        unknown["scope missing"] += 1
    return Message(
        identifier=identifier,
        sender=root.text("sender"),
        sent=sent,
        status=root.word("status", "Actual", unknown),
        msg_type=root.word("msgType", "Alert", unknown),
        references=references(root.text("references")),
        infos=tuple(_info(element, unknown) for element in _wanted(root.all("info"), languages)),
        unknown=unknown,
    )


def _wanted(infos: list[etree._Element], languages: tuple[str, ...]) -> list[etree._Element]:
    chosen = [e for e in infos if _Parts(e).text("language").lower().startswith(languages)] if languages else []
    return chosen or infos


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
    root = root_of(payload, max_bytes, "CAP")
    name = etree.QName(root)
    if name.localname != "alert" or not _NAMESPACE.fullmatch(name.namespace or ""):
        raise Garbled(f"CAP: root element is {root.tag[:80]!r}, not a CAP alert")
    return root


def _info(element: etree._Element, unknown: Counter[str]) -> Info:
    parts = _Parts(element)

    def time(name: str) -> datetime | None:
        text = parts.text(name)
        moment = instant(text) if text else None
        if text and moment is None:
            unknown[f"{name} unreadable"] += 1
        return moment

    return Info(
        language=parts.text("language") or "en-US",
        event=one_line(parts.text("event")),
        urgency=parts.word("urgency", "Unknown", unknown),
        severity=parts.word("severity", "Unknown", unknown),
        certainty=parts.word("certainty", "Unknown", unknown),
        responses=tuple(_clean(e) for e in parts.all("responseType")),
        effective=time("effective"),
        onset=time("onset"),
        expires=time("expires"),
        sender_name=one_line(parts.text("senderName")),
        headline=one_line(parts.text("headline")),
        description=plain(parts.text("description")),
        instruction=plain(parts.text("instruction")),
        web=parts.text("web"),
        contact=plain(parts.text("contact")),
        event_codes=parts.pairs("eventCode"),
        parameters=parts.pairs("parameter"),
        areas=tuple(_area(e) for e in parts.all("area")),
    )


def _area(element: etree._Element) -> Area:
    parts = _Parts(element)
    polygons, circles, problems = [], [], []
    for found in parts.all("polygon"):
        if text := _clean(found):
            try:
                polygons.append(ring(text))
            except BadGeometry as error:
                problems.append(str(error))
    for found in parts.all("circle"):
        if text := _clean(found):
            match = re.fullmatch(_PAIR.pattern + r"\s+(\d+(?:\.\d+)?)", text)
            if match:
                circles.append((float(match[2]), float(match[1]), float(match[3])))
            else:
                problems.append(f"circle {text[:40]!r} is not latitude,longitude radius")
    return Area(
        description=one_line(parts.text("areaDesc")),
        polygons=tuple(polygons),
        circles=tuple(circles),
        geocodes=parts.pairs("geocode"),
        altitude=parts.text("altitude"),
        ceiling=parts.text("ceiling"),
        problems=tuple(problems),
    )


class _Parts:
    """An element's children by name, as far as they are in its own namespace: a signature's are not asked."""

    def __init__(self, element: etree._Element) -> None:
        namespace = f"{{{etree.QName(element).namespace}}}"
        self._found: dict[str, list[etree._Element]] = {}
        for child in element:
            if isinstance(child.tag, str) and child.tag.startswith(namespace):
                self._found.setdefault(child.tag[len(namespace) :], []).append(child)

    def all(self, name: str) -> list[etree._Element]:
        return self._found.get(name, [])

    def text(self, name: str) -> str:
        found = self._found.get(name)
        return _clean(found[0]) if found else ""

    def word(self, name: str, default: str, unknown: Counter[str]) -> str:
        word = self.text(name)
        if not word:
            unknown[f"{name} missing"] += 1
        elif word not in WORDS[name]:
            unknown[f"{name} {word[:30]}"] += 1
        return word[:60] or default

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """valueName and value of each."""
        found = [_Parts(element) for element in self.all(name)]
        return tuple((p.text("valueName"), p.text("value")) for p in found if p.text("valueName"))


def _clean(element: etree._Element) -> str:
    if not len(element):
        return (element.text or "").strip()
    return "".join(str(part) for part in element.itertext()).strip()
