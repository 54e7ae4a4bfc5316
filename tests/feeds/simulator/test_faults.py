"""Each fault as a plain HTTP client meets it."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta

import httpx
import pytest

from feeds.simulator.faults import Fault, FaultKind, PlannedFault, planned
from feeds.simulator.scenario import FEEDS, Scenario
from feeds.simulator.server import Simulator
from geodata.model.clock import ExerciseClock

PATHS = {
    "pegelonline": "/stations.json?includeTimeseries=true&includeCurrentMeasurement=true",
    "nina": "/mowas/mapData.json",
    "lanuk": "/internet/layers/10/index.json",
    "lhp": "/stations?format=geojson&states=NW",
    "dwd_cap": "/COMMUNEUNION_DWD_STAT/Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_MUL.zip",
    "copernicus_ems": "/public-activations-info/?limit=300",
}


def url(simulator: Simulator, feed: str) -> str:
    return simulator.base_urls()[feed] + PATHS[feed]


@pytest.mark.parametrize("feed", FEEDS)
async def test_without_a_fault_each_source_answers(
    flood_simulator: Simulator, client: httpx.AsyncClient, feed: str
) -> None:
    assert (await client.get(url(flood_simulator, feed))).status_code == 200


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
async def test_statuses_are_answered_and_healed(
    flood_simulator: Simulator, client: httpx.AsyncClient, feed: str, status: int
) -> None:
    flood_simulator.set_fault(feed, str(status))
    assert (await client.get(url(flood_simulator, feed))).status_code == status
    flood_simulator.heal(feed)
    assert (await client.get(url(flood_simulator, feed))).status_code == 200


async def test_too_many_requests_may_name_when_to_come_back(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.set_fault("nina", "429", retry_after=90)
    answer = await client.get(url(simulator, "nina"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "90")


@pytest.mark.parametrize("feed", FEEDS)
async def test_a_timeout_accepts_and_never_answers(
    flood_simulator: Simulator, client: httpx.AsyncClient, feed: str
) -> None:
    flood_simulator.set_fault(feed, FaultKind.TIMEOUT)
    with pytest.raises(httpx.ReadTimeout):
        await client.get(url(flood_simulator, feed), timeout=0.3)


@pytest.mark.parametrize("feed", FEEDS)
async def test_a_reset_cuts_the_connection(flood_simulator: Simulator, client: httpx.AsyncClient, feed: str) -> None:
    flood_simulator.set_fault(feed, "reset")
    with pytest.raises(httpx.ReadError):
        await client.get(url(flood_simulator, feed))


async def test_an_unreachable_source_refuses_while_the_others_answer(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    before = simulator.base_urls()
    simulator.set_fault("nina", "unreachable")
    await asyncio.sleep(0.2)
    with pytest.raises(httpx.ConnectError):
        await client.get(url(simulator, "nina"))
    assert (await client.get(url(simulator, "pegelonline"))).status_code == 200
    simulator.heal("nina")
    await asyncio.sleep(0.2)
    assert (await client.get(url(simulator, "nina"))).status_code == 200
    assert simulator.base_urls() == before


async def test_a_connection_kept_open_is_cut_when_its_source_becomes_unreachable(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    assert (await client.get(url(simulator, "nina"))).status_code == 200
    simulator.set_fault("nina", "unreachable")
    with pytest.raises(httpx.NetworkError):
        await client.get(url(simulator, "nina"))


@pytest.mark.parametrize("feed", FEEDS)
async def test_empty_html_and_truncated_bodies_come_with_status_200_and_no_validator(
    flood_simulator: Simulator, client: httpx.AsyncClient, feed: str
) -> None:
    whole = await client.get(url(flood_simulator, feed))
    validators = {
        ours: whole.headers[theirs]
        for ours, theirs in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        if theirs in whole.headers
    }
    seen = {}
    for kind in ("empty", "html", "truncated"):
        flood_simulator.set_fault(feed, kind)
        answer = await client.get(url(flood_simulator, feed), headers=validators)
        assert answer.status_code == 200
        assert not {"etag", "last-modified"} & set(answer.headers)
        seen[kind] = answer
    assert seen["empty"].content == b""
    assert seen["html"].content.startswith(b"<!DOCTYPE html>")
    assert seen["html"].headers["Content-Type"].startswith("text/html")
    assert whole.content.startswith(seen["truncated"].content)
    assert len(seen["truncated"].content) == len(whole.content) // 2


async def test_a_cut_may_also_break_the_promised_length(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.set_fault("pegelonline", "truncated", cut_connection=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(url(simulator, "pegelonline"))


async def test_yesterdays_file_is_the_state_of_a_day_ago_under_todays_clock(
    flood_simulator: Simulator, client: httpx.AsyncClient
) -> None:
    clock, start = flood_simulator.clock, flood_simulator.scenario.start
    yesterday = {feed: (await client.get(url(flood_simulator, feed))).content for feed in FEEDS}
    clock.jump(start + timedelta(days=1))
    today = {feed: (await client.get(url(flood_simulator, feed))).content for feed in FEEDS}
    for feed in FEEDS:
        flood_simulator.set_fault(feed, "yesterday")
        answer = await client.get(url(flood_simulator, feed))
        assert answer.content == yesterday[feed] != today[feed]
        assert answer.headers["Date"] == "Wed, 14 Jul 2021 10:00:00 GMT"


async def test_a_wrong_clock_stamps_everything_three_hours_ahead(
    flood_simulator: Simulator, client: httpx.AsyncClient
) -> None:
    for feed in FEEDS:
        flood_simulator.set_fault(feed, "wrong_clock")
    stations = (await client.get(url(flood_simulator, "pegelonline"))).json()
    koeln = next(s for s in stations if s["shortname"] == "KÖLN")
    w = next(s for s in koeln["timeseries"] if s["shortname"] == "W")
    assert w["currentMeasurement"]["timestamp"] == "2021-07-13T14:45:00+02:00"
    weather = await client.get(url(flood_simulator, "dwd_cap"))
    assert weather.headers["Last-Modified"] == "Tue, 13 Jul 2021 13:00:00 GMT"
    assert weather.headers["Date"] == "Tue, 13 Jul 2021 13:00:00 GMT"
    rows = (await client.get(flood_simulator.base_urls()["nina"] + "/dwd/mapData.json")).json()
    assert "2021-07-13T14:48:00+02:00" in {row["startDate"] for row in rows}


async def test_a_fault_may_concern_some_paths_only(simulator: Simulator, client: httpx.AsyncClient) -> None:
    simulator.set_fault("nina", "500", path="/warnings/")
    assert (await client.get(url(simulator, "nina"))).status_code == 200
    assert (await client.get(simulator.base_urls()["nina"] + "/warnings/x.json")).status_code == 500


async def test_the_timetable_takes_nina_down_for_an_hour_of_the_worst_night(
    flood_simulator: Simulator, client: httpx.AsyncClient
) -> None:
    entry = flood_simulator.scenario.faults[0]
    for moment, status in ((entry.start - timedelta(seconds=1), 200), (entry.start, 503), (entry.end, 200)):
        flood_simulator.clock.jump(moment)
        answer = await client.get(url(flood_simulator, "nina"))
        assert answer.status_code == status
        assert (await client.get(url(flood_simulator, "dwd_cap"))).status_code == 200
    assert (entry.end - entry.start) == timedelta(hours=1)


async def test_healing_also_ends_the_timetables_fault(flood_simulator: Simulator, client: httpx.AsyncClient) -> None:
    flood_simulator.clock.jump(flood_simulator.scenario.faults[0].start)
    assert flood_simulator.state()["faults"] == {"nina": "503"}
    flood_simulator.heal("nina")
    assert flood_simulator.state()["faults"] == {}
    assert (await client.get(url(flood_simulator, "nina"))).status_code == 200


def test_mistakes_in_a_fault_are_refused_with_what_would_be_right(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="pegelonline, nina, dwd_cap, lanuk, lhp"):
        simulator.set_fault("meteo", "500")
    with pytest.raises(ValueError, match="coffee"):
        simulator.set_fault("nina", "coffee")
    with pytest.raises(ValueError, match="retry"):
        simulator.set_fault("nina", "429", retry=3)
    assert simulator.state()["faults"] == {}


def test_a_planned_fault_holds_from_its_start_until_before_its_end(flood: Scenario) -> None:
    entry = PlannedFault(feed="nina", start=flood.start, end=flood.end, fault=Fault(kind=FaultKind.EMPTY))
    assert planned([entry], "nina", flood.start) == entry
    assert planned([entry], "nina", flood.end) is None
    assert planned([entry], "dwd_cap", flood.start) is None


async def test_stopping_does_not_wait_for_a_request_that_hangs(calm: Scenario, client: httpx.AsyncClient) -> None:
    simulator = Simulator(calm, ExerciseClock.starting_at(calm.start))
    await simulator.start()
    simulator.set_fault("nina", "timeout")
    hanging = asyncio.create_task(client.get(url(simulator, "nina")))
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    await simulator.stop()
    assert time.monotonic() - begun < 3
    with pytest.raises(httpx.TransportError):
        await hanging


async def test_the_kinds_offered_are_all_kinds(simulator: Simulator) -> None:
    kinds = json.loads(json.dumps(simulator.state()["fault_kinds"]))
    assert set(kinds) == {kind.value for kind in FaultKind}
    assert len(kinds) == 13
