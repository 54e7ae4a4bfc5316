"""The template's test: one good item, one bad one, a broken answer. A source of your own needs no more to begin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from feeds.contract import Garbled
from feeds.example import Example
from feeds.fetching import Client

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
GAUGES = b"""[
 {"id": "R7", "name": "Feuerwache Nord", "lat": 51.2, "lon": 6.8, "time": "2026-07-14T10:00:00+02:00", "mm_h": 12.5},
 {"id": "R8", "name": "Bauhof", "time": "2026-07-14T10:00:00", "mm_h": 3}
]"""


async def test_a_look_at_the_source(server: Any, client: Client) -> None:
    server.says("/gauges.json", GAUGES)
    batch = await Example(server.url).poll(client.visit(), NOW)
    assert [(o.station, o.value, o.unit) for o in batch.observations] == [("example.R7", 12.5, "mm/h")]
    assert [(d.item, "timezone" in d.reason) for d in batch.dropped] == [("gauge R8", True)]
    assert batch.newest == datetime(2026, 7, 14, 8, tzinfo=UTC)


def test_its_files_are_recognised_and_a_broken_one_is_garbled() -> None:
    feed = Example()
    assert feed.recognises("gauges.json", GAUGES)
    assert not feed.recognises("gauges.json", b"[]")
    with pytest.raises(Garbled):
        feed.parse("gauges.json", GAUGES[:-5], NOW)
