"""Each field of FEEDS section 1, and the same structure as the recorded answers where they are at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.simulator import pegelonline
from feeds.simulator.gauge import Reported
from feeds.simulator.reply import Moment, Reply
from feeds.simulator.scenario import Scenario

Ask = Callable[..., Reply]
FULL = {"includeTimeseries": "true", "includeCurrentMeasurement": "true", "includeCharacteristicValues": "true"}


def body(reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def series(station: dict[str, Any], name: str) -> dict[str, Any]:
    return next(s for s in station["timeseries"] if s["shortname"] == name)


def test_a_station_has_the_fields_of_the_real_one_in_their_order(ask_pegelonline: Ask) -> None:
    station = body(ask_pegelonline("/stations/2730010.json"))
    assert list(station) == [
        "uuid", "number", "shortname", "longname", "km", "agency", "longitude", "latitude", "water",
    ]  # fmt: skip
    assert (station["shortname"], station["km"], station["agency"]) == ("KÖLN", 688.0, "STANDORT KÖLN")
    assert station["uuid"] == "a6ee8177-107b-47dd-bcfd-30960ccc6e9c"
    assert station["water"] == {"shortname": "RHEIN", "longname": "RHEIN"}


def test_series_values_and_marks_come_only_if_asked_for(ask_pegelonline: Ask) -> None:
    assert "timeseries" not in body(ask_pegelonline("/stations/BONN.json"))
    bare = body(ask_pegelonline("/stations/BONN.json", includeTimeseries="true"))
    assert [s["shortname"] for s in bare["timeseries"]] == ["Q", "W"]
    assert not {"currentMeasurement", "characteristicValues"} & set(series(bare, "W"))
    full = body(ask_pegelonline("/stations/BONN.json", **FULL))
    assert {"currentMeasurement", "characteristicValues", "gaugeZero"} <= set(series(full, "W"))
    assert series(full, "Q")["characteristicValues"] == []
    assert series(full, "Q")["unit"] == "m³/s"


def test_the_current_value_is_stamped_in_local_time_and_classed(ask_pegelonline: Ask) -> None:
    value = body(ask_pegelonline("/stations/BONN/W/currentmeasurement.json", at="2021-07-15 20:02"))
    assert value == {
        "timestamp": "2021-07-15T20:00:00+02:00",
        "value": pytest.approx(690, abs=2),
        "stateMnwMhw": "high",
        "stateNswHsw": "unknown",
    }


def test_marks_are_those_of_the_gauge_with_their_spans(ask_pegelonline: Ask) -> None:
    marks = series(body(ask_pegelonline("/stations/KÖLN.json", **FULL)), "W")["characteristicValues"]
    by_name = {mark["shortname"]: mark for mark in marks}
    assert {name: by_name[name]["value"] for name in ("MNW", "MW", "MHW", "M_I", "M_II", "HSW", "HHW")} == {
        "MNW": 114, "MW": 297, "MHW": 725, "M_I": 620, "M_II": 830, "HSW": 830, "HHW": 1069,
    }  # fmt: skip
    assert {"timespanStart", "timespanEnd"} <= set(by_name["MHW"])
    assert "occurrences" in by_name["HHW"]
    assert "validFrom" in by_name["HSW"]
    assert by_name["M_I"]["unit"] == "cm"


def test_waters_ids_and_series_choose_stations(ask_pegelonline: Ask) -> None:
    def names(**query: Any) -> list[str]:
        return [s["shortname"] for s in body(ask_pegelonline("/stations.json", **query))]

    assert names(ids="2730010,593647aa-9fea-43ec-a7d6-6476a76ae868,Hattingen") == ["BONN", "KÖLN", "Hattingen"]
    assert {"KÖLN", "WESEL"} <= set(names(waters="RHEIN"))
    assert "RUHRWEHR OW" not in names(waters="RHEIN")
    assert "KÖLN" in names(hasTimeseries="WV")
    assert "REES" not in names(hasTimeseries="WV")
    assert names(fuzzyId="düssel") == ["DÜSSELDORF"]
    assert names(latitude=50.94, longitude=6.96, radius=35) == ["BONN", "DÜSSELDORF", "KÖLN"]
    assert set(names(waters="RHEIN", km=688, radius=40)) >= {"KÖLN", "BONN"}
    assert "WESEL" not in names(waters="RHEIN", km=688, radius=40)
    assert names(limit=2, offset=1) == names()[1:3]
    assert names(bbox="0,0,1,1") == names()


def test_gauges_that_the_land_publishes_are_not_here_under_any_name(ask_pegelonline: Ask, flood: Scenario) -> None:
    guests = [g for g in flood.gauges.values() if g.guest]
    assert {"Bliesheim", "Neubrück"} <= {g.shortname for g in guests}
    listed = {s["uuid"] for s in body(ask_pegelonline("/stations.json"))}
    assert len(listed) == len(flood.gauges) - len(guests)
    assert not listed & {g.uuid for g in guests}
    assert {"ERFT", "RUR"}.isdisjoint(w["shortname"] for w in body(ask_pegelonline("/waters.json")))
    for name in (guests[0].uuid, guests[0].number, guests[0].shortname):
        assert ask_pegelonline(f"/stations/{name}.json").status == 404


def test_the_series_parameter_leaves_out_the_other_series(ask_pegelonline: Ask) -> None:
    listed = body(ask_pegelonline("/stations.json", waters="RHEIN", timeseries="W", includeTimeseries="true"))
    assert {s["shortname"] for station in listed for s in station["timeseries"]} == {"W"}


def test_lock_gauges_are_in_metres_above_sea_level_with_unknown_state(ask_pegelonline: Ask) -> None:
    w = series(body(ask_pegelonline("/stations/27600090.json", **FULL)), "W")
    assert (w["unit"], w["equidistance"]) == ("m+NN", 1)
    assert 24 < w["currentMeasurement"]["value"] < 28
    assert w["currentMeasurement"]["stateMnwMhw"] == "unknown"
    assert "gaugeZero" not in w


def test_prettyprint_is_the_default_as_with_the_real_source(ask_pegelonline: Ask) -> None:
    pretty = ask_pegelonline("/waters.json").body
    compact = ask_pegelonline("/waters.json", prettyprint="false").body
    assert pretty.startswith(b'[\n  {\n    "shortname": "')
    assert compact.startswith(b'[{"shortname":"')
    assert json.loads(pretty) == json.loads(compact)


def test_a_silent_gauge_becomes_outdated_and_a_commented_one_says_so(ask_federal: Ask) -> None:
    silent = body(ask_federal("/stations/Gemünd/W/currentmeasurement.json", at="2021-07-15 06:00"))
    assert (silent["stateMnwMhw"], silent["timestamp"]) == ("out-dated", "2021-07-14T22:30:00+02:00")
    station = body(ask_federal("/stations/Bliesheim.json", at="2021-07-15 12:00", **FULL))
    w = series(station, "W")
    assert w["currentMeasurement"]["stateMnwMhw"] == "commented"
    assert set(w["comment"]) == {"shortDescription", "longDescription"}


def test_a_spiking_gauge_shows_99999_with_unknown_state(ask_federal: Ask) -> None:
    value = body(ask_federal("/stations/Eschweiler/W/currentmeasurement.json", at="2021-07-15 03:00"))
    assert (value["value"], value["stateMnwMhw"]) == (99999.0, "unknown")


def test_discharge_stays_behind_where_the_rating_ends(flood: Scenario) -> None:
    gauge = flood.gauges["koeln"]
    moment = Moment(flood.end, by_hand={"koeln": Reported(flood.end - timedelta(hours=3), 1200.0)})
    reply = pegelonline.answer(flood, moment, "/stations/KÖLN.json", FULL)
    station = body(reply)
    q, w = series(station, "Q")["currentMeasurement"], series(station, "W")["currentMeasurement"]
    assert gauge.discharge(1200.0) is None
    assert w["value"] == 1200.0
    assert datetime.fromisoformat(q["timestamp"]) < datetime.fromisoformat(w["timestamp"])


def test_measurements_reach_back_a_period_or_to_a_stamp_both_ends_included(ask_pegelonline: Ask) -> None:
    at = "2021-07-15 10:05"
    six_hours = body(ask_pegelonline("/stations/KÖLN/W/measurements.json", at=at, start="PT6H"))
    assert len(six_hours) == 24
    assert (six_hours[0]["timestamp"], six_hours[-1]["timestamp"]) == (
        "2021-07-15T04:15:00+02:00", "2021-07-15T10:00:00+02:00",
    )  # fmt: skip
    assert set(six_hours[0]) == {"timestamp", "value"}
    span = {"start": "2021-07-15T08:00:00+02:00", "end": "2021-07-15T06:30:00+00:00"}
    exact = body(ask_pegelonline("/stations/KÖLN/W/measurements.json", at=at, **span))
    assert [p["timestamp"][11:16] for p in exact] == ["08:00", "08:15", "08:30"]
    unescaped = {"start": "2021-07-15T08:00:00 02:00", "end": "2021-07-15T08:30:00 02:00"}
    assert body(ask_pegelonline("/stations/KÖLN/W/measurements.json", at=at, **unescaped)) == exact


def test_measurements_older_than_the_data_are_an_empty_list(ask_pegelonline: Ask) -> None:
    span = {"start": "2020-01-01T00:00:00+01:00", "end": "2020-01-02T00:00:00+01:00"}
    assert body(ask_pegelonline("/stations/KÖLN/W/measurements.json", **span)) == []


def test_the_table_form_has_local_times_without_offset(ask_pegelonline: Ask) -> None:
    reply = ask_pegelonline("/stations/KÖLN/W/measurements.csv", at="2021-07-15 10:05", start="PT30M")
    assert reply.content_type.startswith("text/csv")
    lines = reply.body.decode().splitlines()
    assert lines[0] == "timestamp;value"
    assert [line.split(";")[0] for line in lines[1:]] == ["2021-07-15 09:45", "2021-07-15 10:00"]
    assert all(line.split(";")[1].isdigit() for line in lines[1:])


def test_a_forecast_has_25_forecast_and_24_estimate_points_of_the_latest_run(ask_pegelonline: Ask) -> None:
    points = body(ask_pegelonline("/stations/KÖLN/WV/measurements.json", at="2021-07-15 10:30"))
    assert [p["type"] for p in points] == ["forecast"] * 25 + ["estimate"] * 24
    assert {p["initialized"] for p in points} == {"2021-07-15T10:00:00+02:00"}
    assert points[0]["timestamp"] == points[0]["initialized"]
    assert points[1]["timestamp"] == "2021-07-15T12:00:00+02:00"
    peak = max(p["value"] for p in points)
    assert 780 <= peak <= 830
    earlier = body(ask_pegelonline("/stations/KÖLN/WV/measurements.json", at="2021-07-15 10:10"))
    assert earlier[0]["initialized"] == "2021-07-15T07:00:00+02:00"


def test_a_forecast_series_is_listed_only_if_asked_for(ask_pegelonline: Ask) -> None:
    query = {"hasTimeseries": "WV", "includeForecastTimeseries": "true"}
    listed = body(ask_pegelonline("/stations.json", **query))
    assert {"shortname": "WV", "unit": "cm", "equidistance": 120}.items() <= series(listed[0], "WV").items()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/stations/ATLANTIS.json", "Station does not exist."),
        ("/stations/KÖLN/O2.json", "Timeseries does not exist."),
        ("/stations/REES/WV/measurements.json", "Timeseries does not exist."),
    ],
)
def test_unknown_stations_and_series_are_404_as_json(ask_pegelonline: Ask, path: str, message: str) -> None:
    reply = ask_pegelonline(path)
    assert (reply.status, json.loads(reply.body)) == (404, {"status": 404, "message": message})


@pytest.mark.parametrize("path", ["/.json", "/stations/.json", "/stations", "/nothing/at/all"])
def test_unknown_paths_are_404_as_html(ask_pegelonline: Ask, path: str) -> None:
    reply = ask_pegelonline(path)
    assert (reply.status, reply.content_type) == (404, "text/html")
    assert b"<html>" in reply.body


def test_a_bad_start_is_400_in_the_words_of_the_source(ask_pegelonline: Ask, samples: Path) -> None:
    reply = ask_pegelonline("/stations/KÖLN/W/measurements.json", start="yesterday")
    recorded = json.loads((samples / "pegelonline/error_400_start.EXCERPT.json").read_bytes())
    assert (reply.status, json.loads(reply.body)) == (400, recorded)


def test_the_same_moment_gives_the_same_bytes_and_the_next_quarter_others(ask_pegelonline: Ask) -> None:
    first = ask_pegelonline("/stations.json", at="2021-07-15 10:03", **FULL)
    assert ask_pegelonline("/stations.json", at="2021-07-15 10:03", **FULL) == first
    assert ask_pegelonline("/stations.json", at="2021-07-15 10:18", **FULL).etag != first.etag


def structure(value: Any) -> Any:
    """Names and types, whatever the values."""
    if isinstance(value, dict):
        return {name: structure(inner) for name, inner in value.items()}
    return type(value)


def test_stations_have_the_structure_of_the_recorded_ones(ask_pegelonline: Ask, samples: Path) -> None:
    name = "pegelonline/stations_nrw_rhein_ruhr_currentMeasurement_2026-09-29.TRIMMED.json"
    recorded = {s["uuid"]: s for s in json.loads((samples / name).read_bytes())}
    query = {k: v for k, v in FULL.items() if "Characteristic" not in k}
    ours = {s["uuid"]: s for s in body(ask_pegelonline("/stations.json", at="2021-07-13 12:00", **query))}
    common = ours.keys() & recorded.keys()
    assert len(common) >= 8
    for uuid in common:
        mine, real = ours[uuid], recorded[uuid]
        optional = {"voiceServiceNumber", "remark"}
        assert list(mine) == [field for field in real if field not in optional]
        assert {f: structure(v) for f, v in mine.items() if f != "timeseries"} == {
            f: structure(v) for f, v in real.items() if f not in {*optional, "timeseries"}
        }
        for name in {s["shortname"] for s in mine["timeseries"]} & {s["shortname"] for s in real["timeseries"]}:
            own, other = series(mine, name), series(real, name)
            other.pop("comment", None)
            assert list(own) == list(other)
            assert structure(own) == structure(other)


def test_marks_have_the_structure_of_the_recorded_ones(ask_pegelonline: Ask, samples: Path) -> None:
    name = "pegelonline/station_KOELN_characteristicValues_2026-09-23.EXCERPT.json"
    recorded = series(json.loads((samples / name).read_bytes())[0], "W")["characteristicValues"]
    ours = series(body(ask_pegelonline("/stations/KÖLN.json", **FULL)), "W")["characteristicValues"]
    real = {mark["shortname"]: mark for mark in recorded}
    for mark in ours:
        other = real[mark["shortname"]]
        assert list(mark) == list(other)
        assert (mark["longname"], structure(mark)) == (other["longname"], structure(other))


def test_measurements_are_laid_out_byte_for_byte_like_the_recorded_ones(ask_pegelonline: Ask, samples: Path) -> None:
    recorded = (samples / "pegelonline/measurements_EMMERICH_W_PT6H_2026-09-29.json").read_text("utf-8")
    ours = ask_pegelonline("/stations/EMMERICH/W/measurements.json", start="PT6H").body.decode()
    assert ours.splitlines()[0:2] == recorded.splitlines()[0:2]
    assert [len(line) - len(line.lstrip()) for line in ours.splitlines()] == [
        len(line) - len(line.lstrip()) for line in recorded.splitlines()
    ]
    forecast = json.loads((samples / "pegelonline/forecast_WV_KAUB_2026-09-23.EXCERPT.json").read_bytes())
    point = body(ask_pegelonline("/stations/KÖLN/WV/measurements.json"))[0]
    assert (list(point), structure(point)) == (list(forecast[0]), structure(forecast[0]))
