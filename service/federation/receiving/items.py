"""One item of an envelope, read by itself: what is wrong with it harms no other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.geometry import BadGeometry, Bbox, Geometry, check
from geodata.model.ref import BadRef, Ref
from service.federation.peers.peer import Peer
from service.federation.receiving import known
from service.federation.wire import envelope as wire
from service.federation.wire.envelope import Drop, Item, Put, Share

MOST_BODY = 256_000
"""Bytes of a body as JSON."""
DEEPEST = 24
MOST_TERMS = 20_000
MOST_VERSION = 2**31 - 1
_PLACED = ("position", "station")
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class BadItem(ValueError):
    """The item is set aside; `field` names the place, `ref` the thing if it says one."""

    def __init__(self, field: str, reason: str, ref: str = "") -> None:
        super().__init__(reason)
        self.field, self.ref = field, ref


class _Provenance(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    source: wire.Short
    as_of: datetime
    received_at: datetime
    confidence: Confidence = Confidence.REPORTED


class _Named(msgspec.Struct, frozen=True):
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A put that may lie in the picture. `whole`: our model knows all of its body."""

    put: Put
    fact: Fact
    whole: bool


def decode(raw: bytes) -> Item:
    """Raises BadItem."""
    try:
        item: Item = wire.read_item.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadItem(_place(str(error)), str(error)[:300], _named(raw)) from error
    if isinstance(item, Share):
        if item.version > MOST_VERSION:
            raise BadItem("version", f"at most {MOST_VERSION}")
        if _plain(msgspec.to_builtins(item), 0) > MOST_TERMS:
            raise BadItem("terms", f"a share is announced in at most {MOST_TERMS} bytes")
    else:
        for name in ("share", "ref", "walk"):
            if "\x00" in (getattr(item, name, None) or ""):
                raise BadItem(name, "a text with NUL in it")
    return item


def whose(item: Put | Drop, peer: Peer, own: str) -> Ref:
    """The thing's ref, if this partner may speak of it: it is its own, or its origin's proof will be asked.

    Raises BadItem."""
    try:
        ref = Ref.parse(item.ref)
    except BadRef as error:
        raise BadItem("ref", str(error)[:300]) from error
    if ref.origin == own or own in item.path:
        raise BadItem("ref", "nobody tells us of what is our own", item.ref)
    if not item.path and ref.origin != peer.origin:
        raise BadItem("ref", f"{peer.origin} tells of {ref.origin}, and has not passed it on with a proof", item.ref)
    if item.path and (ref.origin == peer.origin or ref.origin in item.path or item.path[-1] != peer.origin):
        raise BadItem("path", "the last in the path is who passes it on, and its origin is not in it", item.ref)
    return ref


def tell(put: Put, ref: Ref, room: str) -> Told:
    """The put as a fact of this room. Raises BadItem."""
    try:
        size = _plain(put.body, 0)
        if size > MOST_BODY:
            raise BadItem("body", f"the body is larger than {MOST_BODY} bytes")
        provenance = _provenance(put.provenance)
        body, geometry = put.body, None
        if body.get("geometry") is not None:
            geometry = _geometry(body["geometry"])
            body = {**body, "geometry": geometry.as_geojson()}
        elif ref.kind in _PLACED and body.get("longitude") is not None:
            geometry = _geometry({"type": "Point", "coordinates": [body["longitude"], body.get("latitude")]})
        elif ref.kind == "extent" and body.get("footprint") is not None:
            geometry = _geometry(body["footprint"])
        body, whole = known.read(ref.kind, body)
        return Told(put, Fact(ref, room, provenance, body, geometry, _extent(put.extent)), whole)
    except known.BadBody as error:
        raise BadItem(f"body.{error.field}"[:200], str(error)[:300], put.ref) from error
    except BadItem as error:
        raise BadItem(error.field, str(error), put.ref) from error


def _geometry(raw: object) -> Geometry:
    try:
        return check(raw)
    except (BadGeometry, OverflowError) as error:
        raise BadItem("body.geometry", str(error)[:300]) from error


def _extent(extent: wire.Box | None) -> Bbox | None:
    if extent is None:
        return None
    west, south, east, north = extent
    if not all(map(math.isfinite, extent)) or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadItem("extent", "extent is west, south, east, north in degrees")
    return extent


def _provenance(raw: dict[str, Any]) -> Provenance:
    _plain(raw, 0)
    try:
        said = msgspec.convert(raw, _Provenance)
        for name in ("as_of", "received_at"):
            at = getattr(said, name)
            if at.tzinfo is None or not _EARLIEST <= at <= _LATEST:
                raise BadItem(f"provenance.{name}", "a time with a zone, of these centuries")
        return Provenance(said.source, said.as_of, said.received_at, said.confidence)
    except msgspec.ValidationError as error:
        raise BadItem(f"provenance.{_place(str(error))}", str(error)[:300]) from error


def _plain(value: Any, depth: int) -> int:
    """About how many bytes it is as JSON. Raises BadItem for what the database or a browser cannot hold."""
    if depth > DEEPEST:
        raise BadItem("body", f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        if "\x00" in value:
            raise BadItem("body", "a text with NUL in it")
        try:
            return len(value.encode()) + 2
        except UnicodeEncodeError as error:
            raise BadItem("body", "a text that is no Unicode") from error
    if isinstance(value, dict):
        return 2 + sum(_plain(key, depth) + _plain(each, depth + 1) + 2 for key, each in value.items())
    if isinstance(value, list):
        return 2 + sum(_plain(each, depth + 1) + 1 for each in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadItem("body", "a number that is not finite")
    if isinstance(value, int) and not -(2**53) <= value <= 2**53:
        raise BadItem("body", "a whole number beyond 2^53")
    return 8


def _named(raw: bytes) -> str:
    """The ref of an item that cannot be read, if it says one."""
    try:
        return msgspec.json.decode(raw, type=_Named).ref[:300].replace("\x00", "")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ""


def _place(message: str) -> str:
    if "$" in message:
        return message.rpartition("$")[2].strip("`.")[:200] or "item"
    quoted = message.split("`")
    return quoted[1][:200] if len(quoted) > 1 else "item"
