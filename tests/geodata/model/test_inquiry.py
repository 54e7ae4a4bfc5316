"""An inquiry from being put to being given back, and what its lines add up to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.body import from_body, to_body
from geodata.model.editing import BadEdit
from geodata.model.inquiry import (
    INQUIRY,
    MESSAGE,
    Inquiry,
    InquiryState,
    Line,
    LineState,
    Party,
    StockLine,
    Terms,
    costs,
    moved,
    named,
    sums,
)
from geodata.model.request import Need, Priority, RequestLevel
from geodata.model.resource import ResourceKind
from geodata.model.states import BadMove

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
EDXL_RM = {
    "RequestResource", "ResponseToRequestResource", "RequisitionResource", "CommitResource",
    "ReportResourceDeploymentStatus", "ReleaseResource", "RequestReturn", "ResponseToRequestReturn",
}  # fmt: skip
"""Message types of EDXL-RM 1.0, section 3.2, as far as we use them."""


def line(id: str, state: LineState = LineState.OFFERED, **fields: Any) -> Line:
    return Line(id, id, "HLF20", ResourceKind.VEHICLE, state=state, **fields)


def inquiry(*lines: Line, stock: tuple[StockLine, ...] = (), **fields: Any) -> Inquiry:
    article, capability = ("Sandsack", None) if stock else (None, "PUMPEN")
    need = Need("Pumpen", 2, Priority.URGENT, article=article, capability=capability)
    given = {"offered": lines, "stock": stock, **fields}
    return Inquiry(
        "r", "local/request/r", "i", "Hochwasser", 1, Party("a", "A"), Party("b", "B"), RequestLevel.NEIGHBOURS, need,
        **given,
    )  # fmt: skip


def test_the_way_of_the_domain_can_be_gone_and_ends() -> None:
    way = ["ROUTED", "OFFERED", "REQUISITIONED", "COMMITTED", "EN_ROUTE", "ARRIVED", "IN_USE", "RELEASED", "RETURNED"]
    one = inquiry()
    for state in way[1:]:
        one = moved(one, InquiryState(state), at=NOW, by="person:x")
    assert [step.state for step in one.history] == way[1:]
    with pytest.raises(BadMove):
        moved(one, InquiryState.IN_USE, at=NOW, by="person:x")


@pytest.mark.parametrize("state", [InquiryState.COMMITTED, InquiryState.IN_USE, InquiryState.RELEASED])
def test_what_was_promised_is_neither_declined_nor_withdrawn(state: InquiryState) -> None:
    for end in (InquiryState.DECLINED, InquiryState.WITHDRAWN, InquiryState.EXPIRED, InquiryState.ROUTED):
        with pytest.raises(BadMove):
            INQUIRY.move(state, end)


def test_each_state_has_the_name_of_a_message() -> None:
    assert set(MESSAGE) == set(InquiryState)
    assert set(MESSAGE.values()) <= EDXL_RM


def test_members_go_with_their_unit_and_what_is_not_there_is_named() -> None:
    lines = (line("u"), line("m", leader="u", quantity=0.0), line("x"), line("gone", LineState.RETURNED))
    assert [one.id for one in named(lines, ["u"], {LineState.OFFERED}, "resources")] == ["u", "m"]
    assert len(named(lines, None, {LineState.OFFERED}, "resources")) == 3
    with pytest.raises(BadEdit, match="gone"):
        named(lines, ["gone"], {LineState.OFFERED}, "resources")


@given(st.lists(st.tuples(st.sampled_from(LineState), st.booleans()), max_size=12))
def test_the_sums_never_count_a_line_twice_or_lose_one(drawn: list[tuple[LineState, bool]]) -> None:
    away = {LineState.COMMITTED, LineState.EN_ROUTE, LineState.ARRIVED, LineState.RELEASED, LineState.RETURNED}
    lines = tuple(
        line(str(n), state, committed_at=NOW if state in away else None, recalled=recalled)
        for n, (state, recalled) in enumerate(drawn)
    )
    counted = sums(inquiry(*lines))
    assert counted.offered + counted.requisitioned + counted.committed == sum(
        1 for state, _ in drawn if state in away | {LineState.OFFERED, LineState.REQUISITIONED}
    )
    assert counted.recalled <= counted.returned <= counted.committed


def test_bags_beside_vehicles_that_were_asked_for_count_nothing() -> None:
    bags = (StockLine("s", "Sandsack", "Stück", 500.0),)
    assert sums(inquiry(line("x"), stock=bags)).offered == 500
    assert sums(replace(inquiry(line("x")), stock=bags)).offered == 1


def test_hours_count_from_the_promise_to_the_return_and_a_unit_once() -> None:
    began = NOW - timedelta(hours=5)
    lines = (
        line("u", LineState.RETURNED, committed_at=began, returned_at=began + timedelta(hours=2)),
        line("m", LineState.RETURNED, committed_at=began, returned_at=NOW, leader="u"),
        line("x", LineState.COMMITTED, committed_at=NOW - timedelta(minutes=90)),
        line("no"),
    )
    found = costs(inquiry(*lines, terms=Terms(cost_per_hour=100)), NOW)
    assert found is not None
    assert (found.hours, found.amount) == (3.5, 350)
    assert costs(inquiry(line("no")), NOW) is None


def test_it_travels_as_json_and_comes_back_the_same() -> None:
    one = moved(
        inquiry(line("x", strength="0/1/5//6"), terms=Terms(until=NOW)), InquiryState.OFFERED, at=NOW, by="person:x"
    )
    assert from_body(msgspec.json.decode(msgspec.json.encode(to_body(one))), Inquiry) == one
