from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.contract import Batch, Garbled, Refused
from feeds.fetching import Client
from feeds.pegelonline import FIRST_HISTORY, Pegelonline
from geodata.model.level import Level
from geodata.model.ref import Ref
from geodata.model.station import level_of

NOON = datetime.fromisoformat("2026-07-14T12:00:00+02:00")
KOELN = "11111111-1111-4111-8111-111111111111"
KAUB = "22222222-2222-4222-8222-222222222222"
CANAL = "33333333-3333-4333-8333-333333333333"
HAMBURG = "44444444-4444-4444-8444-444444444444"


def current(value: float, at: str = "2026-07-14T11:45:00+02:00", **more: Any) -> dict[str, Any]:
    return {"timestamp": at, "value": value, **more}


def series(name: str = "W", unit: str = "cm", **more: Any) -> dict[str, Any]:
    return {"shortname": name, "longname": name, "unit": unit, "equidistance": 15, **more}


def station(uuid: str = KOELN, *all_series: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {
        "uuid": uuid, "number": "2730010", "shortname": "MUSTERSTADT", "longname": "MUSTERSTADT", "km": 688.0,
        "agency": "STANDORT MUSTERSTADT", "longitude": 6.96, "latitude": 50.94,
        "water": {"shortname": "RHEIN", "longname": "RHEIN"}, "timeseries": list(all_series),
    }  # fmt: skip
    return {name: value for name, value in (whole | more).items() if value is not None}


def packed(*stations: Any) -> bytes:
    return json.dumps(stations).encode()


def read(*stations: Any, area: str | None = "05") -> Batch:
    return Pegelonline(area=area).parse("stations.json", packed(*stations), NOON)


def test_a_station_its_series_and_its_values_are_read() -> None:
    marks = [
        {"shortname": "MW", "longname": "Mittel ", "unit": "cm", "value": 297.0, "timespanStart": "2010-11-01"},
        {"shortname": "M_I", "longname": "Marke_I", "unit": "cm", "value": 620.0},
        {"shortname": "M_II", "longname": "Marke_II", "unit": "cm", "value": 830.0},
        {"shortname": "HSW", "longname": "HSW", "unit": "cm", "value": 830.0, "validFrom": "1950-01-01"},
        {"shortname": "HHW", "longname": "HHW", "unit": "cm", "value": 1069.0, "occurrences": ["1926-01-01"]},
        {"shortname": "GlW", "longname": "GlW", "unit": "cm", "value": 139.0},
    ]
    zero = {"unit": "m. ü. NHN", "value": 35.038, "validFrom": "2019-11-01"}
    level = series(currentMeasurement=current(712.0, stateMnwMhw="normal"), gaugeZero=zero, characteristicValues=marks)
    flow = series("Q", "m³/s", currentMeasurement=current(5200.0))
    batch = read(station(KOELN, level, flow))

    found = batch.stations[0]
    assert found.key == f"pegelonline.{KOELN}"
    assert (found.name, found.water, found.river_km, found.number) == ("MUSTERSTADT", "RHEIN", 688.0, "2730010")
    w = found.find("W")
    assert w is not None
    assert w.gauge_zero is not None
    assert (w.every, w.gauge_zero.value, w.gauge_zero.unit) == (15, 35.038, "m. ü. NHN")
    assert {m.name: m.level for m in w.thresholds} == {
        "MW": None, "M_I": Level.MEDIUM, "M_II": Level.HIGH, "HSW": Level.HIGH, "HHW": Level.EXTREME, "GlW": None,
    }  # fmt: skip
    assert [level_of(v, w.thresholds, "cm") for v in (50, 620, 900, 1100)] == [0, 2, 3, 4]
    assert [(o.quantity, o.value, o.unit, o.state) for o in batch.observations] == [
        ("W", 712.0, "cm", "normal"),
        ("Q", 5200.0, "m³/s", None),
    ]
    assert batch.newest == NOON - timedelta(minutes=15)
    assert not batch.dropped
    Ref("local", "station", found.key)


def test_the_state_word_high_means_what_the_mark_behind_it_means() -> None:
    marks = [{"shortname": "MHW", "longname": "", "unit": "cm", "value": 400.0}]
    batch = read(
        station(KOELN, series(characteristicValues=marks, currentMeasurement=current(401, stateMnwMhw="high")))
    )
    found = batch.stations[0].find("W")
    assert found is not None
    assert batch.observations[0].state == "high"
    assert level_of(401, found.thresholds, "cm") is Level.MEDIUM


@pytest.mark.parametrize("state", ["low", "unknown", "commented", "out-dated"])
def test_states_are_handed_on_word_by_word(state: str) -> None:
    batch = read(station(KOELN, series(currentMeasurement=current(5, stateMnwMhw=state, stateNswHsw="normal"))))
    assert batch.observations[0].state == state
    assert not batch.unknown


def test_an_unknown_state_is_kept_and_counted() -> None:
    batch = read(station(KOELN, series(currentMeasurement=current(5, stateMnwMhw="frozen"))))
    assert batch.observations[0].state == "frozen"
    assert batch.unknown == {"state frozen": 1}


def test_a_negative_level_is_a_level() -> None:
    assert read(station(KOELN, series(currentMeasurement=current(-28.0)))).observations[0].value == -28.0


@pytest.mark.parametrize("value", [99999.0, 99999, -99999.0])
def test_the_sentinel_is_no_value(value: float) -> None:
    batch = read(station(KOELN, series(currentMeasurement=current(value))))
    assert not batch.observations
    assert batch.dropped[0].reason == "99999 means no value"
    assert len(batch.stations) == 1


def test_an_old_discharge_keeps_its_own_time_and_the_comment_why() -> None:
    comment = {"shortDescription": "Abfluss nicht möglich", "longDescription": "länger"}
    flow = series("Q", "m³/s", currentMeasurement=current(577, "2026-07-10T12:30:00+02:00"), comment=comment)
    batch = read(station(KOELN, flow, series(currentMeasurement=current(43))))
    assert [o.at.day for o in batch.observations] == [10, 14]
    q = batch.stations[0].find("Q")
    assert q is not None
    assert q.comment == "Abfluss nicht möglich"
    assert batch.newest == NOON - timedelta(minutes=15)


def test_a_canal_in_metres_above_sea_keeps_its_unit() -> None:
    marks = [{"shortname": "HSW", "longname": "HSW", "unit": "m+NN", "value": 57.2}]
    batch = read(station(CANAL, series(unit="m+NN", currentMeasurement=current(56.48), characteristicValues=marks)))
    assert (batch.observations[0].value, batch.observations[0].unit) == (56.48, "m+NN")
    w = batch.stations[0].find("W")
    assert w is not None
    assert level_of(57.3, w.thresholds, "m+NN") is Level.HIGH
    assert level_of(57.3, w.thresholds, "cm") is None


def test_a_station_without_position_is_kept() -> None:
    batch = read(station(KOELN, series(currentMeasurement=current(5)), longitude=None, latitude=None))
    assert batch.stations[0].longitude is None
    assert len(batch.observations) == 1


def test_a_position_off_the_globe_is_none() -> None:
    batch = read(station(KOELN, longitude=1e9))
    assert batch.stations[0].longitude is None
    assert batch.unknown == {"position outside the globe": 1}


def test_what_lies_elsewhere_is_counted_as_outside() -> None:
    near, far = station(KOELN), station(HAMBURG, longitude=9.97, latitude=53.54)
    batch = read(near, far)
    assert (len(batch.stations), batch.outside) == (1, 1)
    assert len(read(near, far, area=None).stations) == 2


def test_the_forecast_series_is_no_measurement() -> None:
    batch = read(station(KOELN, series("WV", currentMeasurement=current(600.0)), series(currentMeasurement=current(5))))
    assert [o.quantity for o in batch.observations] == ["W"]
    assert [s.quantity for s in batch.stations[0].series] == ["W"]


def test_other_quantities_are_counted_and_left_out() -> None:
    batch = read(
        station(KOELN, series("WT", "°C", currentMeasurement=current(21.0)), series(currentMeasurement=current(5)))
    )
    assert batch.unknown == {"series WT": 1}
    assert len(batch.observations) == 1


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (series(currentMeasurement={"timestamp": "2026-07-14T11:45:00", "value": 5}), "timestamp"),
        (series(currentMeasurement={"timestamp": "gestern", "value": 5}), "timestamp"),
        (series(currentMeasurement={"timestamp": "2026-07-14T11:45:00+02:00", "value": "5,0"}), "value"),
        (series(currentMeasurement={"timestamp": "2026-07-14T11:45:00+02:00"}), "value"),
        (series(currentMeasurement=7), "object"),
    ],
)
def test_a_bad_value_is_dropped_alone_and_its_field_is_named(bad: dict[str, Any], field: str) -> None:
    batch = read(station(KOELN, bad, series("Q", "m³/s", currentMeasurement=current(500))))
    assert [o.quantity for o in batch.observations] == ["Q"]
    assert len(batch.stations[0].series) == 2
    assert field in batch.dropped[0].reason
    assert "MUSTERSTADT W" in batch.dropped[0].item


