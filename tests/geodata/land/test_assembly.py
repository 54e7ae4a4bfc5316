"""The whole land is made of its municipalities and refused when it does not fit together."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from shapely.geometry import Polygon, box

from geodata.land import compact
from geodata.land.assembly import TOLERANCES, Named, assemble
from geodata.model.area import AreaLevel, BadLand, Land, LandSource
from geodata.model.ars import DISTRICTS_NRW

SOURCE = LandSource("areas", "© nobody", "2016")
COUNTS = {AreaLevel.MUNICIPALITY: 2, AreaLevel.DISTRICT: 1, AreaLevel.REGION: 1, AreaLevel.STATE: 1}
WEST = Named("053820020020", "05382020", "Westdorf", "Gemeinde", box(7, 51, 7.1, 51.1))
EAST = Named("053820024024", "05382024", "Oststadt", "Stadt", box(7.1, 51, 7.2, 51.1))


def lines(*towns: Named) -> dict[AreaLevel, list[Named]]:
    return {
        AreaLevel.STATE: [Named("05", "05", "Nordrhein-Westfalen", "Land")],
        AreaLevel.REGION: [Named("053", "053", "Köln", "Regierungsbezirk")],
        AreaLevel.DISTRICT: [Named("05382", "05382", "Rhein-Sieg-Kreis", "Kreis")],
        AreaLevel.MUNICIPALITY: list(towns),
    }


def refusal(given: Mapping[AreaLevel, Sequence[Named]]) -> str:
    with pytest.raises(BadLand) as refused:
        assemble(SOURCE, given, COUNTS)
    return str(refused.value)


def test_upper_levels_are_their_municipalities_together() -> None:
    land = assemble(SOURCE, lines(WEST, EAST), COUNTS)
    district = next(a for a in land.areas if a.level is AreaLevel.DISTRICT)
    whole = shapely.from_wkb(district.wkb)
    assert whole.geom_type == "MultiPolygon"
    assert whole.area == pytest.approx(0.02)
    assert whole.contains(shapely.Point(district.label))


@pytest.mark.parametrize(
    ("town", "reason"),
    [
        (replace(EAST, ars="05382"), "must have 12 digits"),
        (replace(EAST, ags="05382999"), "AGS '05382999' does not belong"),
        (replace(EAST, name=" "), "no usable name"),
        (replace(EAST, ars=WEST.ars, ags=WEST.ags), "there twice"),
        (replace(EAST, ars="053840024024", ags="05384024"), "lies in no district"),
        (replace(EAST, geometry=None), "has no area"),
        (replace(EAST, geometry=shapely.Point(7, 51)), "has no area"),
        (replace(EAST, geometry=box(300_000, 5_600_000, 310_000, 5_610_000)), "wrong CRS"),
        (replace(EAST, geometry=Polygon([(7.1, 51), (7.2, 51.1), (7.2, 51), (7.1, 51.1)])), "Self-intersection"),
        (replace(EAST, geometry=box(7.05, 51, 7.2, 51.1)), "does not meet its neighbours near 7.0"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(town: Named, reason: str) -> None:
    assert reason in refusal(lines(WEST, town))


def test_another_number_of_municipalities_is_refused() -> None:
    assert "1 areas of level municipality, expected 2" in refusal(lines(WEST))


@pytest.fixture(scope="module")
def nrw() -> Land:
    if not compact.FILE.exists():
        pytest.fail(f"{compact.FILE} is missing: run script/land")
    return assemble(*compact.read())


def test_all_of_north_rhine_westphalia_is_there(nrw: Land) -> None:
    by_level = {level: [a for a in nrw.areas if a.level is level] for level in AreaLevel}
    assert [len(by_level[level]) for level in AreaLevel] == [1, 5, 53, 396]
    assert {a.ars: a.name for a in by_level[AreaLevel.DISTRICT]} == DISTRICTS_NRW
    assert len({a.ags for a in by_level[AreaLevel.MUNICIPALITY]}) == 396


def test_neighbours_share_their_border_at_every_zoom(nrw: Land) -> None:
    towns = {a.ars for a in nrw.areas if a.level is AreaLevel.MUNICIPALITY}
    for zoom in TOLERANCES:
        drawn = shapely.from_wkb([s.wkb for s in nrw.shapes if s.zoom == zoom and s.ars in towns])
        assert len(drawn) == 396
        assert shapely.is_valid(drawn).all()
        assert shapely.coverage_is_valid(drawn)


def test_a_coarser_outline_has_fewer_points(nrw: Land) -> None:
    points = [sum(shapely.get_num_coordinates(shapely.from_wkb([s.wkb for s in nrw.shapes if s.zoom == zoom])))
              for zoom in sorted(TOLERANCES)]  # fmt: skip
    assert points == sorted(points)
    assert points[0] * 10 < points[-1]


DAMAGED = [b"", b"{}", gzip.compress(b"{}"), gzip.compress(b'{"lines": []}')[:-6]]


@pytest.mark.parametrize("content", DAMAGED, ids=["empty", "not packed", "without content", "cut off"])
def test_a_damaged_file_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "areas.json.gz"
    path.write_bytes(content)
    with pytest.raises(BadLand, match="run script/land"):
        compact.read(path)
    path.unlink()
    with pytest.raises(BadLand, match="run script/land"):
        compact.read(path)
