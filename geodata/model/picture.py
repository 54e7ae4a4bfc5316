"""The facts at a cursor, and how a change moves them. The browser does the same in frontend/src/live/apply.ts;
both are held together by the cases in tests/contracts/changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geodata.model.change import Change, Op


@dataclass(frozen=True, slots=True)
class Picture:
    """`facts` maps a ref's text to `{"room", "provenance", "body"}`."""

    cursor: int = 0
    facts: Mapping[str, dict[str, Any]] = field(default_factory=dict)


def apply(picture: Picture, change: Change) -> Picture:
    """The picture after one more change. A change at or before the cursor has been applied already and is ignored."""
    if change.seq <= picture.cursor:
        return picture
    facts = dict(picture.facts)
    if change.op is Op.DROP:
        facts.pop(str(change.ref), None)
    else:
        facts[str(change.ref)] = {"room": change.room, "provenance": change.provenance, "body": change.body}
    return Picture(change.seq, facts)
