"""Areas as people say them: municipalities by name, so many kilometres around a partner, a strip along the border."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import shapely
from shapely.geometry import shape
from sqlalchemy import text

from geodata.model.geometry import check
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service.federation.sharing import store

ERFTSTADT, RHEIN_ERFT = "053620020020", "05362"
MIDDLE = shapely.Point(6.77, 50.81)
"""Inside Erftstadt; its border is some six kilometres away."""
DEGREE = 111_320 * 0.63
"""Metres of a degree of longitude there, and less than one of latitude."""


@pytest.fixture
async def land(cluster: Cluster, template_with_land: str) -> AsyncIterator[Database]:
    cluster.create_database("sharing_area", template=template_with_land)
    database = Database(cluster.url("sharing_area"))
    yield database
    await database.close()
    cluster.drop_database("sharing_area")


async def drawn(database: Database, *ars: str, km: float = 0, border: bool = False) -> shapely.Geometry:
    async with database.reading() as connection:
        found = await store.outline(connection, ars, km, border)
    assert found is not None
    return shape(check(found).as_geojson())


async def test_municipalities_grow_by_kilometres_and_a_strip_follows_their_border(land: Database) -> None:
    town = await drawn(land, ERFTSTADT)
    around = await drawn(land, ERFTSTADT, km=5)
    strip = await drawn(land, ERFTSTADT, km=2, border=True)
    district = await drawn(land, RHEIN_ERFT)
    assert town.contains(MIDDLE) and around.contains(town.buffer(-0.01)) and district.buffer(0.01).contains(town)
    assert not strip.contains(MIDDLE)
    edge = town.boundary.interpolate(0.3, normalized=True)
    assert strip.contains(edge)
    grown = edge.distance(around.boundary) * DEGREE
    assert 2_500 < grown < 9_000, grown
    async with land.reading() as connection:
        assert await store.outline(connection, ["99"], 5, False) is None


async def test_a_whole_land_with_kilometres_around_it_is_still_small_enough_to_keep(land: Database) -> None:
    assert (await drawn(land, "05", km=5)).area > (await drawn(land, RHEIN_ERFT)).area * 10


async def test_every_municipality_and_the_strip_along_its_border_can_be_kept(land: Database) -> None:
    async with land.reading() as connection:
        statement = text("SELECT ars FROM area WHERE level = 'municipality' ORDER BY ars")
        every = list((await connection.execute(statement)).scalars())
    assert len(every) > 390
    for number, ars in enumerate(every):
        km = (0, 1, 5)[number % 3]
        found = await drawn(land, ars, km=km, border=km == 1)
        assert found.is_valid and found.area > 0, ars
