"""The simulated Hochwasserportal in the fields of FEEDS section 2, and as our own feed reads it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.lanuk import Lanuk
from feeds.lhp import Lhp
from feeds.simulator import lanuk, lhp
from feeds.simulator.gauge import LOCAL, Reported
from feeds.simulator.reply import Moment, Reply
from feeds.simulator.scenario import Scenario

Ask = Callable[..., Reply]
LEVELS, STATIONS = "/internet/layers/10/index.json", "/internet/stations/stations.json"


def rows(reply: Reply) -> dict[str, dict[str, Any]]:
    assert reply.status == 200
    return {row["station_name"]: row for row in json.loads(reply.body)}


def test_the_index_has_the_fields_of_the_recorded_one_and_values_as_texts(ask_lanuk: Ask, samples: Path) -> None:
    recorded = json.loads((samples / "nrw_lanuk" / "layer10_index.EXCERPT.json").read_text())[0]
    stah = rows(ask_lanuk(LEVELS))["Stah"]
    assert set(recorded) - set(stah) <= {"classification"}
    assert {name: type(recorded[name]) for name in recorded if name in stah} == {
        name: type(stah[name]) for name in recorded if name in stah
    }
    assert (stah["station_no"], stah["site_no"]) == (recorded["station_no"], recorded["site_no"])


def test_times_are_an_hour_ahead_of_greenwich_in_july(ask_lanuk: Ask) -> None:
    assert rows(ask_lanuk(LEVELS))["Bliesheim"]["timestamp"] == "2021-07-15T08:45:00.000+01:00"


def test_the_land_has_its_gauges_names_the_federal_ones_and_remarks_what_is_wrong(ask_lanuk: Ask) -> None:
    told = rows(ask_lanuk(STATIONS, at="2021-07-15 12:00"))
    assert {(name, told[name]["site_no"]) for name in ("Bliesheim", "Kluserbrücke", "Hattingen", "WSV_Köln")} == {
        ("Bliesheim", "100"), ("Kluserbrücke", "104"), ("Hattingen", "104"), ("WSV_Köln", "102"),
    }  # fmt: skip
    assert told["Bliesheim"]["INTERNET_BEMERKUNG"] and not told["Stah"]["INTERNET_BEMERKUNG"]
    assert all(isinstance(value, str) for row in told.values() for value in row.values())


def test_our_feed_reads_what_is_spoken_and_leaves_federal_gauges_out(ask_lanuk: Ask, flood: Scenario) -> None:
    feed, now = Lanuk(), datetime(2021, 7, 15, 8, tzinfo=UTC)
    batch = feed.parse(LEVELS, ask_lanuk(LEVELS).body, now)
    assert {s.name for s in batch.stations} == {g.shortname for g in flood.gauges.values() if g.guest}
    assert batch.outside == len([g for g in flood.gauges.values() if not g.guest and g.unit == "cm"])
    assert not batch.dropped and not batch.unknown
    rain = feed.parse("30", ask_lanuk("/internet/layers/30/index.json").body, now)
    assert {s.kind for s in rain.stations} == {"rain"} and len(rain.observations) == 5
    known = feed.parse(STATIONS, ask_lanuk(STATIONS).body, now)
    assert not known.dropped and {s.kind for s in known.stations} == {"gauge", "rain"}


def test_the_archive_holds_the_same_values_as_the_week_of_a_station(ask_lanuk: Ask) -> None:
    feed, now = Lanuk(), datetime(2021, 7, 15, 8, tzinfo=UTC)
    archive = ask_lanuk("/messwerte.zip").body
    text = zipfile.ZipFile(io.BytesIO(archive)).read("messwerte.txt").decode("ascii")
    assert text.startswith("station_no;time;value(cm)\r\n") and "\r\n2829100000100;\r\n" in text
    week = feed.parse("w", ask_lanuk("/internet/stations/100/2829100000100/S/week.json").body, now).observations
    whole = [o for o in feed.parse("z", archive, now).observations if o.station == "lanuk.2829100000100"]
    assert week == whole and len(week) > 200


def test_a_silent_gauge_keeps_its_last_value_and_a_spike_is_no_value(ask_lanuk: Ask) -> None:
    silent = rows(ask_lanuk(LEVELS, at="2021-07-15 06:00"))["Gemünd"]
    assert silent["timestamp"] == "2021-07-14T21:30:00.000+01:00"
    assert rows(ask_lanuk(LEVELS, at="2021-07-15 03:00"))["Eschweiler"]["ts_value"] == ""


def test_a_value_set_by_hand_shows_at_once_also_to_those_who_ask_conditionally(flood: Scenario) -> None:
    now = datetime(2021, 7, 15, 8, 2, tzinfo=UTC)
    before = lanuk.answer(flood, Moment(now), LEVELS, {})
    hand = {"stah": Reported(now, 777.0)}
    after = lanuk.answer(flood, Moment(now + timedelta(seconds=5), by_hand=hand), LEVELS, {})
    assert before.last_modified is not None and after.last_modified == now
    assert rows(after)["Stah"]["ts_value"] == "777.00"


def test_rain_gauges_add_up_to_what_was_published(flood: Scenario) -> None:
    for gauge in flood.rain:
        start = datetime.fromtimestamp(gauge.curve.times[0], UTC)
        hours = int(gauge.curve.times[-1] - gauge.curve.times[0]) / 3600
        fallen = sum(gauge.curve.at(start + timedelta(minutes=6 * i)) for i in range(int(hours * 10))) / 10
        assert fallen == pytest.approx(gauge.total, rel=0.1), gauge.key


@pytest.mark.parametrize("path", ["/", "/internet/layers/99/index.json", "/internet/stations/100/0/S/week.json"])
def test_what_is_not_there_is_not_found(ask_lanuk: Ask, path: str) -> None:
    assert ask_lanuk(path).status == 404


def test_flood_classes_have_the_fields_of_the_recorded_ones(ask_lhp: Ask, samples: Path) -> None:
    for name, path in (("stations_NW_2026-09-23", "/stations"), ("alerts_testserver_2026-10-03", "/alerts")):
        recorded = json.loads((samples / "lhp" / f"{name}.EXCERPT.json").read_text())
        spoken = json.loads(ask_lhp(path, states="NW").body)
        one, other = recorded["features"][0], spoken["features"][0]
        assert set(one) == set(other)
        assert set(one["properties"]) == set(other["properties"])
        for field, value in one["properties"].items():
            assert type(value) is type(other["properties"][field]), field


def test_classes_and_alerts_rise_with_the_river_and_an_all_clear_follows(ask_lhp: Ask) -> None:
    feed = Lhp()

    def at(text: str) -> tuple[int | None, str | None]:
        now = datetime.fromisoformat(text).replace(tzinfo=LOCAL)
        classes = feed.parse("s", ask_lhp("/stations", at=text, states="NW").body, now).features
        alerts = feed.parse("a", ask_lhp("/alerts", at=text, states="NW").body, now).warnings
        stah = next(f.level for f in classes if f.key == "lhp.NW_2829100000100")
        return stah, next((w.parameters["lhp_alert_class"] for w in alerts if w.key == "lhp.NW_ERFT_L"), None)

    assert at("2021-07-13 12:00") == (0, None)
    gravest = at("2021-07-15 09:00")[1]
    assert gravest in ("5", "6")
    assert (at("2021-07-16 18:00")[0] or 0) >= 3


def test_other_laender_are_only_told_to_those_who_ask_for_all(flood: Scenario) -> None:
    abroad = replace(flood, gauges={**flood.gauges, "koeln": replace(flood.gauges["koeln"], land="RP")})
    moment = Moment(datetime(2021, 7, 15, 8, tzinfo=UTC))
    everything, ours = (
        {f["id"] for f in json.loads(lhp.answer(abroad, moment, "/stations", asked).body)["features"]}
        for asked in ({}, {"states": "NW"})
    )
    assert everything - ours == {"RP_2730010"}


def test_a_scenario_without_small_rivers_has_no_land_portal(calm: Scenario, flood: Scenario) -> None:
    assert [lanuk.plays_in(s) for s in (calm, flood)] == [False, True]
    assert [lhp.plays_in(s) for s in (calm, flood)] == [True, True]
