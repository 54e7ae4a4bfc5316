"""One flood, two incidents in two nodes: one side says that its incident and one of the other side's are the same.

The link is a fact of whoever says so and lies in what both exchange. It changes neither incident; the other side may
say the same, or not. Nobody is named: functions are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.incident import Id, Moment, Words

LINK = "incident_link"
LONGEST = 2_000

Remark = Annotated[str, Meta(max_length=LONGEST)]


class Standing(StrEnum):
    """Who says that it is the same incident: both sides, only we, only they, or nobody any more."""

    BOTH = "BOTH"
    OURS = "OURS"
    THEIRS = "THEIRS"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class IncidentLink:
    """`incident` is the ref of the writer's own incident, `theirs` that of the other side's. `label` is what the
    writer's incident shall be called there, if it is to be said: the other side may not hold it. `by` and `ended_by`
    are functions; `ended_at` none: it is said now."""

    incident: Id
    theirs: Id
    at: Moment
    by: Words
    label: Words | None = None
    note: Remark | None = None
    ended_at: Moment | None = None
    ended_by: Words | None = None
    reason: Remark | None = None


def standing(ours: IncidentLink | None, theirs: IncidentLink | None) -> Standing:
    said = ours is not None and ours.ended_at is None
    told = theirs is not None and theirs.ended_at is None
    if said and told:
        return Standing.BOTH
    return Standing.OURS if said else Standing.THEIRS if told else Standing.ENDED
