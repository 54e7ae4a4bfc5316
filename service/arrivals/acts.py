"""Acts as a tablet sends them: each read for itself, so that one that cannot be read keeps no other from the book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from geodata.model import strength
from geodata.model.arrival import Act, Instruction
from geodata.model.body import from_body
from geodata.model.editing import BadEdit

MOST_ACTS = 500
AHEAD = timedelta(minutes=10)
"""A tablet's clock may run this far ahead of ours; what it says is then taken as now."""
BACK = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that does not stand in the book, and why."""

    id: str | None
    field: str
    detail: str


def read(raw: Mapping[str, Any], now: datetime) -> Act | Refused:
    """The act, its time no later than now and its strength in the usual form."""
    id = raw.get("id")
    shown = id[:80] if isinstance(id, str) else None
    try:
        act = from_body(dict(raw), Act) if set(raw) <= set(Act.__dataclass_fields__) else _unknown(raw)
        at = act.at.astimezone(UTC)
        if not now - BACK <= at <= now + AHEAD:
            raise BadEdit("at", f"it is {now:%Y-%m-%dT%H:%M:%SZ} here; set the tablet's clock")
        fields = dict(act.fields)
        if isinstance(fields.get("strength"), str):
            fields["strength"] = str(strength.parse(fields["strength"]))
        order = fields.get("instruction")
        if isinstance(order, dict) and not set(order) <= set(Instruction.__dataclass_fields__):
            raise BadEdit("instruction", f"an instruction has only {', '.join(Instruction.__dataclass_fields__)}")
        return replace(act, at=min(at, now), fields=fields)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, BadEdit):
            return Refused(shown, error.__cause__.field, str(error.__cause__))
        message = str(error)
        return Refused(shown, message.rpartition("$.")[2].rstrip("`") if "$." in message else "act", message)
    except (BadEdit, OverflowError) as error:
        return Refused(shown, getattr(error, "field", "at"), str(error))


def _unknown(raw: Mapping[str, Any]) -> Act:
    name = str(min(set(raw) - set(Act.__dataclass_fields__)))[:80]
    raise BadEdit(name, f"there is no field {name!r}")
