"""One source as a person writes it down: where it is, what it is called, which field means what.

Checked as a whole when the settings are loaded; every message names the field and what to write instead.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from feeds.configured.paths import CONSTANT
from geodata.model.duration import seconds_of
from geodata.model.level import Level

KEY = "{key}"
"""Where `key` is put into url, headers and params."""
RESERVED = frozenset({"cap", "lagebild", "own", "sensors", "manual", "imagery", "exercise"})
RSS_FIELDS = {"title": "title", "text": "summary", "at": "updated|published", "link": "link"}
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")

_SELF_TELLING = ("rss", "cap", "sensorthings")
_WEB = ("geojson", "wfs", "ogc_features")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_HOP = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "if-none-match"}


def _paths(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _level(value: object) -> object:
    if isinstance(value, str) and value.upper() in Level.__members__:
        return Level[value.upper()]
    if isinstance(value, int) and not isinstance(value, bool) and value in list(Level):
        return Level(value)
    raise ValueError(f"write one of {', '.join(Level.__members__)}")


Path: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Paths: TypeAlias = Annotated[list[Path], Field(min_length=1, max_length=10), BeforeValidator(_paths)]
Degrees: TypeAlias = Annotated[float, Field(ge=-180, le=180)]
OurLevel: TypeAlias = Annotated[Level, BeforeValidator(_level)]
Every: TypeAlias = Annotated[timedelta, BeforeValidator(seconds_of)]


class Mapping(BaseModel):
    """Which field of an item means what: dotted paths, several are put together, `a|b` is the first
    that is there, `=text` is the text itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Paths | None = Field(default=None, description="what stays the same from look to look; several for a whole key")
    title: Paths | None = Field(default=None, description="one line that names the thing")
    text: Paths | None = Field(default=None, description="what there is to read")
    at: Paths | None = Field(default=None, description="when it was reported or measured")
    expires: Paths | None = Field(default=None, description="until when it holds")
    value: Paths | None = Field(default=None, description="the measured number")
    unit: Paths | None = Field(default=None, description='its unit, usually a text of yours: "=cm"')
    quantity: Paths | None = Field(default=None, description='what is measured, usually a text of yours: "=W"')
    longitude: Paths | None = Field(default=None, description="degrees east")
    latitude: Paths | None = Field(default=None, description="degrees north")
    position: Paths | None = Field(default=None, description='"longitude,latitude" in one text')
    link: Paths | None = Field(default=None, description="address of a page about it")
    severity: Paths | None = Field(default=None, description="the source's own word for how grave it is")

    def all_paths(self) -> list[str]:
        given = [paths for paths in self.model_dump().values() if paths]
        return [path for paths in given for path in paths if not path.startswith(CONSTANT)]


