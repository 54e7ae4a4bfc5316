"""The mapping service of the simulator: lists, details and layers as FEEDS section 7.1 tells them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import shapely
from shapely.geometry import shape

from feeds.simulator import copernicus_ems
from feeds.simulator.reply import Moment, Reply
from feeds.simulator.scenario import Scenario
from tests.feeds.simulator.conftest import local

CODE = "EMSR999517"


def ask(scenario: Scenario, at: str, path: str, **query: Any) -> Reply:
    return copernicus_ems.answer(scenario, Moment(local(at)), path, {k: str(v) for k, v in query.items()})


def told(reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    return orjson.loads(reply.body)


def products(flood: Scenario, at: str) -> dict[str, dict[str, Any]]:
    detail = told(ask(flood, at, "/public-activations/", code=CODE, limit=10))["results"][0]
    return {f"{a['number']} {p['type']}{p['monitoringNumber']}": p for a in detail["aois"] for p in a["products"]}


def test_an_activation_is_listed_once_it_was_called_and_grows(flood: Scenario) -> None:
    codes = [[r["code"] for r in told(ask(flood, at, "/public-activations-info/", limit=300))["results"]]
             for at in ("2021-07-13 16:00", "2021-07-13 17:00")]  # fmt: skip
    assert [CODE in page for page in codes] == [False, True]
    rows = [told(ask(flood, at, "/public-activations-info/", limit=1))["results"][0]
            for at in ("2021-07-14 19:00", "2021-07-15 14:00", "2021-07-16 19:00")]  # fmt: skip
    assert [(r["n_aois"], r["n_products"]) for r in rows] == [(1, 1), (2, 4), (2, 4)]
    updates = [r["lastUpdate"] for r in rows]
    assert updates == sorted(updates) and len(set(updates)) == 3
    assert not any(mark in updates[0] for mark in ("Z", "+")), "naive UTC"
    assert rows[0]["centroid"].startswith("POINT (6.")


def test_pages_follow_each_other_to_the_last(flood: Scenario, calm: Scenario) -> None:
    first = told(ask(flood, "2021-07-16 12:00", "/public-activations-info/", limit=2))
    assert (first["count"], len(first["results"])) == (3, 2)
    assert first["next"]
    second = told(ask(flood, "2021-07-16 12:00", "/public-activations-info/", limit=2, offset=2))
    assert (len(second["results"]), second["next"]) == (1, None)
    assert len(told(ask(calm, "2024-05-14 12:00", "/public-activations-info/"))["results"]) == 2


def test_a_product_is_awaited_then_finished_then_corrected(flood: Scenario) -> None:
    waiting = products(flood, "2021-07-15 09:30")["1 DEL0"]
    assert (waiting["version"]["statusCode"], waiting["layers"]) == ("W", [])
    first = products(flood, "2021-07-15 13:00")["1 DEL0"]
    assert (first["version"]["statusCode"], first["version"]["number"]) == ("F", 1)
    second = products(flood, "2021-07-15 18:00")["1 DEL0"]
    assert second["version"]["number"] == 2
    before, after = (told(ask(flood, at, p["layers"][0]["json"].removeprefix(copernicus_ems.ROOT)))
                     for at, p in (("2021-07-15 13:00", first), ("2021-07-15 18:00", second)))  # fmt: skip
    assert len(after["features"]) == len(before["features"]) + 1
    refused = products(flood, "2021-07-16 12:00")["2 GRA0"]
    assert (refused["version"]["statusCode"], refused["layers"]) == ("N", [])
    assert "cloud" in refused["version"]["reason"]


def test_layers_hold_valid_shapes_inside_their_area_of_interest(flood: Scenario) -> None:
    for product in products(flood, "2021-07-16 23:00").values():
        looked_at = shapely.from_wkt(product["extent"])
        for layer in product["layers"]:
            content = told(ask(flood, "2021-07-16 23:00", layer["json"].removeprefix(copernicus_ems.ROOT)))
            assert content["features"]
            for feature in content["features"]:
                form = shape(feature["geometry"])
                assert form.is_valid
                assert form.within(looked_at.buffer(0.0001)), layer["name"]


@pytest.mark.parametrize("path", ["/", "/elsewhere", "/layers/EMSR999517_AOI01_DEL_PRODUCT_observedEventA_v2.json"])
def test_what_is_not_there_is_not_found(flood: Scenario, path: str) -> None:
    assert ask(flood, "2021-07-15 13:00", path).status == 404
