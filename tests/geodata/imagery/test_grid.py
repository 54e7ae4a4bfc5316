"""The raster over a drawn area and its price."""

from __future__ import annotations

import pytest

from geodata.imagery.grid import MOST_PIXELS, Bands, Grid, cover, units
from geodata.model.geometry import BadGeometry, Geometry, check


def area(west: float, south: float, east: float, north: float) -> Geometry:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return check({"type": "Polygon", "coordinates": [ring]})


def test_the_grid_lies_on_whole_multiples_in_the_zone_of_the_area() -> None:
    grid = cover(area(6.7, 50.7, 6.9, 50.85))
    assert (grid.epsg, grid.resolution) == (32632, 10)
    assert all(edge % 10 == 0 for edge in grid.bounds)
    assert 1400 < grid.width < 1480 and 1650 < grid.height < 1720
    assert cover(area(5.5, 50.7, 5.6, 50.8)).epsg == 32631


def test_a_larger_area_gets_coarser_pixels_and_one_too_large_is_refused() -> None:
    assert cover(area(6.4, 50.6, 6.9, 51.0)).resolution == 20
    assert max(cover(area(6.0, 50.4, 7.5, 51.3)).width, 0) <= MOST_PIXELS
    with pytest.raises(BadGeometry, match="km to a side"):
        cover(area(5.0, 49.0, 9.0, 52.0))
    with pytest.raises(BadGeometry, match="at most 25 km"):
        cover(area(6.4, 50.6, 6.9, 51.0), 10)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (check({"type": "Point", "coordinates": [6.8, 50.8]}), "Polygon"),
        (area(6.8, 50.8, 6.8001, 50.8001), "too small"),
        (area(6.0, 84.0, 6.5, 84.5), "80°"),
        (area(-179.0, 10.0, 179.0, 10.5), "20°"),
    ],
)
def test_areas_without_a_raster_are_refused(wrong: Geometry, said: str) -> None:
    with pytest.raises(BadGeometry, match=said):
        cover(wrong)


def test_a_resolution_of_ones_own_is_refused() -> None:
    with pytest.raises(BadGeometry, match="resolution"):
        cover(area(6.7, 50.7, 6.9, 50.85), 7)


def test_units_follow_the_rule_that_is_published() -> None:
    grid = Grid(32632, (0.0, 0.0, 5120.0, 5120.0), 10)
    assert units(grid, Bands.PICTURE) == pytest.approx(2.0)  # three bands, 32 bits
    assert units(grid, Bands.OPTICAL) == pytest.approx(3.33, abs=0.01)
    assert units(grid, Bands.SAR) == pytest.approx(5.33, abs=0.01)  # orthorectified
    assert units(Grid(32632, (0.0, 0.0, 100.0, 100.0), 10), Bands.PICTURE) == 0.01
