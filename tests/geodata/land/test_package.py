"""The npm package's odd form becomes clean lines; what it cannot be is refused with the file's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from shapely.geometry import box, mapping

from geodata.land import package
from geodata.model.area import AreaLevel, BadLand


def feature(ars: str, name: str, area: Any, gf: int = 4) -> dict[str, Any]:
    given = {"RS": ars, "AGS": ars[:5] + ars[9:], "GEN": name, "BEZ": "Stadt", "GF": gf}
    return {"type": "Feature", "properties": given, "geometry": mapping(area)}


def write(directory: Path, municipalities: list[dict[str, Any]]) -> None:
    whole = box(7, 51, 8, 52)
    for level, ars in (("laender", "05"), ("regierungsbezirke", "051"), ("kreise", "05111")):
        (directory / f"{level}.geo.json").write_bytes(orjson.dumps([feature(ars, level, whole)]))
    (directory / "gemeinden.geo.json").write_bytes(orjson.dumps(municipalities))


def test_features_and_collections_alternate_and_parts_become_one_area(tmp_path: Path) -> None:
    parts = [feature("051110000000", "Zweistadt", box(7, 51, 7.1, 51.1)),
             feature("051110000000", "Zweistadt", box(7.5, 51, 7.6, 51.1))]  # fmt: skip
    write(
        tmp_path,
        [{"type": "FeatureCollection", "features": parts}, feature("066310000000", "Fulda", box(9, 50, 10, 51))],
    )
    (town,) = package.read(tmp_path)[AreaLevel.MUNICIPALITY]
    assert town.geometry is not None
    assert (town.ars, town.ags, town.geometry.geom_type) == ("051110000000", "05111000", "MultiPolygon")
    assert town.geometry.area == pytest.approx(0.02)


def test_water_is_left_out(tmp_path: Path) -> None:
    sea = feature("051110000000", "Seestadt", box(7.1, 51, 7.9, 51.1), gf=2)
    write(tmp_path, [feature("051110000000", "Seestadt", box(7, 51, 7.1, 51.1)), sea])
    (town,) = package.read(tmp_path)[AreaLevel.MUNICIPALITY]
    assert town.geometry is not None
    assert town.geometry.area == pytest.approx(0.01)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[{}]", b'[{"type":"Feature","properties":{}}]'])
def test_a_file_that_is_something_else_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, [])
    (tmp_path / "kreise.geo.json").write_bytes(content)
    with pytest.raises(BadLand, match=r"kreise\.geo\.json"):
        package.read(tmp_path)


def test_set_up_refuses_a_package_with_too_few_municipalities(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, [feature("051110000000", "Einzigstadt", box(7, 51, 8, 52))])
    target = tmp_path / "out" / "areas.json.gz"
    assert package.main([str(tmp_path), str(target)]) == 1
    assert "expected 396" in capsys.readouterr().err
    assert not target.exists()
