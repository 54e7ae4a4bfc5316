"""From what a device measures to a level above zero, and when somebody must look after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from geodata.model import device
from geodata.model.body import from_body, to_body
from geodata.model.device import Adoption, Alarm, Measures, Stage, Standing
from geodata.model.level import Level
from geodata.model.station import level_of

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ADOPTED = Adoption("Ruthenbach Brücke", Measures.DISTANCE, 300.0, 7.1, 51.2, water="Ruthenbach")


@pytest.mark.parametrize(
    ("measures", "mounting", "measured", "level"),
    [
        (Measures.DISTANCE, 300.0, 182.3, 117.7),
        (Measures.DISTANCE, 300.0, 310.0, -10.0),
        (Measures.DISTANCE, 450.5, 0.0, 450.5),
        (Measures.DEPTH, 0.0, 42.0, 42.0),
        (Measures.DEPTH, -15.0, 42.0, 27.0),
        (Measures.LEVEL, 0.0, 327.0, 327.0),
        (Measures.LEVEL, 12.5, 327.0, 339.5),
        (Measures.RAIN, 999.0, 1.2, 1.2),
    ],
)
def test_a_reading_is_reckoned_from_mounting_and_measurement(
    measures: Measures, mounting: float, measured: float, level: float
) -> None:
    assert replace(ADOPTED, measures=measures, mounting=mounting).reading(measured) == level


@pytest.mark.parametrize(
    ("value", "unit", "cm"),
    [(1823.0, "mm", 182.3), (2.0, "cm", 2.0), (1.5, "m", 150.0), (1.0, "bar", None), (7.0, "°C", None)],
)
def test_lengths_become_centimetres_and_other_units_nothing(value: float, unit: str, cm: float | None) -> None:
    assert device.centimetres(value, unit) == cm


@pytest.mark.parametrize(
    ("minutes", "limit", "battery", "unit", "raised"),
    [
        (59, None, None, None, ()),
        (61, None, None, None, (Alarm.SILENT,)),
        (0, None, 19.9, "%", (Alarm.BATTERY,)),
        (0, None, 20.0, "%", ()),
        (0, None, 2.4, "V", (Alarm.BATTERY,)),
        (0, None, 2.6, "V", ()),
        (0, 3.0, 2.6, "V", (Alarm.BATTERY,)),
        (0, 5.0, 19.9, "%", ()),
        (0, None, 1.0, None, ()),
        (300, None, 3.0, "%", (Alarm.SILENT, Alarm.BATTERY)),
    ],
)
def test_silence_and_battery_raise_alarms(
    minutes: float, limit: float | None, battery: float | None, unit: str | None, raised: tuple[Alarm, ...]
) -> None:
    standing = Standing(NOW - timedelta(minutes=minutes), battery=battery, battery_unit=unit)
    assert device.alarms(standing, replace(ADOPTED, battery_limit=limit), NOW) == raised


STAGES = (Stage("Stufe 1", 80, Level.MEDIUM), Stage("Stufe 2", 120, Level.HIGH), Stage("Stufe 3", 160, Level.EXTREME))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, None),
        ({"stages": STAGES}, None),
        ({"name": "  "}, "name"),
        ({"longitude": 181.0}, "longitude"),
        ({"latitude": -91.0}, "longitude"),
        ({"mounting": 0.0}, "mounting"),
        ({"mounting": -20.0, "measures": Measures.DEPTH}, None),
        ({"mounting": 20_000.0, "measures": Measures.DEPTH}, "mounting"),
        ({"silence_minutes": 0.0}, "silence_minutes"),
        ({"battery_limit": 101.0}, "battery_limit"),
        ({"stages": STAGES[::-1]}, "stages"),
        ({"stages": (STAGES[0], STAGES[0])}, "stages"),
    ],
)
def test_an_adoption_that_cannot_be_names_its_field(wrong: dict[str, object], field: str | None) -> None:
    found = device.wrong_with(replace(ADOPTED, **wrong))  # type: ignore[arg-type]
    assert (found and found[0]) == field


def test_an_adopted_device_is_a_gauge_with_its_stages_as_marks() -> None:
    station = device.station_of("70B3D57BA000166E", replace(ADOPTED, stages=STAGES, silence_minutes=90))
    assert (station.key, station.number) == ("sensors.70B3D57BA000166E", "70B3D57BA000166E")
    (series,) = station.series
    assert (series.quantity, series.unit, series.every) == ("W", "cm", 30)
    assert [level_of(value, series.thresholds, "cm") for value in (79, 80, 120, 500)] == [
        Level.NONE, Level.MEDIUM, Level.HIGH, Level.EXTREME,
    ]  # fmt: skip


def test_a_rain_gauge_has_millimetres_and_no_water_level() -> None:
    station = device.station_of("A1", replace(ADOPTED, measures=Measures.RAIN, mounting=0))
    assert (station.kind, station.series[0].quantity, station.series[0].unit) == ("rain", "N", "mm")


def test_a_device_without_an_eui_has_a_station_of_its_own() -> None:
    assert device.station_key("sensoren/Naunhof 1") != device.station_key("sensoren/Naunhof-1")


def test_an_adoption_survives_being_written_down() -> None:
    adoption = replace(ADOPTED, stages=STAGES, battery_limit=15.0)
    assert from_body(to_body(adoption), Adoption) == adoption


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], None),
        ([Measures.RAIN], Measures.RAIN),
        ([Measures.RAIN, Measures.DISTANCE], Measures.DISTANCE),
        ([Measures.DISTANCE, Measures.LEVEL], Measures.LEVEL),
    ],
)
def test_the_form_proposes_what_tells_most(offered: list[Measures], chosen: Measures | None) -> None:
    assert device.chosen_measure(offered) is chosen
