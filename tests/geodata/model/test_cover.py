"""Basic cover and reserve, by hand and by property."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.ars import covers
from geodata.model.cover import Shortfall, is_free, reserve, shortfalls
from geodata.model.resource import Availability, Cover, Deployment, Fleet, Hold, Loan, Resource, ResourceKind

HERE, THERE, DISTRICT = "053820056056", "053820060060", "053820000000"
TYPES = {"HLF20": {"BRAND", "TECHNISCHE_HILFE"}, "LF10": {"BRAND"}, "RTB": {"BOOT"}}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def can(type: str, extra: Collection[str]) -> set[str]:
    return TYPES.get(type, set()) | set(extra)


def vehicle(type: str = "HLF20", ars: str | None = HERE, **fields: Any) -> Resource:
    given: dict[str, Any] = {"availability": Availability.AVAILABLE_STATION, "ars": ars, **fields}
    return Resource("o", ResourceKind.VEHICLE, type, "Florian", **given)


def fleet(*cover: tuple[str, str, int]) -> Fleet:
    return Fleet("o", "Feuerwehr", "f-1", cover=tuple(Cover(*rule) for rule in cover))


def test_a_commitment_that_leaves_too_few_is_named_with_what_stays() -> None:
    stock = {"a": vehicle(), "b": vehicle("LF10"), "c": vehicle("RTB")}
    rules = fleet((HERE, "BRAND", 2), (HERE, "TECHNISCHE_HILFE", 1), (HERE, "BOOT", 1))
    assert shortfalls([rules], stock, can=can) == []
    broken = shortfalls([rules], stock, without={"a"}, can=can)
    assert broken == [Shortfall(HERE, "BRAND", 2, 2, 1), Shortfall(HERE, "TECHNISCHE_HILFE", 1, 1, 0)]


@pytest.mark.parametrize(
    "fields",
    [
        {"availability": Availability.LIMITED},
        {"availability": Availability.UNKNOWN},
        {"availability": Availability.OUT_OF_SERVICE},
        {"deployment": Deployment.ALERTED},
        {"deployment": Deployment.STAGED},
        {"deployment": Deployment.RESTING},
        {"hold": Hold("i", "p", NOW)},
        {"loan": Loan("i", "p", NOW)},
    ],
)
def test_what_is_not_available_or_bound_or_held_or_lent_is_not_free(fields: dict[str, Any]) -> None:
    assert not is_free(vehicle(**fields))
    assert shortfalls([fleet((HERE, "BRAND", 1))], {"a": vehicle(**fields)}, can=can) == [
        Shortfall(HERE, "BRAND", 1, 0, 0)
    ]


def test_what_returns_home_and_is_available_is_free_again() -> None:
    assert is_free(vehicle(availability=Availability.AVAILABLE_MOBILE, deployment=Deployment.RETURNING))


def test_a_shortfall_that_stands_already_is_not_blamed_on_a_commitment_that_takes_nothing_from_it() -> None:
    stock = {"a": vehicle("RTB"), "b": vehicle(availability=Availability.UNKNOWN)}
    rules = [fleet((HERE, "BRAND", 1))]
    assert shortfalls(rules, stock, without={"a"}, can=can) == []
    assert shortfalls(rules, stock, without={"b"}, can=can) == []
    assert shortfalls(rules, stock, without=(), can=can) == []
    assert len(shortfalls(rules, stock, can=can)) == 1


def test_a_unit_counts_by_its_members_and_takes_them_along() -> None:
    unit = replace(vehicle("HLF20"), kind=ResourceKind.UNIT)
    stock = {"u": unit, "m": vehicle(parent="u"), "n": vehicle(parent="u")}
    rules = [fleet((HERE, "BRAND", 3))]
    assert shortfalls(rules, stock, can=can) == [Shortfall(HERE, "BRAND", 3, 2, 2)]
    assert shortfalls(rules, stock, without={"u"}, can=can) == [Shortfall(HERE, "BRAND", 3, 2, 0)]
    assert shortfalls(rules, {"u": unit}, can=can) == [Shortfall(HERE, "BRAND", 3, 1, 1)]


def test_a_district_has_a_minimum_over_all_its_municipalities() -> None:
    stock = {"a": vehicle(), "b": vehicle(ars=THERE), "c": vehicle(ars="051110000000"), "d": vehicle(ars=None)}
    for district in (DISTRICT, "05382"):
        assert shortfalls([fleet((district, "BRAND", 2))], stock, without={"b"}, can=can) == [
            Shortfall(district, "BRAND", 2, 2, 1)
        ]


def test_of_two_fleets_that_ask_for_the_same_the_higher_number_counts() -> None:
    rules = [fleet((HERE, "BRAND", 1)), replace(fleet((HERE, "BRAND", 3)), organisation="p")]
    assert shortfalls(rules, {"a": vehicle()}, can=can) == [Shortfall(HERE, "BRAND", 3, 1, 1)]


def test_reserve_says_free_of_all_per_municipality_organisation_and_capability() -> None:
    stock = {"a": vehicle("LF10"), "b": vehicle("LF10", deployment=Deployment.DEPLOYED), "c": vehicle("RTB", None)}
    assert [(r.ars, r.capability, r.free, r.total) for r in reserve(stock, can=can)] == [
        ("", "BOOT", 1, 1),
        (HERE, "BRAND", 1, 2),
    ]


resources = st.builds(
    vehicle,
    type=st.sampled_from(sorted(TYPES)),
    ars=st.sampled_from([HERE, THERE, "051110000000", None]),
    availability=st.sampled_from(Availability),
    deployment=st.sampled_from([Deployment.AT_HOME, Deployment.DEPLOYED, Deployment.RETURNING]),
    parent=st.sampled_from([None, None, "0", "1"]),
)
stocks = st.lists(resources, max_size=12).map(lambda found: {str(n): one for n, one in enumerate(found)})
rule = st.tuples(
    st.sampled_from([HERE, THERE, DISTRICT, "05"]),
    st.sampled_from(["BRAND", "BOOT", "TECHNISCHE_HILFE"]),
    st.integers(1, 5),
)


@given(stocks, st.lists(rule, max_size=5), st.sets(st.integers(0, 12).map(str)))
def test_shortfalls_are_those_that_counting_one_by_one_finds(
    stock: dict[str, Resource], rules: list[tuple[str, str, int]], without: set[str]
) -> None:
    taken = set(without)
    for _ in stock:
        taken |= {id for id, one in stock.items() if one.parent in taken}
    expected = {}
    for area, capability, minimum in rules:
        able = {
            id for id, one in stock.items()
            if is_free(one) and one.ars and covers(area, one.ars) and capability in can(one.type, ())
        }  # fmt: skip
        minimum = max(n for a, c, n in rules if (a, c) == (area, capability))
        if len(able - taken) < minimum and able & taken:
            expected[area, capability] = Shortfall(area, capability, minimum, len(able), len(able - taken))
    assert shortfalls([fleet(*rules)], stock, without=without, can=can) == sorted(expected.values())


@given(stocks, st.lists(rule, max_size=5), st.sets(st.integers(0, 12).map(str)), st.sets(st.integers(0, 12).map(str)))
def test_taking_more_never_leaves_more(
    stock: dict[str, Resource], rules: list[tuple[str, str, int]], some: set[str], more: set[str]
) -> None:
    few = {(s.ars, s.capability): s.after for s in shortfalls([fleet(*rules)], stock, without=some, can=can)}
    many = {(s.ars, s.capability): s.after for s in shortfalls([fleet(*rules)], stock, without=some | more, can=can)}
    assert all(many[key] <= after for key, after in few.items())
