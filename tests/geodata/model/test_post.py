"""A seat is vacant while nobody is on duty in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from geodata.model.body import from_body, to_body
from geodata.model.post import Holder, Post
from geodata.model.staff import FUNCTIONS, REQUIRED, Function, Shift

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("states", "vacant"),
    [((), True), (("PLANNED",), True), (("OFF",), True), (("ON_DUTY",), False), (("HANDOVER", "PLANNED"), False)],
)
def test_who_is_planned_or_gone_fills_no_seat(states: tuple[str, ...], vacant: bool) -> None:
    held = tuple(Holder(f"a{n}", "p", False, Shift(state), NOW) for n, state in enumerate(states))
    post = Post("i", "s", Function.S2, True, held)
    assert post.vacant is vacant
    assert from_body(to_body(post), Post) == post


def test_every_required_seat_is_one_that_the_staff_has() -> None:
    for model, required in REQUIRED.items():
        assert set(required) <= set(FUNCTIONS[model])
