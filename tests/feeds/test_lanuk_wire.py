"""Each oddity of the portal (FEEDS section 2) in an answer of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.contract import Batch, Garbled
from feeds.lanuk import Lanuk
from geodata.model.level import Level
from geodata.model.station import GaugeZero, Series, Station, level_of
from tests.feeds.hochwasserportal import NOON, RAIN, STAH, STAH_KNOWN, archive, gauge, index, table

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)


def read(payload: bytes, path: str = "index.json") -> Batch:
    feed = Lanuk()
    assert feed.recognises(path, payload)
    return feed.parse(path, payload, NOW)


def only(batch: Batch) -> tuple[Station, Series]:
    (station,) = batch.stations
    return station, station.series[0]


def test_a_gauge_has_its_stages_as_levels_and_its_means_as_marks_that_only_orient() -> None:
    batch = read(index(STAH))
    station, series = only(batch)
    assert (station.key, station.name, station.water, station.kind) == ("lanuk.2829100000100", "Stah", "Rur", "gauge")
    assert {t.name: (t.value, t.level) for t in series.thresholds} == {
        "Info_1": (200.0, Level.MEDIUM), "Info_2": (245.0, Level.HIGH), "Info_3": (265.0, Level.EXTREME),
        "MHW": (211.0, None), "MW": (65.0, None), "MNW": (31.0, None),
    }  # fmt: skip
    judged = {value: level_of(value, series.thresholds, "cm") for value in (199, 200, 245, 265)}
    assert judged == {199: Level.NONE, 200: Level.MEDIUM, 245: Level.HIGH, 265: Level.EXTREME}


def test_times_are_an_hour_ahead_of_greenwich_also_in_summer_and_without_a_zone() -> None:
    for text in (NOON, "2026-07-14T12:45:00.000"):
        (value,) = read(index(gauge(timestamp=text))).observations
        assert value.at == datetime(2026, 7, 14, 11, 45, tzinfo=UTC), text
        assert (value.station, value.quantity, value.value, value.unit) == ("lanuk.2829100000100", "W", 232.0, "cm")


def test_what_stands_for_nothing_is_nothing() -> None:
    blank: dict[str, Any] = dict.fromkeys(("LANUV_MHW", "LANUV_MNW", "LANUV_Info_1", "WTO_OBJECT"), "")
    batch = read(index(gauge(**blank, LANUV_MW="---", LANUV_Info_2=None, catchment_name="---", ts_value="")))
    station, series = only(batch)
    assert station.water is None
    assert [t.name for t in series.thresholds] == ["Info_3"]
    assert batch.observations == []


def test_a_stage_of_zero_is_no_stage_or_the_gauge_would_be_at_the_highest_for_ever() -> None:
    batch = read(index(gauge(LANUV_Info_1="0.0", LANUV_Info_2="0", LANUV_Info_3="-1", ts_value="12")))
    _, series = only(batch)
    assert [t.name for t in series.thresholds if t.level is not None] == []
    assert sum(batch.unknown.values()) == 3


@pytest.mark.parametrize("number", ["1234567", "123456", "1234512345", "", "---"])
def test_a_placeholder_is_no_station(number: str) -> None:
    batch = read(index(STAH, gauge(station_no=number, station_name="Neubau")))
    assert [s.name for s in batch.stations] == ["Stah"]
    (dropped,) = batch.dropped
    assert "Neubau" in dropped.item and "station number" in dropped.reason


def test_104_is_the_number_of_a_station() -> None:
    batch = read(index(gauge(station_no="104", station_name="Bad-Honnef", site_no="100")))
    assert [s.key for s in batch.stations] == ["lanuk.104"]


def test_a_number_given_to_two_stations_counts_for_the_first_and_twice_the_same_for_the_newer() -> None:
    later = gauge(timestamp="2026-07-14T13:00:00.000+01:00", ts_value="240.00")
    batch = read(index(STAH, gauge(station_name="Orsbeck", ts_value="9.00"), later))
    assert [(s.name, o.value) for s, o in zip(batch.stations, batch.observations, strict=True)] == [("Stah", 240.0)]
    assert [d.item for d in batch.dropped] == ["layer Orsbeck"]


def test_gauges_of_the_federal_service_are_left_to_pegelonline() -> None:
    federal = gauge(station_no="45100100", station_name="WSV_Karlshafen", site_no="102")
    twice = gauge(station_no="2769510000100", station_name="Hattingen", site_no="104")
    batch = read(index(STAH, federal, twice))
    assert ([s.name for s in batch.stations], batch.outside, batch.dropped) == (["Stah"], 2, [])


def test_a_gauge_silent_for_months_is_shown_without_its_old_value() -> None:
    batch = read(index(gauge(timestamp="2025-11-02T08:00:00.000+01:00", ts_value="300.00")))
    _, series = only(batch)
    assert batch.observations == []
    assert series.comment == "kein Wert seit 2025-11-02"
    assert batch.unknown["silent for more than 30 days"] == 1


def test_positions_come_from_degrees_from_utm_or_from_gauss_krueger() -> None:
    degrees = {"station_latitude": "50.7264", "station_longitude": "6.0360"}
    utm = {"station_carteasting": "290817.817000132", "station_cartnorthing": "5623591.50999124"}
    grid = {"station_local_x": "4079143.08560366", "station_local_y": "5638193.27664979"}
    nowhere = {"station_latitude": "", "station_longitude": ""}
    zero = {"station_latitude": "0", "station_longitude": "0"}
    for given in (degrees, {**nowhere, **utm}, {**nowhere, **grid}, {**zero, **utm}, {**zero, **utm, **grid}):
        station, _ = only(read(index(gauge(**{**nowhere, **given}))))
        assert (station.longitude, station.latitude) == pytest.approx((6.03604, 50.72641), abs=2e-4), given
    batch = read(index(gauge(**nowhere)))
    assert (batch.stations[0].longitude, batch.stations[0].latitude) == (None, None)


def test_the_list_of_stations_tells_datum_river_kilometre_operator_and_remark() -> None:
    known = {**STAH_KNOWN, "INTERNET_BEMERKUNG": "unregelmäßig <b>!</b>"}
    station, series = only(read(index(known)))
    assert series.gauge_zero == GaugeZero(28.35, "m ü. NHN")
    assert (station.river_km, station.operator, station.number) == (21.5, "LANUK", "2829100000100")
    assert series.comment == "unregelmäßig !"


def test_rain_gauges_are_stations_of_their_own_kind() -> None:
    batch = read(index(RAIN))
    station, series = only(batch)
    assert (station.kind, series.quantity, series.unit, series.thresholds) == ("rain", "N", "mm/h", ())
    assert [(o.quantity, o.value) for o in batch.observations] == [("N", 14.2)]


def test_a_unit_we_do_not_show_is_counted() -> None:
    batch = read(index(STAH, gauge(station_no="1", ts_unitsymbol="°C"), gauge(station_no="2", ts_unitsymbol="furlong")))
    assert len(batch.stations) == 1
    assert dict(batch.unknown) == {"not shown: °C": 1, "unit 'furlong'": 1}


def test_one_bad_row_does_not_stop_the_others() -> None:
    bad = [{**STAH, "station_no": {"a": 1}}, {**STAH, "station_no": "77", "ts_value": "viel", "station_name": "A"}]
    batch = read(index(STAH, *bad))
    assert len(batch.observations) == 1
    assert [d.item for d in batch.dropped] == ["layer 1", "A W"]


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"<html>Wartung</html>", index(STAH)[:-40], b"{}", b'[{"station_no": 5']
)
def test_what_is_no_index_is_garbled(payload: bytes) -> None:
    with pytest.raises(Garbled):
        Lanuk().parse("layers/10/index.json", payload, NOW)


def test_a_week_of_a_station_is_read_and_its_holes_left_out() -> None:
    head = {"station_name": "Stah", "station_no": "2829100000100", "ts_name": "W", "ts_unitsymbol": "cm"}
    data = [["2026-07-13T23:00:00.000+01:00", 39.0], ["2026-07-14T00:00:00.000+01:00", None], ["morgens", 1]]
    batch = read(json.dumps([{**head, "rows": "3", "columns": "Timestamp,Value", "data": data}]).encode())
    assert [(o.at, o.value) for o in batch.observations] == [(datetime(2026, 7, 13, 22, tzinfo=UTC), 39.0)]
    assert [d.reason for d in batch.dropped] == ["no time and value"]


def test_alarm_levels_are_the_stages_of_the_station() -> None:
    head = {"station_name": "Stah", "station_no": "2829100000100", "ts_unitsymbol": "cm"}
    rows = [{**head, "ts_name": f"W.Informationswert_{i}", "data": [[NOON, 100.0 * i]]} for i in (1, 2, 3)]
    batch = read(json.dumps(rows).encode())
    _, series = only(batch)
    assert [(t.value, t.level) for t in series.thresholds] == [
        (100.0, Level.MEDIUM), (200.0, Level.HIGH), (300.0, Level.EXTREME),
    ]  # fmt: skip
    assert batch.observations == []


def test_the_text_is_read_to_the_end_of_its_last_block() -> None:
    lines = ("2829100000100;2026-07-14T12:30:00.000+01:00;32.00", "2829100000100;", f"104;{NOON};-4.5", "104;")
    batch = read(archive("messwerte.txt", table(*lines)), "messwerte.zip")
    assert [(o.station, o.value) for o in batch.observations] == [("lanuk.2829100000100", 32.0), ("lanuk.104", -4.5)]
    assert (batch.newest, batch.dropped) == (datetime(2026, 7, 14, 11, 45, tzinfo=UTC), [])


@pytest.mark.parametrize(
    "row", [f"104;{NOON};7.5;", f"104;{NOON};7.5;200", f"104;Bad-Honnef;{NOON};7.5", f"Bad-Honnef;104;{NOON};7.5"]
)
def test_rows_of_four_fields_below_a_header_of_three_are_told_apart_by_what_is_in_them(row: str) -> None:
    batch = read(table(row).encode(), "niederschlag.txt")
    assert [(o.station, o.value) for o in batch.observations] == [("lanuk.104", 7.5)]


def test_older_years_come_with_names_and_missing_values_and_in_latin_1() -> None:
    text = f"station_name;station_no;dateTime;value[cm]\r\nAhrhütte;2718;{NOON};27.5\r\nAhrhütte;2718;{NOON};NA\r\n"
    for encoding in ("utf-8", "iso-8859-1"):
        batch = read(text.encode(encoding), "hydro.csv")
        assert [(o.station, o.value) for o in batch.observations] == [("lanuk.2718", 27.5)]
        assert batch.unknown == {}


def test_rain_and_other_quantities_are_told_by_the_header() -> None:
    rain = read(archive("niederschlag.txt", table(f"52020051;{NOON};3.2", unit="mm/h")))
    assert [(o.quantity, o.unit) for o in rain.observations] == [("N", "mm/h")]
    warm = read(archive("temperatur.txt", table(f"52020051;{NOON};13.2", unit="°C")))
    assert (warm.observations, dict(warm.unknown)) == ([], {"not shown: °C": 1})


def test_lines_that_are_none_are_kept_aside_with_their_number() -> None:
    batch = read(table("104;gestern;5", f"104;{NOON};viel", f"1234567;{NOON};5", f"104;{NOON};5").encode(), "m.txt")
    assert len(batch.observations) == 1
    assert [d.item for d in batch.dropped] == ["line 2", "line 3", "line 4"]


def test_an_archive_without_a_table_or_a_bomb_is_garbled() -> None:
    whole = archive("messwerte.txt", table(f"104;{NOON};5"))
    for payload in (archive("messwerte.txt", "<html>"), whole[:-30], archive("messwerte.txt", b"0" * 70_000_000)):
        with pytest.raises(Garbled):
            Lanuk().parse("messwerte.zip", payload, NOW)


def test_recorded_answers_go_through(samples: Path) -> None:
    feed, seen = Lanuk(), 0
    for path in sorted((samples / "nrw_lanuk").iterdir()):
        payload = path.read_bytes()
        if path.suffix == ".md":
            continue
        assert feed.recognises(path.name, payload), path.name
        batch = feed.parse(path.name, payload, datetime(2026, 9, 23, 20, tzinfo=UTC) + timedelta(hours=1))
        assert batch.items and not batch.dropped, path.name
        seen += 1
    assert seen >= 5
