"""Zones are areas or lines, facilities are points, sectors are areas; anything else is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from geodata.model.editing import BadEdit
from geodata.model.facility import Facility
from geodata.model.sector import Sector
from geodata.model.zone import Zone
from geodata.store.things import checked

POINT = {"type": "Point", "coordinates": [7, 50]}
LINE = {"type": "LineString", "coordinates": [[7, 50], [7, 51]]}
AREA = {"type": "Polygon", "coordinates": [[[7, 50], [8, 50], [8, 51], [7, 50]]]}
AREAS = {"type": "MultiPolygon", "coordinates": [AREA["coordinates"]]}
ALL = {"Point": POINT, "LineString": LINE, "Polygon": AREA, "MultiPolygon": AREAS}

ZONE = {"incident": "i", "number": 1, "type": "CLOSURE", "name": "x"}
SECTOR = {"incident": "i", "number": 1, "name": "x"}
FACILITY = {"incident": "i", "number": 1, "name": "x", "type": "MELDEKOPF", "state": "OPEN"}


@pytest.mark.parametrize(
    ("kind", "fields", "fits"),
    [
        (Zone, ZONE, {"LineString", "Polygon"}),
        (Sector, SECTOR, {"Polygon", "MultiPolygon"}),
        (Facility, FACILITY, {"Point"}),
    ],
)
def test_each_kind_takes_its_own_shapes(kind: type[Any], fields: dict[str, Any], fits: set[str]) -> None:
    for name, geometry in ALL.items():
        if name in fits:
            assert checked({**fields, "geometry": geometry}, kind).geometry.type == name
        else:
            with pytest.raises(BadEdit) as caught:
                checked({**fields, "geometry": geometry}, kind)
            assert caught.value.field == "geometry"


def test_what_is_missing_is_named() -> None:
    for kind, fields, missing in ((Zone, ZONE, "geometry"), (Facility, {**FACILITY, "geometry": POINT}, "type")):
        with pytest.raises(BadEdit) as caught:
            checked({name: value for name, value in fields.items() if name != missing}, kind)
        assert caught.value.field == missing
