"""Answers of a made-up town's server, in FROST's wording."""

from __future__ import annotations

import json
from typing import Any

from feeds.configured.block import Block
from tests.feeds.configured.blocks import block

SENSORTHINGS = """
kind = "sensorthings"
url = "https://sta.example/FROST-Server/v1.1"
every = "5 min"
"""


def of_town(more: str = "") -> Block:
    return block(SENSORTHINGS + more)


def page(*value: Any, **more: Any) -> bytes:
    return json.dumps({**{f"@iot.{name}": text for name, text in more.items()}, "value": list(value)}).encode()


def observation(at: Any = "2026-10-03T11:45:00.000Z", result: Any = 1.5, **more: Any) -> dict[str, Any]:
    return {"phenomenonTime": at, "resultTime": None, "result": result, **more}


def datastream(
    id: Any = 1, *newest: dict[str, Any], thing: Any = 7, name: str = "Wasserstand", symbol: str = "m", **more: Any
) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [6.96, 50.94]}
    return {
        "@iot.id": id,
        "@iot.selfLink": f"https://sta.example/FROST-Server/v1.1/Datastreams({id})",
        "unitOfMeasurement": {"name": "", "symbol": symbol, "definition": ""},
        "Thing": {"@iot.id": thing, "name": "Mühlbach <b>Brücke</b>", "Locations": [{"location": place}]},
        "ObservedProperty": {"@iot.id": 3, "name": name, "definition": "http://def.example/x"},
        "Observations": list(newest),
        **more,
    }
