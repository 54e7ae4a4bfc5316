"""Jobs while the Data Space makes trouble, the limit of the month, optical images, and nothing that has burned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from feeds.simulator import scenario as scenarios
from feeds.simulator.dataspace import CLIENT_ID, CLIENT_SECRET, PROCESS, TOKEN, Dataspace, Failing, Trouble
from geodata.model.clock import ExerciseClock
from tests.geodata.imagery.served import served
from tests.service.conftest import Node, running
from tests.service.imagery.test_jobs import AREA, staff, state

ENDED = {"DONE", "FAILED", "CANCELLED"}
SPAN = {"start": "2021-06-20T00:00:00Z", "end": "2021-07-17T00:00:00Z"}
LIMIT = 40.0


@dataclass
class Town:
    """A node with access to a Data Space, and whoever orders there."""

    node: Node
    dataspace: Dataspace
    client: httpx.AsyncClient
    room: str

    async def scenes(self, sensor: str) -> list[dict[str, Any]]:
        answer = await self.client.post("/api/imagery/scenes", json={"sensor": sensor, "area": AREA, **SPAN})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["scenes"])

    async def order(self, kind: str, scene: str, **more: Any) -> httpx.Response:
        sent = {
            "kind": kind, "area": AREA, "scene": scene, "units": 100, "title": "Bild", "room": self.room,
            "resolution": 20,
        }  # fmt: skip
        headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
        return await self.client.post("/api/imagery/jobs", json={**sent, **more}, headers=headers)

    async def done(self, kind: str, scene: str, **more: Any) -> dict[str, Any]:
        """The job as it ended."""
        made = await self.order(kind, scene, **more)
        assert made.status_code == 201, made.text
        return await state(self.client, made.json()["id"], ENDED)

    async def radar(self) -> str:
        return str((await self.scenes("SENTINEL_1"))[0]["id"])

    async def extents(self) -> list[dict[str, Any]]:
        return [fact["body"] for fact in (await self.client.get("/api/picture?kinds=extent")).json()["facts"]]


@pytest.fixture
async def town(nrw_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    dataspace = Dataspace(scenarios.load("flood_2021"), ExerciseClock.starting_at(datetime(2021, 7, 17, tzinfo=UTC)))
    async with served(dataspace) as url:
        access = {
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "base_url": url, "token_url": url + TOKEN,
            "monthly_units": LIMIT,
        }  # fmt: skip
        async with running(nrw_url, data_dir=tmp_path, copernicus=access) as node:
            client, room = await staff(node)
            yield Town(node, dataspace, client, room)
            await client.aclose()


async def test_an_optical_image_becomes_an_extent_of_water(town: Town) -> None:
    clear = min(await town.scenes("SENTINEL_2"), key=lambda scene: abs(scene["cloud"] - 14.0))
    job = await town.done("WATER_OPTICAL", clear["id"])
    assert job["state"] == "DONE", job
    [extent] = await town.extents()
    assert (extent["type"], extent["sensor"], extent["product"]) == ("FLOOD", "Sentinel-2", clear["id"])
    assert "Erftstadt" in {share["name"] for share in extent["shares"]}
    assert extent["acquired_at"] == clear["acquired_at"]


async def test_where_nothing_has_burned_nothing_is_claimed(town: Town) -> None:
    clear = sorted(await town.scenes("SENTINEL_2"), key=lambda scene: scene["cloud"])[:2]
    before, after = sorted(clear, key=lambda scene: scene["acquired_at"])
    refused = await town.order("BURN", after["id"])
    assert (refused.status_code, refused.json()["field"]) == (422, "before")
    job = await town.done("BURN", after["id"], before=before["id"])
    assert job["state"] == "DONE", job
    [extent] = await town.extents()
    assert extent["type"] == "BURN" and not extent.get("shares")


async def test_a_throttled_job_waits_and_goes_on_and_pays_once(town: Town) -> None:
    scene = await town.radar()
    town.dataspace.failing = Failing(Trouble.THROTTLED, times=3, retry_after="1")
    job = await town.done("PICTURE", scene)
    assert job["state"] == "DONE", job
    assert job["spent"] == pytest.approx(job["units"], rel=0.05)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Trouble.QUOTA, "QUOTA"),
        (Trouble.BROKEN, "BROKEN"),
        (Trouble.DOWN, "UNREACHABLE"),
        (Trouble.HTML, "BROKEN"),
    ],
)
async def test_a_job_that_cannot_be_done_says_why_and_leaves_nothing(
    town: Town, tmp_path: Path, trouble: Trouble, code: str
) -> None:
    scene = await town.radar()
    town.dataspace.failing = Failing(trouble)
    job = await town.done("WATER_SAR", scene)
    assert (job["state"], job["error"]["code"]) == ("FAILED", code), job
    assert await town.extents() == [] and (await town.client.get("/api/imagery/rasters")).json()["rasters"] == []
    assert not [path for path in (tmp_path / "imagery").rglob("*") if path.is_file()]
    town.dataspace.failing = None
    assert (await town.done("WATER_SAR", scene))["state"] == "DONE", "the next one is not held up by it"


async def test_the_limit_of_the_month_is_kept_and_named(town: Town) -> None:
    scene = await town.radar()
    job = await town.done("PICTURE", scene)
    asked = len(town.dataspace.asked)
    wide = {**AREA, "coordinates": [[[6.5, 50.6], [7.0, 50.6], [7.0, 50.95], [6.5, 50.95], [6.5, 50.6]]]}
    given = {"kind": "PICTURE", "area": wide, "scene": scene, "resolution": 20}
    estimate = (await town.client.post("/api/imagery/estimate", json=given)).json()
    assert estimate["spent"] == pytest.approx(job["spent"], abs=0.01) and estimate["limit"] == LIMIT
    assert estimate["spent"] + estimate["units"] > LIMIT and not estimate["affordable"], "else nothing is shown"
    refused = await town.order("PICTURE", scene, area=wide, units=1_000)
    assert refused.status_code == 409 and f"of {LIMIT:g} are used" in refused.json()["detail"]
    assert len(town.dataspace.asked) == asked, "nothing was asked of the Data Space for it"


async def test_an_order_sent_twice_is_fetched_once(town: Town) -> None:
    scene = await town.radar()
    first = (await town.order("PICTURE", scene, key="bestellung-1")).json()
    again = (await town.order("PICTURE", scene, key="bestellung-1")).json()
    assert first["id"] == again["id"]
    assert (await state(town.client, first["id"], ENDED))["state"] == "DONE"
    assert town.dataspace.asked.count(PROCESS) == 1
