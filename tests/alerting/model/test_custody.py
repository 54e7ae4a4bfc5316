"""Custody step by step, and what holds whatever people, sources and clocks do with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.model import custody as steps
from alerting.model.custody import OPEN, Custody, CustodyState, Decision, Owner, Terms, Tier, Watched
from alerting.model.warned import Keeper, above, responsible, watched, within
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode
from geodata.model.level import Level
from geodata.model.states import BadMove

T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)
TERMS = Terms({Level.EXTREME: timedelta(minutes=5)}, TEN, {Tier.OWNER: ("S2",), Tier.DEPUTIES: (), Tier.HEAD: ("LDS",)})
ACTUAL = IncidentMode.ACTUAL
TOWN, KREIS = "053820056056", "05382"


def seen(level: Level | None = Level.HIGH, keys: tuple[str, ...] = (TOWN,), **more: object) -> Watched:
    return Watched("local/warning/a", "Starkregen", level, ACTUAL, keys, **more)  # type: ignore[arg-type]


def fresh(partner: str | None = "Kreis") -> Custody:
    return steps.begin(seen(), TERMS, T0, name="Feuerwehr", partner=partner)


def test_it_climbs_past_empty_tiers_to_the_partner_and_says_when_nobody_is_left() -> None:
    custody, now, tiers = fresh(), T0, []
    while custody.due_at is not None:
        now = custody.due_at
        custody = steps.due(custody, TERMS, now)
        tiers.append((custody.tier, custody.owner.name))
    assert tiers == [(Tier.HEAD, "LDS"), (Tier.PARTNER, "Kreis"), (Tier.PARTNER, "Kreis")]
    assert now - T0 == 3 * TEN and custody.history[-1].what == "EXHAUSTED"


def test_before_its_time_nothing_happens_and_an_acknowledgement_stops_the_clock() -> None:
    custody = fresh()
    assert steps.due(custody, TERMS, T0 + TEN - timedelta(seconds=1)) == custody
    held = steps.acknowledged(custody, "person:a", T0)
    assert held.due_at is None and steps.due(held, TERMS, T0 + 9 * TEN) == held
    assert steps.acknowledged(held, "person:b", T0).acknowledged_by == "person:a", "the first one has it"


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        (Level.MEDIUM, Level.MEDIUM, False), (Level.HIGH, Level.MEDIUM, False), (Level.MEDIUM, Level.HIGH, True),
        (Level.MEDIUM, None, True), (None, Level.HIGH, False), (None, Level.EXTREME, True),
    ],
)  # fmt: skip
def test_only_what_grew_in_severity_is_asked_anew(before: Level | None, after: Level | None, again: bool) -> None:
    custody = steps.assessed(steps.begin(seen(before), TERMS, T0), Decision.WATCH, "person:a", T0, "abwarten")
    updated = steps.updated(custody, seen(after), TERMS, T0)
    assert (updated.state is CustodyState.RAISED) is again
    assert updated.due_at == ((T0 + TERMS.deadline(after)) if again else None)


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [((TOWN,), (TOWN,), False), ((KREIS,), (TOWN,), False), ((TOWN,), (KREIS,), True), ((TOWN,), (), True),
     ((), (TOWN,), False)],
)  # fmt: skip
def test_only_what_grew_in_area_is_asked_anew(
    before: tuple[str, ...], after: tuple[str, ...], again: bool
) -> None:  # fmt: skip
    held = steps.begin(seen(keys=before), TERMS, T0)
    custody = steps.acknowledged(held, "person:a", T0)
    assert (steps.updated(custody, seen(keys=after), TERMS, T0).round == 2) is again


def test_a_decision_needs_words_and_a_watched_one_comes_back() -> None:
    with pytest.raises(BadEdit):
        steps.assessed(fresh(), Decision.ACT, "person:a", T0, "  ")
    with pytest.raises(BadEdit):
        steps.assessed(fresh(), Decision.ACT, "person:a", T0, "x", review_at=T0 + TEN)
    watching = steps.assessed(fresh(), Decision.WATCH, "person:a", T0, "x", review_at=T0 + TEN)
    back = steps.due(watching, TERMS, T0 + TEN)
    assert (back.state, back.round, back.decision, back.due_at) == (CustodyState.RAISED, 2, None, T0 + 2 * TEN)
    with pytest.raises(BadMove):
        steps.assessed(steps.cleared(fresh(), "watch", T0), Decision.ACT, "person:a", T0, "x")


def test_of_areas_it_is_told_by_keys_of_any_level_and_an_unknown_area_is_everybodys() -> None:
    town, kreis, far = Keeper("p-t", TOWN, "t"), Keeper("p-k", KREIS, "k"), Keeper("p-f", "05913", "f")
    keepers = [town, kreis, far]

    def whose(*keys: str, shaped: bool = False) -> list[str]:
        return [one.room for one, _ in responsible(keepers, [], seen(keys=keys), "05", shaped=shaped)]

    assert whose(TOWN) == ["p-t", "p-k"]
    assert whose(KREIS) == ["p-t", "p-k"] and whose("05") == ["p-t", "p-k", "p-f"]
    assert whose() == ["p-t", "p-k", "p-f"] and whose(shaped=True) == []
    assert above(town, keepers) == kreis and above(kreis, keepers) is None
    assert within(seen(keys=(TOWN, "05913000")), KREIS) == seen(keys=(TOWN,))


def test_a_sources_own_exercise_is_never_real_and_an_expired_one_is_over() -> None:
    body = {
        "key": "a", "channel": "dwd", "sent": "2026-11-22T12:00:00Z", "severity": "Severe", "level": 3,
        "status": "Exercise", "ags": ["05382056"], "expires": "2026-11-22T13:00:00Z", "references": ["b"],
    }  # fmt: skip
    found = watched("local/warning/a", body, T0, ACTUAL)
    assert (found.mode, found.keys, found.over) == (IncidentMode.EXERCISE, (KREIS,), False)
    assert found.replaces == ("local/warning/b",)
    assert watched("local/warning/a", body, T0 + timedelta(hours=1), ACTUAL).over


ACTS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["due", "see", "ack", "act", "watch", "update", "end", "hand"]),
              st.sampled_from([None, Level.LOW, Level.HIGH, Level.EXTREME])),
    max_size=40,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(ACTS)
def test_whatever_happens_what_waits_has_a_deadline_or_nobody_left_and_no_step_is_lost(
    acts: list[tuple[int, str, Level | None]],
) -> None:
    custody, now = fresh(), T0
    for minutes, act, level in acts:
        now += timedelta(minutes=minutes)
        before = custody
        try:
            if act == "due":
                custody = steps.due(custody, TERMS, now)
            elif act == "see":
                custody = steps.noticed(custody, "person:a", now)
            elif act == "ack":
                custody = steps.acknowledged(custody, "person:a", now)
            elif act == "act":
                custody = steps.assessed(custody, Decision.ACT, "person:a", now, "x")
            elif act == "watch":
                custody = steps.assessed(custody, Decision.WATCH, "person:a", now, "x", review_at=now + TEN)
            elif act == "update":
                custody = steps.updated(custody, seen(level), TERMS, now)
            elif act == "hand":
                custody = steps.handed(custody, Owner("S6"), "person:a", now)
            else:
                custody = steps.cleared(custody, "watch", now)
        except BadMove:
            assert before.state is CustodyState.CLEARED
        if custody.state in OPEN:
            assert custody.due_at is not None or any(step.what == "EXHAUSTED" for step in custody.history)
        if custody.state is CustodyState.CLEARED:
            assert custody.due_at is None
        told = [step for step in before.history if step.what != "UPDATED"]
        assert [step for step in custody.history if step.what != "UPDATED"][: len(told)] == told
