"""Answers of SensorThings servers, decoded; what is in them is checked by whoever reads it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.contract import Garbled
from feeds.decoding import decoded

Id = int | str
OF_DATASTREAM = re.compile(r"Datastreams\(('(?:[^']|'')*'|\d{1,18})\)(?:/Observations)?/?$")
"""The end of a link or an MQTT topic that says of which Datastream an Observation is."""
_NUMBER = re.compile(r"[-+]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][-+]?\d{1,2})?")


class Unusable(ValueError):
    """This one cannot be used; the message says why."""


class Page(msgspec.Struct):
    value: list[msgspec.Raw]
    next: str | None = msgspec.field(name="@iot.nextLink", default=None)


class Datastream(msgspec.Struct):
    id: Id = msgspec.field(name="@iot.id")
    unit: Any = msgspec.field(name="unitOfMeasurement", default=None)
    area: Any = msgspec.field(name="observedArea", default=None)
    thing: Any = msgspec.field(name="Thing", default=None)
    property: Any = msgspec.field(name="ObservedProperty", default=None)
    observations: list[msgspec.Raw] | None = msgspec.field(name="Observations", default=None)

    def last(self) -> datetime | None:
        """Time of its newest Observation, if the server told that first as it was asked to."""
        try:
            return msgspec.json.decode(self.observations[0], type=Observation).at() if self.observations else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Unusable):
            return None


class Observation(msgspec.Struct):
    """`link` and `datastream` tell of which Datastream it is, where the server says so."""

    result: Any = None
    time: Any = msgspec.field(name="phenomenonTime", default=None)
    made: Any = msgspec.field(name="resultTime", default=None)
    link: Any = msgspec.field(name="Datastream@iot.navigationLink", default=None)
    datastream: Any = msgspec.field(name="Datastream", default=None)

    def value(self) -> float:
        """Raises Unusable."""
        value = self.result
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unusable("result is not a number")
        if not -1e15 <= value <= 1e15 or math.isnan(value):
            raise Unusable("result is not a possible number")
        return float(value)

    def at(self) -> datetime:
        """When it was measured, of a stretch its end. Raises Unusable."""
        text = self.time if isinstance(self.time, str) and self.time else self.made
        if not isinstance(text, str) or not text:
            raise Unusable("no phenomenonTime")
        moment = instant(text.rsplit("/", 1)[-1])
        if moment is None:
            raise Unusable("phenomenonTime is no time with a time zone")
        return moment

    def of(self) -> str | None:
        """The Datastream's id as it stands in an address."""
        id = self.datastream.get("@iot.id") if isinstance(self.datastream, dict) else None
        if isinstance(id, int | str) and not isinstance(id, bool):
            return written(id)
        found = OF_DATASTREAM.search(self.link) if isinstance(self.link, str) and len(self.link) < 2000 else None
        return found[1] if found else None


def page(payload: bytes) -> Page:
    """Raises Garbled."""
    try:
        return decoded(payload, Page, "SensorThings")
    except Garbled as error:
        raise Garbled(f"{error}{_told(payload)}") from error


def written(id: Id) -> str:
    """An id as it stands in an address."""
    return str(id) if isinstance(id, int) else "'" + id.replace("'", "''") + "'"


def instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def text_of(found: Any, name: str) -> str:
    """A text of an object, "" if there is none."""
    value = found.get(name) if isinstance(found, Mapping) else None
    return str(value).strip()[:1000] if isinstance(value, str) or (type(value) is int and abs(value) < 10**18) else ""


def point_of(found: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a GeoJSON point or of a feature that is one."""
    if isinstance(found, Mapping) and found.get("type") == "Feature":
        found = found.get("geometry")
    if not isinstance(found, Mapping) or found.get("type") != "Point":
        return None
    place = found.get("coordinates")
    if not isinstance(place, list) or not 2 <= len(place) <= 4:
        return None
    east, north = place[0], place[1]
    if type(east) not in (int, float) or type(north) not in (int, float):
        return None
    return (float(east), float(north)) if -180 <= east <= 180 and -90 <= north <= 90 else None


def _told(payload: bytes) -> str:
    """What the server says is wrong, if it says so."""
    try:
        found = msgspec.json.decode(payload[:20_000])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return f": the server says {str(found['message'])[:200]}" if isinstance(found, dict) and "message" in found else ""
