"""From a drawn area to an extent: search, estimate, job, picture, tiles; rights, cancelling and a crash between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.accounts.store import ensure
from tests.service.conftest import Node, running

AREA = {
    "type": "Polygon",
    "coordinates": [[[6.77, 50.80], [6.81, 50.80], [6.81, 50.825], [6.77, 50.825], [6.77, 50.80]]],
}
START = "2021-07-16T12:00:00Z"


@pytest.fixture
async def exercise(nrw_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with running(nrw_url, mode="EXERCISE", data_dir=tmp_path, exercise={"start": START}) as node:
        yield node


async def staff(node: Node) -> tuple[httpx.AsyncClient, str]:
    """The head of an incident, and the incident's room."""
    opener = await node.sign_in("Eröffnung")
    sent = {"name": "Hochwasser", "staffs": [{"model": "EINSATZLEITUNG", "name": "EL"}]}
    opened = (await opener.post("/api/incidents", json=sent)).json()
    person = await ensure(node.database, "Lage", admin=False)
    seat = {"function": "S2", "person": person}
    answer = await opener.post(f"/api/staffs/{opened['staffs'][0]['id']}/assignments", json=seat)
    assert answer.status_code == 201, answer.text
    await opener.aclose()
    return await node.sign_in("Lage", admin=False), opened["room"]


async def scenes(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.post("/api/imagery/scenes", json={"sensor": "SENTINEL_1", "area": AREA})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["scenes"]
    return found


async def state(client: httpx.AsyncClient, id: str, wanted: set[str]) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            jobs = (await client.get("/api/imagery/jobs")).json()["jobs"]
            job = next(one["job"] for one in jobs if one["id"] == id)
            if job["state"] in wanted:
                return dict(job)
            await asyncio.sleep(0.2)


async def test_a_drawn_area_becomes_an_extent_with_its_municipalities(exercise: Node) -> None:
    client, room = await staff(exercise)
    found = await scenes(client)
    flood = next(s for s in found if s["acquired_at"].startswith("2021-07-15T17:25"))
    calm = next(s for s in found if s["acquired_at"].startswith("2021-07-09T17:25"))
    order = {"kind": "WATER_SAR", "area": AREA, "scene": flood["id"], "before": calm["id"], "resolution": 20}
    estimate = (await client.post("/api/imagery/estimate", json=order)).json()
    assert estimate["images"] == 2 and estimate["units"] > 0 and estimate["affordable"]
    pixels = estimate["width"] * estimate["height"]
    assert estimate["megabytes"] == pytest.approx(pixels * 5 * 4 * 2 / 1e6, abs=0.06), "five bands of two images"
    assert 5 <= estimate["seconds"] < 300
    sent = {**order, "units": estimate["units"], "title": "Wasser bei Blessem", "room": room}
    cheap = await client.post("/api/imagery/jobs", json={**sent, "units": 0.01})
    assert (cheap.status_code, cheap.json()["field"]) == (422, "units")
    made = await client.post("/api/imagery/jobs", json=sent)
    assert made.status_code == 201, made.text
    job = await state(client, made.json()["id"], {"DONE", "FAILED"})
    assert job["state"] == "DONE" and job["progress"] == 100, job
    assert job["spent"] == pytest.approx(job["units"], rel=0.05)

    later = (await client.post("/api/imagery/estimate", json=order)).json()
    assert later["seconds"] != estimate["seconds"], "it knows by now what a job takes here"

    facts = (await client.get("/api/picture?kinds=extent,imagery_job")).json()["facts"]
    extent = next(fact for fact in facts if "/extent/" in fact["ref"])
    assert extent["room"] == room
    body = extent["body"]
    assert (body["maker"], body["type"], body["sensor"]) == ("OWN", "FLOOD", "Sentinel-1")
    assert body["acquired_at"].startswith("2021-07-15T17:25") and 0 < body["confidence"] <= 1
    assert "Erftstadt" in {share["name"] for share in body["shares"]}

    rasters = (await client.get("/api/imagery/rasters")).json()["rasters"]
    assert {raster["role"] for raster in rasters} == {"BEFORE", "AFTER", "MASK"}
    for raster in rasters:
        tile = raster["tiles"].format(z=12, x=2125, y=1374)
        answer = await client.get(tile)
        assert answer.status_code == 200 and answer.content[:4] == b"\x89PNG", tile
        again = await client.get(tile, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        stranger = await exercise.client.get(tile)
        assert stranger.status_code == 404, "the room's images are the room's"
    assert (await exercise.client.get("/api/imagery/jobs")).json()["jobs"] == []
    assert (await exercise.client.get("/api/imagery/rasters")).json()["rasters"] == []
    await client.aclose()


async def test_a_job_whose_process_died_is_taken_again(exercise: Node) -> None:
    client, room = await staff(exercise)
    flood = (await scenes(client))[0]
    async with exercise.database.transaction("test") as tx:
        await tx.connection.execute(
            text("""
                INSERT INTO imagery_job (id, asked_by, room, kind, title, area, resolution, scene, asked_at, estimate,
                                         state, attempts, beat_at)
                VALUES ('died', 'x', :room, 'PICTURE', 'Bild', ST_SetSRID(ST_MakeEnvelope(6.77, 50.80, 6.80, 50.82),
                        4326), 20, :scene, now(), 1, 'RUNNING', 1, clock_timestamp() - cast(:ago AS interval))
            """),
            {"room": room, "scene": flood["id"], "ago": timedelta(minutes=5)},
        )
    assert (await state(client, "died", {"DONE", "FAILED"}))["state"] == "DONE"
    await client.aclose()


async def test_a_running_job_is_cancelled_within_seconds(exercise: Node) -> None:
    client, room = await staff(exercise)
    flood = (await scenes(client))[0]
    sent = {"kind": "PICTURE", "area": AREA, "scene": flood["id"], "units": 100, "title": "Bild", "room": room}
    made = (await client.post("/api/imagery/jobs", json=sent)).json()
    answer = await client.post(f"/api/imagery/jobs/{made['id']}/cancel")
    assert answer.status_code == 200, answer.text
    assert (await state(client, made["id"], {"CANCELLED", "DONE"}))["state"] == "CANCELLED"
    assert (await client.get("/api/imagery/rasters")).json()["rasters"] == []
    await client.aclose()


async def test_without_access_the_node_says_so(node: Node) -> None:
    client, _ = await staff(node)
    answer = await client.post("/api/imagery/scenes", json={"sensor": "SENTINEL_1", "area": AREA})
    assert answer.status_code == 409 and "copernicus.client_id" in answer.json()["detail"]
    await client.aclose()
