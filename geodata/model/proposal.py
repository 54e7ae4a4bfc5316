"""A proposal as it lies in the picture (kind `allocation`): its lines with their reasons, and what humans decided.

Resources are named by their ids alone: whoever sees the incident need not see the stock they come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.allocation import Lock, Need
from geodata.model.incident import Id, Moment, Number, Text, Words
from geodata.model.states import States

Whole = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]
Label = Annotated[str, Meta(max_length=60)]


class ProposalState(StrEnum):
    COMPUTING = "COMPUTING"
    PROPOSED = "PROPOSED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


_P = ProposalState
PROPOSAL = States(
    ProposalState,
    start=_P.COMPUTING,
    moves={_P.COMPUTING: (_P.PROPOSED, _P.FAILED, _P.CANCELLED), _P.PROPOSED: (), _P.FAILED: (), _P.CANCELLED: ()},
)


class Exchange(StrEnum):
    """How plans differ. IDLE: one that serves nothing steps in. SWAP: two change places. ROBBED: another need loses its
    own. REFILLED: another need loses its own and gets an idle one. OPEN: it fills a place that stays empty else."""

    IDLE = "IDLE"
    SWAP = "SWAP"
    ROBBED = "ROBBED"
    REFILLED = "REFILLED"
    OPEN = "OPEN"


@dataclass(frozen=True, slots=True)
class Beaten:
    """The best other way. `resource` would serve this line's need, or this line's resource would serve `need`; `how`
    says what follows. `decides` is the rank at which that is worse, or COST, or TIE; `by` how much."""

    how: Exchange
    decides: Label
    by: Whole
    resource: Id | None = None
    need: Id | None = None
    minutes: Whole | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """What would change the line. TRAVEL: so many minutes longer on the way; PEOPLE: so many at risk at `need`; RANK:
    `need` at that rank. Then `resource` takes over; without one nobody does. `blocked` says that it drops out."""

    what: Label
    value: Whole | None = None
    rank: Label | None = None
    need: Id | None = None
    resource: Id | None = None
    blocked: Label | None = None


@dataclass(frozen=True, slots=True)
class Hindrance:
    """How many capable resources cannot serve a need for this reason. The nearest of them is named, unless the asker
    may not dispose of it; `needed` against `there` are minutes; `ars` and `capability` name the basic cover."""

    code: Label
    count: Whole
    resource: Id | None = None
    minutes: Whole | None = None
    needed: Whole | None = None
    there: Whole | None = None
    need: Id | None = None
    ars: Label | None = None
    capability: Label | None = None


class DecisionKind(StrEnum):
    ACCEPTED = "ACCEPTED"
    OVERRIDDEN = "OVERRIDDEN"
    AWAITS_SECOND = "AWAITS_SECOND"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a human decided (Priorisierungsentscheid). `resource` is who goes, None for nobody. `cover` names what is
    broken by it as `ars/capability`: then it counts only once `second`, somebody else, confirmed it."""

    kind: DecisionKind
    by: Id
    at: Moment
    resource: Id | None = None
    reason: Text | None = None
    cover: tuple[Label, ...] = ()
    second: Id | None = None
    second_at: Moment | None = None
    second_reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One resource for one need; without `resource` the place stays empty. What it is worth: `gain` at the need's rank
    less `delay`; `cost` in the last stage of travel, `short` of the wanted time and `versatile`, in minutes times the
    rank's `factor`. `hindrances` say why others could not, `alone` that nobody else could."""

    number: Number
    need: Id
    resource: Id | None = None
    minutes: Whole | None = None
    fixed: bool = False
    kept: bool = False
    gain: Whole = 0
    delay: Whole = 0
    cost: Whole = 0
    short: Whole = 0
    versatile: Whole = 0
    rival: Beaten | None = None
    elsewhere: Beaten | None = None
    flips: tuple[Flip, ...] = ()
    hindrances: tuple[Hindrance, ...] = ()
    decision: Decision | None = None

    @property
    def goes(self) -> str | None:
        """Who goes as things stand: what was decided, else what is proposed."""
        if self.decision is None or self.decision.kind in (DecisionKind.AWAITS_SECOND, DecisionKind.REFUSED):
            return self.resource
        return self.decision.resource


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done with the proposal; `by` is a person's id, None for the node itself."""

    what: Label
    at: Moment
    by: Id | None = None
    line: Whole | None = None
    resource: Id | None = None
    need: Id | None = None
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Against the plan before: lines kept, resources sent elsewhere, resources let go, and new ones."""

    kept: Whole
    moved: Whole
    dropped: Whole
    added: Whole


@dataclass(frozen=True, slots=True)
class Travel:
    """How travel times were found: GRAPH over loaded roads, LINE where one of the ends was too far from a road or no
    roads are loaded, MIXED. `blocked` road segments were closed by zones and extents as of `as_of`."""

    method: Label
    as_of: Moment
    blocked: Whole = 0
    roads: Words | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """`needs` lack whoever is sent there already; `wanted` are those that the caller named.
    `resources` and `subjects` hold for each input a short digest of what was looked at, to tell what changed since.
    `score` is the plan's, `greedy` that of the nearest-first plan, highest rank first, then the cost negated."""

    incident: Id
    number: Number
    state: ProposalState
    by: Id
    asked_at: Moment
    seconds: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    computed_at: Moment | None = None
    stage: Whole | None = None
    stages: Whole | None = None
    error: Text | None = None
    needs: tuple[Need, ...] = ()
    wanted: tuple[Need, ...] = ()
    lines: tuple[Line, ...] = ()
    locks: tuple[Lock, ...] = ()
    previous: Id | None = None
    changes: Changes | None = None
    gaps: dict[str, float] | None = None
    repaired: Whole = 0
    score: tuple[int, ...] = ()
    greedy: tuple[int, ...] = ()
    travel: Travel | None = None
    resources: dict[str, str] | None = None
    subjects: dict[str, str] | None = None
    history: Annotated[tuple[Event, ...], Meta(max_length=2000)] = ()
