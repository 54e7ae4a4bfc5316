"""Shifts, rest rules and crews by hand; each rule broken once and kept once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geodata.model.catalogue import TYPES
from geodata.model.crew import CrewState, crew
from geodata.model.duty import USUAL, Duty
from geodata.model.editing import BadEdit
from geodata.model.shift import Aboard, Breach, Holds, Shift, ShiftState, violations, who_is_where

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def shift(person: str, starts: float, ends: float, **fields: Any) -> Shift:
    codes = fields.pop("codes", ())
    given = {"break_minutes": 60, "qualifications": tuple(Holds(code) for code in codes), **fields}
    return Shift("o", person, at(starts), at(ends), **given)


@pytest.mark.parametrize(
    ("shifts", "breach"),
    [
        ([(1, 9), (20, 28)], None),
        ([(1, 9), (19, 27)], Breach.REST_SHORT),
        ([(1, 9), (8, 12)], Breach.OVERLAP),
        ([(1, 14)], Breach.TOO_LONG),
        ([(1, 9), (9, 14)], Breach.TOO_LONG),
        ([(1, 9), (9, 13)], None),
    ],
)
def test_rest_and_longest_duty(shifts: list[tuple[float, float]], breach: Breach | None) -> None:
    plan = {str(n): shift("Ada", *span) for n, span in enumerate(shifts)}
    assert {one.breach for one in violations(plan, USUAL, NOW)} == ({breach} if breach else set())


def test_two_people_of_one_name_are_told_apart_by_their_number() -> None:
    plan = {"a": shift("Kim Meier", 1, 9, member="7"), "b": shift("Kim Meier", 1, 9, member="8")}
    assert violations(plan, USUAL, NOW) == []
    assert [one.breach for one in violations({"a": plan["a"], "b": shift("x", 2, 8, member="7")}, USUAL, NOW)] == [
        Breach.OVERLAP
    ]


def test_a_duty_without_a_break_whoever_stays_and_whoever_did_not_come_are_named() -> None:
    plan = {
        "break": shift("Ada", 1, 9, break_minutes=0),
        "stays": shift("Ben", -9, -1, state=ShiftState.ON_DUTY, began=at(-9)),
        "missing": shift("Cem", -1, 7),
    }
    assert [(one.breach, one.shifts) for one in violations(plan, USUAL, NOW)] == [
        (Breach.NOT_BEGUN, ("missing",)),
        (Breach.OVERRUN, ("stays",)),
        (Breach.NO_BREAK, ("break",)),
    ]


def test_whoever_stays_longer_than_planned_breaks_the_longest_duty_and_his_next_rest() -> None:
    plan = {
        "now": shift("Ada", -13, -1, state=ShiftState.ON_DUTY, began=at(-13)),
        "next": shift("Ada", 10, 20),
    }
    assert {one.breach for one in violations(plan, USUAL, NOW)} == {
        Breach.OVERRUN,
        Breach.TOO_LONG,
        Breach.REST_SHORT,
    }
    lenient = Duty(longest_hours=16, rest_hours=8)
    assert {one.breach for one in violations(plan, lenient, NOW)} == {Breach.OVERRUN}


def test_whoever_has_nearly_served_the_longest_duty_is_named_before_it_is_over() -> None:
    plan = {"a": shift("Ada", -10.5, 2, state=ShiftState.ON_DUTY, began=at(-10.5), break_minutes=60)}
    soon = [one for one in violations(plan, USUAL, NOW) if one.breach is Breach.RELIEF_SOON]
    assert [(one.hours, one.at) for one in soon] == [(10.5, at(1.5))]
    assert not any(one.breach is Breach.RELIEF_SOON for one in violations(plan, USUAL, at(-1)))


def test_a_shift_that_was_called_off_breaks_nothing() -> None:
    plan = {"a": shift("Ada", 1, 9), "b": shift("Ada", 1, 9, state=ShiftState.OFF)}
    assert violations(plan, USUAL, NOW) == []


def test_who_is_where_tells_those_on_duty_longest_first() -> None:
    plan = {
        "b": shift("Ben", -2, 6, state=ShiftState.ON_DUTY, began=at(-2), resource="r1"),
        "a": shift("Ada", -5, 3, state=ShiftState.ON_DUTY, began=at(-5), place="Meldekopf"),
        "c": shift("Cem", 1, 6),
    }
    assert [(one.person, one.hours, one.resource, one.place) for one in who_is_where(plan, NOW)] == [
        ("Ada", 5.0, None, "Meldekopf"),
        ("Ben", 2.0, "r1", None),
    ]


FULL = [("GF",), ("MA", "C"), ("AGT", "TH"), ("AGT", "TH"), ("AGT",), ("AGT",)]


def team(people: list[tuple[str, ...]]) -> list[Shift]:
    return [
        shift(str(n), -1, 7, codes=codes, function=Aboard.CREW if n else Aboard.SUBLEADER)
        for n, codes in enumerate(people)
    ]


def test_an_engine_is_crewed_with_its_leader_driver_and_four_in_breathing_apparatus() -> None:
    found = crew(team(FULL), TYPES["HLF20"], NOW)
    assert (found.state, found.strength, found.missing, found.seats) == (CrewState.CREWED, "0/1/5//6", {}, 0)


@pytest.mark.parametrize(
    ("people", "missing", "seats"),
    [
        (FULL[:5], {"AGT": 1}, 1),
        ([*FULL[:1], ("MA",), *FULL[2:]], {"C": 1}, 0),
        ([("GF", "MA", "C"), *FULL[2:]], {"MA": 1}, 1),
        ([("AGT",), *FULL[1:]], {"GF": 1}, 0),
        ([("GF",), ("AGT", "MA", "C"), *FULL[2:5], ("TM",)], {"AGT": 1}, 0),
    ],
)
def test_what_is_missing_is_named_and_nobody_takes_two_seats(
    people: list[tuple[str, ...]], missing: dict[str, int], seats: int
) -> None:
    found = crew(team(people), TYPES["HLF20"], NOW)
    assert (found.state, found.seats) == (CrewState.SHORT, seats)
    assert sum(found.missing.values()) == sum(missing.values())
    assert set(missing) <= set(found.missing) or "MA" in missing


def test_a_group_leader_who_serves_as_crew_does_not_lead() -> None:
    people = [shift("Ada", -1, 7, codes=("GF",)), *team(FULL)[1:]]
    assert crew(people, TYPES["HLF20"], NOW).missing == {"GF": 1}


def test_what_has_expired_is_told_and_does_not_count() -> None:
    old = Holds("NFS", valid_until=at(-1))
    people = [shift("Ada", -1, 7, qualifications=(old,)), shift("Ben", -1, 7, codes=("RS",))]
    found = crew(people, TYPES["RTW"], NOW)
    assert (found.missing, found.expired) == ({"NFS": 1}, {"NFS": 1})


def test_a_higher_training_includes_the_lower_one() -> None:
    people = [shift("Ada", -1, 7, codes=("NFS",)), shift("Ben", -1, 7, codes=("NFS",))]
    assert crew(people, TYPES["RTW"], NOW).state is CrewState.CREWED


@pytest.mark.parametrize(
    ("ends", "codes", "field"),
    [(0.5, (), "ends"), (1 + 24 * 8, (), "ends"), (2, ("XX",), "qualifications")],
)
def test_a_shift_that_cannot_be_is_refused_by_name(ends: float, codes: tuple[str, ...], field: str) -> None:
    with pytest.raises(BadEdit) as refused:
        shift("Ada", 1, ends, codes=codes)
    assert refused.value.field == field
