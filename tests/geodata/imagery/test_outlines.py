import numpy as np
import pytest
from scipy import ndimage
from shapely.geometry import Polygon, shape

from geodata.imagery import outlines
from geodata.imagery.burned import CLASSES
from geodata.imagery.found import Found
from geodata.imagery.raster import Mask, Raster
from geodata.model.geometry import MAX_PARTS, MAX_VERTICES
from tests.geodata.imagery.scenes import grid


def image(mask: Mask, crs: str = "EPSG:32632") -> Raster:
    return Raster.of({"VV": np.ones(mask.shape)}, transform=grid(), crs=crs)


def test_a_square_keeps_its_hole_its_place_and_its_hectares() -> None:
    mask = np.zeros((60, 60), bool)
    mask[10:50, 10:50] = True
    mask[20:30, 20:30] = False
    (part,) = outlines.parts(mask, image(mask), kind="Flooded area")
    made = shape(part.geometry.as_geojson())
    assert part.area == pytest.approx(15, rel=0.002) and len(made.interiors) == 1
    assert 6.8 < made.centroid.x < 6.9 and 51.4 < made.centroid.y < 51.5
    assert (part.layer, part.kind) == ("observedEvent", "Flooded area")


def test_an_outline_strays_by_at_most_half_a_pixel() -> None:
    rows, columns = np.indices((80, 80))
    mask = (rows - 40) ** 2 + (columns - 40) ** 2 < 900
    raw = Raster.of({"VV": np.ones(mask.shape)}, transform=grid(0.0001, 7, 51), crs="EPSG:4326")
    (part,) = outlines.parts(mask, raw, kind="Flooded area")
    steps = ndimage.binary_dilation(mask) & ~mask
    made = shape(part.geometry.as_geojson())
    assert 8 < len(made.exterior.coords) < 0.6 * steps.sum()
    corners = [(7 + c * 1e-4, 51 - r * 1e-4) for r, c in zip(*np.nonzero(mask), strict=True)]
    exact = Polygon(made.exterior).buffer(0.6e-4)
    assert all(exact.contains(shape({"type": "Point", "coordinates": at})) for at in corners)
    assert made.area == pytest.approx(mask.sum() * 1e-8, rel=0.01)


def test_what_has_too_many_vertices_or_holes_is_cut_and_keeps_its_area() -> None:
    rng = np.random.default_rng(5)
    mask = ndimage.gaussian_filter(rng.normal(size=(400, 400)), 1.5) > -0.05
    pieces = outlines.parts(mask, image(mask), kind="Flooded area")
    for part in pieces:
        assert len(part.geometry.coordinates) <= MAX_PARTS
        assert sum(map(len, part.geometry.coordinates)) <= MAX_VERTICES
    assert sum(part.area or 0 for part in pieces) == pytest.approx(mask.sum() / 100, rel=0.01)
    assert [part.area for part in pieces] == sorted((part.area for part in pieces), reverse=True)


def test_small_areas_are_left_out_on_request() -> None:
    mask = np.zeros((40, 40), bool)
    mask[2:4, 2:4] = mask[10:30, 10:30] = True
    assert len(outlines.parts(mask, image(mask), kind="x")) == 2
    assert len(outlines.parts(mask, image(mask), kind="x", least=0.1)) == 1
    assert outlines.parts(np.zeros((4, 4), bool), image(np.zeros((4, 4), bool)), kind="x") == []


def test_burns_are_told_by_their_severity() -> None:
    severity = np.zeros((40, 40), np.uint8)
    severity[5:30, 5:30], severity[10:20, 10:20] = 1, 4
    mask = severity > 0
    empty = np.zeros(mask.shape, np.float32)
    found = Found(mask, 0.9, 0.2, (), empty, ~mask & False, severity)
    areas = {part.kind: part.area for part in outlines.polygons(found, image(mask))}
    assert areas == {CLASSES[1]: pytest.approx(5.25, rel=0.005), CLASSES[4]: pytest.approx(1, rel=0.005)}
