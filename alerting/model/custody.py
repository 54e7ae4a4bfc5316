"""Warning custody: who has a warning or a risk alert in hand, until when he has to say so, and what was done with it.

In 2021 reports existed and were not passed on. Here each one has an owner, a deadline and a decision, and its history
says who knew what when. A fact of kind `custody`; every function gives the custody as it stands after a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.incident import Id, IncidentMode, Moment, Number, Text, Words
from geodata.model.level import Level
from geodata.model.states import BadMove, States

MOST_STEPS = 400
Titled = Annotated[str, Meta(max_length=500)]
Names = Annotated[tuple[str, ...], Meta(max_length=500)]


class CustodyState(StrEnum):
    """RAISED: nobody is known to have seen it. NOTIFIED: somebody has it on his screen. ACKNOWLEDGED: somebody says
    that he has it. ASSESSED: and what is done with it. CLEARED: the warning is over."""

    RAISED = "RAISED"
    NOTIFIED = "NOTIFIED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ASSESSED = "ASSESSED"
    CLEARED = "CLEARED"


S = CustodyState
CUSTODY = States(
    S,
    start=S.RAISED,
    moves={
        S.RAISED: (S.NOTIFIED, S.ACKNOWLEDGED, S.ASSESSED, S.CLEARED),
        S.NOTIFIED: (S.RAISED, S.ACKNOWLEDGED, S.ASSESSED, S.CLEARED),
        S.ACKNOWLEDGED: (S.RAISED, S.ASSESSED, S.CLEARED),
        S.ASSESSED: (S.RAISED, S.CLEARED),
        S.CLEARED: (S.RAISED,),
    },
)
"""RAISED again: it has grown, its time of review has come, or a source states it anew."""
OPEN = frozenset({S.RAISED, S.NOTIFIED})
"""Nobody has acknowledged it."""


class Decision(StrEnum):
    ACT = "ACT"
    WATCH = "WATCH"
    NOT_OURS = "NOT_OURS"


class Tier(StrEnum):
    """Whose turn it is to acknowledge; the next one when a deadline has passed."""

    OWNER = "OWNER"
    DEPUTIES = "DEPUTIES"
    HEAD = "HEAD"
    PARTNER = "PARTNER"


@dataclass(frozen=True, slots=True)
class Owner:
    """A person (id of an account) or a function, and what people call it."""

    name: Words
    function: Words | None = None
    person: Id | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The authority's own rules. `within` by level is how long one tier has to acknowledge; unknown is by `unknown`.
    `owners` names the functions of each tier; the partner is the roster above, if there is one."""

    within: Mapping[Level, timedelta]
    unknown: timedelta
    owners: Mapping[Tier, tuple[str, ...]]

    def deadline(self, level: Level | None) -> timedelta:
        return self.unknown if level is None else self.within.get(level, self.unknown)

    def owner(self, tier: Tier, partner: str | None = None) -> Owner | None:
        """None: there is nobody on this tier."""
        if tier is Tier.PARTNER:
            return Owner(partner) if partner else None
        functions = self.owners.get(tier, ())
        return Owner(", ".join(functions), function=functions[0]) if functions else None


@dataclass(frozen=True, slots=True)
class Watched:
    """What of a warning or a risk alert matters here. `keys` are areas (ARS, any level) it is for; none is unknown.
    `over`: its source says that it is over."""

    ref: str
    title: str
    level: Level | None
    mode: IncidentMode
    keys: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    channel: str | None = None
    sender: str | None = None
    sent: datetime | None = None
    expires: datetime | None = None
    replaces: tuple[str, ...] = ()
    over: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """One step of the history: what, when, by whom (an actor of the log), at which tier, and what was said."""

    at: Moment
    what: Annotated[str, Meta(max_length=40)]
    by: Id
    text: Text | None = None
    tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    by: Id
    at: Moment


@dataclass(frozen=True, slots=True)
class Onward:
    """Passed on: to whom, by which way, by whom; and who there confirmed it, as somebody here wrote it down."""

    to: Words
    way: Words
    at: Moment
    by: Id
    text: Text | None = None
    confirmed_at: Moment | None = None
    confirmed_by: Words | None = None
    noted_by: Id | None = None


@dataclass(frozen=True, slots=True)
class Custody:
    """`about` is the ref of what it is about, `chain` those of earlier versions. `round` counts how often the question
    was opened. `missed`: it was over before anybody acknowledged it."""

    about: Id
    title: Titled
    mode: IncidentMode
    owner: Owner
    raised_at: Moment
    state: CustodyState = S.RAISED
    tier: Tier = Tier.OWNER
    organisation: Id | None = None
    organisation_name: Words | None = None
    incident: Id | None = None
    level: Level | None = None
    keys: Names = ()
    areas: Names = ()
    channel: Titled | None = None
    sender: Titled | None = None
    sent: Moment | None = None
    expires: Moment | None = None
    chain: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()
    round: Number = 1
    due_at: Moment | None = None
    escalated_at: Moment | None = None
    notified_at: Moment | None = None
    seen: Annotated[tuple[Sight, ...], Meta(max_length=200)] = ()
    acknowledged_at: Moment | None = None
    acknowledged_by: Id | None = None
    decision: Decision | None = None
    reason: Text | None = None
    assessed_at: Moment | None = None
    assessed_by: Id | None = None
    review_at: Moment | None = None
    links: Annotated[tuple[Id, ...], Meta(max_length=20)] = ()
    onward: Annotated[tuple[Onward, ...], Meta(max_length=100)] = ()
    partner: Words | None = None
    cleared_at: Moment | None = None
    missed: bool = False
    history: Annotated[tuple[Done, ...], Meta(max_length=MOST_STEPS)] = ()


