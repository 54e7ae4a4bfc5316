"""What is missing to a unit, part by part and unit by unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.catalogue import CONCEPTS, TYPES
from geodata.model.composing import compare


def members(*types: str) -> list[tuple[str, str]]:
    return [(str(number), type) for number, type in enumerate(types)]


def test_what_has_its_own_place_does_not_take_that_of_another() -> None:
    found = compare("LZ", members("HLF20", "LF20", "ELW1"))
    assert [(each.item, each.count) for each in found.missing] == [("DLK23-12", 1)]
    assert found.beyond == ()


def test_vehicles_fill_the_units_inside_a_unit() -> None:
    platoon = ["ELW1", "HLF20", "LF20", "DLK23-12"]
    found = compare("BezBer", members(*platoon, *platoon, "ELW1", "HLF20", "HLF10", "LZ"))
    lacking = {(each.item, each.count, each.of) for each in found.missing}
    assert lacking == {("BezBer-F", 1, ()), ("LogZ", 1, ()), ("DLK23-12", 1, ("LZ",))}
    assert found.beyond == ()


@pytest.mark.parametrize("concept", CONCEPTS)
def test_what_a_concept_names_completes_it(concept: str) -> None:
    parts = [part.item for part in CONCEPTS[concept].parts for _ in range(part.count)]
    assert compare(concept, members(*parts)) == compare(concept, members(*reversed(parts)))
    found = compare(concept, members(*parts))
    assert (found.missing, found.beyond) == ((), ())
    empty = compare(concept, [])
    assert {(each.item, each.count) for each in empty.missing} == {
        (part.item, part.count) for part in CONCEPTS[concept].parts
    }


@given(st.sampled_from(sorted(CONCEPTS)), st.lists(st.sampled_from(sorted(TYPES)), max_size=12))
def test_nobody_counts_twice_and_nobody_is_lost(concept: str, types: list[str]) -> None:
    found = compare(concept, members(*types))
    beyond = set(found.beyond)
    assert beyond <= {id for id, _ in members(*types)}
    used = [type for id, type in members(*types) if id not in beyond]
    assert compare(concept, members(*used)).missing == found.missing
    for each in found.missing:
        assert not any(types[int(id)] == each.item for id in beyond), "what is missing stands there unused"
