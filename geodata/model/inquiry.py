"""A request as put to one addressee (DOMAIN 10.4): what he offers, what is taken, promised, sent, used, given back.

It names everything by id and needs nothing else of either side, so that it can be sent to another node as it is.
Between two nodes each side keeps one of its own (`Across`), and each reads the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.incident import Amount, Id, IncidentMode, Moment, Number, Text, Words
from geodata.model.request import MOST_STEPS, Need, RequestLevel, Share, Step
from geodata.model.resource import Code, ResourceKind, Shows, StrengthText
from geodata.model.states import States

MOST_LINES = 300


class InquiryState(StrEnum):
    ROUTED = "ROUTED"
    OFFERED = "OFFERED"
    REQUISITIONED = "REQUISITIONED"
    COMMITTED = "COMMITTED"
    EN_ROUTE = "EN_ROUTE"
    ARRIVED = "ARRIVED"
    IN_USE = "IN_USE"
    RELEASED = "RELEASED"
    RETURNED = "RETURNED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    DUPLICATE = "DUPLICATE"


_I = InquiryState
_ENDS = (_I.DECLINED, _I.EXPIRED, _I.WITHDRAWN, _I.DUPLICATE)
_LENT = (_I.EN_ROUTE, _I.ARRIVED, _I.IN_USE, _I.RELEASED, _I.RETURNED)

INQUIRY = States(
    InquiryState,
    start=_I.ROUTED,
    moves={
        _I.ROUTED: (_I.OFFERED, *_ENDS),
        _I.OFFERED: (_I.REQUISITIONED, *_ENDS),
        _I.REQUISITIONED: (_I.COMMITTED, *_ENDS),
        _I.COMMITTED: _LENT,
        _I.EN_ROUTE: _LENT[1:],
        _I.ARRIVED: _LENT[2:],
        _I.IN_USE: _LENT[3:],
        _I.RELEASED: (_I.RETURNED,),
        _I.RETURNED: (),
        _I.EXPIRED: (_I.OFFERED, _I.REQUISITIONED, _I.DECLINED, _I.WITHDRAWN, _I.DUPLICATE),
        _I.DECLINED: (),
        _I.WITHDRAWN: (),
        _I.DUPLICATE: (),
    },
)
"""EXPIRED is no end: a late answer is an answer, and what is still free after its hold can still be taken."""

OPEN = frozenset({_I.ROUTED, _I.OFFERED, _I.REQUISITIONED, _I.EXPIRED})
"""Nothing was promised yet."""
HOLDING = frozenset({_I.OFFERED, _I.REQUISITIONED})
LENDING = frozenset({_I.COMMITTED, _I.EN_ROUTE, _I.ARRIVED, _I.IN_USE, _I.RELEASED})

MESSAGE: Mapping[InquiryState, str] = {
    _I.ROUTED: "RequestResource",
    _I.OFFERED: "ResponseToRequestResource",
    _I.REQUISITIONED: "RequisitionResource",
    _I.COMMITTED: "CommitResource",
    _I.EN_ROUTE: "ReportResourceDeploymentStatus",
    _I.ARRIVED: "ReportResourceDeploymentStatus",
    _I.IN_USE: "ReportResourceDeploymentStatus",
    _I.RELEASED: "ReleaseResource",
    _I.RETURNED: "ResponseToRequestReturn",
    _I.DECLINED: "ResponseToRequestResource",
    _I.EXPIRED: "ResponseToRequestResource",
    _I.WITHDRAWN: "RequestResource",
    _I.DUPLICATE: "RequestResource",
}
"""What EDXL-RM 1.0 calls the message that brings an inquiry into a state."""
RECALL = "RequestReturn"


class LineState(StrEnum):
    OFFERED = "OFFERED"
    REQUISITIONED = "REQUISITIONED"
    NOT_TAKEN = "NOT_TAKEN"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    COMMITTED = "COMMITTED"
    EN_ROUTE = "EN_ROUTE"
    ARRIVED = "ARRIVED"
    RELEASED = "RELEASED"
    RETURNED = "RETURNED"


_L = LineState
HELD = frozenset({_L.OFFERED, _L.REQUISITIONED})
"""Kept for this inquiry, promised to nobody else."""
AWAY = frozenset({_L.COMMITTED, _L.EN_ROUTE, _L.ARRIVED, _L.RELEASED})
"""Lent and not yet back."""


@dataclass(frozen=True, slots=True)
class Party:
    organisation: Id
    name: Words


@dataclass(frozen=True, slots=True)
class Line:
    """A resource as the lender offers it. `quantity` is what it counts for: 0 beside its unit or carrier `leader`."""

    resource: Id
    callsign: Words
    type: Code
    kind: ResourceKind
    quantity: Share = 1.0
    state: LineState = LineState.OFFERED
    capabilities: Annotated[tuple[Code, ...], Meta(max_length=100)] = ()
    strength: StrengthText | None = None
    leader: Id | None = None
    eta: Moment | None = None
    committed_at: Moment | None = None
    arrived_at: Moment | None = None
    released_at: Moment | None = None
    returned_at: Moment | None = None
    recalled: bool = False

    @property
    def id(self) -> str:
        return self.resource


@dataclass(frozen=True, slots=True)
class StockLine:
    """Material. `returned` is how much of it came back."""

    stock: Id
    article: Words
    unit: Annotated[str, Meta(min_length=1, max_length=20)]
    quantity: Share
    state: LineState = LineState.OFFERED
    eta: Moment | None = None
    committed_at: Moment | None = None
    arrived_at: Moment | None = None
    released_at: Moment | None = None
    returned_at: Moment | None = None
    returned: Share | None = None
    recalled: bool = False

    @property
    def id(self) -> str:
        return self.stock

    @property
    def leader(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Terms:
    """`recall_hours` is the notice after which the lender has it back, `cost_per_hour` is euros per resource."""

    until: Moment | None = None
    recall_hours: Annotated[float, Meta(ge=0, le=720)] | None = None
    cost_note: Text | None = None
    cost_per_hour: Annotated[float, Meta(ge=0, le=1e6)] | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    at: Moment
    by: Id
    reason: Text
    back_by: Moment | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """In the unit of the need; as `Counts` of a request, of this inquiry alone."""

    offered: Share = 0.0
    requisitioned: Share = 0.0
    committed: Share = 0.0
    arrived: Share = 0.0
    returned: Share = 0.0
    recalled: Share = 0.0


@dataclass(frozen=True, slots=True)
class Costs:
    """`hours` of all resources together, `amount` in euros where the terms name a price."""

    hours: Share
    amount: Share | None = None


class Side(StrEnum):
    BORROWER = "BORROWER"
    LENDER = "LENDER"


@dataclass(frozen=True, slots=True)
class Taking:
    """What the borrower took of the lender's offer of this `round`; of stock how much."""

    round: Amount
    resources: Annotated[tuple[Id, ...], Meta(max_length=MOST_LINES)] = ()
    stock: Annotated[dict[Id, Share], Meta(max_length=MOST_LINES)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Across:
    """An inquiry between two nodes, as one `side` of it keeps it: the other side's lies on the node `other` and is
    called `ref`. `moves` counts our own steps, `heard` those of the other that are in here, `known` ours that the other
    is known to have; while some are not, `since` is when the oldest of them was taken. `round` counts the lender's
    offers. `taking` and `ended` are the borrower's. `ahead` is by how many seconds the other's clock is ahead of ours:
    its times are shown so much earlier, and never reckoned with."""

    other: Annotated[str, Meta(min_length=1, max_length=63)]
    side: Side
    ref: Id | None = None
    moves: Amount = 0
    heard: Amount = 0
    known: Amount = 0
    since: Moment | None = None
    round: Amount = 0
    taking: Taking | None = None
    ended: InquiryState | None = None
    ahead: Annotated[float, Meta(ge=-1e9, le=1e9)] | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`requester` and `addressee` are its two sides. `stays_open`: it does not expire when `answer_due` passes, only
    becomes `overdue`. What is on offer is held until `hold_until`, `hold_minutes` at a time. `mode` is that of the
    incident where it goes to a partner: what is tried out or exercised is marked there too. `shows` is what the lender
    lets a partner see of each resource beyond the usual. `overridden`: why a loan to a partner breaks basic cover at
    home; it never leaves (`PRIVATE`)."""

    request: Id
    request_ref: Id
    incident: Id
    incident_name: Words
    number: Number
    requester: Party
    addressee: Party
    level: RequestLevel
    need: Need
    state: InquiryState = InquiryState.ROUTED
    message: Annotated[str, Meta(max_length=60)] = MESSAGE[InquiryState.ROUTED]
    answer_due: Moment | None = None
    stays_open: bool = False
    overdue: bool = False
    offered: Annotated[tuple[Line, ...], Meta(max_length=MOST_LINES)] = ()
    stock: Annotated[tuple[StockLine, ...], Meta(max_length=MOST_LINES)] = ()
    terms: Terms | None = None
    note: Text | None = None
    hold_until: Moment | None = None
    hold_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    recalled: Recalled | None = None
    quantity: Sums = Sums()
    costs: Costs | None = None
    across: Across | None = None
    mode: IncidentMode | None = None
    shows: Shows = ()
    overridden: Text | None = None
    history: Annotated[tuple[Step, ...], Meta(max_length=MOST_STEPS)] = ()

    @property
    def lines(self) -> tuple[Line | StockLine, ...]:
        return (*self.offered, *self.stock)


PRIVATE = ("overridden",)
"""Fields that stay with the side that wrote them."""

A = TypeVar("A", Line, StockLine)
Change = Callable[[Line | StockLine], Line | StockLine]


def each(inquiry: Inquiry, ids: Collection[str], change: Change) -> Inquiry:
    """The inquiry with the lines of these ids changed."""
    offered = tuple(change(line) if line.id in ids else line for line in inquiry.offered)
    stock = tuple(change(line) if line.id in ids else line for line in inquiry.stock)
    return replace(inquiry, offered=offered, stock=stock)  # type: ignore[arg-type]  # a change keeps the kind of line


def named(
    lines: Iterable[A], ids: Collection[str] | None, states: Collection[LineState], field: str
) -> tuple[A, ...]:  # fmt: skip
    """The lines meant: all in these states, or those of these ids with what goes with them. Raises BadEdit."""
    there = [line for line in lines if line.state in states]
    if ids is None:
        return tuple(there)
    known = {line.id for line in there}
    for id in ids:
        if id not in known:
            raise BadEdit(field, f"{id[:80]!r} is none of those that this can be done to now")
    return tuple(line for line in there if line.id in ids or line.leader in ids)


def sums(inquiry: Inquiry) -> Sums:
    """What its lines add up to, in the unit of the need. Material beside forces that were asked for does not count."""
    of_stock = inquiry.need.article is not None
    lines = [line for line in inquiry.lines if isinstance(line, StockLine) is of_stock]

    def total(counts: Callable[[Line | StockLine], bool]) -> float:
        return round(sum(line.quantity for line in lines if counts(line)), 6)

    return Sums(
        offered=total(lambda line: line.state is _L.OFFERED),
        requisitioned=total(lambda line: line.state is _L.REQUISITIONED),
        committed=total(lambda line: line.committed_at is not None),
        arrived=total(lambda line: line.arrived_at is not None),
        returned=total(lambda line: line.state is _L.RETURNED),
        recalled=total(lambda line: line.state is _L.RETURNED and line.recalled),
    )


def costs(inquiry: Inquiry, now: datetime) -> Costs | None:
    """Hours away from home so far and what they cost by the terms; None before anything was lent. The members of a
    unit count with their unit."""
    lines = [line for line in inquiry.offered if line.committed_at and line.leader is None]
    if not lines:
        return None
    hours = round(sum(hours_of(line, now) for line in lines), 2)
    price = inquiry.terms.cost_per_hour if inquiry.terms else None
    return Costs(hours, None if price is None else round(hours * price, 2))


def hours_of(line: Line | StockLine, now: datetime) -> float:
    """From the promise to the return; never below zero, should a clock have been set back."""
    if line.committed_at is None:
        return 0.0
    return max(0.0, ((line.returned_at or now) - line.committed_at).total_seconds() / 3600)


def moved(
    inquiry: Inquiry, state: InquiryState, *, at: datetime, by: str, text: str | None = None, message: str | None = None
) -> Inquiry:
    """In that state, with a step of its history and its sums made anew. Raises BadMove."""
    after = INQUIRY.move(inquiry.state, state)
    word = message or MESSAGE[after]
    step = Step(after.value, at, by, text or None, word)
    history = (*inquiry.history, step)[-MOST_STEPS:]
    return replace(inquiry, state=after, message=word, history=history, quantity=sums(inquiry))


def spoken(inquiry: Inquiry, now: datetime) -> Inquiry:
    """With one more step of ours that the other node has to hear of; as it is where there is no other node."""
    across = inquiry.across
    if across is None:
        return inquiry
    ends = across.side is Side.BORROWER and inquiry.state in (_I.WITHDRAWN, _I.DUPLICATE)
    since = now if across.known >= across.moves or across.since is None else across.since
    ended = inquiry.state if ends else across.ended
    return replace(inquiry, across=replace(across, moves=across.moves + 1, since=since, ended=ended))
