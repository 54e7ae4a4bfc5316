"""What goes out as JSON comes back as the same thing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.body import from_body, to_body
from geodata.model.fact import Confidence, Provenance
from geodata.model.geometry import point
from geodata.model.level import Level
from geodata.model.observation import Forecast, Reading
from geodata.model.station import GaugeZero, Series, Station, Threshold
from geodata.model.warning import OfficialWarning, WarningText

ZONES = [UTC, timezone(timedelta(hours=2))]
moments = st.integers(-600_000_000, 4_000_000_000).flatmap(
    lambda s: st.sampled_from(ZONES).map(lambda zone: datetime.fromtimestamp(s + 0.25, zone))
)
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
levels = st.none() | st.sampled_from(Level)
days = st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1))

thresholds = st.builds(Threshold, words, numbers, words, words, levels, days)
zeros = st.builds(GaugeZero, numbers, words, days)
series = st.builds(
    Series, words, words, st.none() | st.integers(1, 999), st.lists(thresholds, max_size=3).map(tuple),
    st.none() | zeros, st.none() | words,
)  # fmt: skip
stations = st.builds(
    Station, words, words, words, st.none() | words, st.none() | numbers, st.none() | numbers,
    series=st.lists(series, max_size=3).map(tuple), municipality=st.none() | words,
)  # fmt: skip
readings = st.builds(Reading, words, words, words, numbers, levels, st.none() | numbers, st.none() | words)
forecasts = st.builds(
    Forecast, words, words, words, moments, words, st.lists(st.tuples(moments, numbers, words), max_size=4).map(tuple)
)
provenances = st.builds(Provenance, words, moments, moments, st.sampled_from(Confidence))
warnings = st.builds(
    OfficialWarning, words, words, moments, words, levels,
    st.lists(st.builds(WarningText, words, words), max_size=2).map(tuple),
    onset=st.none() | moments, expires=st.none() | moments, ars=st.lists(words, max_size=3).map(tuple),
    geometry=st.none() | st.builds(point, st.floats(-180, 180), st.floats(-90, 90)),
    parameters=st.dictionaries(words, words, max_size=2),
)  # fmt: skip


@pytest.mark.parametrize(
    "things", [stations, readings, forecasts, provenances, warnings], ids=lambda s: s.__class__.__name__
)
@given(data=st.data())
def test_a_body_survives_the_way_over_the_wire(things: st.SearchStrategy[Any], data: st.DataObject) -> None:
    thing = data.draw(things)
    wire = orjson.dumps(to_body(thing))
    assert from_body(orjson.loads(wire), type(thing)) == thing


@given(readings | stations | warnings)
def test_none_and_empty_stay_at_home(thing: Any) -> None:
    assert all(value is not None and value not in ([], {}) for value in to_body(thing).values())


@given(moments)
def test_times_go_out_in_utc(at: datetime) -> None:
    body = to_body(Provenance("s", at, at))
    assert body["as_of"].endswith("Z")
    assert datetime.fromisoformat(body["as_of"]) == at


def test_a_wrong_body_is_refused_naming_the_field() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.value"):
        from_body({"station": "s", "quantity": "W", "unit": "cm", "value": "much"}, Reading)


def test_a_level_of_none_is_unknown_and_a_level_of_zero_is_said() -> None:
    said = Reading("s", "W", "cm", 1.0, Level.NONE)
    assert to_body(said)["level"] == 0
    assert "level" not in to_body(Reading("s", "W", "cm", 1.0))


def test_a_nul_in_a_text_cannot_keep_the_whole_batch_out_of_the_database() -> None:
    assert to_body(Station("t.x", "KÖ\x00LN"))["name"] == "KÖLN"
