"""Two sides that read each other's versions of an inquiry in any order, late, again or never in between, stand the same
once each has read the other's last one."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geodata.model.body import from_body, to_body
from geodata.model.inquiry import (
    AWAY,
    HELD,
    HOLDING,
    LENDING,
    MESSAGE,
    OPEN,
    Across,
    Inquiry,
    InquiryState,
    Line,
    LineState,
    Party,
    Recalled,
    Side,
    StockLine,
    Taking,
    Terms,
    each,
    moved,
    spoken,
)
from geodata.model.request import Need, Priority, RequestLevel, Step
from geodata.model.resource import ResourceKind
from service.federation.procedures.requests.merging import merged, new_steps
from service.requests.borrowing import STAGES, Report, not_taken, reported, state_after

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
ROUNDS = 20_000 if os.environ.get("LAGEBILD_PROVE") else 1_200
_I, _L = InquiryState, LineState


def asked() -> Inquiry:
    return Inquiry(
        request="r", request_ref="a/request/r", incident="i", incident_name="Hochwasser", number=1,
        requester=Party("oa", "Feuerwehr A"), addressee=Party("partner.b", "Stadt B"), level=RequestLevel.NEIGHBOURS,
        need=Need("Boote", 3, Priority.URGENT, type="MZB"), stays_open=True,
        across=Across("b", Side.BORROWER, moves=1, since=START),
        history=(Step("ROUTED", START, "person:a", None, MESSAGE[_I.ROUTED]),),
    )  # fmt: skip


def mirrored(theirs: Inquiry) -> Inquiry:
    fresh = replace(theirs, addressee=Party("ob", "Feuerwehr B"), history=(), across=Across("a", Side.LENDER))
    return merged(fresh, theirs, Side.LENDER)


@dataclass
class Pair:
    """Both sides with clocks that differ by an hour; `said` are all versions that each has ever published."""

    dice: random.Random
    ours: dict[Side, Inquiry] = field(default_factory=dict)
    said: dict[Side, list[Inquiry]] = field(default_factory=lambda: {Side.BORROWER: [], Side.LENDER: []})
    minutes: int = 0

    def __post_init__(self) -> None:
        first = asked()
        self.put(Side.BORROWER, first)
        self.put(Side.LENDER, mirrored(first))

    def now(self, side: Side) -> datetime:
        self.minutes += 1
        return START + timedelta(minutes=self.minutes) + (timedelta(hours=1) if side is Side.LENDER else timedelta())

    def put(self, side: Side, inquiry: Inquiry) -> None:
        travelled = from_body(to_body(inquiry), Inquiry)
        assert travelled == inquiry, "nothing of it is lost on the way"
        self.ours[side] = inquiry
        self.said[side].append(travelled)

    def step(self, side: Side, after: Inquiry, state: InquiryState, **said: Any) -> None:
        now = self.now(side)
        self.put(side, spoken(moved(after, state, at=now, by=f"person:{side.value[0].lower()}", **said), now))

    def hear(self, side: Side, version: Inquiry) -> bool:
        """As the follower does it: what has run out is ended first, what is accepted is held anew."""
        mine = self.ours[side]
        after = merged(mine, version, side)
        if after == mine:
            return False
        assert merged(after, version, side) == after, "read twice is read once"
        if side is Side.LENDER and after.state is _I.REQUISITIONED and mine.state is not _I.REQUISITIONED:
            after = spoken(replace(after, hold_until=self.now(side) + timedelta(minutes=30)), self.now(side))
        elif side is Side.LENDER and after.state not in HOLDING:
            after = replace(after, hold_until=None)
        self.put(side, after)
        return True

    def hear_something(self) -> None:
        side = self.dice.choice(list(Side))
        other = Side.LENDER if side is Side.BORROWER else Side.BORROWER
        self.hear(side, self.dice.choice(self.said[other]))

    def settle(self) -> None:
        for _ in range(20):
            heard = self.hear(Side.BORROWER, self.said[Side.LENDER][-1])
            if not (self.hear(Side.LENDER, self.said[Side.BORROWER][-1]) or heard):
                return
        raise AssertionError("they do not come to rest")

    def lend(self) -> None:
        """A step of the lender, if the dice find one that his pages allow now."""
        mine, dice = self.ours[Side.LENDER], self.dice
        assert mine.across is not None
        what = dice.choice(["offer", "lapse", "decline", "commit", "recall", "return", "drive"])
        if what == "offer" and mine.state in (_I.ROUTED, _I.OFFERED, _I.EXPIRED):
            names = dice.sample("wxyz", dice.randint(1, 4))
            after = replace(
                mine, offered=tuple(Line(name, f"Boot {name}", "MZB", ResourceKind.VEHICLE) for name in names),
                stock=(StockLine("s", "Sandsäcke", "Stück", 100.0),) if dice.random() < 0.4 else (),
                terms=Terms(recall_hours=2.0), hold_until=START + timedelta(minutes=self.minutes + 90),
                across=replace(mine.across, round=mine.across.round + 1),
            )  # fmt: skip
            self.step(Side.LENDER, after, _I.OFFERED)
        elif what == "lapse" and mine.state in HOLDING:
            held = [line.id for line in mine.lines if line.state in HELD]
            after = each(mine, held, lambda line: replace(line, state=_L.LAPSED))
            self.step(Side.LENDER, replace(after, hold_until=None), _I.EXPIRED)
        elif what == "decline" and mine.state in OPEN and dice.random() < 0.1:
            held = [line.id for line in mine.lines if line.state in HELD]
            after = each(mine, held, lambda line: replace(line, state=_L.DECLINED))
            self.step(Side.LENDER, replace(after, hold_until=None), _I.DECLINED, text="selbst im Einsatz")
        elif what == "commit" and mine.state is _I.REQUISITIONED:
            now = self.now(Side.LENDER)
            taken = [line.id for line in mine.lines if line.state is _L.REQUISITIONED]
            gone = set(dice.sample(taken, dice.randint(1, len(taken))))
            after = each(mine, set(taken) - gone, lambda line: replace(line, state=_L.DECLINED))
            after = each(after, gone, lambda line: replace(line, state=_L.COMMITTED, committed_at=now))
            self.step(Side.LENDER, replace(after, hold_until=None), _I.COMMITTED)
        elif what == "recall" and mine.state in LENDING and mine.recalled is None:
            wanted = [line.id for line in mine.lines if line.state in AWAY - {_L.RELEASED}]
            after = each(mine, wanted, lambda line: replace(line, recalled=True))
            recalled = Recalled(self.now(Side.LENDER), "person:l", "gebraucht")
            self.step(Side.LENDER, replace(after, recalled=recalled), mine.state)
        elif what == "return" and mine.state in LENDING:
            away = [line.id for line in mine.lines if line.state in AWAY]
            now = self.now(Side.LENDER)
            back = set(dice.sample(away, dice.randint(1, len(away))))
            after = each(
                mine, back,
                lambda line: replace(line, state=_L.RETURNED, returned_at=now, released_at=line.released_at or now),
            )  # fmt: skip
            over = not any(line.state in AWAY for line in after.lines)
            self.step(Side.LENDER, after, _I.RETURNED if over else mine.state)
        elif what == "drive":
            self.report(Side.LENDER, dice.choice([Report.EN_ROUTE, Report.ARRIVE]))

    def borrow(self) -> None:
        """A step of the borrower, if the dice find one that his pages allow now."""
        mine, dice = self.ours[Side.BORROWER], self.dice
        assert mine.across is not None
        what = dice.choice(["take", "take", "report", "report", "report", "withdraw", "need"])
        if what == "take" and mine.state is _I.OFFERED:
            open_ = [line for line in mine.lines if line.state is _L.OFFERED]
            chosen = dice.sample(open_, dice.randint(1, len(open_)))
            amounts = {line.id: dice.choice([line.quantity, 40.0]) for line in chosen if isinstance(line, StockLine)}
            forces = tuple(line.id for line in chosen if isinstance(line, Line))
            after = each(mine, {line.id for line in open_}, lambda line: replace(line, state=_L.NOT_TAKEN))
            after = each(
                after, {line.id for line in chosen},
                lambda line: replace(line, state=_L.REQUISITIONED, quantity=amounts.get(line.id, line.quantity)),
            )  # fmt: skip
            taking = Taking(mine.across.round, forces, amounts)
            self.step(Side.BORROWER, replace(after, across=replace(mine.across, taking=taking)), _I.REQUISITIONED)
        elif what == "report":
            self.report(Side.BORROWER, dice.choice(list(Report)))
        elif what == "withdraw" and mine.state in OPEN and dice.random() < 0.1:
            state = dice.choice([_I.WITHDRAWN, _I.DUPLICATE])
            self.step(Side.BORROWER, not_taken(mine), state)
        elif what == "need" and mine.state in OPEN:
            need = replace(mine.need, quantity=dice.randint(1, 9))
            self.put(Side.BORROWER, spoken(replace(mine, need=need), self.now(Side.BORROWER)))

    def report(self, side: Side, report: Report) -> None:
        mine, stage = self.ours[side], STAGES[report]
        if mine.state not in LENDING:
            return
        about = [line.id for line in mine.lines if line.state in stage.about]
        if not about:
            return
        chosen = set(self.dice.sample(about, self.dice.choice([len(about), self.dice.randint(1, len(about))])))
        after = reported(mine, chosen, stage, self.now(side))
        self.step(side, after, state_after(after, stage))


def public(inquiry: Inquiry) -> dict[str, Any]:
    """What both sides agree on: all of it but whose it is, in which order it was heard, and what each knows."""
    own = {"addressee", "requester", "across", "history", "message", "overdue"}
    return {name: value for name, value in to_body(inquiry).items() if name not in own}


def course(inquiry: Inquiry) -> set[tuple[object, ...]]:
    return {(step.state, step.at, step.by, step.text) for step in inquiry.history}


@pytest.mark.parametrize("half", range(2))
def test_whatever_comes_in_whatever_order_and_however_often_both_sides_agree(half: int) -> None:
    reached: set[InquiryState] = set()
    for seed in range(half * ROUNDS // 2, (half + 1) * ROUNDS // 2):
        dice = random.Random(seed)
        pair = Pair(dice)
        for _ in range(dice.randint(5, 80)):
            dice.choice([pair.lend, pair.borrow, pair.lend, pair.borrow, pair.hear_something, pair.settle])()
        pair.settle()
        borrower, lender = pair.ours[Side.BORROWER], pair.ours[Side.LENDER]
        assert public(borrower) == public(lender), f"seed {seed}"
        assert course(borrower) == course(lender), f"seed {seed}: every step is in both logs"
        for side in Side:
            across = pair.ours[side].across
            assert across is not None
            assert (across.since, across.known) == (None, across.moves), f"seed {seed}: nothing is under way any more"
            for version in pair.said[Side.LENDER if side is Side.BORROWER else Side.BORROWER]:
                assert not pair.hear(side, version), f"seed {seed}: an old version says nothing new"
        reached.update(version.state for version in pair.said[Side.BORROWER])
    assert reached >= {*HOLDING, *LENDING, _I.RETURNED, _I.DECLINED, _I.WITHDRAWN, _I.DUPLICATE, _I.EXPIRED}, reached


def offered_and_taken() -> Pair:
    pair = Pair(random.Random(1))
    mine = pair.ours[Side.LENDER]
    assert mine.across is not None
    lines = tuple(Line(name, f"Boot {name}", "MZB", ResourceKind.VEHICLE) for name in "xyz")
    until = START + timedelta(minutes=30)
    pair.step(
        Side.LENDER, replace(mine, offered=lines, hold_until=until, across=replace(mine.across, round=1)), _I.OFFERED
    )  # fmt: skip
    pair.settle()
    mine = pair.ours[Side.BORROWER]
    assert mine.across is not None
    after = each(mine, {"x"}, lambda line: replace(line, state=_L.REQUISITIONED))
    after = each(after, {"y", "z"}, lambda line: replace(line, state=_L.NOT_TAKEN))
    after = replace(after, across=replace(mine.across, taking=Taking(1, ("x",))))
    pair.step(Side.BORROWER, after, _I.REQUISITIONED)
    return pair


def test_what_was_taken_too_late_is_refused_and_says_so_on_both_sides() -> None:
    pair = offered_and_taken()
    mine = pair.ours[Side.LENDER]
    after = each(mine, {"x", "y", "z"}, lambda line: replace(line, state=_L.LAPSED))
    pair.step(Side.LENDER, replace(after, hold_until=None), _I.EXPIRED)
    pair.settle()
    for side in Side:
        assert pair.ours[side].state is _I.EXPIRED
        assert {line.state for line in pair.ours[side].lines} == {_L.LAPSED}


def test_what_was_taken_of_an_earlier_offer_is_not_taken_of_the_next() -> None:
    pair = offered_and_taken()
    mine = pair.ours[Side.LENDER]
    assert mine.across is not None
    dearer = replace(mine, terms=Terms(cost_per_hour=900.0), across=replace(mine.across, round=2))
    pair.step(Side.LENDER, dearer, _I.OFFERED)
    pair.settle()
    for side in Side:
        assert pair.ours[side].state is _I.OFFERED, "whoever takes knows what he takes"
        assert {line.state for line in pair.ours[side].lines} == {_L.OFFERED}


def test_a_lender_who_is_lied_to_keeps_what_is_his_to_say() -> None:
    pair = offered_and_taken()
    pair.settle()
    mine = pair.ours[Side.LENDER]
    now = START + timedelta(hours=1)
    told = pair.ours[Side.BORROWER]
    assert told.across is not None
    lie = replace(
        each(told, {"x", "y"}, lambda line: replace(line, state=_L.RETURNED, committed_at=now, returned_at=now)),
        state=_I.RETURNED, hold_until=now + timedelta(days=9), terms=Terms(cost_per_hour=0.0),
        across=replace(told.across, moves=900, taking=Taking(1, ("x", "y", "z")), round=77),
    )  # fmt: skip
    after = merged(mine, lie, Side.LENDER)
    assert (after.offered, after.terms, after.hold_until) == (mine.offered, mine.terms, mine.hold_until)
    assert after.state is _I.REQUISITIONED, "promised is only what the lender promises"


def test_a_borrower_restored_from_a_backup_learns_again_where_it_stands() -> None:
    pair = offered_and_taken()
    early = pair.said[Side.BORROWER][0]
    pair.settle()
    mine = pair.ours[Side.LENDER]
    after = each(mine, {"x"}, lambda line: replace(line, state=_L.COMMITTED, committed_at=START))
    pair.step(Side.LENDER, after, _I.COMMITTED)
    pair.settle()
    pair.put(Side.BORROWER, early)
    pair.settle()
    assert pair.ours[Side.BORROWER].state is _I.COMMITTED
    pair.report(Side.BORROWER, Report.ARRIVE)
    pair.settle()
    assert {pair.ours[side].state for side in Side} == {_I.ARRIVED}, "and its next step counts"


def test_a_lender_restored_from_a_backup_sees_that_it_had_promised_and_promises_again() -> None:
    pair = offered_and_taken()
    pair.settle()
    early = pair.ours[Side.LENDER]

    def commit() -> None:
        after = each(
            pair.ours[Side.LENDER], {"x"}, lambda line: replace(line, state=_L.COMMITTED, committed_at=START)
        )  # fmt: skip
        pair.step(Side.LENDER, replace(after, hold_until=None), _I.COMMITTED)

    commit()
    pair.settle()
    pair.report(Side.BORROWER, Report.ARRIVE)
    pair.settle()
    pair.put(Side.LENDER, early)
    pair.settle()
    mine = pair.ours[Side.LENDER]
    assert mine.state is _I.REQUISITIONED, "no machine promises"
    assert "COMMITTED" in {step.state for step in mine.history}, "but people see that somebody had"
    assert pair.ours[Side.BORROWER].state is _I.ARRIVED, "and what has arrived is there"
    commit()
    pair.settle()
    assert public(pair.ours[Side.LENDER]) == public(pair.ours[Side.BORROWER])
    assert pair.ours[Side.LENDER].state is _I.ARRIVED


def test_of_the_partners_steps_those_that_are_new_are_told_with_whose_they_are() -> None:
    pair = offered_and_taken()
    before = pair.ours[Side.LENDER]
    after = merged(before, pair.said[Side.BORROWER][-1], Side.LENDER)
    (step,) = new_steps(before, after)
    assert (step.state, step.origin, step.by) == ("REQUISITIONED", "a", "person:b")
    assert after.history[-1].origin == "a"
    assert merged(pair.ours[Side.BORROWER], after, Side.BORROWER).history[-1].origin is None, "ours comes home as ours"