SYSTEM = "watch"
"""The actor of what the clock and the log do."""


def begin(
    seen: Watched, terms: Terms, now: datetime, *, organisation: str | None = None, name: str | None = None,
    incident: str | None = None, partner: str | None = None,
) -> Custody:  # fmt: skip
    """What has just come in, in the hands of the first tier that has somebody."""
    tier, owner = _first(terms, partner)
    custody = Custody(
        about=seen.ref, title=_title(seen), mode=seen.mode, owner=owner, tier=tier, raised_at=now,
        organisation=organisation, organisation_name=name, incident=incident, partner=partner,
        due_at=now + terms.deadline(seen.level), **_of(seen),
    )  # fmt: skip
    return _told(custody, "RAISED", SYSTEM, now)


def updated(custody: Custody, seen: Watched, terms: Terms, now: datetime) -> Custody:
    """The same warning in a newer version: asked anew only if it grew in severity or area."""
    before, of = custody, _of(seen)
    if all(getattr(custody, name) == value for name, value in of.items()) and seen.ref == custody.about:
        return custody if custody.state is not S.CLEARED else _again(custody, terms, now, "it is stated again")
    chain = custody.chain if seen.ref == custody.about else (*custody.chain, custody.about)[-200:]
    custody = replace(custody, about=seen.ref, title=_title(seen), chain=chain, **of)
    grown = grew(before, seen)
    if custody.state is S.CLEARED:
        return _again(custody, terms, now, "it is stated again")
    if grown and custody.state not in OPEN:
        return _again(custody, terms, now, grown)
    if grown and custody.due_at is not None:
        custody = replace(custody, due_at=min(custody.due_at, now + terms.deadline(seen.level)))
    return _told(custody, "UPDATED", SYSTEM, now, grown)


def grew(before: Custody, seen: Watched) -> str | None:
    """What has grown, in words; None if nothing has. An unknown level counts as high, an unknown area as everywhere."""
    if _rank(seen.level) > _rank(before.level):
        return "severity grew"
    if before.keys and not all(any(key.startswith(old) for old in before.keys) for key in seen.keys or ("",)):
        return "area grew"
    return None


def noticed(custody: Custody, by: str, now: datetime) -> Custody:
    """Somebody who keeps it has it on his screen: the proof of who knew when. The first one makes it NOTIFIED."""
    fresh = not any(one.by == by and one.at >= custody.raised_at for one in custody.seen)
    if not fresh or custody.state is S.CLEARED:
        return custody
    custody = replace(custody, seen=(*custody.seen, Sight(by, now))[-200:])
    if custody.state is S.RAISED:
        custody = replace(custody, state=S.NOTIFIED, notified_at=now)
    return _told(custody, "SEEN", by, now)


def acknowledged(custody: Custody, by: str, now: datetime, text: str | None = None) -> Custody:
    """Raises BadMove. Who comes second changes nothing."""
    if custody.state not in OPEN:
        return _refuse_over(custody)
    after = replace(
        custody, state=S.ACKNOWLEDGED, due_at=None, acknowledged_at=now, acknowledged_by=by, missed=False,
        notified_at=custody.notified_at or now,
    )  # fmt: skip
    return _told(after, "ACKNOWLEDGED", by, now, text)


def assessed(
    custody: Custody, decision: Decision, by: str, now: datetime, reason: str, *,
    review_at: datetime | None = None, links: tuple[str, ...] = (),
) -> Custody:  # fmt: skip
    """Act, watch or not ours, with the reason; whoever decides acknowledges by it. Raises BadEdit, BadMove."""
    if not reason.strip():
        raise BadEdit("reason", "say why: the reason is what is read later")
    if review_at is not None and (decision is not Decision.WATCH or review_at <= now):
        raise BadEdit("review_at", "a time of review lies ahead and belongs to the decision WATCH")
    if custody.state is S.CLEARED:
        _refuse_over(custody)
    CUSTODY.move(custody.state, S.ASSESSED)
    if custody.state in OPEN:
        custody = acknowledged(custody, by, now)
    after = replace(
        custody, state=S.ASSESSED, decision=decision, reason=reason.strip(), assessed_at=now, assessed_by=by,
        review_at=review_at, due_at=review_at, links=tuple(dict.fromkeys((*custody.links, *links)))[-20:],
    )  # fmt: skip
    return _told(after, decision.value, by, now, reason.strip())


