"""Another town's server over real HTTP: what is asked, what is taken, what is kept aside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from feeds.configured.source import made
from feeds.contract import FeedError, Garbled
from feeds.fetching import Client
from feeds.plausibility import sift
from tests.feeds.configured.blocks import NOW
from tests.feeds.conftest import Reply, Server
from tests.feeds.sensorthings.answers import datastream, observation, of_town, page


def asked(server: Server, path: str) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(url).query) for url, _ in server.asked if urlsplit(url).path == path]


def town(server: Server, more: str = "") -> Any:
    return made("town", of_town(more))(f"{server.url}/v1.1")


async def test_datastreams_become_stations_and_observations_become_readings(server: Server, client: Client) -> None:
    newest = observation()
    server.says(
        "/v1.1/Datastreams",
        page(
            datastream(1, newest),
            datastream(2, newest, name="Durchfluss", symbol="l/s"),
            datastream("r'1", newest, thing="regen", name="precipitation", symbol="mm"),
        ),
    )
    earlier = observation("2026-10-03T11:30:00+00:00", "1.25")
    server.says("/v1.1/Datastreams(1)/Observations", page(earlier, newest))
    server.says("/v1.1/Datastreams(2)/Observations", page(observation(result=250)))
    server.says(
        "/v1.1/Datastreams('r''1')/Observations", page(observation("2026-10-03T11:00:00Z/2026-10-03T11:45:00Z", 0.4))
    )
    batch = await town(server).poll(client.visit(), NOW)
    by_name = {station.key: station for station in batch.stations}
    assert by_name["town.7"].name == "Mühlbach Brücke" and by_name["town.7"].longitude == 6.96
    assert [(s.quantity, s.unit) for s in by_name["town.7"].series] == [("W", "cm"), ("Q", "m³/s")]
    assert sorted((o.station, o.quantity, f"{o.at:%H:%M}", o.value, o.unit) for o in batch.observations) == [
        ("town.7", "Q", "11:45", 0.25, "m³/s"),
        ("town.7", "W", "11:30", 125.0, "cm"),
        ("town.7", "W", "11:45", 150.0, "cm"),
        ("town.regen", "N", "11:45", 0.4, "mm"),
    ]
    assert not batch.dropped and batch.newest == datetime(2026, 10, 3, 11, 45, tzinfo=UTC)


async def test_only_what_is_new_is_asked_for(server: Server, client: Client) -> None:
    source = town(server, "filter = \"ObservedProperty/name eq 'Wasserstand'\"")
    first, second = observation("2026-10-03T11:30:00Z", 1.0), observation("2026-10-03T11:45:00Z", 1.1)
    server.says(
        "/v1.1/Datastreams", page(datastream(1, first)), page(datastream(1, first)), page(datastream(1, second))
    )
    server.says("/v1.1/Datastreams(1)/Observations", page(first), page(second))
    assert len((await source.poll(client.visit(), NOW)).observations) == 1
    assert len((await source.poll(client.visit(), NOW)).observations) == 0
    assert [o.value for o in (await source.poll(client.visit(), NOW)).observations] == [110.0]
    filters = [query["$filter"][0] for query in asked(server, "/v1.1/Datastreams(1)/Observations")]
    day_before = NOW - timedelta(hours=24)
    assert filters == [f"phenomenonTime gt {day_before:%Y-%m-%dT%H:%M:%S}Z", "phenomenonTime gt 2026-10-03T11:30:00Z"]
    assert asked(server, "/v1.1/Datastreams")[0]["$filter"] == ["ObservedProperty/name eq 'Wasserstand'"]


async def test_what_a_failed_look_has_read_is_asked_for_again(server: Server, client: Client) -> None:
    source = town(server)
    server.says("/v1.1/Datastreams", page(datastream(1, observation())))
    server.says("/v1.1/Datastreams(1)/Observations", Reply(status=500), page(observation()))
    with pytest.raises(FeedError):
        await source.poll(client.visit(), NOW)
    assert len((await source.poll(client.visit(), NOW)).observations) == 1


async def test_one_series_that_fails_is_named_and_the_others_count(server: Server, client: Client) -> None:
    server.says("/v1.1/Datastreams", page(datastream(1, observation()), datastream(2, observation(), thing=8)))
    server.says("/v1.1/Datastreams(1)/Observations", Reply(status=500))
    server.says("/v1.1/Datastreams(2)/Observations", page(observation()))
    batch = await town(server).poll(client.visit(), NOW)
    assert batch.missing == ["Datastreams(1)"] and [o.station for o in batch.observations] == ["town.8"]


async def test_a_series_that_is_silent_for_days_keeps_its_old_time(server: Server, client: Client) -> None:
    old = observation("2026-09-01T06:00:00Z", 0.8)
    server.says("/v1.1/Datastreams", page(datastream(1, old)))
    server.says("/v1.1/Datastreams(1)/Observations", page())
    source = town(server)
    batch = await source.poll(client.visit(), NOW)
    assert [(o.at, o.value) for o in batch.observations] == [(datetime(2026, 9, 1, 6, tzinfo=UTC), 80.0)]
    await source.poll(client.visit(), NOW)
    assert server.times("/v1.1/Datastreams(1)/Observations") == 1


async def test_pages_are_followed_on_the_same_host_only(server: Server, client: Client) -> None:
    server.says("/v1.1/Datastreams", page(datastream(1, observation()), nextLink=f"{server.url}/v1.1/more?$skip=1"))
    server.says("/v1.1/more", page(datastream(2, observation(), thing=8), nextLink="https://anders.example/v1.1/x"))
    server.says("/v1.1/Datastreams(1)/Observations", page(observation(), nextLink="Observations2"))
    server.says("/v1.1/Datastreams(1)/Observations2", page(observation("2026-10-03T11:50:00Z")))
    server.says("/v1.1/Datastreams(2)/Observations", page(observation(), nextLink="http://127.0.0.1:1/v1.1/x"))
    batch = await town(server).poll(client.visit(), NOW)
    assert len(batch.stations) == 2 and len(batch.observations) == 3
    assert [d.reason for d in batch.dropped] == ["lies on another host"] * 2


async def test_pages_in_a_circle_come_to_an_end(server: Server, client: Client) -> None:
    server.says("/v1.1/Datastreams", page(datastream(1, observation()), nextLink="/v1.1/Datastreams?$skip=1"))
    server.says("/v1.1/Datastreams(1)/Observations", page(observation()))
    batch = await town(server).poll(client.visit(), NOW)
    assert len(server.asked) < 6 and batch.dropped


async def test_a_look_takes_no_more_than_it_may_and_the_next_goes_on(server: Server, client: Client) -> None:
    source = town(server, "max_items = 2")
    times = [observation(f"2026-10-03T11:{minute}:00Z") for minute in (10, 20, 30)]
    server.says("/v1.1/Datastreams", page(datastream(1, times[2])))
    server.says("/v1.1/Datastreams(1)/Observations", page(*times[:2], nextLink="/v1.1/never"), page(times[2]))
    assert len((await source.poll(client.visit(), NOW)).observations) == 2
    assert len((await source.poll(client.visit(), NOW)).observations) == 1
    assert server.times("/v1.1/never") == 0


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"result": "NaN"}, "result is not a number"),
        ({"result": None}, "result is not a number"),
        ({"result": True}, "result is not a number"),
        ({"result": [1]}, "result is not a number"),
        ({"result": "9" * 80}, "result is not a number"),
        ({"result": 1e300}, "result is not a possible number"),
        ({"result": 9999}, "value is outside the possible range"),
        ({"at": "2026-10-03T11:45:00"}, "phenomenonTime is no time with a time zone"),
        ({"at": "gestern"}, "phenomenonTime is no time with a time zone"),
        ({"at": None}, "no phenomenonTime"),
        ({"at": "2030-01-01T00:00:00Z"}, "time lies in the future"),
        ({"at": "1950-01-01T00:00:00Z"}, "time is older than 30 years"),
    ],
)
async def test_what_cannot_be_true_is_kept_aside(
    server: Server, client: Client, wrong: dict[str, Any], reason: str
) -> None:
    bad = observation(**wrong)
    server.says("/v1.1/Datastreams", page(datastream(1, bad)))
    server.says("/v1.1/Datastreams(1)/Observations", page(bad, observation()))
    batch = sift(await town(server).poll(client.visit(), NOW), NOW)
    assert [o.value for o in batch.observations] == [150.0]
    assert reason in {d.reason for d in batch.dropped}


async def test_a_future_stamp_does_not_hide_what_comes_after(server: Server, client: Client) -> None:
    source, future = town(server), observation("2030-01-01T00:00:00Z")
    server.says("/v1.1/Datastreams", page(datastream(1, future)))
    server.says("/v1.1/Datastreams(1)/Observations", page(observation(), future))
    await source.poll(client.visit(), NOW)
    await source.poll(client.visit(), NOW)
    assert asked(server, "/v1.1/Datastreams(1)/Observations")[1]["$filter"] == [
        "phenomenonTime gt 2026-10-03T11:45:00Z"
    ]


async def test_what_is_not_known_is_counted_and_never_guessed(server: Server, client: Client) -> None:
    far = {"location": {"type": "Point", "coordinates": [13, 52]}}
    strange = [
        datastream(2, thing=8, name="Luftdruck"), datastream(3, thing=9, symbol="m ü. NHN"),
        datastream(4, observation(), name="Wasserstand"), datastream(5, thing=10, Thing=None),
        datastream(6, thing=11, Thing={"@iot.id": 11, "Locations": [far]}),
    ]  # fmt: skip
    server.says("/v1.1/Datastreams", page(datastream(1, observation()), *strange, {"name": "nothing"}))
    server.says("/v1.1/Datastreams(1)/Observations", page(observation()))
    batch = await town(server).poll(client.visit(), NOW)
    assert [s.key for s in batch.stations] == ["town.7"] and batch.outside == 1
    assert dict(batch.unknown) == {"observed property Luftdruck": 1, "unit m ü. NHN of W": 1}
    assert "another Datastream of the same Thing for W: choose with filter" in {d.reason for d in batch.dropped}
    assert len(batch.dropped) == 3


async def test_the_settings_say_what_an_observed_property_is(server: Server, client: Client) -> None:
    source = town(server, 'observed = { "Schachtfüllung" = "W", "Luftdruck" = "P" }')
    server.says(
        "/v1.1/Datastreams",
        page(datastream(1, name="Schachtfüllung", symbol="mm"), datastream(2, name="Luftdruck", symbol="hPa")),
    )
    server.says("/v1.1/Datastreams(1)/Observations", page(observation(result=20)))
    server.says("/v1.1/Datastreams(2)/Observations", page(observation(result=1013)))
    batch = await source.poll(client.visit(), NOW)
    assert {(o.quantity, o.value, o.unit) for o in batch.observations} == {("W", 2.0, "cm"), ("P", 1013.0, "hPa")}


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"[]", b"{}", b'{"value": 3}', b'{"value": [{"a": 1}]}', b'{"value": ['],
)  # fmt: skip
async def test_an_answer_that_is_none_is_refused(server: Server, client: Client, body: bytes) -> None:
    server.says("/v1.1/Datastreams", body)
    with pytest.raises(Garbled):
        await town(server).poll(client.visit(), NOW)


async def test_messages_of_its_broker_are_placed_by_what_was_polled(server: Server, client: Client) -> None:
    source = town(server)
    server.says("/v1.1/Datastreams", page(datastream(1, observation())))
    server.says("/v1.1/Datastreams(1)/Observations", page(observation()))
    assert not source.knows_streams
    await source.poll(client.visit(), NOW)
    assert source.knows_streams
    told = page().replace(b'{"value": []}', b'{"@iot.id": 9, "phenomenonTime": "2026-10-03T11:55:00Z", "result": 2}')
    batch = source.heard("v1.1/Datastreams(1)/Observations", told)
    assert [(o.station, o.quantity, o.value) for o in batch.observations] == [("town.7", "W", 200.0)]
    inside = told.replace(b'"@iot.id"', b'"Datastream": {"@iot.id": 1}, "@iot.id"')
    assert len(source.heard("v1.1/Observations", inside).observations) == 1
    for topic in ("v1.1/Datastreams(2)/Observations", "v1.1/Observations"):
        aside = source.heard(topic, told)
        assert not aside.observations and len(aside.dropped) == 1
    with pytest.raises(Garbled):
        source.heard("v1.1/Datastreams(1)/Observations", b"on")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('as = "feature"', "kind sensorthings gives stations"),
        ('[fields]\ntitle = "name"', "kind sensorthings needs no fields"),
        ('params = { top = "1" }', "write filter"),
        ('observed = { x = "5" }', "observed.x"),
        ('filter = ""', "filter"),
    ],
)
def test_what_contradicts_itself_is_named(more: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        of_town(more)
