"""Looks at the Hochwasserportal NRW over real HTTP: what is asked when, and what happens if part of it fails."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeds.contract import Batch, FeedError
from feeds.fetching import Client
from feeds.lanuk import Lanuk
from feeds.plausibility import sift
from geodata.model.station import GaugeZero
from tests.feeds.hochwasserportal import RAIN, STAH_KNOWN, archive, gauge, index, table

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
LEVELS, RAIN_PATH = "/internet/layers/10/index.json", "/internet/layers/30/index.json"
STATIONS = "/internet/stations/stations.json"


def winter(at: datetime) -> str:
    return (at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:00.000+01:00")


def week(now: datetime, number: str = "2829100000100", hours: int = 6) -> list[str]:
    return [f"{number};{winter(now - timedelta(hours=h))};{30 + h}.00" for h in range(hours, 0, -1)] + [f"{number};"]


class Portal:
    """The portal as it should be at a time; a test then breaks what it is about."""

    def __init__(self, server: Any, client: Client) -> None:
        self.server, self.client = server, client
        self.feed = Lanuk(server.url)
        self.at(NOW)

    def at(self, now: datetime, value: str = "232.00") -> None:
        stamp = winter(now - timedelta(minutes=15))
        self.server.says(LEVELS, index(gauge(timestamp=stamp, ts_value=value)))
        self.server.says(RAIN_PATH, index({**RAIN, "timestamp": stamp}))
        self.server.says(STATIONS, index(STAH_KNOWN))
        self.server.says("/messwerte.zip", archive("messwerte.txt", table(*week(now), *week(now, "999"))))
        self.server.says("/niederschlag.zip", archive("niederschlag.txt", table(*week(now, "52020051"), unit="mm/h")))

    async def look(self, now: datetime = NOW) -> Batch:
        visit = self.client.visit()
        batch = sift(await self.feed.poll(visit, now), now)
        visit.accept()
        return batch


@pytest.fixture
def portal(server: Any, client: Client) -> Portal:
    return Portal(server, client)


async def test_the_first_look_brings_stations_values_and_two_days_of_history(portal: Portal) -> None:
    batch = await portal.look()
    stah = next(s for s in batch.stations if s.name == "Stah")
    assert (stah.series[0].gauge_zero, stah.river_km, stah.operator) == (GaugeZero(28.35, "m ü. NHN"), 21.5, "LANUK")
    values = {(o.station, o.at): o.value for o in batch.observations}
    assert values["lanuk.2829100000100", NOW - timedelta(minutes=15)] == 232.0
    assert values["lanuk.2829100000100", NOW - timedelta(hours=6)] == 36.0
    assert values["lanuk.52020051", NOW - timedelta(hours=2)] == 32.0
    assert {station for station, _ in values} == {"lanuk.2829100000100", "lanuk.52020051"}, "999 is not in the index"
    assert (batch.newest, batch.missing, batch.dropped) == (NOW - timedelta(minutes=15), [], [])


async def test_the_archives_are_asked_once_past_every_cache_and_again_after_an_outage(portal: Portal) -> None:
    await portal.look()
    for minutes in (10, 20, 30):
        later = NOW + timedelta(minutes=minutes)
        portal.at(later)
        await portal.look(later)
    assert (portal.server.times("/messwerte.zip"), portal.server.times("/niederschlag.zip")) == (1, 1)
    after = NOW + timedelta(hours=5)
    portal.at(after)
    batch = await portal.look(after)
    assert portal.server.times("/messwerte.zip") == 2
    assert min(o.at for o in batch.observations) >= NOW - timedelta(minutes=15), "only what the outage left open"
    assert len({asked for asked, _ in portal.server.asked if asked.startswith("/messwerte")}) == 2
    assert portal.server.times(STATIONS) == 1


async def test_unchanged_indices_are_no_news_and_the_stations_are_asked_once_a_day(portal: Portal, reply: Any) -> None:
    etag = {"ETag": '"1"'}
    portal.server.says(LEVELS, reply(body=index(gauge(timestamp=winter(NOW))), headers=etag))
    portal.server.says(RAIN_PATH, reply(body=index({**RAIN, "timestamp": winter(NOW)}), headers=etag))
    await portal.look()
    await portal.look(NOW + timedelta(minutes=1))
    assert (await portal.look(NOW + timedelta(minutes=11))).unchanged
    told = await portal.look(NOW + timedelta(hours=25))
    assert (portal.server.times(STATIONS), len(told.stations)) == (2, 2)


async def test_without_the_index_the_archive_gives_the_levels_and_the_look_is_no_success(
    portal: Portal, reply: Any
) -> None:
    for broken in (reply(status=404), reply(body=b'{"layers": "moved"}'), reply(body=b"[]")):
        portal.at(NOW)
        portal.server.says(LEVELS, broken)
        portal.feed.forget()
        batch = await portal.look()
        values = [(o.station, o.at, o.value) for o in batch.observations if o.quantity == "W"]
        newest = ("lanuk.2829100000100", NOW - timedelta(hours=1), 31.0)
        assert newest in values
        assert "Stah" in [s.name for s in batch.stations]
        assert any("messwerte.zip" in part for part in batch.missing)


async def test_a_source_that_is_away_is_not_asked_for_its_archive_too(portal: Portal, reply: Any) -> None:
    portal.server.says(LEVELS, reply(status=503))
    with pytest.raises(FeedError, match="503"):
        await portal.look()
    assert portal.server.times("/messwerte.zip") == 0


async def test_rain_that_fails_does_not_stop_the_levels(portal: Portal, reply: Any) -> None:
    for broken in (reply(status=500), reply(body=b"<html>"), reply(body=b"[]")):
        portal.server.says(RAIN_PATH, broken)
        portal.feed.forget()
        batch = await portal.look()
        assert [s.name for s in batch.stations] == ["Stah"]
        assert len(batch.missing) == 1 and RAIN_PATH.strip("/") in batch.missing[0]


async def test_without_the_list_of_stations_the_gauges_are_shown_and_the_look_is_no_success(
    portal: Portal, reply: Any
) -> None:
    portal.server.says(STATIONS, reply(status=500), reply(body=index(STAH_KNOWN)))
    batch = await portal.look()
    assert batch.missing == ["internet/stations/stations.json"]
    assert len(batch.stations) == 2
    assert (await portal.look(NOW + timedelta(minutes=10))).missing == []


async def test_an_archive_of_days_ago_is_said_to_be_behind(portal: Portal) -> None:
    portal.server.says("/messwerte.zip", archive("messwerte.txt", table(*week(NOW - timedelta(days=1)))))
    batch = await portal.look()
    assert batch.unknown == {"messwerte.zip is more than 3 h behind": 1}
    assert len([o for o in batch.observations if o.quantity == "W"]) == 7


async def test_history_that_fails_is_asked_for_three_times(portal: Portal, reply: Any) -> None:
    portal.server.says("/messwerte.zip", reply(body=b"PK broken"))
    for minutes in (0, 10, 20, 30, 40):
        batch = await portal.look(NOW + timedelta(minutes=minutes))
        kept = [d.reason for d in batch.dropped]
        assert all(reason.startswith("history not read: ZIP") for reason in kept)
        assert len(kept) == (1 if minutes <= 20 else 0)
    assert portal.server.times("/messwerte.zip") == 3


async def test_going_back_in_time_starts_anew(portal: Portal) -> None:
    await portal.look()
    earlier = NOW - timedelta(days=2)
    portal.at(earlier)
    batch = await portal.look(earlier)
    assert {o.at for o in batch.observations} and max(o.at for o in batch.observations) <= earlier
    assert portal.server.times(STATIONS) == 2


async def test_a_wrong_clock_is_noticed(portal: Portal) -> None:
    portal.at(NOW + timedelta(hours=3))
    batch = await portal.look()
    assert batch.observations == [] or all(o.at <= NOW for o in batch.observations)
    assert any("future" in d.reason for d in batch.dropped)


async def test_names_and_remarks_are_plain_text(portal: Portal) -> None:
    portal.server.says(LEVELS, json.dumps([gauge(station_name="<img src=x onerror=alert(1)>Stah")]).encode())
    batch = await portal.look()
    assert [s.name for s in batch.stations if s.kind == "gauge"] == ["Stah"]
