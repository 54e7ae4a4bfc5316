"""What may be written into a journal, and as what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from geodata.model.journal import EntryKind, citation
from geodata.model.ref import BadRef
from geodata.model.staff import Function
from service.access.rights import RIGHTS, Right
from service.access.visitor import NotAllowed, Visitor
from service.errors import Invalid

LONGEST = 10_000
MOST_REFS = 50
AHEAD = timedelta(minutes=5)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

# What no page, no print and no spreadsheet shows: control signs but tab and line feed, halves of surrogate pairs,
# and signs that turn the direction of the text around them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


class Draft(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a client sends. `refs` cite things (`origin/kind/id`) or single changes of them (`…@seq`)."""

    kind: EntryKind
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    event_time: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    refs: Annotated[list[str], msgspec.Meta(max_length=MOST_REFS)] = []
    corrects: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    function: Function | None = None


class Closing(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    function: Function | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be written, checked."""

    kind: EntryKind
    text: str
    event_time: datetime
    refs: tuple[str, ...]
    corrects: int | None


def said(draft: Draft, *, now: datetime) -> Said:
    """Raises Invalid naming the field."""
    if draft.kind is EntryKind.CLOSING:
        raise Invalid("kind", "a journal is closed by POST …/close, which signs it")
    if (draft.kind is EntryKind.CORRECTION) != (draft.corrects is not None):
        raise Invalid("corrects", "a CORRECTION names the number it corrects, and nothing else does")
    at = (draft.event_time or now).astimezone(UTC)
    if not EARLIEST <= at <= now + AHEAD:
        raise Invalid("event_time", f"event_time must lie between 1970 and {AHEAD.seconds // 60} minutes from now")
    try:
        refs = tuple(dict.fromkeys(citation(ref) for ref in draft.refs))
    except BadRef as error:
        raise Invalid("refs", str(error)) from error
    return Said(draft.kind, seen("text", draft.text), at, refs, draft.corrects)


def seen(field: str, text: str) -> str:
    """The text without blanks around it. Raises Invalid if nothing is left or something in it cannot be seen."""
    text = text.replace("\r\n", "\n").strip()
    found = _UNSEEN.search(text)
    if found:
        raise Invalid(field, f"{field} holds a sign that nobody sees (U+{ord(found[0]):04X}); take it out")
    if not text:
        raise Invalid(field, f"{field} must not be empty")
    return text


def held(visitor: Visitor, staff: str, right: Right, wanted: Function | None) -> Function:
    """The function in which the visitor writes here: the wanted one, else the first he holds that allows it.

    Raises NotSignedIn, NotAllowed."""
    visitor.needs(right, staff=staff)
    own = [duty.function for duty in visitor.duties if duty.staff == staff and right in RIGHTS[duty.function]]
    if wanted is None:
        return own[0]
    if wanted not in own:
        raise NotAllowed(f"You do not hold {wanted} here; leave function out or name one of {', '.join(own)}.")
    return wanted
