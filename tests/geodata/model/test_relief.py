"""Relief proposals: nobody in two places, everybody rested and trained, and what is not covered is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.model.catalogue import TYPES, qualified
from geodata.model.duty import USUAL
from geodata.model.relief import ANYBODY, LATEST, Due, Gap, Person, people_of, propose
from geodata.model.resource import Deployment, Resource, ResourceKind
from geodata.model.shift import Aboard, Breach, Holds, Shift, ShiftState, violations

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def engine(type: str = "RTW", **fields: Any) -> Resource:
    given = {"deployment": Deployment.DEPLOYED, "relief_due": at(3), **fields}
    return Resource("o", ResourceKind.VEHICLE, type, f"Florian {type}", **given)


def person(name: str, *codes: str, **fields: Any) -> Person:
    return Person(name, name, holds=tuple(Holds(code) for code in codes), **fields)


def served(name: str, starts: float, ends: float, *codes: str, **fields: Any) -> Shift:
    began = at(starts) if starts < 0 else None
    state = ShiftState.PLANNED if starts >= 0 else ShiftState.OFF if ends <= 0 else ShiftState.ON_DUTY
    given = {"state": state, "began": began, "qualifications": tuple(Holds(code) for code in codes), **fields}
    return Shift("o", name, at(starts), at(ends), **given)


def test_rested_people_with_the_right_training_relieve_a_crew_on_time() -> None:
    shifts = {
        "1": served("Ada", -9, 3, "NFS", resource="r"),
        "2": served("Ben", -9, 3, "RS", resource="r"),
        "3": served("Cem", -30, -20, "NFS"),
        "4": served("Dan", -4, -1, "NFS"),
        "5": served("Eva", -40, -30, "RS", "C1"),
    }
    found = propose(shifts, {"r": engine()}, people_of(shifts), NOW, USUAL, within=DAY)
    assert [(one.resource, one.due, one.seats) for one in found.reliefs] == [("r", at(3), 2)]
    assert {(line.person, line.seat) for line in found.lines} == {("Cem", "NFS"), ("Eva", "RS")}
    assert all((line.starts, line.late) == (at(3), 0) for line in found.lines)
    assert [line.rested for line in found.lines] == [23.0, 33.0]


def test_what_nobody_can_cover_is_said() -> None:
    shifts = {"1": served("Ada", -9, 3, "NFS", resource="r"), "2": served("Ben", -9, 3, "RS", resource="r")}
    found = propose(shifts, {"r": engine()}, [*people_of(shifts), person("Cem", "RS")], NOW, USUAL, within=DAY)
    assert [line.person for line in found.lines] == ["Cem"]
    assert Gap("r", "NFS", 1) in found.gaps


def test_relief_a_little_late_is_better_than_none_and_says_how_late() -> None:
    shifts = {"1": served("Ada", -12, -7.5, "NFS")}  # rested half an hour after the relief is due
    found = propose(shifts, {"r": engine()}, [*people_of(shifts), person("Ben", "RS")], NOW, USUAL, within=DAY)
    assert {(line.person, line.late) for line in found.lines} == {("Ada", 30), ("Ben", 0)}


def test_an_expired_or_expiring_training_does_not_count() -> None:
    soon = Person("Ada", "Ada", holds=(Holds("NFS", valid_until=at(5)),))
    found = propose({}, {"r": engine()}, [soon, person("Ben", "RS")], NOW, USUAL, within=DAY)
    assert [line.person for line in found.lines] == ["Ben"]


def test_who_is_planned_already_is_not_asked_again() -> None:
    shifts = {
        "1": served("Ada", -9, 3, "NFS", resource="r"),
        "2": served("Ben", -9, 3, "RS", resource="r"),
        "3": served("Cem", 3, 11, "NFS", resource="r"),
    }
    people = [person("Eva", "RS"), person("Fay", "NFS")]
    found = propose(shifts, {"r": engine()}, people, NOW, USUAL, within=DAY)
    assert [(line.person, line.seat) for line in found.lines] == [("Eva", "RS")]
    assert found.left == ("Fay",)


def test_a_crew_at_home_needs_no_relief_and_the_earliest_reason_counts() -> None:
    home = engine(deployment=Deployment.AT_HOME)
    tired = engine(relief_due=None, endurance_until=at(5), crew_since=at(-10))
    found = propose({}, {"home": home, "tired": tired}, [], NOW, USUAL, within=DAY)
    assert [(one.resource, one.due, one.why) for one in found.reliefs] == [("tired", at(2), Due.LONGEST_DUTY)]


codes = st.lists(st.sampled_from(["GF", "MA", "C", "AGT", "NFS", "RS", "TH"]), max_size=4, unique=True)
histories = st.lists(st.tuples(st.integers(-40, 20), st.integers(1, 11)), max_size=2)
crowds = st.lists(st.tuples(codes, histories), max_size=9)
fleets = st.lists(
    st.tuples(st.sampled_from(["RTW", "HLF20", "TSF-W", "GW-San"]), st.integers(-1, 20)), min_size=1, max_size=3
)


def scene(crowd: Any, fleet: Any) -> tuple[dict[str, Shift], dict[str, Resource], list[Person]]:
    shifts, people = {}, []
    for n, (held, history) in enumerate(crowd):
        people.append(person(f"p{n}", *held))
        for m, (start, hours) in enumerate(history):
            shifts[f"s{n}-{m}"] = served(f"p{n}", start, start + hours, *held)
    resources = {f"r{n}": engine(type, relief_due=at(due)) for n, (type, due) in enumerate(fleet)}
    return shifts, resources, people


@settings(max_examples=60, deadline=None)
@given(crowds, fleets)
def test_nobody_is_in_two_places_everybody_is_rested_and_trained_and_quotas_are_met_or_said(
    crowd: Any, fleet: Any
) -> None:
    shifts, resources, people = scene(crowd, fleet)
    found = propose(shifts, resources, people, NOW, USUAL, within=DAY)
    assert len({line.person for line in found.lines}) == len(found.lines)
    for line in found.lines:
        held = qualified(one.code for one in line.holds if one.counts(line.ends))
        assert line.seat == ANYBODY or line.seat in held
        relief = next(one for one in found.reliefs if one.resource == line.resource)
        assert max(relief.due, NOW) <= line.starts <= max(relief.due, NOW) + LATEST
    before = {(one.breach, one.shifts) for one in violations(shifts, USUAL, NOW)}
    applied = {
        f"new-{n}": Shift("o", line.person, line.starts, line.ends, break_minutes=60)
        for n, line in enumerate(found.lines)
    }
    after = violations({**shifts, **applied}, USUAL, NOW)
    new = {one.breach for one in after if (one.breach, one.shifts) not in before and set(one.shifts) & set(applied)}
    assert not new & {Breach.OVERLAP, Breach.REST_SHORT, Breach.TOO_LONG}
    for relief in found.reliefs:
        kind = TYPES[resources[relief.resource].type]
        lines = [line for line in found.lines if line.resource == relief.resource]
        said = {gap.seat: gap.count for gap in found.gaps if gap.resource == relief.resource}
        crews = [qualified(one.code for one in line.holds) for line in lines]
        for code, count in kind.qualifications.items():
            assert sum(code in each for each in crews) + said.get(code, 0) >= count
        assert len(lines) + sum(count for seat, count in said.items() if seat not in ("C", "C1", "TH")) == relief.seats


@settings(max_examples=40, deadline=None)
@given(st.lists(codes, max_size=5))
def test_as_many_seats_are_filled_as_trying_everything_fills(crowd: list[list[str]]) -> None:
    people = [person(f"p{n}", *held) for n, held in enumerate(crowd)]
    resources = {"a": engine("RTW"), "b": engine("RTW", relief_due=at(4))}
    found = propose({}, resources, people, NOW, USUAL, within=DAY)
    seats = ["NFS", "RS", "NFS", "RS"]
    padded = [*people, *[person(f"nobody{n}") for n in range(4)]]
    best = max(
        sum(seat in qualified(one.code for one in who.holds) for seat, who in zip(seats, order, strict=True))
        for order in permutations(padded, 4)
    )
    assert len(found.lines) == best


def test_functions_come_from_the_seat_and_not_from_the_training() -> None:
    people = [person(f"p{n}", "GF", "AGT", "MA", "C", "TH") for n in range(6)]
    found = propose({}, {"r": engine("HLF20")}, people, NOW, USUAL, within=DAY)
    assert sorted(line.function for line in found.lines) == [*[Aboard.CREW] * 5, Aboard.SUBLEADER]
    assert found.gaps == ()
