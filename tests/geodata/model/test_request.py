"""What a request may say, and how it stands by what others do for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.editing import BadEdit
from geodata.model.request import (
    MOST_STEPS,
    OVER,
    REQUEST,
    Counts,
    Need,
    Priority,
    Request,
    RequestLevel,
    RequestState,
    Step,
    check_times,
    level_of,
    longer,
    stands,
)
from geodata.model.resource import FleetLevel

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
INQUIRY_STATES = (
    "ROUTED", "OFFERED", "REQUISITIONED", "COMMITTED", "IN_USE", "RETURNED", "DECLINED", "EXPIRED", "WITHDRAWN",
)  # fmt: skip


def need(**fields: Any) -> Need:
    return Need(**{"title": "Pumpen", "quantity": 2, "priority": Priority.URGENT, "capability": "PUMPEN", **fields})


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"capability": None}, "capability"),
        ({"type": "HLF20"}, "type"),
        ({"quantity": 1.5}, "quantity"),
        ({"needed_from": NOW, "needed_until": NOW}, "needed_until"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(BadEdit) as refused:
        need(**fields)
    assert refused.value.field == named


def test_material_is_asked_for_in_parts_too() -> None:
    assert need(capability=None, article="Diesel", quantity=1.5, unit="m³").what == ("article", "Diesel")


def test_a_time_more_than_a_year_away_is_a_slip() -> None:
    check_times(need(needed_until=NOW + timedelta(days=20)), NOW)
    with pytest.raises(BadEdit) as refused:
        check_times(need(needed_until=NOW + timedelta(days=400)), NOW)
    assert refused.value.field == "needed_until"


def test_what_others_are_told_holds_nothing_internal() -> None:
    fields: dict[str, Any] = {
        "title": "Pumpen",
        "quantity": 2,
        "priority": Priority.URGENT,
        "capability": "PUMPEN",
        "reason": "voll",
    }
    request = Request(**fields, incident="i", staff="s", organisation="o", text="intern", site="x")
    told = request.need()
    assert (told.title, told.reason) == ("Pumpen", "voll")
    assert not hasattr(told, "text")
    assert not hasattr(told, "site")


@pytest.mark.parametrize(
    ("counts", "inquiries", "state"),
    [
        ({}, [], RequestState.SUBMITTED),
        ({}, ["ROUTED", "DECLINED"], RequestState.ROUTED),
        ({}, ["OFFERED", "ROUTED"], RequestState.OFFERED),
        ({}, ["DECLINED", "EXPIRED"], RequestState.DECLINED),
        ({}, ["EXPIRED", "WITHDRAWN"], RequestState.EXPIRED),
        ({}, ["WITHDRAWN"], RequestState.SUBMITTED),
        ({"committed": 1}, ["COMMITTED", "ROUTED"], RequestState.PARTIALLY_FULFILLED),
        ({"committed": 3}, ["COMMITTED"], RequestState.FULFILLED),
        ({"committed": 3, "returned": 3}, ["RETURNED"], RequestState.FULFILLED),
        ({"committed": 3, "returned": 2, "recalled": 2}, ["COMMITTED"], RequestState.PARTIALLY_FULFILLED),
    ],
)
def test_a_request_stands_as_its_inquiries_do(
    counts: dict[str, float], inquiries: list[str], state: RequestState
) -> None:
    assert stands(Counts(requested=3, **counts), inquiries) is state


@given(st.floats(0.5, 100), st.floats(0, 200), st.floats(0, 1), st.lists(st.sampled_from(INQUIRY_STATES), max_size=6))
def test_it_is_fulfilled_exactly_when_enough_was_promised_and_stayed(
    requested: float, committed: float, part: float, inquiries: list[str]
) -> None:
    counts = Counts(requested=requested, committed=committed, recalled=committed * part)
    state = stands(counts, inquiries)
    assert (state is RequestState.FULFILLED) is (counts.standing >= requested)
    assert (state is RequestState.PARTIALLY_FULFILLED) is (0 < counts.standing < requested)
    assert state not in OVER
    assert state is not RequestState.DRAFT


def test_a_running_request_goes_wherever_its_inquiries_lead_and_an_ended_one_nowhere() -> None:
    assert set(REQUEST.ends()) == OVER
    running = set(RequestState) - OVER - {RequestState.DRAFT}
    for one in running:
        assert set(REQUEST.moves[one]) >= running - {one}


def test_a_long_history_keeps_its_newest_steps() -> None:
    history: tuple[Step, ...] = ()
    for number in range(MOST_STEPS + 5):
        history = longer(history, Step("ROUTED", NOW, f"person:{number}"))
    assert len(history) == MOST_STEPS
    assert history[-1].by == f"person:{MOST_STEPS + 4}"


def test_every_fleet_is_asked_on_some_level() -> None:
    assert [level_of(level) for level in FleetLevel] == list(RequestLevel)
