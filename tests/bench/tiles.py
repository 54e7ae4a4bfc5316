"""Vector tiles: our endpoint against raw SQL, a no-op GET and tipg, on half a million stations (gates 10, 11, 12).

python -m tests.bench.tiles [--stations N] [--rounds N]
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable

from geodata.store.tiles import SINGLE_FROM
from tests.bench.rounds import Gate, Medians, described, interleaved, ratios, verdict
from tests.bench.stage import NotComparable, Stage, get, rows, stage

ROUNDS = 5
STATIONS = 500_000
TILES = {8: 6, 10: 15, 12: 40, 14: 60}
LARGE = 5.0
"""Milliseconds of SQL from which the ratio is judged; below that the fixed cost is."""

Key = tuple[int, int, int]

# What anyone would write: every point of the tile with the attributes that our endpoint sends.
RAW = """
    SELECT ST_AsMVT(t, 'stations', 4096, 'geom', 'id') FROM (
        SELECT hashtextextended(ref, 0) & 9007199254740991 AS id, ref,
               ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom
        FROM fact
        WHERE kind = 'station' AND room = 'public'
          AND geom && ST_Transform(ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625), 4326)
    ) t WHERE geom IS NOT NULL
"""


def keys(zoom: int, number: int) -> list[Key]:
    """Different tiles within the stations' area."""
    chance, found = random.Random(zoom), set()
    side = 2 * 20037508.342789244 / 2**zoom
    while len(found) < number:
        x, y = 668_000 + chance.random() * 440_000, 6_510_000 + chance.random() * 400_000
        found.add((zoom, int((x + 20037508.342789244) / side), int((20037508.342789244 - y) / side)))
        if len(found) == 4 ** max(0, zoom - 7):
            break
    return sorted(found)


def variants(on: Stage, sizes: dict[str, dict[Key, int]]) -> dict[str, Callable[[Key], float]]:
    def raw(key: Key) -> float:
        took, found = rows(on, RAW, dict(zip("zxy", key, strict=True)))
        sizes["raw"][key] = len(found[0][0])  # type: ignore[arg-type]
        return took

    def ours(key: Key) -> float:
        took, body, answer = get(on.server, "/tiles/stations/{}/{}/{}.mvt".format(*key))
        if answer.getheader("etag") is None:
            raise NotComparable("our tile has no validator: another server answers")
        sizes["ours"][key] = len(body)
        return took

    def tipg(key: Key) -> float:
        path = "/collections/bare.station/tiles/WebMercatorQuad/{}/{}/{}".format(*key)
        took, body, _ = get(on.tipg, f"{path}?limit=1000000&properties=id,ref")
        sizes["tipg"][key] = len(body)
        return took

    return {"raw": raw, "ours": ours, "noop": lambda _: get(on.noop, "/noop")[0], "tipg": tipg}


def same_work(zoom: int, sizes: dict[str, dict[Key, int]]) -> None:
    """Raises NotComparable unless every side sent the same features (ours counts in a grid at low zooms)."""
    for key, size in sizes["raw"].items():
        if zoom >= SINGLE_FROM and abs(sizes["ours"][key] - size) > 0.02 * size + 64:
            raise NotComparable(f"tile {key}: raw {size} bytes, ours {sizes['ours'][key]}")
        if not 0.7 * size - 200 < sizes["tipg"][key] < 1.6 * size + 200:
            raise NotComparable(f"tile {key}: raw {size} bytes, tipg {sizes['tipg'][key]}")


def cached(on: Stage, zoom: int, rounds: int) -> str:
    """For the record: a tile from our cache, and a 304."""
    some = keys(zoom, 10)
    tags = {k: get(on.server, "/tiles/stations/{}/{}/{}.mvt".format(*k))[2].getheader("etag") or "" for k in some}

    def validated(key: Key) -> float:
        return get(on.server, "/tiles/stations/{}/{}/{}.mvt".format(*key), If_None_Match=tags[key])[0]

    hits = {"hit": lambda key: get(on.server, "/tiles/stations/{}/{}/{}.mvt".format(*key))[0], "304": validated}
    return described(interleaved(some, hits, rounds=rounds))


def gates(zoom: int, found: Medians) -> list[Gate]:
    judged = []
    if min(m["raw"] for m in found) >= LARGE:
        judged.append(Gate(f"10 z{zoom} endpoint / raw SQL", ratios(found, "ours", "raw"), 1.3, 1.1))
    else:
        fixed = [(m["ours"] - m["raw"]) / m["noop"] for m in found]
        judged.append(Gate(f"11 z{zoom} (endpoint - raw SQL) / no-op GET", fixed, 2.0, 1.0))
    aim = 3.0 if zoom >= 12 else 1.5
    judged.append(Gate(f"12 z{zoom} tipg / endpoint", ratios(found, "tipg", "ours"), 1.5, aim, least=True))
    return judged


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(prog="bench tiles", description=__doc__)
    options.add_argument("--stations", type=int, default=STATIONS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args(argv)
    judged: list[Gate] = []
    try:
        with stage(given.stations) as on:
            for zoom, number in TILES.items():
                sizes: dict[str, dict[Key, int]] = {"raw": {}, "ours": {}, "tipg": {}}
                some = keys(zoom, number)
                found = interleaved(some, variants(on, sizes), rounds=given.rounds, before=on.fresh_revision)
                same_work(zoom, sizes)
                middle = {name: sorted(by.values())[len(by) // 2] for name, by in sizes.items()}
                print(f"z{zoom}, {len(some)} tiles: {described(found)}; median bytes {middle}", flush=True)
                print(f"    from our cache: {cached(on, zoom, given.rounds)}", flush=True)
                judged += gates(zoom, found)
    except NotComparable as reason:
        print(f"not comparable, no verdict: {reason}")
        return 1
    if not any(gate.name.startswith("10 ") for gate in judged):
        print(f"not comparable, no verdict: no tile takes {LARGE} ms of SQL; take more stations")
        return 1
    return verdict(judged)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
