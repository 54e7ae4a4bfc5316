"""RSS 0.9 to 2.0, RDF and Atom as plain items, with GeoRSS and W3C positions as GeoJSON geometry.

lxml reads first, with everything hostile switched off, and repairs what feeds often have wrong; feedparser, which
knows the dialects, then only gets what is well-formed. It is given a stream: a text it might open as a file.
"""

from __future__ import annotations

import calendar
import io
from datetime import UTC, datetime
from typing import Any

import feedparser
from lxml import etree

from feeds.contract import Garbled

_ROOTS = {"rss", "RDF", "feed"}
_PARSED = {"published_parsed": "published", "updated_parsed": "updated", "expired_parsed": "expired"}
_LEFT_OUT = ("_detail", "_parsed")
_CONTENT = 20
MOST = 5_000


def xml_root(payload: bytes, *, recover: bool = True) -> etree._Element:
    """The document's root. Raises Garbled: no XML, or a DOCTYPE."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, recover=recover,
    )  # fmt: skip
    if not payload.strip():
        raise Garbled("the answer is empty")
    if b"<!DOCTYPE" in payload or b"<!ENTITY" in payload:
        raise Garbled("a DOCTYPE is refused")
    try:
        root = etree.fromstring(payload, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Garbled(f"no whole XML: {error}") from error
    if root is None:
        raise Garbled("no XML")
    if root.getroottree().docinfo.internalDTD is not None:  # in an encoding where its letters look different
        raise Garbled("a DOCTYPE is refused")
    return root


def entries(payload: bytes) -> list[dict[str, Any]]:
    """The entries, each with `geometry` if it has a place. Raises Garbled."""
    root = xml_root(payload)
    name = root.tag.rsplit("}", 1)[-1] if isinstance(root.tag, str) else ""
    if name not in _ROOTS:
        raise Garbled(f"no RSS or Atom: the root element is {name[:40]!r}")
    last = root if name == "feed" else root.find("channel") if name == "rss" else root
    if not payload.rstrip().endswith(b">") or last is None:
        raise Garbled("the feed breaks off")
    listed = sum(1 for e in root.iter() if isinstance(e.tag, str) and e.tag.rsplit("}", 1)[-1] in ("item", "entry"))
    if listed > MOST:
        raise Garbled(f"more than {MOST} entries")
    clean = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    try:
        found = feedparser.parse(io.BytesIO(clean), sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, LookupError, AssertionError) as error:
        raise Garbled(f"no feed that can be read: {type(error).__name__}") from error
    return [_plain(entry) for entry in found.entries]


def _plain(entry: Any) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for name, value in entry.items():
        if name in _PARSED and value:
            item[_PARSED[name]] = _instant(value) or item.get(_PARSED[name])
        elif not name.endswith(_LEFT_OUT) and name != "where" and _PARSED.get(f"{name}_parsed") not in item:
            item[name] = _told(value, 4)
    if geometry := _geometry(entry):
        item["geometry"] = geometry
    return item


def _told(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return {str(name): _told(part, depth - 1) for name, part in list(value.items())[:_CONTENT]}
    if isinstance(value, list | tuple) and depth:
        return [_told(part, depth - 1) for part in value[:_CONTENT]]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _instant(parsed: Any) -> str | None:
    """feedparser gives UTC."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat()
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _geometry(entry: Any) -> dict[str, Any] | None:
    where = entry.get("where")
    if isinstance(where, dict) and where.get("type"):
        if where["type"] == "Box":
            try:
                (west, south), (east, north) = where["coordinates"]
            except (KeyError, TypeError, ValueError):
                return None
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            return {"type": "Polygon", "coordinates": [ring]}
        return {"type": where["type"], "coordinates": _told(where.get("coordinates"), 5)}
    latitude, longitude = entry.get("geo_lat"), entry.get("geo_long")
    try:
        if latitude and longitude:
            return {"type": "Point", "coordinates": [float(longitude), float(latitude)]}
    except (TypeError, ValueError):
        return None
    return None
