"""The operations log of a staff (Einsatztagebuch, DOMAIN section 1.4): entries that are only ever added, each chained
to the one before it by SHA-256, so that none can be changed, removed or moved later without a trace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from geodata.model.ref import BadRef, Ref

GENESIS = bytes(32)
"""What the first entry of a journal is chained to."""

BY_ITSELF = "LAGEBILD"
"""Author and function of what the node itself writes: that an agreement began, that an alarm reached its quota."""

_LOCAL = ZoneInfo("Europe/Berlin")
_MONTHS = ("JAN", "FEB", "MÄR", "APR", "MAI", "JUN", "JUL", "AUG", "SEP", "OKT", "NOV", "DEZ")
_SEQ = re.compile(r"[1-9]\d{0,17}")


class EntryKind(StrEnum):
    SITUATION = "SITUATION"
    ORDER = "ORDER"
    DECISION = "DECISION"
    MESSAGE_IN = "MESSAGE_IN"
    MESSAGE_OUT = "MESSAGE_OUT"
    INCIDENT = "INCIDENT"
    HANDOVER = "HANDOVER"
    CLOSING = "CLOSING"
    CORRECTION = "CORRECTION"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `staff` names the journal, `number` runs from 1 without gaps, `author` is a person's id (names are
    erased, entries are not), `function` what he held. `refs` are citations, `corrects` the number that is put right.
    Times have microseconds and a time zone."""

    staff: str
    incident: str
    room: str
    number: int
    event_time: datetime
    recorded_at: datetime
    author: str
    function: str
    kind: EntryKind
    text: str
    refs: tuple[str, ...] = ()
    corrects: int | None = None


def canonical(entry: Entry) -> bytes:
    """The entry as RFC 8785 writes it: sorted keys, no blanks, UTF-8; what is None or empty is left out."""
    given = {
        "staff": entry.staff, "incident": entry.incident, "room": entry.room, "number": entry.number,
        "event_time": _iso(entry.event_time), "recorded_at": _iso(entry.recorded_at), "author": entry.author,
        "function": entry.function, "kind": entry.kind.value, "text": entry.text, "refs": list(entry.refs),
        "corrects": entry.corrects,
    }  # fmt: skip
    return orjson.dumps({key: value for key, value in given.items() if value not in (None, [])}, option=_SORTED)


def chained(previous: bytes, entry: Entry) -> bytes:
    """The hash of the entry: SHA-256 over the hash before it and its canonical form."""
    return sha256(previous + canonical(entry)).digest()


def entry_body(entry: Entry, hash: bytes) -> dict[str, Any]:
    """The entry as the picture carries it."""
    body: dict[str, Any] = orjson.loads(canonical(entry))
    del body["room"]
    return {**body, "hash": hash.hex()}


def entry_ref(origin: str, staff: str, number: int) -> Ref:
    return Ref(origin, "entry", f"{staff}.{number}")


def citation(text: str) -> str:
    """The text, if it cites a thing (`origin/kind/id`) or one change of it (`origin/kind/id@seq`). Raises BadRef."""
    ref, at, seq = text.partition("@")
    Ref.parse(ref)
    if at and not _SEQ.fullmatch(seq):
        raise BadRef(f"{text[:80]}: after @ stands the number of a change")
    return text


def time_group(at: datetime) -> str:
    """Taktische Zeit TThhmmMMMJJ in local time, such as 211947NOV26."""
    local = at.astimezone(_LOCAL)
    return f"{local:%d%H%M}{_MONTHS[local.month - 1]}{local:%y}"


class Broken(Exception):
    """A journal is not as it was written. `number` is the first wrong entry."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"entry {number}: {reason}")
        self.number, self.reason = number, reason


class Chain:
    """Walks a journal from its first entry; `number` and `head` are those of the last one that was right."""

    def __init__(self) -> None:
        self.number = 0
        self.head = GENESIS

    def follow(self, entry: Entry, previous: bytes, hash: bytes) -> None:
        """Raises Broken if this is not the entry that comes next, as it was written."""
        wanted = self.number + 1
        if entry.number != wanted:
            raise Broken(wanted, f"is missing; the next one there is {entry.number}")
        if chained(self.head, entry) != hash:
            own = chained(previous, entry) == hash
            reason = "does not continue the entry before it" if own else "was changed after it was written"
            raise Broken(wanted, reason)
        if previous != self.head:
            raise Broken(wanted, "names another entry before it than the one that is there")
        self.number, self.head = wanted, hash


_SORTED = orjson.OPT_SORT_KEYS


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
