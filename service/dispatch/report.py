"""One report of a dispatch system or a tracker: what a resource does, where it is. Each is checked by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.incident import Words
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import Latitude, Longitude, Position
from geodata.model.strength import parse as parse_strength

FUTURE = timedelta(minutes=2)
"""How far a sender's clock may be ahead."""
OLDEST = timedelta(days=366)
MOST = 1_000
_NAMED = re.compile(r"field `([^`]*)`")

Fms = Annotated[int, Meta(ge=0, le=9)] | Annotated[str, Meta(pattern=r"^[0-9]$")]


class Report(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`id` is unique of the sender: a report that comes twice counts once. Named by `resource` (our id), `external_id`,
    `opta` or `callsign`. `fms` is the digit, `speed` in m/s, `heading` in degrees from north, `accuracy` in metres,
    `strength` of the crew such as 1/8 or 0/1/8//9."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    at: Annotated[datetime, Meta(tz=True)]
    resource: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    external_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    opta: Annotated[str, Meta(min_length=1, max_length=24)] | None = None
    callsign: Words | None = None
    fms: Fms | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None
    speed: Annotated[float, Meta(ge=0, le=400)] | None = None
    heading: Annotated[float, Meta(ge=0, le=360)] | None = None
    accuracy: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    strength: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    note: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None

    @property
    def names(self) -> list[tuple[str, str]]:
        """By which it can be found, the surest first; an OPTA has 24 signs, spaces kept."""
        given = (("external_id", self.external_id), ("opta", self.opta and self.opta.ljust(24)),
                 ("callsign", self.callsign))  # fmt: skip
        return [(field, name) for field, name in given if name]

    @property
    def shown(self) -> str:
        """How the sender calls it, for the list of what nobody knows."""
        return self.callsign or self.opta or self.external_id or self.resource or ""

    def position(self, source: str) -> Position | None:
        if self.longitude is None or self.latitude is None:
            return None
        heading = None if self.heading is None else self.heading % 360
        return Position(self.longitude, self.latitude, self.at, source, self.accuracy, self.speed, heading)


class Result(StrEnum):
    """ACCEPTED: what is new of it is in the picture. REPEATED: this id came before. OLDER: what is known is as new.
    UNKNOWN: no resource of this name in what the sender may write."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    OLDER = "older"
    UNKNOWN = "unknown"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Outcome:
    result: Result
    resource: str | None = None
    field: str | None = None
    reason: str | None = None


class Bad(ValueError):
    """One report cannot be taken; `field` says which part of it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def read(raw: bytes | msgspec.Raw, now: datetime) -> Report:
    """Raises Bad."""
    try:
        report = msgspec.json.decode(raw, type=Report)
    except msgspec.ValidationError as error:
        raise Bad(field_of(str(error)), str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Bad("report", f"this is not JSON: {error}") from error
    return check(report, now)


def check(report: Report, now: datetime) -> Report:
    """The report, if it says something of something at a time that can be. Raises Bad."""
    for field in ("id", "resource", "external_id", "opta", "callsign", "note"):
        if "\x00" in (getattr(report, field) or ""):
            raise Bad(field, f"{field} has a NUL in it")
    if report.at > now + FUTURE:
        raise Bad("at", f"{report.at.isoformat()} lies in the future; set the sender's clock")
    if report.at < now - OLDEST:
        raise Bad("at", f"{report.at.isoformat()} is older than a year")
    if not report.names and report.resource is None:
        raise Bad("callsign", "name the resource: callsign, opta, external_id or resource")
    if report.resource is not None:
        try:
            Ref("local", "resource", report.resource)
        except BadRef as error:
            raise Bad("resource", "this is no id of a resource") from error
    if (report.longitude is None) is not (report.latitude is None):
        raise Bad("latitude" if report.latitude is None else "longitude", "a place has longitude and latitude")
    if report.longitude is None and report.fms is None and report.strength is None and report.note is None:
        raise Bad("fms", "it says nothing: send fms, longitude and latitude, strength or note")
    if report.strength is not None:
        try:
            parse_strength(report.strength)
        except BadEdit as error:
            raise Bad("strength", str(error)) from error
    return report


def field_of(message: str) -> str:
    """The field that a message of msgspec is about."""
    if "$." in message:
        return message.rpartition("$.")[2].rstrip("`")
    named = _NAMED.search(message)
    return named[1][:80] if named else "report"
