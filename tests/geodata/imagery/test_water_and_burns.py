"""Rendered scenes with known truth: few and small here, all of them with LAGEBILD_PROVE=1 (python -m tests.bench.water
prints the same table)."""

from __future__ import annotations

import os
import statistics
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from geodata.imagery.burned import find_burned
from geodata.imagery.raster import BadRaster, Raster
from geodata.imagery.water_optical import find_water_optical
from geodata.imagery.water_sar import find_water_sar
from tests.geodata.imagery import optical_scenes, scenes, trial
from tests.geodata.imagery.scenes import Weather
from tests.geodata.imagery.trial import Row, iou

WHOLE = bool(os.environ.get("LAGEBILD_PROVE"))
ROUNDS, SIDE = (4, 256) if WHOLE else (1, 160)
SHORT = ("plain", "blurred", "wind on", "little", "mountains, image", "tarmac", "wind and reeds", "permanent")


def better_at_the_median(rows: list[Row]) -> None:
    print(f"\n{trial.HEAD}", *rows, sep="\n")
    ours, fixed, otsu = (statistics.median(getattr(row, name) for row in rows) for name in ("ours", "fixed", "otsu"))
    print(f"median over {len(rows)} scenes: {ours:.3f}, fixed {fixed:.3f}, otsu {otsu:.3f}")
    assert ours > fixed and ours > otsu


@pytest.mark.proof
def test_water_in_radar_images_is_found_better_than_by_a_fixed_threshold_or_otsu() -> None:
    chosen = [one for one in trial.radar_scenes(ROUNDS, side=SIDE) if WHOLE or one.name.startswith(SHORT)]
    assert len(chosen) >= (50 if WHOLE else 8)
    better_at_the_median([trial.radar_row(scene) for scene in chosen])


@pytest.mark.proof
def test_water_in_optical_images_is_found_better_than_by_a_fixed_threshold_or_otsu() -> None:
    better_at_the_median([trial.optical_row(one) for one in trial.optical_flood_scenes(ROUNDS, side=SIDE)])


@pytest.mark.proof
def test_burns_are_found_better_than_by_a_fixed_threshold_or_otsu() -> None:
    better_at_the_median([trial.burn_row(one) for one in trial.burn_scenes(ROUNDS, side=SIDE)])


@pytest.mark.proof
def test_the_flood_that_ems_drew_is_found_again(samples: Path) -> None:
    for scene in islice(trial.ems_scenes(samples, whole=WHOLE), None if WHOLE else 2):
        row = trial.radar_row(scene)
        print(row)
        assert row.ours >= 0.85 and row.ours > max(row.fixed, row.otsu)


def test_the_result_is_the_same_in_db_and_linear() -> None:
    linear = scenes.radar("x", 3, Weather(), side=96).image
    decibel = replace(linear, bands={name: 10 * np.log10(values) for name, values in linear.bands.items()})
    first, second = find_water_sar(linear), find_water_sar(decibel)
    assert iou(first.mask, second.mask) > 0.999
    assert first.threshold == pytest.approx(second.threshold, abs=0.05)


def test_nothing_is_found_where_nothing_changed() -> None:
    scene = scenes.radar("x", 4, Weather(level=0, slopes=0.03), given="before", side=128)
    found = find_water_sar(scene.image, before=scene.before)
    assert found.mask.sum() < 0.003 * found.mask.size


def test_permanent_water_shadow_and_gaps_are_never_in_the_mask() -> None:
    scene = scenes.radar("x", 5, Weather(slopes=0.04), given="shadow,permanent", side=128)
    valid = scene.image.valid.copy()
    valid[:, :20] = False
    image = Raster.of(scene.image.bands, transform=scene.image.transform, crs=scene.image.crs, valid=valid)
    found = find_water_sar(image, permanent=scene.permanent, shadow=scene.shadow)
    assert scene.permanent is not None and scene.shadow is not None
    assert found.mask.any() and not (found.mask & (scene.permanent | scene.shadow | ~valid)).any()
    assert (found.unseen == (scene.shadow | ~valid)).all()


def test_the_bands_of_shadow_and_incidence_hide_ground_too() -> None:
    scene = scenes.radar("x", 6, Weather(), side=96)
    away = np.zeros(scene.image.shape)
    away[:10] = 1
    bands = {**scene.image.bands, "shadowMask": away, "localIncidenceAngle": 38 + 50 * away[::-1]}
    found = find_water_sar(Raster.of(bands, transform=scene.image.transform, crs=scene.image.crs))
    assert found.unseen[:10].all() and found.unseen[-10:].all() and not found.unseen[20:-20].any()


