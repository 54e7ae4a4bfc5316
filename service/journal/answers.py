"""What the routes answer, for the description of the interface."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from geodata.model.journal import EntryKind, entry_body, entry_ref
from service.journal.store import Stored
from service.journal.verifying import Verdict


class Shape(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Problem(Shape):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None


class EntryOut(Shape):
    """`hash` and the fields before it are as in the picture; `corrected_by` are numbers of later entries; a closing
    carries its signature and the public key to it (hex)."""

    ref: str
    staff: str
    incident: str
    number: int
    event_time: datetime
    recorded_at: datetime
    author: str
    function: str
    kind: EntryKind
    text: str
    refs: list[str]
    corrects: int | None
    hash: str
    corrected_by: list[int]
    signature: str | None
    key: str | None


class Head(Shape):
    number: int
    hash: str


class EntriesOut(Shape):
    """Newest first. `more`: there are older ones; ask again with `before` = the last number here."""

    entries: list[EntryOut]
    more: bool
    head: Head | None


class VerdictOut(Shape):
    """`entries` were found right; `number` and `reason` name the first wrong one."""

    staff: str
    right: bool
    entries: int
    closings: int
    head: str
    number: int | None
    reason: str | None


def entry_out(stored: Stored, origin: str) -> dict[str, Any]:
    entry = stored.entry
    body = entry_body(entry, stored.hash)
    return {
        **body,
        "ref": str(entry_ref(origin, entry.staff, entry.number)),
        "refs": list(entry.refs),
        "corrects": entry.corrects,
        "corrected_by": list(stored.corrected_by),
        "signature": stored.signature.hex() if stored.signature else None,
        "key": stored.key.hex() if stored.key else None,
    }


def verdict_out(verdict: Verdict) -> dict[str, Any]:
    return {
        "staff": verdict.staff, "right": verdict.right, "entries": verdict.entries, "closings": verdict.closings,
        "head": verdict.head, "number": verdict.number, "reason": verdict.reason,
    }  # fmt: skip
