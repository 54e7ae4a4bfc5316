"""What is sent about marches."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.arrival import Line
from geodata.model.incident import Id, Moment, Words
from geodata.model.march import MOST_VEHICLES

MOST_HOURS = 336


class NewMarch(msgspec.Struct, forbid_unknown_fields=True):
    """`inquiry` is one of ours by which this partner borrows: without `resources` all of it that is lent goes along.
    `resources` are ids of ours; of those that are not lent to this partner it is told what the agreements let out.
    `march` is the id of one that is written anew. `facility` is the partner's Meldekopf, by its own id. `eta` counts
    for vehicles that have none of their own."""

    leader: Words
    inquiry: Id | None = None
    resources: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MOST_VEHICLES)] | None = None
    march: Id | None = None
    contact: Line | None = None
    facility: Id | None = None
    place_name: Words | None = None
    eta: Moment | None = None
    valid_hours: Annotated[int, Meta(ge=1, le=MOST_HOURS)] = 48
    note: Annotated[str, Meta(max_length=1_000)] | None = None


BODIES = (NewMarch,)
"""For the description."""