def due(custody: Custody, terms: Terms, now: datetime) -> Custody:
    """What its deadline does: not acknowledged climbs one tier, watched is asked anew."""
    if custody.due_at is None or custody.due_at > now:
        return custody
    if custody.state is S.ASSESSED:
        return _again(replace(custody, review_at=None), terms, now, "time of review")
    if custody.state not in OPEN:
        return replace(custody, due_at=None)
    for tier in list(Tier)[list(Tier).index(custody.tier) + 1 :]:
        owner = terms.owner(tier, custody.partner)
        if owner is not None:
            after = replace(
                custody, tier=tier, owner=owner, escalated_at=now, due_at=now + terms.deadline(custody.level)
            )
            return _told(after, "ESCALATED", SYSTEM, now, owner.name)
    return _told(replace(custody, due_at=None, escalated_at=now), "EXHAUSTED", SYSTEM, now)


def handed_up(custody: Custody, below: str, terms: Terms, now: datetime) -> Custody:
    """Nobody below has acknowledged it: asked anew here, or told to those who are still asked."""
    text = f"not acknowledged by {below}"
    if custody.state in OPEN:
        return _told(custody, "UNANSWERED_BELOW", SYSTEM, now, text)
    return _again(custody, terms, now, text)


def handed(custody: Custody, owner: Owner, by: str, now: datetime) -> Custody:
    """Given to somebody else; the deadline stays. Raises BadMove."""
    if custody.state is S.CLEARED:
        _refuse_over(custody)
    return _told(replace(custody, owner=owner), "HANDED", by, now, owner.name)


def passed_on(custody: Custody, to: str, way: str, by: str, now: datetime, text: str | None = None) -> Custody:
    onward = (*custody.onward, Onward(to, way, now, by, text))
    if len(onward) > 100:
        raise BadEdit("to", "this was passed on 100 times; write the others into the journal")
    return _told(replace(custody, onward=onward), "PASSED_ON", by, now, f"{to} ({way})")


def receipted(custody: Custody, number: int, confirmed_by: str, by: str, now: datetime) -> Custody:
    """Raises BadEdit."""
    if not 0 <= number < len(custody.onward):
        raise BadEdit("number", "it was not passed on that often")
    held = custody.onward[number]
    if held.confirmed_at is not None:
        raise BadEdit("number", "this receipt is there already")
    after = replace(held, confirmed_at=now, confirmed_by=confirmed_by, noted_by=by)
    onward = (*custody.onward[:number], after, *custody.onward[number + 1 :])
    return _told(replace(custody, onward=onward), "CONFIRMED", by, now, f"{held.to}: {confirmed_by}")


def cleared(custody: Custody, by: str, now: datetime, text: str | None = None) -> Custody:
    """It is over, whatever was decided."""
    if custody.state is S.CLEARED:
        return custody
    after = replace(custody, state=S.CLEARED, due_at=None, review_at=None, cleared_at=now,
                    missed=custody.state in OPEN)  # fmt: skip
    return _told(after, "CLEARED", by, now, text)


def _again(custody: Custody, terms: Terms, now: datetime, why: str) -> Custody:
    tier, owner = _first(terms, custody.partner)
    after = replace(
        custody, state=S.RAISED, tier=tier, owner=owner, round=custody.round + 1, raised_at=now, notified_at=None,
        due_at=now + terms.deadline(custody.level), escalated_at=None, acknowledged_at=None, acknowledged_by=None,
        decision=None, reason=None, assessed_at=None, assessed_by=None, review_at=None, cleared_at=None, missed=False,
    )  # fmt: skip
    return _told(after, "RAISED_AGAIN", SYSTEM, now, why)


def _first(terms: Terms, partner: str | None) -> tuple[Tier, Owner]:
    for tier in Tier:
        owner = terms.owner(tier, partner)
        if owner is not None:
            return tier, owner
    return Tier.OWNER, Owner("Leitung", function="LEITUNG")


def _refuse_over(custody: Custody) -> Custody:
    if custody.state is S.CLEARED:
        raise BadMove("This warning is over; its custody can be read, not changed.")
    return custody


def _rank(level: Level | None) -> int:
    return int(Level.HIGH if level is None else level)


def _title(seen: Watched) -> str:
    return seen.title[:500] or seen.ref


def _of(seen: Watched) -> dict[str, Any]:
    return {
        "level": seen.level, "keys": seen.keys[:500], "areas": seen.areas[:500], "channel": seen.channel,
        "sender": (seen.sender or "")[:500] or None, "sent": seen.sent, "expires": seen.expires,
    }  # fmt: skip


def _told(custody: Custody, what: str, by: str, now: datetime, text: str | None = None) -> Custody:
    """One more step; many updates in a row are one, so that a chatty source does not push out what people did."""
    step = Done(now, what, by, text, custody.tier)
    history = custody.history
    if what == "UPDATED" and text is None and history and history[-1].what == what and history[-1].text is None:
        history = history[:-1]
    return replace(custody, history=(*history, step)[-MOST_STEPS:])
