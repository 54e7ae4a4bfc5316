"""Sectors hang below each other without circles, however they are asked to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.editing import BadEdit
from geodata.model.sector import check_parent


def test_a_sector_lies_below_another_and_never_below_itself() -> None:
    parents = {"a": None, "b": "a", "c": "b"}
    check_parent("c", "a", parents)
    for parent in ("a", "b", "c"):
        with pytest.raises(BadEdit) as caught:
            check_parent("a", parent, parents)
        assert caught.value.field == "parent"
    with pytest.raises(BadEdit, match="no such sector"):
        check_parent("a", "z", parents)


def test_a_circle_that_was_there_before_ends_the_search() -> None:
    with pytest.raises(BadEdit, match="circle"):
        check_parent("new", "a", {"a": "b", "b": "a", "new": None})


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=60))
def test_whatever_is_tried_every_sector_stays_below_a_top(moves: list[tuple[int, int]]) -> None:
    parents: dict[str, str | None] = {str(n): None for n in range(8)}
    for sector, parent in moves:
        try:
            check_parent(str(sector), str(parent), parents)
        except BadEdit:
            continue
        parents[str(sector)] = str(parent)
    for start in parents:
        above, steps = start, 0
        while (up := parents[above]) is not None:
            above, steps = up, steps + 1
            assert steps < 8