def test_certainty_lies_where_something_was_found_and_grows_away_from_the_cut() -> None:
    found = find_water_sar(scenes.radar("x", 7, Weather(level=0.3), side=128).image)
    assert (found.certainty[~found.mask] == 0).all() and (found.certainty[found.mask] >= 0.4).all()
    assert 0.4 < found.confidence <= 1


def test_an_image_without_contrast_says_so_and_is_not_trusted() -> None:
    rng = np.random.default_rng(8)
    even = {"VV": 0.1 * rng.gamma(4.4, 1 / 4.4, (128, 128))}
    found = find_water_sar(Raster.of(even, transform=scenes.grid(), crs=scenes.UTM))
    assert not found.mask.any() and found.confidence < 0.3
    assert any("usual thresholds" in note for note in found.notes)


def test_what_cannot_be_judged_is_refused_with_its_reason() -> None:
    empty = Raster.of({"VV": np.full((30, 30), np.nan)}, transform=scenes.grid(), crs=scenes.UTM)
    with pytest.raises(BadRaster, match="no value"):
        find_water_sar(empty)
    other = Raster.of({"HH": np.ones((30, 30))}, transform=scenes.grid(), crs=scenes.UTM)
    with pytest.raises(BadRaster, match="neither VV nor VH"):
        find_water_sar(other)
    counts = Raster.of({"VV": np.full((30, 30), 4e4)}, transform=scenes.grid(), crs=scenes.UTM)
    with pytest.raises(BadRaster, match="not calibrated"):
        find_water_sar(counts)
    with pytest.raises(BadRaster, match="permanent is"):
        find_water_sar(scenes.radar("x", 9, Weather(), side=64).image, permanent=np.zeros((3, 3), bool))
    cloudy = {"B03": np.ones((30, 30)), "B11": np.ones((30, 30)), "SCL": np.full((30, 30), 9)}
    with pytest.raises(BadRaster, match="clouds"):
        find_water_optical(Raster.of(cloudy, transform=scenes.grid(), crs=scenes.UTM))


def test_reflectance_in_whole_numbers_gives_the_same_water() -> None:
    image = optical_scenes.flood("x", 10, side=96).image
    whole = {name: values if name == "SCL" else np.round(values * 10_000) for name, values in image.bands.items()}
    other = Raster.of(whole, transform=image.transform, crs=image.crs)
    assert iou(find_water_optical(image).mask, find_water_optical(other).mask) > 0.99


def test_severity_follows_the_published_limits() -> None:
    scene = optical_scenes.burn("x", 11, share=0.2, side=160)
    assert scene.before is not None and scene.severity is not None
    found = find_burned(scene.before, scene.image)
    assert found.severity is not None and ((found.severity > 0) == found.mask).all()
    means = [
        scene.severity[found.severity == number].mean()
        for number in range(1, 5)
        if (found.severity == number).sum() > 50
    ]
    assert len(means) >= 3 and means == sorted(means)


def test_clouds_are_reported_as_unseen_and_not_as_dry() -> None:
    scene = optical_scenes.flood("x", 12, clouds=0.2, side=128)
    found = find_water_optical(scene.image)
    assert not (found.mask & found.unseen).any() and (found.unseen & ~scene.seen).sum() > 0.95 * (~scene.seen).sum()
    assert any("hidden by clouds" in note for note in found.notes)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 7), (40, 33)])
@pytest.mark.parametrize("kind", ["even", "nothing", "noise", "decibel", "gaps", "huge", "infinite"])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_strange_images_are_judged_or_refused_and_never_break_it(shape: tuple[int, int], kind: str) -> None:
    rng = np.random.default_rng(13)

    def image(*names: str, classes: bool = False) -> Raster:
        noise = rng.random(shape)
        values = {
            "even": np.full(shape, 0.1), "nothing": np.zeros(shape), "noise": noise, "decibel": noise * 30 - 25,
            "gaps": np.where(noise < 0.5, np.nan, noise), "huge": noise * 1e30,
            "infinite": np.where(noise < 0.1, np.inf, noise),
        }[kind]  # fmt: skip
        bands = {name: values + 0.01 * number for number, name in enumerate(names)}
        if classes:
            bands["SCL"] = rng.integers(0, 12, shape)
        return Raster.of(bands, transform=scenes.grid(), crs=scenes.UTM)

    optical = ("B03", "B08", "B11", "B12")
    for find in (
        lambda: find_water_sar(image("VV", "VH")),
        lambda: find_water_sar(image("VV"), before=image("VV")),
        lambda: find_water_optical(image(*optical, classes=True)),
        lambda: find_burned(image(*optical), image(*optical, classes=True)),
    ):
        try:
            found = find()
        except BadRaster:
            continue
        assert 0 <= found.confidence <= 1 and np.isfinite(found.certainty).all()
        assert not (found.mask & found.unseen).any()
