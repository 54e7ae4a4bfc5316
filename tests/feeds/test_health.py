from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.health import Condition, FeedHealth

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
CASES = json.loads((Path(__file__).parents[1] / "contracts" / "conditions.json").read_text())

moments = st.none() | st.integers(-400_000, 400_000).map(lambda s: NOW + timedelta(seconds=s))
seconds = st.floats(1, 100_000)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_condition_is_the_one_the_browser_computes_too(case: dict[str, Any]) -> None:
    manifest = dict.fromkeys(("name", "title", "publisher", "licence", "attribution", "home"), "x")
    health = msgspec.convert(manifest | case["feed"], FeedHealth)
    assert health.condition(datetime.fromisoformat(case["now"])) == case["condition"]


@settings(max_examples=500, deadline=None)
@given(
    last_try=moments,
    last_success=moments,
    newest=moments,
    since=moments,
    failures=st.integers(0, 10),
    error=st.none() | st.just("broken"),
    items=st.integers(0, 100),
    paused=st.booleans(),
    every=seconds,
    stale_after=seconds,
    late_after=st.none() | seconds,
    newest_within=st.none() | seconds,
)
def test_no_combination_of_fields_is_fresh_without_a_fresh_success(**fields: Any) -> None:
    health = FeedHealth("x", "x", "x", "x", "x", "x", **fields)
    if health.condition(NOW) is not Condition.FRESH:
        return
    assert health.last_success is not None
    assert not health.paused
    assert health.failures == 0
    assert NOW - health.last_success <= timedelta(seconds=health.stale_after)
    assert health.last_success <= NOW + timedelta(minutes=15)
    if health.newest_within is not None:
        assert health.newest is not None
        assert NOW - health.newest <= timedelta(seconds=health.newest_within)