def test_a_bad_station_is_dropped_alone() -> None:
    batch = read({"uuid": 7, "shortname": "KAPUTT"}, station(KOELN))
    assert len(batch.stations) == 1
    assert batch.dropped[0].item == "station KAPUTT"
    assert "uuid" in batch.dropped[0].reason


def test_a_bad_mark_is_dropped_alone_and_an_unknown_one_only_orients() -> None:
    marks = [{"shortname": "M_I"}, {"shortname": "XYZ", "longname": "", "unit": "cm", "value": 1.0}]
    batch = read(station(KOELN, series(characteristicValues=marks)))
    w = batch.stations[0].find("W")
    assert w is not None
    assert [(m.name, m.level) for m in w.thresholds] == [("XYZ", None)]
    assert batch.unknown == {"mark XYZ": 1}
    assert "unit" in batch.dropped[0].reason or "value" in batch.dropped[0].reason


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"  ",
        b"<html>Wartung</html>",
        b"[",
        b"[]",
        b"{}",
        b'{"status":404}',
        packed(station())[:-9],
        b"[1,2]",
        b"null",
        b"[" * 90_000,
    ],
    ids=["empty", "blank", "html", "cut", "no station", "object", "error", "truncated", "numbers", "null", "deep"],
)
def test_an_answer_of_another_kind_is_garbled(payload: bytes) -> None:
    with pytest.raises(Garbled):
        Pegelonline().parse("stations.json", payload, NOON)


