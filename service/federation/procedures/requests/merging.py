"""What becomes of our side's inquiry when the other side's is read: pure, so that streams, tests and people agree.

Each side publishes its inquiry as it is, over and over. Which of two versions of the other side is newer is told by its
count of own moves; an older one that comes late says nothing. What both sides may say of a line (it drives, it has
arrived) only ever goes forward, and the earliest time counts. So whatever arrives in whatever order and however often,
both sides stand the same once each has read the other's last version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from geodata.model.inquiry import (
    AWAY,
    MESSAGE,
    Across,
    Inquiry,
    InquiryState,
    Line,
    LineState,
    Side,
    StockLine,
    Taking,
    each,
    sums,
)
from geodata.model.request import MOST_STEPS, Step
from service.requests.borrowing import not_taken

MOST_TOLD = 300
"""Steps of a partner that are kept; ours are never pushed out by them."""
_I, _L = InquiryState, LineState
_STAGES = (_L.COMMITTED, _L.EN_ROUTE, _L.ARRIVED, _L.RELEASED, _L.RETURNED)
_COURSE = (_I.COMMITTED, _I.EN_ROUTE, _I.ARRIVED, _I.IN_USE)
_ASKED = ("need", "answer_due", "number", "incident_name")
_GIVEN = ("offered", "stock", "terms", "note", "hold_until", "hold_minutes", "recalled", "costs", "shows")
_AnyLine = Line | StockLine


def merged(mine: Inquiry, theirs: Inquiry, side: Side) -> Inquiry:
    """Ours with what the other side may say of it. `side` is ours; both must be `across`."""
    own, other = mine.across, theirs.across
    if own is None or other is None:
        raise ValueError("an inquiry between nodes says so in `across`")
    news = other.moves > own.heard
    lost = other.heard > own.moves
    across = replace(
        own, heard=max(own.heard, other.moves), moves=max(own.moves, other.heard),
        known=max(own.known, min(other.heard, max(own.moves, other.heard))),
    )  # fmt: skip
    after = mine
    if side is Side.BORROWER:
        if news:
            after = replace(after, **{name: getattr(theirs, name) for name in _GIVEN})
            across = replace(across, round=other.round)
        if lost and across.ended is None:  # we were restored, and had ended it
            across = replace(across, ended=other.ended)
    elif news:
        after = replace(after, **{name: getattr(theirs, name) for name in _ASKED})
        across = replace(across, taking=other.taking, ended=other.ended or across.ended)
    if side is Side.LENDER and lost:
        across = replace(across, round=max(across.round, other.round))
    across = replace(across, since=None if across.known >= across.moves else across.since)
    after = _taken(replace(after, across=across), across)
    after = _further(after, (mine, theirs), side)
    declined = _I.DECLINED in ((mine.state,) if side is Side.LENDER else (mine.state, theirs.state))
    state = _state(after, across, declined=declined, before=(mine.state, theirs.state))
    if state in (_I.WITHDRAWN, _I.DUPLICATE):
        after = not_taken(after)
    message = MESSAGE[state] if state is not mine.state else mine.message
    history = _told(mine.history, theirs.history, here=other.other, there=own.other)
    after = replace(after, state=state, message=message, history=history, overdue=mine.overdue and state is _I.ROUTED)
    return replace(after, quantity=sums(after))


def new_steps(before: Inquiry, after: Inquiry) -> tuple[Step, ...]:
    """The steps of the other side that are new in `after`."""
    known = {_key(step) for step in before.history}
    return tuple(step for step in after.history if _key(step) not in known)


def _taken(inquiry: Inquiry, across: Across) -> Inquiry:
    """With what the borrower has taken of the offer that stands; of another one it says nothing."""
    taking = across.taking
    if taking is None or taking.round != across.round:
        return inquiry
    open_ = {line.id for line in inquiry.lines if line.state is _L.OFFERED}
    chosen = {line.id for line in inquiry.lines if line.id in open_ and _amount(line, taking) is not None}
    if not chosen:
        return inquiry
    after = each(inquiry, open_ - chosen, lambda line: replace(line, state=_L.NOT_TAKEN))

    def take(line: _AnyLine) -> _AnyLine:
        amount = _amount(line, taking)
        assert amount is not None
        return replace(line, state=_L.REQUISITIONED, quantity=amount)

    return each(after, chosen, take)


def _amount(line: _AnyLine, taking: Taking) -> float | None:
    """How much of the line is taken; never more than is offered."""
    if isinstance(line, StockLine):
        amount = min(taking.stock.get(line.stock, 0.0), line.quantity)
        return amount if amount > 0 else None
    taken = line.resource in taking.resources or line.leader in taking.resources
    return line.quantity if taken else None


def _further(inquiry: Inquiry, versions: Iterable[Inquiry], side: Side) -> Inquiry:
    """What is lent, as far as either side knows it to be."""
    known: dict[str, list[_AnyLine]] = {}
    for index, version in enumerate(versions):
        for line in version.lines:
            if line.committed_at is not None:
                home = index == 1 and side is Side.LENDER and line.state is _L.RETURNED
                # Only the lender has it back.
                known.setdefault(line.id, []).append(replace(line, state=_L.RELEASED) if home else line)

    def join(line: _AnyLine) -> _AnyLine:
        if line.committed_at is None:
            return line
        said = [line, *(one for one in known.get(line.id, ()) if one.state in _STAGES)]
        state = max((one.state for one in said), key=_STAGES.index)
        return replace(
            line, state=state, arrived_at=_first(one.arrived_at for one in said),
            released_at=_first(one.released_at for one in said),
        )  # fmt: skip

    return each(inquiry, {line.id for line in inquiry.lines}, join)


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _state(inquiry: Inquiry, across: Across, *, declined: bool, before: tuple[InquiryState, ...]) -> InquiryState:
    """How the inquiry stands, by its lines and by what each side has said of the whole."""
    lines = inquiry.lines
    if any(line.committed_at for line in lines):
        away = [line for line in lines if line.state in AWAY]
        if not away:
            return _I.RETURNED
        if all(line.state is _L.RELEASED for line in away):
            return _I.RELEASED
        stages = [_I.COMMITTED, *(one for one in before if one in _COURSE)]
        stages += [_I.ARRIVED for line in lines if line.arrived_at]
        stages += [_I.EN_ROUTE for line in lines if line.state is _L.EN_ROUTE]
        return max(stages, key=_COURSE.index)
    if declined:
        return _I.DECLINED
    if across.ended is not None:
        return across.ended
    states = {line.state for line in lines}
    for line_state, state in (
        (_L.REQUISITIONED, _I.REQUISITIONED), (_L.OFFERED, _I.OFFERED), (_L.LAPSED, _I.EXPIRED),
    ):  # fmt: skip
        if line_state in states:
            return state
    return _I.WITHDRAWN if states else _I.ROUTED


def _told(mine: tuple[Step, ...], theirs: tuple[Step, ...], *, here: str, there: str) -> tuple[Step, ...]:
    """Our course with the other side's steps that are new here, in the order in which we hear of them."""
    known = {_key(step) for step in mine}
    fresh = []
    for step in theirs[-MOST_TOLD:]:
        if _key(step) not in known:
            known.add(_key(step))
            fresh.append(replace(step, origin=None if step.origin == here else there))
    told = (*mine, *fresh)
    foreign = sum(step.origin is not None for step in told) - MOST_TOLD
    kept = []
    for step in told:
        if step.origin is not None and foreign > 0:
            foreign -= 1
        else:
            kept.append(step)
    return tuple(kept[-MOST_STEPS:])


def _key(step: Step) -> tuple[object, ...]:
    return (step.state, step.at, step.by, step.text)
