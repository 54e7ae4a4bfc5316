from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from feeds.simulator.scenario import FEEDS, Scenario
from feeds.simulator.server import Simulator
from geodata.model.clock import ExerciseClock

W = "/stations/2730010/W/currentmeasurement.json"


async def koeln(simulator: Simulator, client: httpx.AsyncClient) -> dict[str, Any]:
    value: dict[str, Any] = (await client.get(simulator.base_urls()["pegelonline"] + W)).json()
    return value


def control(simulator: Simulator) -> str:
    return f"{simulator.url}/_exercise"


async def test_every_feed_has_its_own_address_and_all_answer_at_the_common_one_too(
    flood_simulator: Simulator, client: httpx.AsyncClient
) -> None:
    bases = flood_simulator.base_urls()
    assert tuple(bases) == FEEDS
    assert len({httpx.URL(base).port for base in bases.values()}) == len(FEEDS)
    path = httpx.URL(bases["nina"]).path
    assert (await client.get(f"{flood_simulator.url}{path}/mowas/mapData.json")).json() == []


async def test_an_unchanged_answer_is_304_without_body(simulator: Simulator, client: httpx.AsyncClient) -> None:
    address = simulator.base_urls()["pegelonline"] + "/stations.json"
    first = await client.get(address)
    again = await client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"].endswith("max-age=60")
    assert (await client.get(address, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_the_weather_archive_knows_if_modified_since(
    flood_simulator: Simulator, client: httpx.AsyncClient
) -> None:
    folder = flood_simulator.base_urls()["dwd_cap"] + "/COMMUNEUNION_DWD_STAT/"
    address = folder + "Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_MUL.zip"
    since = {"If-Modified-Since": (await client.get(address)).headers["Last-Modified"]}
    assert (await client.get(address, headers=since)).status_code == 304
    flood_simulator.clock.jump(flood_simulator.scenario.start + timedelta(minutes=10))
    assert (await client.get(address, headers=since)).status_code == 200


async def test_large_answers_are_compressed_for_those_who_can(simulator: Simulator, client: httpx.AsyncClient) -> None:
    address = simulator.base_urls()["pegelonline"] + "/stations.json?includeTimeseries=true"
    packed = await client.get(address)
    plain = await client.get(address, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content


async def test_a_value_set_by_hand_shows_at_once_and_stays_until_given_back(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    before = await koeln(simulator, client)
    simulator.clock.jump(simulator.clock.now() + timedelta(seconds=7))
    posted = await client.post(f"{control(simulator)}/value", json={"gauge": "KÖLN", "value": 777})
    assert posted.status_code == 200
    after = await koeln(simulator, client)
    assert (before["value"], after["value"]) == (pytest.approx(305, abs=4), 777.0)
    assert datetime.fromisoformat(after["timestamp"]) > datetime.fromisoformat(before["timestamp"])
    series = simulator.base_urls()["pegelonline"] + "/stations/2730010/W/measurements.json?start=PT5M"
    assert [p["value"] for p in (await client.get(series)).json()][-1] == 777.0
    simulator.clock.jump(simulator.clock.now() + timedelta(minutes=3))
    assert (await koeln(simulator, client))["value"] == 777.0
    await client.post(f"{control(simulator)}/value", json={"gauge": "KÖLN", "value": None})
    assert (await koeln(simulator, client))["value"] == pytest.approx(305, abs=4)


async def test_a_value_set_by_hand_is_seen_within_two_seconds_of_polling(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    simulator.clock.resume()
    begun = time.monotonic()
    await client.post(f"{control(simulator)}/value", json={"gauge": "koeln", "value": 600})
    while (await koeln(simulator, client))["value"] != 600.0:
        await asyncio.sleep(0.02)
        assert time.monotonic() - begun < 2


async def test_jumping_back_shows_again_what_was(flood_simulator: Simulator, client: httpx.AsyncClient) -> None:
    start = flood_simulator.scenario.start
    bases = flood_simulator.base_urls()
    addresses = [
        bases["pegelonline"] + "/stations.json?includeTimeseries=true&includeCurrentMeasurement=true",
        bases["nina"] + "/mowas/mapData.json",
        bases["dwd_cap"] + "/COMMUNEUNION_DWD_STAT/",
    ]

    async def all_at(moment: datetime) -> list[bytes]:
        await client.post(f"{control(flood_simulator)}/jump", json={"to": moment.isoformat()})
        return [(await client.get(address)).content for address in addresses]

    first = await all_at(start)
    later = await all_at(start + timedelta(hours=36))
    assert all(a != b for a, b in zip(first, later, strict=True))
    assert await all_at(start) == first
    assert await all_at(start + timedelta(hours=36)) == later


async def test_two_simulators_of_one_scenario_say_the_same(
    flood: Scenario, flood_simulator: Simulator, client: httpx.AsyncClient
) -> None:
    twin = Simulator(flood, flood_simulator.clock)
    await twin.start()
    path = "/stations.json?includeTimeseries=true&includeCurrentMeasurement=true"
    one, two = [(await client.get(s.base_urls()["pegelonline"] + path)).content for s in (flood_simulator, twin)]
    await twin.stop()
    assert one == two


async def test_pause_resume_and_speed_steer_the_clock(simulator: Simulator, client: httpx.AsyncClient) -> None:
    async def now(action: str, **body: Any) -> datetime:
        state = (await client.post(f"{control(simulator)}/{action}", json=body)).json()
        return datetime.fromisoformat(state["now"])

    standing = await now("pause")
    await asyncio.sleep(0.1)
    assert await now("pause") == standing
    await now("speed", speed=3600)
    assert simulator.clock.speed == 0
    started = await now("resume")
    await asyncio.sleep(0.25)
    assert timedelta(minutes=14) < await now("pause") - started < timedelta(hours=2)


async def test_the_state_tells_what_the_command_line_and_the_server_need(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    state = (await client.get(f"{control(simulator)}/state")).json()
    assert {k: state[k] for k in ("scenario", "title", "speed", "paused", "faults")} == {
        "scenario": "calm",
        "title": "Ruhige Lage",
        "speed": 1.0,
        "paused": True,
        "faults": {},
    }
    assert datetime.fromisoformat(state["now"]) - datetime.fromisoformat(state["start"]) < timedelta(seconds=1)
    assert state["base_urls"] == simulator.base_urls()


@pytest.mark.parametrize(
    ("action", "body", "complaint"),
    [
        ("jump", {"to": "2021-07-14T12:00:00"}, "time zone"),
        ("jump", {"to": "tomorrow"}, "$.to"),
        ("speed", {"speed": 0}, "above 0"),
        ("speed", {"speed": "fast"}, "$.speed"),
        ("fault", {"feed": "nina", "fault": "coffee"}, "coffee"),
        ("fault", {"feed": "tea", "fault": "500"}, "tea"),
        ("fault", {"feed": "nina", "fault": "500", "colour": "red"}, "colour"),
        ("heal", {}, "feed"),
        ("value", {"gauge": "atlantis", "value": 1}, "atlantis"),
    ],
)
async def test_a_request_that_cannot_be_carried_out_is_422_and_says_why(
    simulator: Simulator, client: httpx.AsyncClient, action: str, body: dict[str, Any], complaint: str
) -> None:
    before = simulator.state()
    answer = await client.post(f"{control(simulator)}/{action}", json=body)
    assert answer.status_code == 422
    assert complaint in answer.json()["detail"]
    assert simulator.state() == before


@pytest.mark.parametrize("value", ["1e400", "NaN", "Infinity"])
async def test_a_value_that_is_no_number_is_refused(
    simulator: Simulator, client: httpx.AsyncClient, value: str
) -> None:
    text = f'{{"gauge": "koeln", "value": {value}}}'
    assert (await client.post(f"{control(simulator)}/value", content=text)).status_code == 422
    with pytest.raises(ValueError, match="finite"):
        simulator.set_value("koeln", float("inf"))


async def test_a_port_that_is_taken_is_reported_and_leaves_nothing_open(calm: Scenario, simulator: Simulator) -> None:
    taken = httpx.URL(simulator.url).port
    assert taken
    second = Simulator(calm, ExerciseClock.starting_at(calm.start))
    with pytest.raises(OSError, match="in use"):
        await second.start(taken)
    assert second.base_urls() == {}


async def test_after_stopping_nobody_answers(calm: Scenario, client: httpx.AsyncClient) -> None:
    simulator = Simulator(calm, ExerciseClock.starting_at(calm.start))
    url = await simulator.start()
    addresses = [f"{url}/_exercise/state", *simulator.base_urls().values()]
    await simulator.stop()
    for address in addresses:
        with pytest.raises(httpx.ConnectError):
            await client.get(address)