def test_the_sources_own_error_is_told() -> None:
    payload = b'{"status":404,"message":"Timeseries does not exist."}'
    assert Pegelonline().recognises("x.json", payload)
    with pytest.raises(Garbled, match="Timeseries does not exist"):
        Pegelonline().parse("x.json", payload, NOON)


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"{}",
        b'[{"id":"mow.x"}]',
        b'[{"uuid":1}]',
        b'{"type":"FeatureCollection"}',
        b"",
        b'[{"timestamp":"2026-07-14"}]',
    ],
)
def test_other_peoples_json_is_not_taken_for_ours(payload: bytes) -> None:
    assert not Pegelonline().recognises("pegelonline/x.json", payload)


def points(*values: float, start: datetime = NOON - timedelta(hours=1), **more: Any) -> bytes:
    found = [
        {"timestamp": (start + i * timedelta(minutes=15)).isoformat(), "value": v, **more} for i, v in enumerate(values)
    ]
    return json.dumps(found).encode()


@pytest.fixture
def source(server: Any) -> Any:
    level = series(currentMeasurement=current(300.0))
    forecast = series("WV", equidistance=120)
    server.says(
        "/stations.json", packed(station(KOELN, level, forecast), station(KAUB, level, latitude=50.08, longitude=7.76))
    )
    server.says(f"/stations/{KOELN}/W/measurements.json", points(1.0, 99999.0, 3.0))
    issued = {"initialized": "2026-07-14T07:00:00+02:00"}
    kinds = [
        dict(p, type=t) for p, t in zip(json.loads(points(5.0, 6.0, **issued)), ("forecast", "estimate"), strict=True)
    ]
    server.says(f"/stations/{KOELN}/WV/measurements.json", json.dumps(kinds).encode())
    return server


async def test_the_first_look_brings_two_days_of_nrw_and_forecasts(source: Any, client: Client) -> None:
    feed = Pegelonline(source.url)
    batch = await feed.poll(client.visit(), NOON)
    asked = [path for path, _ in source.asked]
    assert [p for p in asked if "/W/" in p] == [f"/stations/{KOELN}/W/measurements.json?start=PT2881M"]
    assert timedelta(minutes=2880) == FIRST_HISTORY
    bulk = asked[0]
    for wanted in (
        "waters=RHEIN,RUHR",
        "timeseries=W,Q,WV",
        "includeCharacteristicValues=true",
        "includeCurrentMeasurement=true",
    ):
        assert wanted in bulk
    assert [o.value for o in batch.observations if o.station.endswith(KOELN)] == [300.0, 1.0, 3.0]
    assert [d.reason for d in batch.dropped] == ["99999 means no value"]
    forecast = batch.forecasts[0]
    assert (forecast.quantity, forecast.unit, forecast.issued_at.hour) == ("W", "cm", 7)
    assert [(v, kind) for _, v, kind in forecast.points] == [(5.0, "forecast"), (6.0, "estimate")]


