from __future__ import annotations

import pytest
from shapely.geometry import shape

from feeds import areas
from geodata.model.geometry import BadGeometry

SQUARE = [(6.0, 50.0), (8.0, 50.0), (8.0, 52.0), (6.0, 52.0), (6.0, 50.0)]
MIDDLE = [(6.5, 50.5), (7.5, 50.5), (7.5, 51.5), (6.5, 51.5), (6.5, 50.5)]


def test_what_is_cut_out_becomes_a_hole() -> None:
    found = areas.together([areas.polygon(SQUARE, [MIDDLE])])
    assert found is not None
    assert found.type == "Polygon"
    assert len(found.coordinates) == 2
    assert shape(found.as_geojson()).area == pytest.approx(3.0)


def test_what_is_cut_through_becomes_two_parts() -> None:
    stripe = [(5.0, 50.9), (9.0, 50.9), (9.0, 51.1), (5.0, 51.1), (5.0, 50.9)]
    found = areas.together([areas.polygon(SQUARE, [stripe])])
    assert found is not None
    assert found.type == "MultiPolygon"


def test_overlapping_parts_are_merged() -> None:
    found = areas.together([areas.polygon(SQUARE), areas.polygon(MIDDLE)])
    assert found is not None
    assert (found.type, len(found.coordinates)) == ("Polygon", 1)


def test_a_circle_has_its_radius_in_kilometres_and_without_radius_it_is_a_point() -> None:
    ring = shape(areas.together([areas.circle(7.0, 51.0, 10.0)]).as_geojson())  # type: ignore[union-attr]
    west, south, east, north = ring.bounds
    assert (north - south) * 111.195 / 2 == pytest.approx(10, rel=0.01)
    assert (east - west) * 70.0 / 2 == pytest.approx(10, rel=0.01)
    assert areas.together([areas.circle(7.0, 51.0, 0.0)]).type == "Point"  # type: ignore[union-attr]


def test_points_beside_a_surface_do_not_count() -> None:
    found = areas.together([areas.circle(1.0, 1.0, 0.0), areas.polygon(SQUARE)])
    assert found is not None
    assert found.type == "Polygon"


def test_nothing_is_no_area() -> None:
    assert areas.together([]) is None


@pytest.mark.parametrize(
    "ring",
    [
        SQUARE[:-1],
        [(6.0, 50.0), (8.0, 52.0), (8.0, 50.0), (6.0, 52.0), (6.0, 50.0)],
        [(6.0, 150.0), (8.0, 50.0), (8.0, 52.0), (6.0, 150.0)],
        [(float("nan"), 50.0), (8.0, 50.0), (8.0, 52.0), (float("nan"), 50.0)],
        [(6 + i / 1e6, 50.0) for i in range(10_001)],
    ],
    ids=["open", "crossing itself", "off the globe", "not a number", "too many vertices"],
)
def test_a_bad_ring_is_refused_with_its_reason(ring: list[tuple[float, float]]) -> None:
    with pytest.raises(BadGeometry):
        areas.polygon(ring)
    with pytest.raises(BadGeometry):
        areas.polygon(SQUARE, [ring])


def test_a_circle_around_the_world_is_refused() -> None:
    with pytest.raises(BadGeometry, match="radius"):
        areas.circle(7.0, 51.0, 5_000.0)


def test_more_parts_than_can_be_drawn_are_refused() -> None:
    squares = [
        areas.polygon([(x / 10 + dx, 50 + dy) for dx, dy in ((0, 0), (0.05, 0), (0.05, 0.05), (0, 0))])
        for x in range(80)
    ]
    with pytest.raises(BadGeometry, match="64"):
        areas.together(squares)
