"""What is sent: gauge readings as ours go over the wire, each different, so that nothing compresses or caches away."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

STATIONS = 500
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
COLOGNE = (6.9, 50.9, 7.0, 51.0)


def key(number: int) -> str:
    return f"pegelonline.{random.Random(number % STATIONS).getrandbits(128):032x}.W"


def body(number: int, sent: int) -> dict[str, Any]:
    rng = random.Random(number)
    return {
        "station": key(number)[:-2],
        "quantity": "W",
        "unit": "cm",
        "value": round(rng.uniform(50, 900), 1),
        "level": rng.randrange(5),
        "trend": round(rng.uniform(-20, 20), 2),
        "state": rng.choice(["normal", "high", "low", "out-dated", "commented"]),
        "sent": sent,
    }


def frame_text(numbers: range, sent: int | None = None) -> str:
    """The payload of a frame as the hub builds it; the clients look for `"sent":nanoseconds`."""
    moment = time.monotonic_ns() if sent is None else sent
    changes = []
    for number in numbers:
        as_of = (NOW + timedelta(seconds=number)).isoformat()
        changes.append(
            {
                "at": as_of, "op": "put", "ref": f"bench/reading/{key(number)}", "seq": number, "room": "public",
                "actor": "feed pegelonline", "body": body(number, moment),
                "provenance": {"as_of": as_of, "source": "pegelonline", "confidence": "REPORTED", "received_at": as_of},
            }
        )  # fmt: skip
    return orjson.dumps({"type": "changes", "cursor": numbers[-1], "changes": changes}).decode()
