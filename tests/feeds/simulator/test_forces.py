"""The forces of an exercise drive as its clock goes, and the same each time."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from feeds.simulator.forces import ForcesFile, Station, check, heading
from feeds.simulator.scenario import load
from geodata.model.opta import parse

FLOOD = load("flood_2021")


def test_the_same_moment_gives_the_same_picture() -> None:
    one, two = FLOOD.marching(), load("flood_2021").marching()
    at = FLOOD.start + timedelta(hours=34)
    assert [one.whereabouts(v, at) for f in one.forces for v in f.vehicles] == [
        two.whereabouts(v, at) for f in two.forces for v in f.vehicles
    ]


def test_every_vehicle_stays_on_its_way_and_comes_home() -> None:
    forces = FLOOD.marching()
    codes: set[str] = set()
    for vehicle in (v for f in forces.forces for v in f.vehicles):
        home = (vehicle.station.longitude, vehicle.station.latitude)
        before = None
        for minute in range(0, 96 * 60, 5):
            there = forces.whereabouts(vehicle, FLOOD.start + timedelta(minutes=minute))
            codes.add(there.code)
            assert 6.2 < there.longitude < 7.2
            assert 50.4 < there.latitude < 51.0
            if there.code == "2":
                assert (there.longitude, there.latitude) == home
            if before is not None:  # in five minutes nobody gets further than at 120 km/h
                assert abs(there.latitude - before.latitude) < 10 / 111
            before = there
        parse(vehicle.opta)
    assert codes == {"1", "2", "3", "4"}


def test_there_are_sixty_of_three_organisations_and_one_keeps_its_own_to_itself() -> None:
    forces = FLOOD.marching().forces
    assert [force.open for force in forces] == [True, True, False]
    assert 50 <= sum(len(force.vehicles) for force in forces) <= 70


@pytest.mark.parametrize(
    ("call", "named"), [("1-Raumschiff-1", "Raumschiff"), ("1-HLF20-1", "twice"), ("kaputt", "no type")]
)
def test_a_mistake_in_the_file_is_named(call: str, named: str) -> None:
    force = FLOOD.forces.force[0]
    station = Station("Wache", 6.8, 50.8, ("1-HLF20-1", call))
    with pytest.raises(ValueError, match=named):
        check(ForcesFile((), (msgspec.structs.replace(force, station=(station,), neighbours=()),)))


def test_headings_are_degrees_from_north() -> None:
    assert heading((7, 51), (7, 52)) == 0
    assert heading((7, 51), (8, 51)) == 90
    assert heading((7, 51), (6, 51)) == 270
