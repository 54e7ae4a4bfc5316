"""Many edit one thing: the last one to write a field wins, and what loses is kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.editing import MOST_CONFLICTS, BadEdit, begin, edit, settle

AT = "2026-11-21T12:00:00Z"
FIELDS = ("a", "b", "c")
values = st.one_of(st.none(), st.integers(0, 3), st.text("xy", max_size=2))


def test_edits_of_different_fields_do_not_disturb_each_other() -> None:
    body = begin({"a": 1, "b": 1}, by="p", at=AT)
    one = edit(body, {"a": 2}, base=1, by="p", at=AT)
    two = edit(one.body, {"b": 2}, base=1, by="q", at=AT)
    assert (two.body["a"], two.body["b"], two.lost, two.body["version"]) == (2, 2, (), 3)
    assert "conflicts" not in two.body


def test_the_value_that_loses_is_kept_with_who_wrote_it_and_can_be_taken() -> None:
    body = begin({"a": 1}, by="p", at=AT)
    one = edit(body, {"a": 2}, base=1, by="p", at="t1").body
    two = edit(one, {"a": 3}, base=1, by="q", at="t2")
    (conflict,) = two.body["conflicts"]
    assert conflict == {"field": "a", "value": 2, "by": "p", "at": "t1", "lost_to": "q", "lost_at": "t2"}
    assert two.lost == ("a",)
    taken = settle(two.body, 0, take=True, by="r", at="t3").body
    left = settle(two.body, 0, take=False, by="r", at="t3").body
    assert (taken["a"], left["a"]) == (2, 3)
    assert "conflicts" not in taken and "conflicts" not in left
    assert taken["version"] == left["version"] == 4


def test_two_who_write_the_same_do_not_disagree() -> None:
    one = edit(begin({"a": 1}, by="p", at=AT), {"a": 2}, base=1, by="p", at=AT).body
    two = edit(one, {"a": 2}, base=1, by="q", at=AT)
    assert (two.changed, two.lost, two.body["version"]) == ((), (), 2)


def test_what_was_taken_out_is_offered_as_nothing() -> None:
    one = edit(begin({"a": 1}, by="p", at=AT), {"a": None}, base=1, by="p", at=AT).body
    assert "a" not in one
    two = edit(one, {"a": 5}, base=1, by="q", at=AT)
    assert two.body["a"] == 5 and two.body["conflicts"][0]["value"] is None
    assert "a" not in settle(two.body, 0, take=True, by="r", at=AT).body


@pytest.mark.parametrize("base", [0, -1, 2, 10**9])
def test_a_version_that_never_was_is_refused(base: int) -> None:
    with pytest.raises(BadEdit) as caught:
        edit(begin({"a": 1}, by="p", at=AT), {"a": 2}, base=base, by="p", at=AT)
    assert caught.value.field == "base"


@pytest.mark.parametrize("name", ["version", "stamps", "conflicts"])
def test_nobody_writes_what_the_server_keeps(name: str) -> None:
    with pytest.raises(BadEdit) as caught:
        edit(begin({"a": 1}, by="p", at=AT), {name: 2}, base=1, by="p", at=AT)
    assert caught.value.field == name


def test_a_conflict_that_is_not_there_cannot_be_settled() -> None:
    with pytest.raises(BadEdit):
        settle(begin({"a": 1}, by="p", at=AT), 0, take=True, by="p", at=AT)


@given(
    st.lists(st.tuples(st.dictionaries(st.sampled_from(FIELDS), values, min_size=1), st.integers(0, 5)), max_size=20)
)
def test_every_value_that_was_written_stands_or_was_replaced_by_somebody_who_saw_it_or_is_offered(
    edits: list[tuple[dict[str, Any], int]],
) -> None:
    body = begin({"a": 0}, by="p", at=AT)
    seen: dict[str, int] = {}
    for number, (fields, behind) in enumerate(edits):
        base = max(1, body["version"] - behind)
        before = body
        edited = edit(body, fields, base=base, by=f"p{number}", at=AT)
        body = edited.body
        assert body["version"] == before["version"] + (1 if edited.changed else 0)
        for name in edited.changed:
            written = before.get("stamps", {}).get(name, [1, "", ""])[0]
            kept = [c for c in body.get("conflicts", []) if c["lost_to"] == f"p{number}" and c["field"] == name]
            assert (written > base) == (name in edited.lost) == bool(kept)
            if kept:
                assert kept[0]["value"] == before.get(name)
            seen[name] = body["stamps"][name][0]
        for name in FIELDS:
            if name not in edited.changed:
                assert body.get(name) == before.get(name)
        assert len(body.get("conflicts", [])) <= MOST_CONFLICTS
    assert {name: body["stamps"][name][0] for name in seen} == seen
