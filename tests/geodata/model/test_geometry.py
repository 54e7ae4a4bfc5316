"""Nothing that can hurt PostGIS gets past the check, and nothing makes the check itself hang or fall over."""

from __future__ import annotations

import json
import math
import random
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import is_valid
from shapely.geometry import shape

from geodata.model.geometry import BadGeometry, Geometry, check, intersects, parse_bbox, point

SQUARE = [[7.0, 51.0], [7.2, 51.0], [7.2, 51.2], [7.0, 51.2], [7.0, 51.0]]
GOOD: list[dict[str, Any]] = [
    {"type": "Point", "coordinates": [7.1, 51.1]},
    {"type": "MultiPoint", "coordinates": [[7.1, 51.1], [7.2, 51.2]]},
    {"type": "LineString", "coordinates": [[7.1, 51.1], [7.2, 51.2]]},
    {"type": "MultiLineString", "coordinates": [[[7.1, 51.1], [7.2, 51.2]], [[6, 50], [6.1, 50.1]]]},
    {"type": "Polygon", "coordinates": [SQUARE]},
    {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[8, 51], [8.1, 51], [8.1, 51.1], [8, 51]]]]},
]


def nested(depth: int) -> Any:
    value: Any = [7.0, 51.0]
    for _ in range(depth):
        value = [value]
    return value


def ring(count: int) -> list[list[float]]:
    turn = [2 * math.pi * i / (count - 1) for i in range(count - 1)]
    points = [[7 + 0.1 * math.cos(a), 51 + 0.1 * math.sin(a)] for a in turn]
    return [*points, points[0]]


@pytest.mark.parametrize("raw", GOOD, ids=lambda raw: raw["type"])
def test_sound_geometry_passes_unchanged(raw: dict[str, Any]) -> None:
    assert check(raw).as_geojson() == json.loads(json.dumps(raw), parse_int=float)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "GeoJSON object"),
        ("POINT(7 51)", "GeoJSON object"),
        ({}, "is not one of"),
        ({"type": ["Point"], "coordinates": [7, 51]}, "is not one of"),
        ({"type": "GeometryCollection", "geometries": []}, "is not one of"),
        ({"type": "Point"}, "must be a list"),
        ({"type": "Point", "coordinates": [math.nan, 51]}, "outside"),
        ({"type": "Point", "coordinates": [7, math.inf]}, "outside"),
        ({"type": "Point", "coordinates": [7, -math.inf]}, "outside"),
        ({"type": "Point", "coordinates": json.loads("[1e400, 51]")}, "outside"),
        ({"type": "Point", "coordinates": [10**400, 51]}, "outside"),
        ({"type": "Point", "coordinates": [-(10**5000), 51]}, "outside"),
        ({"type": "Point", "coordinates": ["7", "51"]}, "numbers"),
        ({"type": "Point", "coordinates": [True, False]}, "numbers"),
        ({"type": "Point", "coordinates": [7, None]}, "numbers"),
        ({"type": "Point", "coordinates": [7]}, "numbers"),
        ({"type": "Point", "coordinates": [7, 51, 0, 0]}, "numbers"),
        ({"type": "Point", "coordinates": [51.5, 500]}, "outside"),
        ({"type": "Point", "coordinates": [[7, 51]]}, "numbers"),
        ({"type": "Point", "coordinates": {"0": 7, "1": 51}}, "must be a list"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[]]}, "empty"),
        ({"type": "Polygon", "coordinates": nested(900)}, "numbers"),
        ({"type": "Polygon", "coordinates": nested(100_000)}, "numbers"),
        ({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[[7, 51], [7.1, 51], [7, 51]]]}, "needs 4"),
        ({"type": "Polygon", "coordinates": [[[7, 51], [7.1, 51.1], [7.1, 51], [7, 51.1], [7, 51]]]}, "not valid"),
        ({"type": "Polygon", "coordinates": [ring(10_001)]}, "10000 vertices"),
        ({"type": "MultiPoint", "coordinates": [[7, 51]] * 10_001}, "10000 vertices"),
        ({"type": "MultiLineString", "coordinates": [[[7, 51], [8, 51]]] * 65}, "64 rings"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE]] * 65}, "64 rings"),
        ({"type": "MultiPolygon", "coordinates": [[ring(5_001)], [ring(5_001)]]}, "10000 vertices"),
        ({"type": "LineString", "coordinates": [[7, 51]]}, "needs 2"),
    ],
)
def test_each_refusal_says_why(raw: object, reason: str) -> None:
    with pytest.raises(BadGeometry, match=reason) as refused:
        check(raw)
    assert len(str(refused.value)) < 500