async def test_history_is_asked_once_and_forecasts_once_an_hour(source: Any, client: Client) -> None:
    feed = Pegelonline(source.url)
    for minutes in (0, 5, 10, 59, 61):
        await feed.poll(client.visit(), NOON + timedelta(minutes=minutes))
    assert source.times(f"/stations/{KOELN}/W/measurements.json") == 1
    assert source.times(f"/stations/{KOELN}/WV/measurements.json") == 2


async def test_a_gap_after_an_outage_is_filled(source: Any, client: Client) -> None:
    feed = Pegelonline(source.url)
    await feed.poll(client.visit(), NOON)
    later = current(310.0, "2026-07-14T15:45:00+02:00")
    source.says("/stations.json", packed(station(KOELN, series(currentMeasurement=later))))
    await feed.poll(client.visit(), NOON + timedelta(hours=4))
    assert source.asked[-1][0] == f"/stations/{KOELN}/W/measurements.json?start=PT256M"


async def test_a_value_on_time_leaves_no_gap(source: Any, client: Client) -> None:
    feed = Pegelonline(source.url)
    await feed.poll(client.visit(), NOON)
    source.says(
        "/stations.json", packed(station(KOELN, series(currentMeasurement=current(1, "2026-07-14T12:00:00+02:00"))))
    )
    await feed.poll(client.visit(), NOON + timedelta(minutes=15))
    assert source.times(f"/stations/{KOELN}/W/measurements.json") == 1


async def test_a_history_that_fails_is_told_and_asked_again_three_times_at_most(
    source: Any, client: Client, reply: Any
) -> None:
    source.says(f"/stations/{KOELN}/W/measurements.json", reply(500))
    feed = Pegelonline(source.url)
    batch = await feed.poll(client.visit(), NOON)
    assert any("history not read: HTTP 500" in d.reason for d in batch.dropped)
    for minutes in range(1, 6):
        await feed.poll(client.visit(), NOON + timedelta(minutes=minutes))
    assert source.times(f"/stations/{KOELN}/W/measurements.json") == 3


async def test_a_series_without_history_is_not_asked_again(source: Any, client: Client, reply: Any) -> None:
    source.says(f"/stations/{KOELN}/W/measurements.json", reply(404, b'{"status":404,"message":"no"}'))
    feed = Pegelonline(source.url)
    for minutes in range(3):
        await feed.poll(client.visit(), NOON + timedelta(minutes=minutes))
    assert source.times(f"/stations/{KOELN}/W/measurements.json") == 1


async def test_while_something_is_wanted_the_list_is_asked_unconditionally(
    source: Any, client: Client, reply: Any
) -> None:
    body = source.replies["/stations.json"][0].body
    source.says("/stations.json", reply(body=body, headers={"ETag": '"1"'}))
    source.says(f"/stations/{KOELN}/W/measurements.json", reply(500), points(1.0))
    feed = Pegelonline(source.url)
    kinds = []
    for minutes in range(3):
        visit = client.visit()
        batch = await feed.poll(visit, NOON + timedelta(minutes=minutes))
        visit.accept()
        kinds.append(batch.unchanged)
    assert kinds == [False, False, True]


async def test_a_list_of_waters_it_does_not_know_is_asked_for_with_fewer(
    server: Any, client: Client, reply: Any
) -> None:
    server.says("/stations.json", reply(404), reply(body=packed(station(KAUB, latitude=50.0))))
    batch = await Pegelonline(server.url).poll(client.visit(), NOON)
    assert len(batch.stations) == 1
    assert "ERFT" in server.asked[0][0]
    assert "ERFT" not in server.asked[1][0]


async def test_waters_can_be_chosen(server: Any, client: Client, reply: Any) -> None:
    server.says("/stations.json", reply(404))
    with pytest.raises(Refused):
        await Pegelonline(server.url, waters=["MOSEL"]).poll(client.visit(), NOON)
    assert [path.split("&")[0] for path, _ in server.asked] == ["/stations.json?waters=MOSEL"]


async def test_a_clock_that_jumped_back_starts_as_new(source: Any, client: Client) -> None:
    feed = Pegelonline(source.url)
    await feed.poll(client.visit(), NOON)
    await feed.poll(client.visit(), NOON - timedelta(days=1))
    assert source.times(f"/stations/{KOELN}/WV/measurements.json") == 2


def test_recorded_answers_are_read(samples: Path) -> None:
    feed, read_files = Pegelonline(area=None), 0
    for path in sorted((samples / "pegelonline").glob("*.json")):
        payload = path.read_bytes()
        if feed.recognises(path.name, payload) and not path.name.startswith(("error", "waters")):
            assert feed.parse(path.name, payload, NOON).items, path.name
            read_files += 1
    assert read_files >= 7
