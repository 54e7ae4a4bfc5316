"""Which municipality, which municipalities, and what do they look like."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import box, mapping, shape

from geodata.model.geometry import MAX_PARTS, MAX_VERTICES, Geometry, check, point
from geodata.store import land
from geodata.store.database import Database

KOELN, BONN, DUESSELDORF = "053150000000", "053140000000", "051110000000"


def rectangle(west: float, south: float, east: float, north: float) -> Geometry:
    return check(mapping(box(west, south, east, north)))


async def test_points_find_their_municipality_in_order_and_none_outside(nrw: Database) -> None:
    points = [(6.958, 50.941), (4.9, 52.37), None, (7.1, 50.735), (6.776, 51.227), (-180.0, -90.0)]
    assert await land.municipality_of_points(nrw, points) == [KOELN, None, None, BONN, DUESSELDORF, None]
    assert await land.municipality_of_points(nrw, []) == []
    async with nrw.reading() as connection:
        assert await land.municipality_of_points(connection, [(6.958, 50.941)]) == [KOELN]


async def test_a_point_on_a_border_has_always_the_same_municipality(nrw: Database) -> None:
    async with nrw.reading() as connection:
        outline = await land.outline(connection, [KOELN])
        assert outline is not None
        corners = [tuple(p) for p in shapely.get_coordinates(shape(outline.as_geojson()))[:50].tolist()]
    first = await land.municipality_of_points(nrw, corners)
    assert await land.municipality_of_points(nrw, corners) == first


async def test_an_area_within_one_town_is_that_town(nrw: Database) -> None:
    async with nrw.reading() as connection:
        small = rectangle(6.95, 50.93, 6.96, 50.94)
        assert await land.municipalities_of_geometry(connection, small) == (KOELN,)
        assert await land.municipalities_of_geometry(connection, point(6.958, 50.941)) == (KOELN,)
        assert await land.municipalities_of_geometry(connection, rectangle(13.3, 52.4, 13.5, 52.6)) == ()


async def test_a_towns_own_outline_drawn_coarser_does_not_mean_its_neighbours(nrw: Database) -> None:
    async with nrw.reading() as connection:
        towns = await land.municipalities_of_keys(connection, ["05"])
        drawn = [await land.outline(connection, [town]) for town in towns[::8]]
        found = await land.municipalities_of_geometries(connection, [d for d in drawn if d])
    assert found == [(town,) for town in towns[::8]]


async def test_a_small_area_across_a_border_means_both_towns(nrw: Database) -> None:
    async with nrw.reading() as connection:
        own = shape((await land.outline(connection, [KOELN])).as_geojson())  # type: ignore[union-attr]
        edge = shapely.get_coordinates(own)[0]
        circle = check(mapping(shapely.Point(edge).buffer(0.005, quad_segs=4)))
        found = await land.municipalities_of_geometry(connection, circle)
    assert KOELN in found
    assert len(found) >= 2


@pytest.mark.parametrize(
    ("ars", "ags", "count"),
    [
        (["05315"], [], 1),
        ([KOELN], [], 1),
        (["053820000000"], [], 19),
        ([], ["05382"], 19),
        ([], ["05382000"], 19),
        ([], ["05382020"], 1),
        (["053"], [], 99),
        (["05"], [], 396),
        (["000000000000"], [], 396),
        (["053820020020", "05315"], ["05315000"], 2),
        (["053820099099"], [], 19),
        ([], ["05382999"], 19),
        (["05999"], [], 0),
        (["09162"], ["09162000"], 0),
        (["", "%", "0", "05' OR 1=1", "Köln"], [""], 0),
    ],
)
async def test_keys_of_every_level_mean_their_municipalities(
    nrw: Database, ars: list[str], ags: list[str], count: int
) -> None:
    async with nrw.reading() as connection:
        found = await land.municipalities_of_keys(connection, ars, ags)
    assert len(found) == count
    assert list(found) == sorted(set(found))


async def test_an_outline_covers_what_was_asked_and_passes_our_own_check(nrw: Database) -> None:
    async with nrw.reading() as connection:
        everything = await land.municipalities_of_keys(connection, ["05"])
        for keys in ([KOELN], ["05382"], ["05"], everything, everything[::2], everything[::3]):
            outline = await land.outline(connection, keys)
            assert outline is not None
            drawn = shape(outline.as_geojson())
            rings = sum(1 + len(part.interiors) for part in shapely.get_parts(drawn))
            assert shapely.get_num_coordinates(drawn) <= MAX_VERTICES
            assert rings <= MAX_PARTS
            asked = await land.municipalities_of_keys(connection, keys)
            assert set(asked) <= set(await land.municipalities_of_geometry(connection, outline))
        assert await land.outline(connection, ["09162", "", "nonsense"]) is None
        assert await land.outline(connection, []) is None


async def test_a_whole_district_is_drawn_without_borders_inside(nrw: Database) -> None:
    async with nrw.reading() as connection:
        towns = await land.municipalities_of_keys(connection, ["05382"])
        assert await land.outline(connection, towns) == await land.outline(connection, ["05382"])


async def test_the_state_names_source_revision_and_extent(nrw: Database, database: Database) -> None:
    known = await land.state(nrw)
    assert known is not None
    assert known.attribution.startswith("© GeoBasis-DE / BKG 2016 (Daten verändert)")
    assert known.bbox == pytest.approx((5.866, 50.323, 9.462, 52.532), abs=0.01)
    assert await land.state(database) is None
