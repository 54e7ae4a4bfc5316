"""Extents that a source delivers: every follower converges, what is withdrawn is gone, and the shapes are served."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from feeds.contract import Batch
from feeds.example import Example
from geodata.model.extent import Extent, ExtentPart, ExtentType
from geodata.model.geometry import check, point
from geodata.store import changes
from geodata.store.database import Database
from service.intake import Intake
from tests.geodata.store.test_log import replayed, whole_picture
from tests.service.conftest import Node

NOW = datetime(2021, 7, 16, 12, tzinfo=UTC)
SQUARE = check({"type": "Polygon", "coordinates": [[[6.8, 50.8], [6.9, 50.8], [6.9, 50.9], [6.8, 50.9], [6.8, 50.8]]]})
FEED = Example("http://127.0.0.1:1")


class Standing:
    speed = 0.0

    def now(self) -> datetime:
        return NOW


def extent(key: str, *parts: ExtentPart, **more: Any) -> Extent:
    return Extent(key, "EMS", ExtentType.FLOOD, key, acquired_at=NOW, footprint=SQUARE, parts=parts, **more)


async def test_extents_converge_and_the_withdrawn_are_gone(database: Database) -> None:
    intake = Intake(database, "test", Standing())
    water, house = (
        ExtentPart("observedEvent", "Flooded area", SQUARE),
        ExtentPart("builtUp", "Damaged", point(6.8, 50.8)),
    )
    batches = [
        Batch(extents=[extent("e.a", water), extent("e.b", water, house)]),
        Batch(extents=[extent("e.a", house, version="2")], withdrawn={"e.b"}),
        Batch(extents=[extent("e.b", water)], withdrawn={"e.c"}),
        # replaced and delivered anew under the same key in one look: what is delivered stands
        Batch(extents=[extent("e.a", water, version="3")], withdrawn={"e.a"}),
    ]
    for batch in batches:
        before = await whole_picture(database)
        await intake.deliver(FEED, batch)
        logged = await changes.since(database, before.cursor)
        assert logged
        assert replayed(before, logged) == await whole_picture(database)
    assert set((await whole_picture(database)).facts) == {"test/extent/e.a", "test/extent/e.b"}


async def test_shapes_are_served_as_geojson(node: Node) -> None:
    parts = ExtentPart("observedEvent", "Flooded area", SQUARE), ExtentPart("builtUp", "Damaged", point(6.85, 50.85))
    await Intake(node.database, "local", Standing()).deliver(FEED, Batch(extents=[extent("e.a", *parts)]))
    answer = (await node.client.get("/api/extents/e.a/parts", params={"zoom": 12})).json()
    assert (answer["type"], answer["truncated"]) == ("FeatureCollection", False)
    assert [f["properties"]["kind"] for f in answer["features"]] == ["Flooded area", "Damaged"]
    assert answer["features"][1]["geometry"] == {"type": "Point", "coordinates": [6.85, 50.85]}
    missing = await node.client.get("/api/extents/e.x/parts")
    assert (missing.status_code, missing.json()["detail"]) == (404, "no extent e.x")
    wrong = await node.client.get("/api/extents/e.a/parts", params={"bbox": "7,8,6,5"})
    assert wrong.status_code == 422
    tile = await node.client.get("/tiles/extents/11/1063/687.mvt")
    assert b"Flooded area" in tile.content
    picture = (await node.client.get("/api/picture", params={"kinds": "extent"})).json()
    body = picture["facts"][0]["body"]
    assert "parts" not in body
    assert {t["kind"]: t["count"] for t in body["tallies"]} == {"Flooded area": 1, "Damaged": 1}