class Block(BaseModel):
    """`[sources.<name>]` of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: Literal["geojson", "json", "wfs", "ogc_features", "cap", "rss", "csv", "sensorthings"] = Field(
        description="geojson, json (any list), wfs, ogc_features, cap, rss (Atom too), csv or sensorthings"
    )
    url: str = Field(min_length=8, max_length=2000, description="full address of the data; {key} stands for `key`")
    title: str = Field(min_length=1, max_length=120, description="name shown to everybody")
    licence: str = Field(min_length=1, max_length=120, description="licence of the data, or who permitted its use")
    attribution: str = Field(min_length=1, max_length=300, description="what the publisher wants to be named as")
    publisher: str = Field(default="", max_length=120, description="who publishes it; else the attribution")
    home: str = Field(default="", max_length=500, description="page about the source")
    every: Every = Field(
        default=timedelta(minutes=10), ge=timedelta(seconds=30), le=timedelta(days=1), description="30 s to 1 d"
    )
    stale_after: Every | None = Field(
        default=None, ge=timedelta(minutes=1), description="after how long without an answer it counts as old"
    )
    newest_within: Every | None = Field(
        default=None, ge=timedelta(minutes=1), description="its newest item is never older while it works"
    )
    gives: Literal["feature", "warning", "station"] = Field(
        default="feature", alias="as", description="what an item becomes: feature, warning or station"
    )
    layer: str = Field(default="", max_length=60, description="name under which its features are listed; else its own")
    items: str | None = Field(
        default=None, max_length=200, description='kind json: dotted path of the list, "" if the answer is the list'
    )
    type_name: str | None = Field(default=None, min_length=1, max_length=200, description="kind wfs: the feature type")
    version: Literal["1.1.0", "2.0.0"] = Field(default="2.0.0", description="kind wfs: 1.1.0 or 2.0.0")
    axis: Literal["lonlat", "latlon"] = Field(
        default="lonlat", description="order of the numbers in a position: lonlat, or latlon for some WFS"
    )
    crs: int = Field(default=4326, ge=1024, le=999999, description="EPSG code of the positions, such as 25832")
    within: tuple[Degrees, Degrees, Degrees, Degrees] | None = Field(
        default=None, description="west, south, east, north in degrees; else the node's area"
    )
    only: dict[Path, list[str | int | float | bool]] = Field(
        default={}, max_length=10, description="dotted path = list of the values wanted; items with others are left out"
    )
    whole: bool = Field(
        default=True, description="true: what the answer no longer holds is over; false: it only tells what is new"
    )
    keep: Every | None = Field(
        default=None, ge=timedelta(minutes=1), description="how long an item without `expires` holds, from its time on"
    )
    time: str = Field(
        default="auto", min_length=2, max_length=60, description="auto (ISO, RFC 822), epoch, epoch_ms or as %d.%m.%Y"
    )
    zone: str | None = Field(default=None, description="time zone of times without one, such as Europe/Berlin or UTC")
    decimal: Literal[".", ","] = Field(default=".", description="sign before the decimals")
    delimiter: Literal[",", ";", "\t", "|"] | None = Field(default=None, description="kind csv; none finds out")
    encoding: str = Field(default="auto", description="kind csv: utf-8, cp1252 …; auto is UTF-8, else cp1252")
    skip: int = Field(default=0, ge=0, le=100, description="kind csv: lines before the line with the column names")
    key: str | None = Field(
        default=None, min_length=1, max_length=500, repr=False, description="access key; put for {key}, never shown"
    )
    headers: dict[str, str] = Field(default={}, max_length=10, repr=False, description="headers sent with each request")
    params: dict[str, str] = Field(default={}, max_length=30, description="added to the address as ?name=value")
    max_items: int = Field(default=2000, ge=1, le=20000, description="more items than this are left out, 1 to 20000")
    max_bytes: int = Field(default=16_000_000, ge=1000, le=64_000_000, description="a longer answer is refused")
    fields: Mapping = Field(default=Mapping(), description="which field of an item means what")
    more: dict[str, Path] = Field(
        default={}, max_length=30, description="further fields to show, by the name to show: dotted path"
    )
    filter: str | None = Field(
        default=None, min_length=1, max_length=1000, description="kind sensorthings: $filter for the Datastreams wanted"
    )
    observed: dict[str, Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,30}$")]] = Field(
        default={},
        max_length=50,
        description="kind sensorthings: name, definition or id of an ObservedProperty = our quantity, W, Q, N …",
    )
    severity: dict[str, OurLevel] = Field(
        default={}, max_length=100, description="the source's word = NONE, LOW, MEDIUM, HIGH or EXTREME"
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_fields(cls, given: object) -> object:
        """RSS and Atom say themselves what most of their fields are, SensorThings is always stations."""
        if isinstance(given, dict) and given.get("kind") == "sensorthings":
            return {"as": "station", **given}
        if isinstance(given, dict) and given.get("kind") == "rss" and isinstance(given.get("fields", {}), dict):
            return {**given, "fields": {**RSS_FIELDS, **given.get("fields", {})}}
        return given

    @field_validator("url")
    @classmethod
    def _full_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("write a full address without a password in it: http://… or https://…")
        return value

    @field_validator("home")
    @classmethod
    def _page(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("write a full address: http://… or https://…")
        return value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value if value is None or ZoneInfo(value) else None
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("no such time zone; write one such as Europe/Berlin or UTC") from error

    @field_validator("crs")
    @classmethod
    def _known_crs(cls, value: int) -> int:
        try:
            CRS.from_epsg(value)
        except CRSError as error:
            raise ValueError("no such EPSG code; usual are 4326, 25832, 3857") from error
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "ä".encode("utf-8" if value == "auto" else value)
        except (LookupError, UnicodeError) as error:
            raise ValueError("no such encoding; write auto, utf-8, cp1252 or latin-1") from error
        return value

    @field_validator("headers")
    @classmethod
    def _plain_headers(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not _HEADER.fullmatch(name) or name.lower() in _HOP:
                raise ValueError(f"{name[:40]!r} is no header to be set here")
            if not text.isprintable() or not text.isascii():
                raise ValueError(f"the value of {name} must be one line of plain letters")
        return value

    @field_validator("within")
    @classmethod
    def _a_box(cls, value: tuple[float, float, float, float] | None) -> tuple[float, float, float, float] | None:
        if value and not (value[0] < value[2] and value[1] < value[3] and abs(value[1]) <= 90 and abs(value[3]) <= 90):
            raise ValueError("write west, south, east, north in degrees, with west < east and south < north")
        return value

    @model_validator(mode="after")
    def _goes_together(self) -> Block:
        for wrong, message in self._contradictions():
            if wrong:
                raise ValueError(message)
        return self

    def _contradictions(self) -> list[tuple[bool, str]]:
        fields, kind, gives = self.fields, self.kind, self.gives
        things = kind == "sensorthings"
        mapped = gives == "station" and not things
        placed = bool(fields.position or (fields.longitude and fields.latitude))
        uses_key = KEY in self.url or any(KEY in text for text in (*self.headers.values(), *self.params.values()))
        return [
            (kind == "wfs" and not self.type_name, "kind wfs needs type_name, as GetCapabilities lists it"),
            (kind != "wfs" and self.type_name is not None, "type_name belongs to kind wfs; take it out"),
            (kind == "json" and self.items is None, 'kind json needs items, the path of the list; "" for the answer'),
            (kind != "json" and self.items is not None, "items belongs to kind json; take it out"),
            (kind == "cap" and gives != "warning", 'kind cap gives warnings: write as = "warning"'),
            (kind == "cap" and bool(fields.all_paths()), "kind cap needs no fields: CAP says what each means"),
            (kind == "csv" and not placed and gives != "warning", "kind csv needs fields.longitude and .latitude"),
            (things and gives != "station", 'kind sensorthings gives stations: write as = "station" or leave it out'),
            (things and bool(fields.all_paths()), "kind sensorthings needs no fields: it says what each means"),
            (things and bool(self.params), "params do not belong to kind sensorthings; write filter"),
            (not things and self.filter is not None, "filter belongs to kind sensorthings; take it out"),
            (not things and bool(self.observed), "observed belongs to kind sensorthings; take it out"),
            (bool(fields.longitude) != bool(fields.latitude), "fields.longitude and fields.latitude belong together"),
            (bool(fields.position and fields.longitude), "fields.position takes the place of longitude and latitude"),
            (kind not in _SELF_TELLING and not fields.title, "fields.title is missing: what names the thing"),
            (kind in ("csv", "json") and not fields.id, "fields.id is missing: what stays the same from look to look"),
            (mapped and not fields.id, "as station needs fields.id"),
            (
                mapped and not (fields.value and fields.quantity and fields.unit and fields.at),
                'as station needs fields.value, fields.at, fields.quantity ("=W") and fields.unit ("=cm")',
            ),
            (gives == "warning" and kind not in ("cap", "rss") and not fields.at, "as warning needs fields.at"),
            (
                not self.whole and kind != "cap" and gives != "station" and not (self.keep or fields.expires),
                'whole = false needs fields.expires or keep = "24 h": else nothing would ever end',
            ),
            (self.key is not None and not uses_key, "key is set but {key} stands in neither url, headers nor params"),
            (self.key is None and uses_key, "{key} is written but key is not set"),
            (bool(self.headers) and not self.url.startswith("https") and not _here(self.url),
             "headers may hold a key: the address must be https"),
        ]  # fmt: skip

    @property
    def reads_geojson(self) -> bool:
        return self.kind in _WEB


def _here(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
