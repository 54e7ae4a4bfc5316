"""What a reader of the past looks for: the moments worth a jump, and what became of each thing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from geodata.model.editing import KEPT
from geodata.model.timeline import Timeline
from geodata.store.history import Between

MARKED = ("incident", "post", "entry")
"""Kinds that carry moments worth a jump."""

MOST_MARKS = 500

_BRIEFING = re.compile(r"\s*(lagebesprechung|lagevortrag|briefing)\b", re.IGNORECASE)
"""How a journal says that there was one: an entry that begins with the word."""

_ENTRIES = {"CLOSING": "closing", "HANDOVER": "handover"}


def marks(facts: Iterable[bytes], *, oldest: datetime, now: datetime) -> list[dict[str, Any]]:
    """Shift starts, briefings, hand-overs, closings and legal levels within these times, the oldest first; of many the
    latest MOST_MARKS."""
    found = [
        mark
        for fact in map(orjson.loads, facts)
        for mark in _MARKS[fact["ref"].split("/")[1]](fact["ref"], fact["body"])
        if oldest <= mark["at"] <= now
    ]
    return sorted(found, key=lambda mark: mark["at"])[-MOST_MARKS:]


def _of_incident(ref: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for level in body.get("legal", ()):
        yield {"kind": "legal", "at": _time(level["since"]), "ref": ref, "text": level["level"]}


def _of_post(ref: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for holder in body.get("holders", ()):
        if holder["state"] != "PLANNED":
            yield {
                "kind": "shift",
                "at": _time(holder["starts"]),
                "ref": ref,
                "text": body["function"],
                "person": holder["person"],
                "staff": body["staff"],
            }


def _of_entry(ref: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind = _ENTRIES.get(body["kind"]) or ("briefing" if _BRIEFING.match(body["text"]) else None)
    if kind:
        yield {
            "kind": kind,
            "at": _time(body["event_time"]),
            "ref": ref,
            "text": body["text"][:200],
            "staff": body["staff"],
        }


_MARKS = {"incident": _of_incident, "post": _of_post, "entry": _of_entry}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def told(between: Between, timeline: Timeline) -> dict[str, Any]:
    """One thing's way from the first moment to the second. `what` is new, changed, same (written, but as before), gone,
    or passing (came and went in between; then `after` is what it last was)."""
    before = orjson.loads(between.before) if between.before else None
    after = orjson.loads(between.after) if between.after else None
    fields: list[str] = []
    if before is None and after is None:
        what = "passing"
        after = orjson.loads(between.passing) if between.passing else None
    elif before is None:
        what = "new"
    elif after is None:
        what = "gone"
    else:
        names = sorted((before.keys() | after.keys()) - set(KEPT))
        fields = [name for name in names if before.get(name) != after.get(name)]
        what = "changed" if fields else "same"
    return {
        "ref": between.ref,
        "what": what,
        "fields": fields,
        "at": timeline.shown(between.at),
        "actor": between.actor,
        "room": between.room,
        "lines": between.lines,
        "seq": between.newest,
        "before": before,
        "after": after,
    }
