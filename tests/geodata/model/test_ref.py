from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.ref import BadRef, Ref, id_of


def test_a_reference_is_written_and_read_the_same() -> None:
    ref = Ref("koeln", "warning", "dwd_cap.2.49.0.0.276.0.DWD.PVW.1.MUL")
    assert Ref.parse(str(ref)) == ref


@pytest.mark.parametrize("text", ["a/b", "A/b/c", "a/B/c", "a/b/c d", "a/b/", "a/b/../c", "a/b/c/d"])
def test_a_text_of_another_form_is_no_reference(text: str) -> None:
    with pytest.raises(BadRef):
        Ref.parse(text)


@given(st.text(max_size=300))
def test_whatever_signs_a_source_uses_its_key_becomes_an_id(key: str) -> None:
    Ref("local", "warning", id_of("nina", key))


@given(st.text(alphabet="ab~_-. 2d0", max_size=8), st.text(alphabet="ab~_-. 2d0", max_size=8))
def test_different_keys_stay_different(one: str, other: str) -> None:
    assert (id_of("x", one) == id_of("x", other)) == (one.strip() == other.strip())


def test_keys_too_long_to_be_ids_stay_different() -> None:
    assert id_of("x", "k" * 500 + "1") != id_of("x", "k" * 500 + "2")
    assert len(id_of("x", "k" * 500)) <= 200
