from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.journal import (
    GENESIS,
    Broken,
    Chain,
    Entry,
    EntryKind,
    canonical,
    chained,
    citation,
    entry_body,
    time_group,
)
from geodata.model.ref import BadRef

NOW = datetime(2026, 11, 21, 18, 47, 12, 345678, tzinfo=UTC)


def entry(number: int, text: str = "Deich hält") -> Entry:
    return Entry("st", "in", "s-1", number, NOW, NOW, "p1", "S2", EntryKind.NOTE, text)


def journal(texts: list[str]) -> list[tuple[Entry, bytes, bytes]]:
    found, previous = [], GENESIS
    for number, text in enumerate(texts, 1):
        hash = chained(previous, entry(number, text))
        found.append((entry(number, text), previous, hash))
        previous = hash
    return found


def walk(rows: list[tuple[Entry, bytes, bytes]]) -> Chain:
    chain = Chain()
    for row in rows:
        chain.follow(*row)
    return chain


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=2, max_size=8)


@given(texts, st.data())
def test_whatever_is_changed_removed_or_swapped_in_a_chain_is_found_there(
    words: list[str], data: st.DataObject
) -> None:
    rows = journal(words)
    assert walk(rows).number == len(rows)
    at = data.draw(st.integers(0, len(rows) - 1))
    what, previous, hash = rows[at]
    forged = [*rows[:at], (replace(what, text=what.text + "!"), previous, hash), *rows[at + 1 :]]
    with pytest.raises(Broken) as broken:
        walk(forged)
    assert broken.value.number == at + 1
    if at < len(rows) - 1:
        with pytest.raises(Broken) as broken:
            walk(rows[:at] + rows[at + 1 :])
        assert broken.value.number == at + 1
        swapped = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
        with pytest.raises(Broken):
            walk(swapped)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_anybody_can_compute_the_hash_with_sorted_json_and_sha_256(text: str) -> None:
    given = {
        "author": "p1", "event_time": "2026-11-21T18:47:12.345678Z", "function": "S2", "incident": "in",
        "kind": "NOTE", "number": 1, "recorded_at": "2026-11-21T18:47:12.345678Z", "room": "s-1", "staff": "st",
        "text": text,
    }  # fmt: skip
    plain = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if "\x7f" not in text:
        assert canonical(entry(1, text)) == plain.encode()
    assert chained(GENESIS, entry(1, text)) == sha256(bytes(32) + canonical(entry(1, text))).digest()


def test_the_body_carries_no_room_and_leaves_out_what_is_empty() -> None:
    body = entry_body(entry(1), b"\x01" * 32)
    assert set(body) == {
        "staff", "incident", "number", "event_time", "recorded_at", "author", "function", "kind", "text", "hash",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at", "group"),
    [
        (NOW, "211947NOV26"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "290159MÄR26"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "290300MÄR26"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "010030JAN27"),
    ],
)
def test_the_time_group_is_local(at: datetime, group: str) -> None:
    assert time_group(at) == group


def test_citations_name_things_or_single_changes_of_them() -> None:
    assert citation("local/site/a") == "local/site/a"
    assert citation("local/site/a@12") == "local/site/a@12"
    for wrong in ("local/site", "local/site/a@", "local/site/a@0", "local/site/a@1@2", "x", "Local/site/a"):
        with pytest.raises(BadRef):
            citation(wrong)


def test_a_time_in_another_zone_has_the_same_hash() -> None:
    from zoneinfo import ZoneInfo

    moved = replace(entry(1), event_time=NOW.astimezone(ZoneInfo("Europe/Berlin")))
    assert canonical(moved) == canonical(entry(1))
    assert canonical(replace(entry(1), event_time=NOW + timedelta(microseconds=1))) != canonical(entry(1))
