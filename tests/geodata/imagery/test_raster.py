from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from geodata.imagery import raster
from geodata.imagery.raster import BadRaster, Raster

GRID = from_origin(350_000, 5_700_000, 10, 10)
TAKEN = datetime(2021, 7, 15, 5, 50, tzinfo=UTC)


def image(shape: tuple[int, int] = (40, 60), **more: object) -> Raster:
    values = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape) + 1
    bands = {"VV": values, "VH": values * 2}
    return Raster.of(bands, transform=GRID, crs="EPSG:32632", **more)  # type: ignore[arg-type]


def file(path: Path, **profile: object) -> Path:
    """A GeoTIFF that somebody else wrote."""
    usual = {
        "driver": "GTiff", "width": 60, "height": 40, "count": 1, "dtype": "float32", "crs": "EPSG:32632",
        "transform": GRID,
    }  # fmt: skip
    with rasterio.open(path, "w", **{**usual, **profile}):
        pass
    return path


def test_what_is_written_is_read_again_with_time_sensor_and_gaps(tmp_path: Path) -> None:
    valid = np.ones((40, 60), bool)
    valid[3:5, 7:9] = False
    given = image(valid=valid, acquired_at=TAKEN, sensor="Sentinel-1")
    raster.write(given, tmp_path / "a.tif")
    back = raster.read(tmp_path / "a.tif")
    assert (back.valid == valid).all() and list(back.bands) == ["VV", "VH"]
    assert np.array_equal(back.band("VH"), given.band("VH"), equal_nan=True)
    assert (back.transform, back.crs, back.acquired_at, back.sensor) == (GRID, given.crs, TAKEN, "Sentinel-1")
    with rasterio.open(tmp_path / "a.tif") as written:
        assert written.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_a_data_mask_band_says_what_was_seen() -> None:
    seen = np.zeros((4, 4))
    seen[1, 1] = 1
    one = Raster.of({"VV": np.ones((4, 4)), "dataMask": seen}, transform=GRID, crs="EPSG:32632")
    assert list(one.bands) == ["VV"] and one.valid.sum() == 1


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"crs": None}, "coordinate reference system"),
        ({"transform": Affine.identity()}, "georeference"),
        ({"count": 17, "width": 4, "height": 4}, "17 bands"),
        ({"width": 20_000, "height": 4, "SPARSE_OK": True}, "20000 x 4 pixels"),
        ({"width": 9_000, "height": 9_000, "SPARSE_OK": True, "tiled": True}, "pixels"),
        ({"width": 5_900, "height": 5_900, "count": 16, "SPARSE_OK": True, "tiled": True}, "bytes"),
        ({"dtype": "complex64"}, "complex64"),
        ({"transform": Affine(10, 3, 350_000, 3, -10, 5_700_000)}, "north-up"),
    ],
)  # fmt: skip
def test_a_file_that_is_too_much_or_lies_nowhere_is_refused_with_its_reason(
    tmp_path: Path, profile: dict[str, object], reason: str
) -> None:
    with pytest.raises(BadRaster, match=reason):
        raster.read(file(tmp_path / "a.tif", **profile))


def test_what_is_no_tiff_or_cut_off_is_refused(tmp_path: Path) -> None:
    raster.write(image((300, 300)), tmp_path / "whole.tif")
    whole = (tmp_path / "whole.tif").read_bytes()
    for number, content in enumerate([b"", b"II*\0", b"<VRTDataset/>", whole[:400], whole[: len(whole) // 2]]):
        broken = tmp_path / f"{number}.tif"
        broken.write_bytes(content)
        with pytest.raises(BadRaster):
            raster.read(broken)
    with pytest.raises(BadRaster, match="no file"):
        raster.read(tmp_path / "missing.tif")


def test_a_virtual_raster_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    raster.write(image(), tmp_path / "secret.tif")
    source = f"<SourceFilename>{tmp_path / 'secret.tif'}</SourceFilename><SourceBand>1</SourceBand>"
    trap = (
        '<VRTDataset rasterXSize="60" rasterYSize="40"><VRTRasterBand dataType="Float32" band="1">'
        f"<SimpleSource>{source}</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    (tmp_path / "trap.tif").write_text(trap)
    with pytest.raises(BadRaster):
        raster.read(tmp_path / "trap.tif")


def test_images_of_different_grids_are_not_compared() -> None:
    one = image()
    moved = Raster.of(one.bands, transform=from_origin(350_010, 5_700_000, 10, 10), crs=one.crs)
    with pytest.raises(BadRaster, match="same size"):
        one.same_grid(moved)
    assert one.same_grid(image()) is not one


def test_a_pixel_is_ten_metres_in_utm_and_as_wide_in_degrees() -> None:
    assert image().metres == pytest.approx(10)
    step = 10 / 111_320
    degrees = Raster.of(
        {"VV": np.ones((10, 10))}, transform=from_origin(7, 51, step / np.cos(np.radians(51)), step), crs="EPSG:4326"
    )
    assert degrees.metres == pytest.approx(10, rel=0.01)


def test_a_missing_band_is_named() -> None:
    with pytest.raises(BadRaster, match="lacks the band B11; it has VV, VH"):
        image().band("B11")
