"""FROST's own client, which knows nothing of us, reads a whole node over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import frost_sta_client as frost
import pytest

from tests.service.conftest import Node, running
from tests.service.sensorthings.measured import COUNT, flow


@pytest.fixture
async def river(database_url: str) -> AsyncIterator[Node]:
    async with running(database_url) as node:
        await flow(node.database)
        yield node


def looked(url: str) -> dict[str, Any]:
    """What somebody does with it who wants our gauges."""
    service = frost.SensorThingsService(f"{url}/api/sta/v1.1")
    things = service.things().query().expand("Datastreams($expand=ObservedProperty),Locations").list()
    level = service.datastreams().find("test.koeln.W")
    query = level.get_observations().query().count().top(500).list()
    values = list(query)
    later = level.get_observations().query().filter("phenomenonTime gt 2026-07-18T03:45:00Z").list()
    newest = level.get_observations().query().orderby("phenomenonTime", "desc").top(3).list()
    near = (
        service.things()
        .query()
        .filter("st_within(Locations/location, geography'POLYGON ((6.9 50.9, 7 50.9, 7 51, 6.9 51, 6.9 50.9))')")
    )
    return {
        "things": list(things), "level": level, "count": query.count, "values": values, "later": list(later),
        "newest": [next(iter_) for iter_ in [iter(newest)] for _ in range(3)], "near": [t.id for t in near.list()],
        "sets": [len(list(getattr(service, name)().query().list())) for name in (
            "locations", "historical_locations", "sensors", "observed_properties", "features_of_interest")],
    }  # fmt: skip


async def test_frost_sta_client_lists_expands_pages_filters_and_sorts(river: Node) -> None:
    found = await asyncio.to_thread(looked, river.url)
    koeln = next(thing for thing in found["things"] if thing.id == "test.koeln")
    assert [thing.name for thing in found["things"]] == ["Ohne Ort", "KÖLN", "O'Brien"]
    assert {d.observed_property.name for d in koeln.datastreams} == {"Wasserstand", "Abfluss"}
    assert next(iter(koeln.locations)).location["coordinates"] == [6.96, 50.94]
    assert found["level"].unit_of_measurement.symbol == "cm"

    assert COUNT > 1000 and found["count"] == COUNT
    assert [value.result for value in found["values"]] == [300 + i / 4 for i in range(COUNT)]
    times = [datetime.fromisoformat(value.phenomenon_time) for value in found["values"]]
    assert times == sorted(times)

    assert [value.result for value in found["later"]] == [599.5, 599.75]
    assert [value.result for value in found["newest"]] == [599.75, 599.5, 599.25]
    assert found["near"] == ["test.koeln"]
    assert found["sets"] == [2, 2, 1, 3, 3]
