"""Recorded files through the parsers that poll uses: what is found, dropped and unknown, and what is never allowed.

A file that no parser knows is listed and nothing more. A file that is not what its format says is reported with the
reason. Only an exception that no parser announced is a fault.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from feeds import cap
from feeds.contract import Batch, Dropped, FeedError, Polled
from feeds.katwarn import Katwarn
from feeds.lorawan import beside
from feeds.lorawan import corpus as lorawan
from feeds.lorawan.undecodable import Undecodable
from feeds.plausibility import sift
from feeds.sensorthings.recorded import SensorThingsFile
from geodata.model.ref import id_of
from geodata.model.warning import OfficialWarning

_SUFFIXES = {".json", ".geojson", ".xml", ".zip", ".txt", ".html", ".raw", ".cap"}
_ALERT = re.compile(rb"<(\w+:)?alert[\s>]")
MAX_FILE = 200_000_000


@dataclass(slots=True)
class Result:
    """`feed` is None if nobody recognises the file. `uncaught` marks a fault in the parser itself. `differs` is what
    was read otherwise than the result recorded beside the file says; None if there is no such result."""

    path: str
    feed: str | None = None
    items: int = 0
    dropped: list[dict[str, str]] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    uncaught: bool = False
    differs: list[str] | None = None

    def as_line(self) -> dict[str, Any]:
        line = {name: getattr(self, name) for name in ("path", "feed", "items", "dropped", "unknown", "error")}
        return line if self.differs is None else {**line, "differs": self.differs}


class CapFile:
    """CAP of any publisher, so that a corpus of foreign alerts tries the parser our warning feeds stand on."""

    name = "cap"

    def recognises(self, path: str, payload: bytes) -> bool:
        head = payload[:4096]
        return _ALERT.search(head) is not None and (b"emergency:cap:1." in head or b"incident.com/cap" in head)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        message = cap.read(payload)
        batch = Batch(unknown=Counter(message.unknown))
        leading = message.info("en")
        if leading is None:
            batch.dropped.append(Dropped(message.identifier, "message without info"))
            return batch
        shape, note = cap.shape_of(leading.areas)
        batch.warnings.append(
            OfficialWarning(
                key=id_of("cap", message.identifier),
                channel="cap",
                sent=message.sent,
                severity=leading.severity,
                level=message.level,
                texts=tuple(info.text for info in message.infos),
                msg_type=message.msg_type,
                geometry=shape,
                note=note,
                references=tuple(id_of("cap", r) for r in message.references),
            )
        )
        return batch


Parser = Polled | CapFile | Katwarn | lorawan.UplinkFile | SensorThingsFile


def run(directory: Path, parsers: Iterable[Polled], now: datetime) -> Iterator[Result]:
    """Every file below the directory, in order of their paths. Raises NotADirectoryError."""
    if not directory.is_dir():
        raise NotADirectoryError(f"{directory} is no directory")
    known: list[Parser] = [*parsers, CapFile(), Katwarn(), lorawan.UplinkFile(), SensorThingsFile()]
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        yield _one(path, str(path.relative_to(directory)), known, now)


def summary(results: Iterable[Result]) -> dict[str, Any]:
    """Counts over all files, and per feed how many files and items."""
    found = list(results)
    feeds: dict[str, Counter[str]] = {}
    for result in found:
        if result.feed:
            counts = feeds.setdefault(result.feed, Counter())
            counts.update(files=1, items=result.items, dropped=len(result.dropped), errors=result.error is not None)
            if result.differs is not None:
                counts.update(as_expected=not result.differs, not_as_expected=bool(result.differs))
    return {
        "files": len(found),
        "recognised": sum(r.feed is not None for r in found),
        "items": sum(r.items for r in found),
        "dropped": sum(len(r.dropped) for r in found),
        "unknown": sum(sum(r.unknown.values()) for r in found),
        "errors": sum(r.error is not None for r in found),
        "uncaught": sum(r.uncaught for r in found),
        "feeds": {name: dict(counts) for name, counts in sorted(feeds.items())},
    }


def _one(path: Path, shown: str, parsers: list[Parser], now: datetime) -> Result:
    result = Result(shown)
    try:
        if path.stat().st_size > MAX_FILE:
            result.error = f"more than {MAX_FILE} bytes"
            return result
        payload = path.read_bytes()
        parser = _parser_of(shown, path.suffix.lower(), payload, parsers)
        if parser is None:
            return result
        result.feed = str(parser.name)
        batch = sift(parser.parse(shown, payload, now), now)
        result.items = batch.items
        result.dropped = [{"item": d.item, "reason": d.reason} for d in batch.dropped]
        result.unknown = dict(batch.unknown)
        if isinstance(parser, lorawan.UplinkFile) and (expected := beside.result_of(path)):
            result.differs = _differences(payload, expected)
    except (FeedError, OSError) as error:
        result.error = f"{type(error).__name__}: {error}"
    except Exception as error:
        # the point of a corpus: whatever escapes a parser is found here and not on the worst night
        result.error, result.uncaught = f"uncaught {type(error).__name__}: {error}", True
    return result


def _differences(payload: bytes, expected: Path) -> list[str]:
    try:
        return beside.differences(payload, expected.read_bytes())
    except Undecodable as error:
        return [f"cannot be decoded: {error}"]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return [f"{expected.name} is no result that we know: {error}"]


def _parser_of(shown: str, suffix: str, payload: bytes, parsers: list[Parser]) -> Parser | None:
    """By content; a file that cannot be decoded at all belongs to the feed its path names."""
    found = next((p for p in parsers if p.recognises(shown, payload)), None)
    if found is None and suffix in _SUFFIXES and _undecodable(payload):
        parts = shown.lower().replace("-", "_")
        found = next((p for p in parsers if str(p.name) in parts), None)
    return found


def _undecodable(payload: bytes) -> bool:
    """No JSON, no archive, no XML but a web page: what is left of an answer when a source is in trouble."""
    head = payload.lstrip()[:200].lower()
    if head[:1] == b"<":
        return b"<html" in head or b"<!doctype html" in head
    if head[:2] == b"pk":
        return False
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True
    return False
