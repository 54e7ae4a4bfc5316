"""Asking a partner to alarm people of its own, and the counts that it gives back. Nobody is named on either side.

The request is ours, a fact in the partner's exchange room; the count is the partner's. Nothing starts there before a
human or that partner's own written policy has accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.geometry import Geometry
from geodata.model.incident import Amount, Id, IncidentMode, Moment, Text, Words
from geodata.model.resource import Code

REQUEST = "alarm_request"
COUNT = "alarm_count"


class Wish(StrEnum):
    """OPEN: people are wanted. ENOUGH: so many come that nobody else is needed now. ENDED: no more are called,
    who comes still comes. CANCELLED: all-clear."""

    OPEN = "OPEN"
    ENOUGH = "ENOUGH"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


class Reply(StrEnum):
    """PROPOSED: it is there and waits for a human. LAPSED: taken back before anybody decided. ENDED: over there."""

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class AlarmRequest:
    """`alarm` is the ref of the asking alarm, `step` its step from 0. `total` people are wanted, `skills` of them
    hold each; `until` is when the asking chain goes on without an answer. `geometry` in EPSG:4326."""

    alarm: Id
    code: Words
    sender: Words
    to: Words
    title: Words
    mode: IncidentMode
    at: Moment
    wish: Wish = Wish.OPEN
    step: Amount = 0
    total: Amount = 0
    skills: Annotated[dict[Code, int], Meta(max_length=20)] | None = None
    text: Text | None = None
    bring: Text | None = None
    meeting: Words | None = None
    report_to: Words | None = None
    geometry: Geometry | None = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class AlarmCount:
    """`request` is the other side's ref, `decided_by` a function or `policy`. `waits`: a second person has to agree
    there. `arrivals`: minutes after `counted_at`, and how many will be there. `node_mode`: declined, as the node there
    is in this mode, in which nothing of the asked one begins."""

    request: Id
    state: Reply
    at: Moment
    reason: Text | None = None
    decided_by: Words | None = None
    decided_at: Moment | None = None
    alarm: Id | None = None
    waits: bool = False
    running: bool = False
    total: Amount = 0
    coming: Amount = 0
    later: Amount = 0
    not_coming: Amount = 0
    silent: Amount = 0
    arrived: Amount = 0
    skills: Annotated[dict[str, Amount], Meta(max_length=60)] | None = None
    arrivals: Annotated[tuple[tuple[Amount, Amount], ...], Meta(max_length=40)] = ()
    counted_at: Moment | None = None
    node_mode: IncidentMode | None = None
