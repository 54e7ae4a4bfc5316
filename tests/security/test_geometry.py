"""Crafted geometry is refused naming its field, at once, while the others are served."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import httpx
import pytest

from tests.security.world import World

RANDOM_WALK = [[7 + math.sin(n * 2.399) * 0.5, 51 + math.cos(n * 1.931) * 0.4] for n in range(200)]


def nested(depth: int) -> Any:
    value: Any = [7.0, 51.0]
    for _ in range(depth):
        value = [value]
    return value


def ring(points: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


POINTS = {
    "not finite as text": b'{"type":"Point","coordinates":["NaN",51]}',
    "NaN": b'{"type":"Point","coordinates":[NaN,51]}',
    "Infinity": b'{"type":"Point","coordinates":[7,-Infinity]}',
    "1e999": b'{"type":"Point","coordinates":[1e999,51]}',
    "500 degrees": b'{"type":"Point","coordinates":[7,500]}',
    "a number of 4,000 digits": b'{"type":"Point","coordinates":[' + b"9" * 4000 + b",51]}",
    "true": b'{"type":"Point","coordinates":[true,51]}',
    "four numbers": b'{"type":"Point","coordinates":[7,51,1,2]}',
    "no number": b'{"type":"Point","coordinates":[]}',
    "another type": b'{"type":"Circle","coordinates":[7,51]}',
    "a collection": b'{"type":"GeometryCollection","geometries":[]}',
    "no geometry": b'"POINT(7 51)"',
    "a list": b"[7,51]",
}


def areas() -> dict[str, bytes]:
    import orjson

    shapes: dict[str, Any] = {
        "self-crossing, 200 vertices": ring(RANDOM_WALK),
        "bow tie": ring([[7, 51], [8, 52], [8, 51], [7, 52]]),
        "open ring": {"type": "Polygon", "coordinates": [[[7, 51], [8, 51], [8, 52], [7, 52]]]},
        "depth 50": {"type": "Polygon", "coordinates": nested(50)},
        "depth 50 of many parts": {"type": "MultiPolygon", "coordinates": nested(50)},
        "10,001 vertices": ring([[7 + math.cos(n / 1600), 51 + math.sin(n / 1600)] for n in range(10_001)]),
        "65 rings": {"type": "Polygon", "coordinates": [RANDOM_WALK[:3] + RANDOM_WALK[:1]] * 65},
        "8 kB of one point": ring([[7, 51]] * 800),
        "8 kB of spikes": ring([[7 + (n % 2) * 1e-9, 51 + n * 1e-9] for n in range(300)]),
        "no area": ring([[7, 51], [8, 52]]),
        "hole outside": {"type": "Polygon", "coordinates": [
            [[7, 51], [8, 51], [8, 52], [7, 51]], [[3, 41], [4, 41], [4, 42], [3, 41]]]},
    }  # fmt: skip
    return {name: orjson.dumps(shape) for name, shape in shapes.items()}


def field_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"].startswith("application/problem+json")
    return str(answer.json()["field"])


async def refused(world: World, method: str, path: str, body: bytes) -> str:
    """What is wrong with the answer, or nothing. Its time is that of the processor, whatever else the machine does."""
    began = time.process_time()
    answer = await world.a.lead.request(method, path, content=body, headers={"Content-Type": "application/json"})
    took = time.process_time() - began
    if answer.status_code != 422:
        return f"{answer.status_code} {answer.text[:200]}"
    if not any(word in (answer.json()["field"] or "") for word in ("geometry", "body", "fields")):
        return f"names no field: {answer.text[:200]}"
    return "" if took < 1 else f"took {took:.1f} s"


@pytest.mark.parametrize("kind", ["sites", "facilities", "sectors", "zones", "incidents"])
async def test_a_crafted_geometry_is_refused_at_once_naming_the_field(world: World, kind: str) -> None:
    fields = {
        "sites": b'"title":"x","priority":"P1"', "facilities": b'"type":"MELDEKOPF","name":"x"',
        "sectors": b'"name":"x"', "zones": b'"type":"HAZARD","name":"x"', "incidents": b'"name":"x"',
    }[kind]  # fmt: skip
    wrong = {}
    for name, geometry in {**POINTS, **areas()}.items():
        body = b"{" + fields + b',"geometry":' + geometry + b"}"
        if kind == "incidents":
            attempts = [("POST", "/api/incidents", body)]
        else:
            one = world.a.things[
                {"sites": "site", "facilities": "facility", "sectors": "sector", "zones": "zone"}[kind]
            ]
            attempts = [
                ("POST", f"/api/incidents/{world.a.incident}/{kind}", b'{"fields":' + body + b"}"),
                ("PATCH", f"/api/{kind}/{one}", b'{"base":1,"fields":{"geometry":' + geometry + b"}}"),
            ]
        for method, path, sent in attempts:
            problem = await refused(world, method, path, sent)
            if problem:
                wrong[f"{method} {name}"] = problem
    assert wrong == {}


async def test_others_are_answered_while_somebody_sends_bombs(world: World) -> None:
    million = ("[" + ",".join(["[7.1,51.2]"] * 500_000) + "]").encode()
    bomb = b'{"fields":{"name":"x","geometry":{"type":"Polygon","coordinates":[' + million + b"]}}}"
    deep = b'{"fields":{"name":"x","geometry":' + b"[" * 200_000 + b"]" * 200_000 + b"}}"
    crossing = b'{"fields":{"name":"x","geometry":' + areas()["self-crossing, 200 vertices"] + b"}}"
    path, done = f"/api/incidents/{world.a.incident}/sectors", asyncio.Event()

    async def attack() -> list[int]:
        told = []
        for body in (bomb, deep, crossing) * 3:
            sent = await world.a.lead.post(path, content=body, headers={"Content-Type": "application/json"})
            told.append(sent.status_code)
        done.set()
        return told

    async def watch() -> list[float]:
        spans = []
        while not done.is_set():
            began = time.monotonic()
            assert (await world.clients["S2"].get("/api/picture")).status_code == 200
            spans.append(time.monotonic() - began)
            await asyncio.sleep(0.02)
        return spans

    told, spans = await asyncio.gather(attack(), watch())
    assert set(told) <= {413, 422}, told
    print(f"{len(spans)} pictures meanwhile, the slowest in {max(spans):.2f} s")
    assert max(spans) < 1


@pytest.mark.parametrize("route", ["/api/observations", "/api/incidents", "/api/views", "/api/session/sign-in"])
async def test_ten_megabytes_are_refused(world: World, route: str) -> None:
    body = b'{"name":"' + b"x" * 10_000_000 + b'"}'
    headers = {"Content-Type": "application/json", "Idempotency-Key": "zehn-megabyte"}
    answer = await world.a.lead.post(route, content=body, headers=headers)
    assert answer.status_code == 413, answer.text[:300]


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"", b"null", b"[]", b"1",
                                     b'"x"', b'{"fields":null}', b'{"fields":[]}', b"{"])  # fmt: skip
async def test_what_is_no_proper_json_is_refused_with_a_reason(world: World, content: bytes) -> None:
    a = world.a
    for method, path in (
        ("POST", "/api/incidents"), ("POST", f"/api/incidents/{a.incident}/sites"),
        ("PATCH", f"/api/sites/{a.things['site']}"), ("POST", f"/api/journals/{a.staff}/entries"),
        ("POST", f"/api/staffs/{a.staff}/tasks"), ("PATCH", f"/api/tasks/{a.things['task']}"),
        ("POST", "/api/views"), ("POST", "/api/session/sign-in"), ("POST", "/api/observations"), ("POST", "/api/rooms"),
    ):  # fmt: skip
        headers = {"Content-Type": "application/json", "Idempotency-Key": "kein-json-1"}
        answer = await a.lead.request(method, path, content=content, headers=headers)
        assert answer.status_code in (400, 422), f"{method} {path}: {answer.status_code} {answer.text[:200]}"
        assert answer.json()["detail"]
