"""Layers of Copernicus EMS: grades, limits, hostile shapes, and every recorded file."""

from __future__ import annotations

import contextlib
import math
import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds import copernicus_ems_layers as layers
from feeds.contract import Batch, FeedError, Garbled
from feeds.copernicus_ems import CopernicusEms
from feeds.corpus import run
from geodata.model.extent import ExtentType
from tests.feeds.ems import SQUARE, detail, layer, page, product, row, shape

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
ROUNDS = 10_000 if os.environ.get("LAGEBILD_PROVE") else 2_000


def test_what_is_too_large_or_in_another_system_is_refused() -> None:
    told = {"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}}
    for body, reason in ((layer(shape(SQUARE), **told), "WGS 84"), (b'{"type": "Topology", "features": []}', "type"),
                         (layer(*[{}] * (layers.MAX_FEATURES + 1)), "features")):  # fmt: skip
        with pytest.raises(Garbled, match=reason):
            layers.parts(body, "observedEventA", Batch(), "x")


def test_grades_are_the_makers_words_and_unknown_ones_are_counted() -> None:
    house = {"type": "Point", "coordinates": [6.8, 50.8]}
    grades = ["Destroyed", "Damaged", "Possibly damaged", "No visible damage", "Not Applicable", None, "Melted"]
    batch = Batch()
    found, left_out = layers.parts(layer(*(shape(house, damage_gra=g) for g in grades)), "builtUpP", batch, "x")
    assert [p.kind for p in found] == ["Destroyed", "Damaged", "Possibly damaged", "No visible damage", "Melted"]
    assert (left_out, batch.unknown) == (0, {"damage grade Melted": 1})


def circle(radius: float, corners: int = 8) -> list[list[float]]:
    angles = [2 * math.pi * i / corners for i in range(corners)]
    points = [[7 + radius * math.cos(a), 51 + radius * math.sin(a)] for a in angles]
    return [*points, points[0]]


def test_rings_within_rings_within_rings_are_refused_before_they_cost_time() -> None:
    nested = {"type": "Polygon", "coordinates": [circle(1, 64), *(circle(0.9 - 0.0004 * i) for i in range(1_900))]}
    batch = Batch()
    assert layers.parts(layer(shape(nested)), "observedEventA", batch, "x") == ([], 1)
    assert "rings lie in each other" in batch.dropped[0].reason


def test_a_surface_with_many_islands_is_taken() -> None:
    holes = [[[6 + x + i % 40 * 0.02, 50 + y + i // 40 * 0.02] for x, y in ((0, 0), (0.01, 0), (0.01, 0.01), (0, 0))]
             for i in range(1_200)]  # fmt: skip
    flood = {"type": "Polygon", "coordinates": [[[5.9, 49.9], [7, 49.9], [7, 51], [5.9, 51], [5.9, 49.9]], *holes]}
    found, left_out = layers.parts(layer(shape(flood)), "observedEventA", Batch(), "x")
    assert (len(found), left_out) == (1, 0)


def test_every_recorded_file_is_recognised_and_goes_through(samples: Path) -> None:
    found = list(run(samples / "copernicus_ems", [CopernicusEms(area=None)], datetime(2026, 11, 22, tzinfo=UTC)))
    for result in found:
        if not result.path.endswith(".md"):
            assert (result.feed, result.error, result.dropped) == ("copernicus_ems", None, []), result.path
    items = {Path(r.path).name: r.items for r in found}
    assert items["EMSR847-storm-detail.json"] == 63, "67 products, four of them pre-event"
    assert items["EMSR842-wildfire-detail.json"] == 2


def test_the_recorded_damage_of_the_ahr_is_counted(samples: Path) -> None:
    folder = samples / "copernicus_ems" / "EMSR517_AOI15"
    feed = CopernicusEms(area=None)
    houses = folder / "EMSR517_AOI15_GRA_PRODUCT_builtUpP_r1_v1.json"
    extent = feed.parse(houses.name, houses.read_bytes(), NOW).extents[0]
    counts = {g: sum(p.kind == g for p in extent.parts) for g in layers.GRADES}
    assert counts == {"Destroyed": 336, "Damaged": 687, "Possibly damaged": 2791, "No visible damage": 0}
    assert extent.type is ExtentType.DAMAGE
    water = folder / "EMSR517_AOI15_GRA_PRODUCT_observedEventA_r1_v1.json"
    assert feed.parse(water.name, water.read_bytes(), NOW).extents[0].type is ExtentType.FLOOD


@pytest.mark.proof
def test_mutated_payloads_end_in_a_batch_or_an_announced_error() -> None:
    feed = CopernicusEms(area=None)
    dice = random.Random(11)
    house = {"type": "Point", "coordinates": [6.8, 50.8]}
    whole = [
        page(row(), row(countries=[{"short_name": "Spain"}])),
        detail(product(url="https://x.invalid/a"), product("GRA", "N")),
        layer(
            shape(SQUARE),
            shape({"type": "MultiPolygon", "coordinates": [[SQUARE]]}),
            name="EMSR901_AOI01_DEL_PRODUCT_observedEventA_v1",
        ),
        layer(shape(house, damage_gra="Damaged"), name="EMSR517_AOI15_GRA_MONIT01_builtUpP_r1_v3"),
    ]
    bits = [b"null", b"[]", b"{}", b"-1", b"1e999", b'"\\u0000"', b"NaN", b"[[[", b'"EMSR1"', b"99999999999999999999"]
    for _ in range(ROUNDS):
        body = bytearray(dice.choice(whole))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(body))
            if dice.random() < 0.5:
                body[at : at + dice.randint(0, 12)] = dice.choice(bits)
            else:
                body[at] = dice.randrange(256)
        started = time.process_time()
        with contextlib.suppress(FeedError):
            assert isinstance(feed.parse("x.json", bytes(body), NOW), Batch)
        assert time.process_time() - started < 1
