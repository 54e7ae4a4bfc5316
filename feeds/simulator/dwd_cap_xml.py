"""One DWD warning as CAP 1.2, with the DWD's own profile: event codes, WARNCELLID, EXCLUDE_POLYGON, heights in feet."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from lxml import etree
from shapely.geometry import LinearRing

from feeds.simulator.gauge import LOCAL
from feeds.simulator.warnings import WeatherAlert

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
PROFILE = "2.1.13"
LICENCE = "© GeoBasis-DE / BKG 2016 (Daten modifiziert)"
FLOOR, CEILING = "0.0", "9842.5197"
"""Feet: the ground and 3000 m, by which the DWD says "everywhere"."""

_COLOURS = {"Minor": "255 235 59", "Moderate": "251 140 0", "Severe": "229 57 53", "Extreme": "136 14 79"}


@lru_cache(maxsize=512)
def cap_xml(alert: WeatherAlert, former: tuple[WeatherAlert, ...], language: str, ahead: timedelta) -> bytes:
    """`language` DE, EN or MUL (an info block for each); `former` the messages it refers to."""
    root = etree.Element("alert", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs forbid the default namespace
    _texts(
        root,
        identifier=f"{alert.identifier}.{language}",
        sender="opendata@dwd.de",
        sent=_local(alert.sent + ahead),
        status="Actual",
        msgType=alert.type,
        source="PVW",
        scope="Public",
        code=f"id:{alert.identifier}",
    )
    if former:
        references = (f"opendata@dwd.de,{a.identifier}.{language},{_local(a.sent + ahead)}" for a in former)
        _texts(root, references=" ".join(references))
    if language in ("DE", "MUL"):
        _info(root, alert, "de-DE", alert.event, alert.headline, alert.description, alert.instruction, ahead)
    if language in ("EN", "MUL"):
        texts = (alert.event_en, alert.headline_en, alert.description_en, alert.instruction_en)
        _info(root, alert, "en", *texts, ahead)
    etree.indent(root, "  ")
    body: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    return body.replace(b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>", _DECLARATION) + b"\n"


_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def _info(
    root: etree._Element,
    alert: WeatherAlert,
    language: str,
    event: str,
    headline: str,
    description: str,
    instruction: str,
    ahead: timedelta,
) -> None:
    info = etree.SubElement(root, "info")
    _texts(
        info,
        language=language,
        category="Met",
        event=event,
        responseType="AllClear" if alert.type == "Cancel" else "Prepare",
        urgency=alert.urgency,
        severity=alert.severity,
        certainty=alert.certainty,
    )
    codes = (
        ("PROFILE_VERSION", PROFILE),
        ("LICENSE", LICENCE),
        ("II", str(alert.ii)),
        ("GROUP", alert.group),
        ("AREA_COLOR", _COLOURS[alert.severity]),
    )
    for name, value in codes:
        _texts(etree.SubElement(info, "eventCode"), valueName=name, value=value)
    _texts(
        info,
        effective=_local(alert.sent + ahead),
        onset=_local(alert.onset + ahead),
        expires=_local(alert.expires + ahead),
        senderName="Deutscher Wetterdienst",
        headline=headline,
        description=description,
        instruction=instruction,
        web="https://www.wettergefahren.de",
        contact="Deutscher Wetterdienst",
    )
    for name, value in alert.parameters:
        _texts(etree.SubElement(info, "parameter"), valueName=name, value=value)
    _areas(info, alert)


def _areas(info: etree._Element, alert: WeatherAlert) -> None:
    """First the outlines, whose holes are geocodes of their own; then one area per municipality, without outline."""
    for part in alert.parts:
        area = etree.SubElement(info, "area")
        _texts(area, areaDesc="polygonal event area", polygon=_ring(part.exterior))
        for hole in part.interiors:
            _texts(etree.SubElement(area, "geocode"), valueName="EXCLUDE_POLYGON", value=f"{_ring(hole)} ")
        _texts(area, altitude=FLOOR, ceiling=CEILING)
    for municipality in alert.municipalities:
        area = etree.SubElement(info, "area")
        _texts(area, areaDesc=municipality.title)
        _texts(etree.SubElement(area, "geocode"), valueName="WARNCELLID", value=f"8{municipality.ags}")
        _texts(area, altitude=FLOOR, ceiling=CEILING)


def _ring(ring: LinearRing) -> str:
    """Latitude before longitude, as CAP wants it. The DWD repeats the last pair once more."""
    pairs = [f"{y:.6f},{x:.6f}" for x, y in ring.coords]
    return " ".join([*pairs, pairs[-1]])


def _texts(parent: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, name).text = text or None


def _local(at: datetime) -> str:
    return at.astimezone(LOCAL).isoformat(timespec="seconds")
