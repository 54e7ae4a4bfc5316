"""Forces of an exercise: who has which vehicles where, and when they drive to which place. Pure: the same scenario and
moment give the same answer, along straight lines at the speed of the type."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import msgspec

from feeds.simulator.gauge import LOCAL
from geodata.model.catalogue import TYPES
from geodata.model.resource import ResourceKind

NEAREST = 3
"""Among so many places a vehicle is sent."""
_KM_PER_DEGREE = 111.195


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    longitude: float
    latitude: float
    since: str
    until: str

    def open(self, at: datetime) -> bool:
        return _local(self.since) <= at < _local(self.until)


class Station(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    longitude: float
    latitude: float
    calls: tuple[str, ...]


class Force(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`word` begins its call signs. `open`: everybody who is signed in sees its stock and writes there."""

    key: str
    name: str
    word: str
    kind: str
    bos: str
    region: str
    ars: str
    open: bool
    neighbours: tuple[str, ...]
    cover: dict[str, int]
    station: tuple[Station, ...]

    @property
    def vehicles(self) -> list[Vehicle]:
        return [Vehicle(self, station, call) for station in self.station for call in station.calls]


class ForcesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    place: tuple[Place, ...] = ()
    force: tuple[Force, ...] = ()


@dataclass(frozen=True)
class Vehicle:
    """One resource, also where it is none that drives."""

    force: Force
    station: Station
    call: str

    @property
    def type(self) -> str:
        return self.call.partition("-")[2].rpartition("-")[0]

    @property
    def callsign(self) -> str:
        return f"{self.force.word} {self.call}"

    @property
    def opta(self) -> str:
        """24 signs, as NRW fills them."""
        local, number = self.call.partition("-")[0], self.call.rpartition("-")[2]
        town = f"{self.force.ars[5:8]}{int(local):02}"
        return f"NW{self.force.bos:<3}{self.force.region:<3}{town:<5}{self.type[:8]:<8}{int(number):02} "

    @property
    def drives(self) -> bool:
        return TYPES[self.type].kind is ResourceKind.VEHICLE


@dataclass(frozen=True, slots=True)
class Sortie:
    """Leaves at `out` (FMS 3), is `there` (4), leaves `back` (1) and is `home` (2)."""

    place: Place
    out: datetime
    there: datetime
    back: datetime
    home: datetime


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """FMS state and since when, the place in degrees EPSG:4326, speed in m/s and heading while it moves."""

    code: str
    since: datetime
    longitude: float
    latitude: float
    speed: float = 0.0
    heading: float | None = None


class Forces:
    def __init__(self, name: str, start: datetime, end: datetime, file: ForcesFile) -> None:
        self.name, self.start, self.end = name, start, end
        self.places, self.forces = file.place, file.force
        self._known: dict[str, tuple[Sortie, ...]] = {}

    def whereabouts(self, vehicle: Vehicle, now: datetime) -> Whereabouts:
        at_home, far = (vehicle.station.longitude, vehicle.station.latitude), None
        since = self.start
        for sortie in self._sorties(vehicle):
            if now < sortie.out:
                break
            since, far = sortie.home, (sortie.place.longitude, sortie.place.latitude)
            if now < sortie.there:
                return _between("3", at_home, far, sortie.out, sortie.there, now)
            if now < sortie.back:
                return Whereabouts("4", sortie.there, *far)
            if now < sortie.home:
                return _between("1", far, at_home, sortie.back, sortie.home, now)
        return Whereabouts("2", since, *at_home)

    def _sorties(self, vehicle: Vehicle) -> tuple[Sortie, ...]:
        if vehicle.callsign not in self._known:
            self._known[vehicle.callsign] = self._planned(vehicle)
        return self._known[vehicle.callsign]

    def _planned(self, vehicle: Vehicle) -> tuple[Sortie, ...]:
        if not vehicle.drives:
            return ()
        chance = Random(f"{self.name} {vehicle.callsign}")  # noqa: S311  the same in every exercise
        here = (vehicle.station.longitude, vehicle.station.latitude)
        speed = TYPES[vehicle.type].speed_kmh
        found: list[Sortie] = []
        at = self.start + timedelta(minutes=chance.uniform(1, 180))
        while at < self.end:
            near = sorted((p for p in self.places if p.open(at)), key=lambda p: _km(here, (p.longitude, p.latitude)))
            if near:
                place = chance.choice(near[:NEAREST])
                way = timedelta(hours=_km(here, (place.longitude, place.latitude)) / speed)
                stay = timedelta(minutes=chance.uniform(40, 240))
                found.append(Sortie(place, at, at + way, at + way + stay, at + 2 * way + stay))
                at = found[-1].home
            at += timedelta(minutes=chance.uniform(60, 420))
        return tuple(found)


def _between(
    code: str, a: tuple[float, float], b: tuple[float, float], begun: datetime, done: datetime, now: datetime
) -> Whereabouts:
    part = (now - begun) / (done - begun)
    speed = _km(a, b) * 1000 / (done - begun).total_seconds()
    return Whereabouts(
        code, begun, a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), round(speed, 1), heading(a, b)
    )


def heading(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Degrees from north, on a plane."""
    east = (b[0] - a[0]) * math.cos(math.radians(a[1]))
    return round(math.degrees(math.atan2(east, b[1] - a[1])) % 360, 1) % 360


def _km(a: Sequence[float], b: Sequence[float]) -> float:
    east = (b[0] - a[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return _KM_PER_DEGREE * math.hypot(east, b[1] - a[1])


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def check(file: ForcesFile) -> None:
    """Raises ValueError for a type that the catalogue has not, a time that is none, a call sign that stands twice."""
    calls: set[str] = set()
    for place in file.place:
        if _local(place.until) <= _local(place.since):
            raise ValueError(f"{place.name}: until lies before since")
    keys = {force.key for force in file.force}
    for force in file.force:
        if set(force.neighbours) - keys:
            raise ValueError(f"{force.key}: there is no neighbour {min(set(force.neighbours) - keys)}")
        for vehicle in force.vehicles:
            if vehicle.type not in TYPES:
                raise ValueError(f"{vehicle.callsign}: the catalogue has no type {vehicle.type!r}")
            if vehicle.callsign in calls:
                raise ValueError(f"{vehicle.callsign} stands twice")
            calls.add(vehicle.callsign)
