"""Strength as it is written, checked, summed and written again (DOMAIN 1.4, 2.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.editing import BadEdit
from geodata.model.strength import NOBODY, Strength, parse, sum_of

strengths = st.builds(Strength, st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1/3/18/22", "1/3/18//22"),
        ("1/3/18//22", "1/3/18//22"),
        ("0/2/7=9", "0/2/7//9"),
        ("1/8", "0/1/8//9"),
        ("1/8//9", "0/1/8//9"),
        ("1/8=9", "0/1/8//9"),
        ("1/3/18", "1/3/18//22"),
        ("1/1", "0/1/1//2"),
        ("0/1/2/3", "0/1/2//3"),
        ("0/1/5/6", "0/1/5//6"),
        ("0/1/8/9", "0/1/8//9"),
        ("0/1/8//9", "0/1/8//9"),
        ("1/1/2//4", "1/1/2//4"),
        ("0/2/7//9", "0/2/7//9"),
        ("0/2/10//12", "0/2/10//12"),
        ("0/2/4//6", "0/2/4//6"),
        ("1/0/5//6", "1/0/5//6"),
        (" 1 / 3 / 18 // 22 ", "1/3/18//22"),
        ("01/03/18/22", "1/3/18//22"),
        ("0/0/0//0", "0/0/0//0"),
        ("0/0/0", "0/0/0//0"),
    ],
)
def test_every_way_of_writing_it_becomes_the_same(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "1/3/18/23", "1/3/18//21", "0/2/7=10", "1/8//8", "1/8/9", "0/1/1", "22", "", "/", "1/", "/8", "1//8",
        "1/3//18/22", "1/3/18/22//22", "1/3/18/22/5", "1/-3/18/16", "1.5/3/18/22.5", "a/b/c", "1/3/18//", "=9",
        "1\n/8\x00", "²/3", "١/٨", "123456/1", "99999/1", "1/" * 40, "10000/0/0//10000", "0/0/99999/99999/1",
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadEdit) as refused:
        parse(text)
    assert refused.value.field == "strength"
    assert str(refused.value)


@given(strengths)
def test_what_is_written_is_read_again(strength: Strength) -> None:
    assert parse(str(strength)) == strength
    parts = f"{strength.leaders}/{strength.subleaders}/{strength.crew}"
    assert parse(f"{parts}/{strength.total}") == parse(f"{parts}={strength.total}") == strength


@given(strengths, st.integers(-50, 50).filter(bool))
def test_a_wrong_sum_never_passes(strength: Strength, off: int) -> None:
    parts = f"{strength.leaders}/{strength.subleaders}/{strength.crew}"
    for mark in ("/", "//", "="):
        with pytest.raises(BadEdit):
            parse(f"{parts}{mark}{strength.total + off}")


@given(st.lists(strengths, max_size=8), st.randoms())
def test_a_sum_does_not_depend_on_the_order_and_nobody_is_lost(many: list[Strength], random: object) -> None:
    total = sum_of(many)
    assert total.total == sum(one.total for one in many)
    assert (total.leaders, total.subleaders) == (sum(s.leaders for s in many), sum(s.subleaders for s in many))
    shuffled = list(many)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sum_of(shuffled) == total
    assert sum_of([total, NOBODY]) == total


@given(st.text(max_size=30))
def test_any_text_is_a_strength_or_refused(text: str) -> None:
    try:
        strength = parse(text)
    except BadEdit:
        return
    assert parse(str(strength)) == strength


def test_more_than_can_be_written_is_refused() -> None:
    with pytest.raises(BadEdit):
        sum_of([Strength(0, 0, 99_999), Strength(0, 0, 1)])
    with pytest.raises(BadEdit):
        Strength(-1, 0, 0)
