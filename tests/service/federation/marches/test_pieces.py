"""Pieces of a line: whatever order, doubling, loss or damage, it is the whole line or a word about what is missing."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.federation.islands.pieces import LEAST, BadPieces, cut, joined

LINES = st.text("ABCxyz019-_.", min_size=1, max_size=4_000)
SIZES = st.integers(LEAST, 1_000)


@given(line=LINES, most=SIZES, data=st.data())
def test_all_pieces_in_any_order_and_twice_are_the_line(line: str, most: int, data: st.DataObject) -> None:
    pieces = cut(line, most)
    assert all(len(one) <= most for one in pieces)
    again = data.draw(st.lists(st.sampled_from(pieces)))
    shuffled = data.draw(st.permutations([*pieces, *again]))
    blank = data.draw(st.sampled_from(["\n", " ", "\r\n", "", "\n\n> "]))
    assert joined(blank.join(shuffled)) == line


@given(line=st.text("ABCxyz019-_.", min_size=800, max_size=4_000), data=st.data())
def test_what_is_missing_is_named(line: str, data: st.DataObject) -> None:
    pieces = cut(line, 300)
    lost = data.draw(st.sets(st.integers(1, len(pieces)), min_size=1, max_size=len(pieces) - 1))
    kept = [one for number, one in enumerate(pieces, start=1) if number not in lost]
    with pytest.raises(BadPieces) as refused:
        joined(" ".join(kept))
    assert refused.value.missing == tuple(sorted(lost)) and refused.value.of == len(pieces)


@given(line=st.text("ABCxyz019-_.", min_size=800, max_size=2_000), data=st.data())
def test_a_changed_sign_is_never_taken_for_the_line(line: str, data: st.DataObject) -> None:
    text = "\n".join(cut(line, 300))
    at = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.sampled_from("ABCxyz019-_.:/ \n"))
    changed = text[:at] + sign + text[at + 1 :]
    with suppress(BadPieces):
        assert joined(changed) == line  # a blank for a line break, or the same sign


def test_pieces_of_two_lines_in_one_heap_do_not_mix() -> None:
    first, second = cut("A" * 900, 300), cut("B" * 900, 300)
    assert joined("\n".join([*first[:-1], *second])) == "B" * 900
    mixed = [*first[:2], *second[2:]]
    with pytest.raises(BadPieces) as refused:
        joined("\n".join(mixed))
    assert refused.value.missing


def test_a_radio_that_breaks_lines_and_adds_its_own_does_no_harm() -> None:
    line = "x.Y-z_" * 100
    wrapped = "\n".join("\n".join(re.findall(".{1,60}", one)) for one in cut(line, 400))
    assert joined(wrapped) == line


@pytest.mark.parametrize(
    "text", ["", "hello", "LBM:", "LBM:1/0:00000000:00000000:x", "LBM:99/1:0:0:x", "LBM:" * 50_000]
)
def test_rubbish_says_what_it_is(text: str) -> None:
    with pytest.raises(BadPieces):
        joined(text)


def test_too_many_pieces_are_a_file() -> None:
    with pytest.raises(ValueError, match="take a file"):
        cut("x" * 50_000, LEAST)
    (whole,) = cut("x" * 50_000)
    assert joined(whole) == "x" * 50_000