def test_the_largest_allowed_ring_passes_quickly() -> None:
    began = time.perf_counter()
    assert len(check({"type": "Polygon", "coordinates": [ring(10_000)]}).coordinates[0]) == 10_000
    assert time.perf_counter() - began < 2


def test_an_area_that_crosses_itself_everywhere_is_refused_quickly() -> None:
    rng = random.Random(1)
    points = [[rng.uniform(6, 9), rng.uniform(50, 52)] for _ in range(9_999)]
    began = time.perf_counter()
    with pytest.raises(BadGeometry):
        check({"type": "Polygon", "coordinates": [[*points, points[0]]]})
    assert time.perf_counter() - began < 2


_JUNK: list[Any] = [
    None, True, 0, -1, 7, 51, 180.0000001, -91, 1e308, 1e-320, math.nan, math.inf, 10**400, "", "7", "\x00", [], [[]],
    {}, {"type": "Point"}, [7, 51], [[7, 51]], [7, 51, 3], [math.nan] * 2, nested(50), "Polygon", "MultiPolygon", b"x",
]  # fmt: skip


def _mutated(raw: Any, rng: random.Random) -> Any:
    """The value with one random spot replaced, removed, doubled or wrapped."""
    if isinstance(raw, dict) and raw and rng.random() < 0.9:
        key = rng.choice(list(raw))
        return {**raw, key: _mutated(raw[key], rng)}
    if isinstance(raw, list) and raw and rng.random() < 0.75:
        i = rng.randrange(len(raw))
        choice = rng.random()
        if choice < 0.1:
            return raw[:i] + raw[i + 1 :]
        if choice < 0.2:
            return raw[: i + 1] + raw[i:]
        if choice < 0.25:
            return [raw]
        return [*raw[:i], _mutated(raw[i], rng), *raw[i + 1 :]]
    return rng.choice(_JUNK)


def test_ten_thousand_mutations_pass_or_are_refused_and_nothing_else() -> None:
    rng = random.Random(20260714)
    passed = 0
    slowest = 0.0
    for _ in range(10_000):
        raw: Any = rng.choice(GOOD)
        for _ in range(rng.randrange(1, 4)):
            raw = _mutated(raw, rng)
        began = time.perf_counter()
        try:
            sound = check(raw)
        except BadGeometry:
            pass
        else:
            passed += 1
            _is_sound(sound)
        slowest = max(slowest, time.perf_counter() - began)
    assert 0 < passed < 10_000
    assert slowest < 1


def _is_sound(geometry: Geometry) -> None:
    west, south, east, north = geometry.bbox
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    if geometry.type.endswith("Polygon"):
        assert is_valid(shape(geometry.as_geojson()))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=30,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([g["type"] for g in GOOD]), _json)
def test_any_json_passes_or_is_refused(kind: str, coordinates: Any) -> None:
    with suppress(BadGeometry):
        _is_sound(check({"type": kind, "coordinates": coordinates}))


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_position_on_earth_is_a_point_in_its_own_box(x: float, y: float) -> None:
    box = point(x, y).bbox
    assert box == (x, y, x, y)
    assert intersects(box, (-180, -90, 180, 90))


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "0,0,inf,1", "9,0,6,1", "0,5,1,2", "0,0,181,1", "0,0,1,1e400"],
)
def test_a_bad_box_is_refused(text: str) -> None:
    with pytest.raises(BadGeometry):
        parse_bbox(text)


def test_a_box_is_read_west_south_east_north() -> None:
    assert parse_bbox("6.5, 50.5,7,51") == (6.5, 50.5, 7, 51)
