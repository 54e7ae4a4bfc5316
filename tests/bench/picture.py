"""The picture of a box with ten to forty thousand facts: our endpoint against raw rows and tipg (gate 13).

python -m tests.bench.picture [--stations N] [--rounds N]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import orjson

from tests.bench.rounds import Gate, described, interleaved, ratios, verdict
from tests.bench.stage import NotComparable, Stage, get, rows, stage

ROUNDS = 5
STATIONS = 500_000
SIZES = (10_000, 40_000)

Box = tuple[float, float, float, float]

# The floor: what the answer consists of, as rows of text nobody parses, by the index that is there for it.
RAW = """
    SELECT ref, room, provenance::text, body::text FROM fact
    WHERE kind = 'station' AND room = 'public'
      AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
"""


def box_with(on: Stage, wanted: int) -> Box:
    """A box around the middle that holds about as many stations, found by halving."""
    low, high = 0.0, 2.0
    box: Box = (0.0, 0.0, 0.0, 0.0)
    for _ in range(20):
        half = (low + high) / 2
        box = (8.0 - half, 51.45 - half / 2, 8.0 + half, 51.45 + half / 2)
        count = len(rows(on, RAW.replace("ref, room, provenance::text, body::text", "ref"), _named(box))[1])
        low, high = (half, high) if count < wanted else (low, half)
    return box


def _named(box: Box) -> dict[str, object]:
    return dict(zip(("west", "south", "east", "north"), box, strict=True))


def variants(on: Stage, counts: dict[str, int]) -> dict[str, Callable[[Box], float]]:
    def raw(box: Box) -> float:
        took, found = rows(on, RAW, _named(box))
        counts["raw"] = len(found)
        return took

    def ours(box: Box) -> float:
        took, body, _ = get(on.server, f"/api/picture?kinds=station&bbox={','.join(map(repr, box))}")
        counts["ours"] = len(orjson.loads(body)["facts"])
        return took

    def packed(box: Box) -> float:
        path = f"/api/picture?kinds=station&bbox={','.join(map(repr, box))}"
        return get(on.server, path, Accept_Encoding="gzip")[0]

    def tipg(box: Box) -> float:
        path = f"/collections/bare.station/items?limit=1000000&f=geojson&bbox={','.join(map(repr, box))}"
        took, body, _ = get(on.tipg, path)
        counts["tipg"] = len(orjson.loads(body)["features"])
        return took

    return {"raw": raw, "ours": ours, "ours gzip": packed, "tipg": tipg}


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(prog="bench picture", description=__doc__)
    options.add_argument("--stations", type=int, default=STATIONS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args(argv)
    judged: list[Gate] = []
    try:
        with stage(given.stations) as on:
            for size in SIZES:
                counts: dict[str, int] = {}
                box = box_with(on, size)
                found = interleaved([box, box], variants(on, counts), rounds=given.rounds)
                print(f"{counts['raw']:,} facts: {described(found)}", flush=True)
                if len(set(counts.values())) != 1 or not 0.8 * size < counts["raw"] < 1.2 * size:
                    raise NotComparable(f"wanted {size} facts, got {counts}")
                judged.append(Gate(f"13 {size:,} facts, HTTP / raw rows", ratios(found, "ours", "raw"), 5.0, 3.0))
                times = ratios(found, "tipg", "ours")
                judged.append(Gate(f"13 {size:,} facts, tipg items / HTTP", times, 8.0, 15.0, least=True))
    except NotComparable as reason:
        print(f"not comparable, no verdict: {reason}")
        return 1
    return verdict(judged)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
