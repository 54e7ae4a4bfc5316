"""Rows as entities in the words of SensorThings 1.1 (OGC 18-088, section 8.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from service.sensorthings.schema import PROPERTIES, SETS, UNITS, Key

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
GEOJSON = "application/geo+json"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
SAFE = "._:+~-'"
"""Signs in ids that stand in an address as they are."""


def id_of(name: str, row: Any) -> str:
    """The entity's id."""
    if name == "Observations":
        return f"{row.datastream}.{(row.at - _EPOCH) // _MICROSECOND}"
    key = SETS[name].key
    assert key is not None
    return key_of(row, key)


def key_of(row: Any, key: Key) -> str:
    return str(getattr(row, key.value))


def address(name: str, id: str) -> str:
    """Relative to the service's root."""
    return f"{name}('{quote(id.replace(chr(39), chr(39) * 2), safe=SAFE)}')"


def entity(name: str, row: Any, root: str, span: tuple[datetime, datetime] | None = None) -> dict[str, Any]:
    """All properties and links. `span` is of a Datastream: times of its first and last value."""
    id = id_of(name, row)
    link = f"{root}/{address(name, id)}"
    content = _datastream(row, span) if name == "Datastreams" else _CONTENT[name](row)
    links = {f"{nav}@iot.navigationLink": f"{link}/{nav}" for nav in SETS[name].navs}
    return {"@iot.id": id, "@iot.selfLink": link, **content, **links}


def selected(found: dict[str, Any], names: frozenset[str] | None) -> dict[str, Any]:
    """What $select leaves of it."""
    if names is None:
        return found
    kept = {"@iot.id", "@iot.selfLink"} if "id" in names else set()
    kept |= {name if not name[:1].isupper() else f"{name}@iot.navigationLink" for name in names}
    return {name: value for name, value in found.items() if name in kept}


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _thing(row: Any) -> dict[str, Any]:
    body = row.body
    told = ("kind", "water", "river_km", "operator", "number", "municipality")
    properties = {name: body[name] for name in told if body.get(name) is not None}
    return {"name": row.name, "description": _place_name(body), "properties": {**properties, "source": row.source}}


def _location(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "description": _place_name(row.body),
        "encodingType": GEOJSON,
        "location": _point(row),
        "properties": {},
    }


def _feature(row: Any) -> dict[str, Any]:
    feature = _point(row) or {"type": "Feature", "geometry": None, "properties": {}}
    return {
        "name": row.name,
        "description": _place_name(row.body),
        "encodingType": GEOJSON,
        "feature": feature,
        "properties": {},
    }


def _historical(row: Any) -> dict[str, Any]:
    return {"time": instant(row.as_of)}


def _datastream(row: Any, span: tuple[datetime, datetime] | None) -> dict[str, Any]:
    body, unit = row.body, row.unit or ""
    name, definition = UNITS.get(unit, (unit, ""))
    known = PROPERTIES.get(row.quantity)
    properties = {
        "thresholds": [
            {part: mark[part] for part in ("name", "title", "value", "unit", "level") if mark.get(part) is not None}
            for mark in body.get("thresholds") or []
        ],
        "every_minutes": body.get("every"),
        "gauge_zero": body.get("gauge_zero"),
        "comment": body.get("comment"),
    }
    times = f"{instant(span[0])}/{instant(span[1])}" if span else None
    content = {
        "name": row.name,
        "description": f"{known.description if known else row.quantity}, {row.station_name}",
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {"name": name, "symbol": unit, "definition": definition},
        "observedArea": _point(row),
        "phenomenonTime": times,
        "resultTime": times,
        "properties": {name: value for name, value in properties.items() if value},
    }
    return {name: value for name, value in content.items() if value is not None}


def _sensor(row: Any) -> dict[str, Any]:
    feed = row.body or {}
    told = ("licence", "attribution", "publisher", "home")
    return {
        "name": row.name,
        "description": feed.get("attribution") or row.name,
        "encodingType": "text/plain",
        "metadata": feed.get("home") or row.source,
        "properties": {name: feed[name] for name in told if feed.get(name)},
    }


def _property(row: Any) -> dict[str, Any]:
    known = PROPERTIES.get(row.quantity)
    return {
        "name": row.name,
        "definition": known.definition if known else f"urn:lagebild:quantity:{row.quantity}",
        "description": known.description if known else row.quantity,
    }


def _observation(row: Any) -> dict[str, Any]:
    """The time is the source's, however old. What the source has revised since says how often."""
    at = instant(row.at)
    content: dict[str, Any] = {"phenomenonTime": at, "resultTime": at, "result": row.value}
    if row.corrections:
        content["resultQuality"] = {"corrections": row.corrections}
    return content


def _point(row: Any) -> dict[str, Any] | None:
    if row.longitude is None or row.latitude is None:
        return None
    return {"type": "Point", "coordinates": [row.longitude, row.latitude]}


def _place_name(body: dict[str, Any]) -> str:
    return ", ".join(str(part) for part in (body["name"], body.get("water"), body.get("operator")) if part)


_CONTENT = {
    "Things": _thing,
    "Locations": _location,
    "HistoricalLocations": _historical,
    "FeaturesOfInterest": _feature,
    "Sensors": _sensor,
    "ObservedProperties": _property,
    "Observations": _observation,
}
