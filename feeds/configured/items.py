"""An answer as a list of items, whatever the format; the items are then mapped alike."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from feeds.configured.block import Block
from feeds.configured.entries import entries
from feeds.configured.paths import OR, find
from feeds.contract import Dropped, Garbled
from feeds.decoding import decoded, excerpt

_CODE = re.compile(r"EPSG:(?::|[0-9.]*:)?(\d{4,6})\b|EPSG/0/(\d{4,6})")
_EXCEPTION = re.compile(rb"<(?:\w+:)?(?:ExceptionText|ServiceException)[^>]*>\s*([^<]{1,300})")
_MAX_COLUMN = 100_000
_SNIFFED = 20_000


@dataclass(slots=True)
class Page:
    """`more` says that the source has more items than it gave, `next` is where they are."""

    items: list[Any]
    more: int = 0
    next: str | None = None
    dropped: list[Dropped] = field(default_factory=list)


def page_of(block: Block, payload: bytes) -> Page:
    """Raises Garbled."""
    if len(payload) > block.max_bytes:
        raise Garbled(f"more than {block.max_bytes} bytes")
    if block.kind == "csv":
        return Page(list(_rows(block, payload)))
    if block.kind == "rss":
        return Page(entries(payload))
    if block.kind == "json":
        found = _json(payload)
        items = find(found, block.items) if block.items else found
        if not isinstance(items, list):
            raise Garbled(f"items: there is no list at {block.items or 'the top'!r}")
        return Page(items)
    return _collection(block, _json(payload))


def _json(payload: bytes) -> Any:
    if payload.lstrip()[:1] == b"<" and (told := _EXCEPTION.search(payload[:20_000])):
        raise Garbled(f"the server says: {told[1].decode('utf-8', 'replace').strip()}")
    return decoded(payload, Any, "answer")


def _collection(block: Block, found: Any) -> Page:
    if not isinstance(found, dict):
        raise Garbled("no GeoJSON object")
    if found.get("type") == "Feature":
        items: Any = [found]
    elif found.get("type") == "FeatureCollection":
        items = found.get("features")
    else:
        raise Garbled(f"no GeoJSON FeatureCollection but {str(found.get('type') or sorted(found)[:8])[:100]}")
    if not isinstance(items, list):
        raise Garbled("the FeatureCollection has no list of features")
    _check_crs(block, found.get("crs"))
    given, matched = found.get("numberReturned"), found.get("numberMatched")
    more = matched - given if type(given) is int and type(matched) is int and matched > given else 0
    return Page(items, more, _next(found.get("links")))


def _check_crs(block: Block, crs: Any) -> None:
    """Raises Garbled if the answer says that its positions are in another system than the block does."""
    name = find(crs, "properties.name")
    match = _CODE.search(name) if isinstance(name, str) else None
    said = int(match[1] or match[2]) if match else None
    if said is not None and said != block.crs:
        raise Garbled(f"the positions are in EPSG:{said}: write crs = {said}")


def _next(links: Any) -> str | None:
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            return str(link["href"])
    return None


def _rows(block: Block, payload: bytes) -> Iterator[dict[str, Any]]:
    text = _text(block, payload)
    if text.lstrip()[:1] == "<":
        raise Garbled("HTML or XML instead of CSV")
    lines = io.StringIO(text, newline="")
    for _ in range(block.skip):
        lines.readline()
    delimiter = block.delimiter or _delimiter(text[lines.tell() : lines.tell() + _SNIFFED])
    csv.field_size_limit(_MAX_COLUMN)
    rows = csv.reader(lines, delimiter=delimiter)
    try:
        names = [name.strip() for name in next(rows, [])]
        wanted = {*block.fields.all_paths(), *block.only}
        missing = sorted(path for path in wanted if not set(path.split(OR)) & set(names))
        if missing:
            raise Garbled(f"no column {missing[0]!r}; the first line is {delimiter.join(names)[:150]!r}")
        for row in rows:
            if any(cell.strip() for cell in row):
                # a row of another length is told by what it lacks, or by the name that no column has
                cells: dict[str, Any] = dict(zip(names, (cell.strip() for cell in row), strict=False))
                yield {**cells, "": "more cells than columns"} if len(row) > len(names) else cells
    except csv.Error as error:
        raise Garbled(f"no CSV: {error}") from error


def _text(block: Block, payload: bytes) -> str:
    if b"\x00" in payload[:_SNIFFED] and block.encoding in ("auto", "utf-8", "cp1252"):
        raise Garbled("no text: it holds NUL")
    if not payload.strip():
        raise Garbled("the answer is empty")
    tried = ("utf-8-sig", "cp1252") if block.encoding == "auto" else (block.encoding,)
    for encoding in tried:
        try:
            return payload.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Garbled(f"no text in {tried[-1]}")


def _delimiter(head: str) -> str:
    try:
        return csv.Sniffer().sniff(head[:4000], delimiters=",;\t|").delimiter
    except csv.Error:
        first = head.split("\n", 1)[0]
        return max(",;\t|", key=first.count)


def raw_of(item: Any) -> str:
    """An excerpt for the operator."""
    try:
        return excerpt(msgspec.json.encode(item))
    except (TypeError, ValueError, RecursionError, OverflowError):
        return str(item)[:400]
