"""Regional keys: a wrong key would be a false all-clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.ars import DISTRICTS_NRW, NRW, covers, padded, significant

keys = st.from_regex(r"[0-9]{12}", fullmatch=True)
prefixes = st.one_of(*(st.from_regex(rf"[0-9]{{{n}}}", fullmatch=True) for n in (2, 3, 5, 9, 12)))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("053150000000", "05315"),
        ("050000000000", "05"),
        ("053000000000", "053"),
        ("053340002002", "053340002002"),
        ("053340002000", "053340002"),
        ("05315", "05315"),
        ("05", "05"),
        ("055150000000", "05515"),
    ],
)
def test_zeros_that_only_fill_up_do_not_count(given: str, meant: str) -> None:
    assert significant(given) == meant


@given(prefixes)
def test_filling_up_loses_nothing_that_matters(prefix: str) -> None:
    full = padded(prefix)
    assert len(full) == 12
    assert significant(full) == significant(prefix)
    assert covers(prefix, full) and covers(full, full)


@given(keys, st.sampled_from([2, 3, 5, 9, 12]))
def test_each_area_covers_what_lies_below_it_padded_or_not(ars: str, length: int) -> None:
    assert covers(ars[:length], ars)
    assert covers(padded(ars[:length]), ars)


@given(prefixes, keys)
def test_an_area_covers_only_what_begins_with_it(area: str, ars: str) -> None:
    assert covers(area, ars) == ars.startswith(significant(area))


def test_a_district_does_not_cover_its_neighbour() -> None:
    assert not covers("053150000000", "053160000000")
    assert not covers("05315", "05314")
    assert covers("050000000000", "05315")


def test_nrw_has_53_districts_with_keys_of_its_own() -> None:
    assert len(DISTRICTS_NRW) == len(set(DISTRICTS_NRW.values())) == 53
    assert all(key.startswith(NRW) and len(key) == 5 and significant(padded(key)) == key for key in DISTRICTS_NRW)
