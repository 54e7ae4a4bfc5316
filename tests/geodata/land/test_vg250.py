"""A newer GeoPackage replaces the land whole, or is refused and changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely
from shapely.geometry import box
from sqlalchemy import text

from geodata.land import loading, vg250
from geodata.model.area import AreaLevel, BadLand
from geodata.store import land, land_import
from geodata.store.database import Database

COUNTS = {AreaLevel.MUNICIPALITY: 2, AreaLevel.DISTRICT: 1, AreaLevel.REGION: 1, AreaLevel.STATE: 1}
WHOLE = box(7, 51, 7.2, 51.1)
ROWS = {
    "vg250_lan": [("05", "05", "Nordrhein-Westfalen", "Land", 4, WHOLE), ("06", "06", "Hessen", "Land", 4, WHOLE)],
    "vg250_rbz": [("053", "053", "Köln", "Regierungsbezirk", 4, WHOLE)],
    "vg250_krs": [("05382", "05382", "Rhein-Sieg-Kreis", "Kreis", 4, WHOLE)],
    "vg250_gem": [
        ("053820020020", "05382020", "Westdorf", "Gemeinde", 4, box(7, 51, 7.1, 51.1)),
        ("053820024024", "05382024", "Oststadt", "Stadt", 4, box(7.1, 51, 7.15, 51.1)),
        ("053820024024", "05382024", "Oststadt", "Stadt", 4, box(7.15, 51, 7.2, 51.1)),
        ("053820024024", "05382024", "Oststadt", "Stadt", 2, box(7.2, 51, 7.3, 51.1)),
    ],
}  # fmt: skip


def write(
    path: Path, crs: str = "EPSG:4326", rows: dict[str, list[tuple[object, ...]]] | None = None, drop: str = ""
) -> Path:
    to = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    for layer, lines in (rows or ROWS).items():
        if layer == drop:
            continue
        areas = [shapely.transform(r[5], lambda p: np.column_stack(to.transform(p[:, 0], p[:, 1]))) for r in lines]
        names = [n for n in ("ARS", "AGS", "GEN", "BEZ", "GF") if n != drop]
        values = [np.array([r[i] for r in lines], dtype=np.int32 if n == "GF" else object)
                  for i, n in enumerate(("ARS", "AGS", "GEN", "BEZ", "GF")) if n != drop]  # fmt: skip
        pyogrio.raw.write(path, shapely.to_wkb(np.array(areas)), values, names, layer=layer, driver="GPKG",
                          geometry_type="Unknown", crs=crs, append=path.exists())  # fmt: skip
    return path


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:25832"])
def test_a_geopackage_is_read_in_both_reference_systems(tmp_path: Path, crs: str) -> None:
    found = vg250.read(write(tmp_path / "vg.gpkg", crs), "2025-12-31", COUNTS)
    towns = {a.name: shapely.from_wkb(a.wkb) for a in found.areas if a.level is AreaLevel.MUNICIPALITY}
    assert {name: round(area.area, 6) for name, area in towns.items()} == {"Westdorf": 0.01, "Oststadt": 0.01}
    assert found.source.attribution == "© GeoBasis-DE / BKG 2025 (Daten verändert)"


@pytest.mark.parametrize(
    ("drop", "crs", "reason"),
    [
        ("vg250_rbz", "EPSG:4326", "no layer vg250_rbz"),
        ("AGS", "EPSG:4326", "no column AGS"),
        ("", "EPSG:3857", "is in EPSG:3857; wanted is EPSG:25832 or EPSG:4326"),
    ],
)
def test_another_file_is_refused_with_what_is_missing(tmp_path: Path, drop: str, crs: str, reason: str) -> None:
    with pytest.raises(BadLand, match=reason):
        vg250.read(write(tmp_path / "vg.gpkg", crs, drop=drop), "2025", COUNTS)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"SQLite format 3\x00" + b"\x00" * 2000])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vg.gpkg"
    path.write_bytes(content)
    with pytest.raises(BadLand, match=r"vg\.gpkg"):
        vg250.read(path, "2025", COUNTS)


def test_a_missing_file_and_a_nonsense_date_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLand, match="cannot be read"):
        vg250.read(tmp_path / "nowhere.gpkg", "2025")
    with pytest.raises(BadLand, match="must be a year or a date"):
        vg250.read(write(tmp_path / "vg.gpkg"), "last week")


async def test_an_import_replaces_the_land_and_a_refused_one_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    assert await loading.ensure(database)
    assert not await loading.ensure(database)
    before = await land.state(database)
    assert before is not None
    with pytest.raises(BadLand, match="expected 396"):
        await loading.import_vg250(database, write(tmp_path / "vg.gpkg"), "2025-12-31")
    assert await land.state(database) == before
    assert await land.municipality_of_points(database, [(6.96, 50.94)]) == ["053150000000"]

    newer = vg250.read(tmp_path / "vg.gpkg", "2025-12-31", COUNTS)
    await land_import.replace_areas(database, newer)
    after = await land.state(database)
    assert after is not None
    assert (after.state, after.revision) == ("2025-12-31", before.revision + 1)
    assert await land.municipality_of_points(database, [(7.05, 51.05), (6.96, 50.94)]) == ["053820020020", None]
    assert not await loading.ensure(database), "the release must not replace an operator's newer land"


async def test_a_land_that_breaks_half_way_leaves_the_old_one(database: Database, tmp_path: Path) -> None:
    good = vg250.read(write(tmp_path / "vg.gpkg"), "2025", COUNTS)
    await land_import.replace_areas(database, good)
    torn = type(good)(good.source, good.areas, (*good.shapes, good.shapes[0]))
    with pytest.raises(Exception, match="pk_area_shape"):
        await land_import.replace_areas(database, torn)
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM area"))).scalar() == 5
        assert (await connection.execute(text("SELECT revision FROM land_source"))).scalar() == 1
