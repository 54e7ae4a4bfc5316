"""What happens when. A scenario is a folder of TOML files that people can read and correct:
`scenario.toml` (span, sources, faults), `gauges.toml`, and `forces.toml`, `rain.toml`, `satellite.toml`,
`warnings.toml` and `weather.toml` where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from feeds.simulator import activations
from feeds.simulator import forces as forces_of
from feeds.simulator.activations import Activation, SatelliteFile
from feeds.simulator.curves import Curve
from feeds.simulator.faults import PlannedFault
from feeds.simulator.forces import Forces, ForcesFile
from feeds.simulator.gauge import LOCAL, Gauge, Moment
from feeds.simulator.rain import RainGauge
from feeds.simulator.warnings import Message, WeatherAlert

FEEDS = ("pegelonline", "nina", "dwd_cap", "lanuk", "lhp", "copernicus_ems")


class BadScenario(Exception):
    """A scenario cannot be played; the message names the file and the place."""


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    title: str
    summary: str
    start: Moment
    end: Moment
    data_from: Moment
    forecast_runs: tuple[int, ...] = (7,)
    """Hours of the day (local) at which the forecast service issues a run."""
    faults: list[PlannedFault] = []


class _MessageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    message: tuple[Message, ...] = ()


class _WeatherFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    alert: tuple[WeatherAlert, ...] = ()


class _GaugeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    gauge: list[Gauge] = []


class _RainFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rain: tuple[RainGauge, ...] = ()


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """`start` and `end` bound the exercise, `data_from` the oldest value a gauge will tell of."""

    name: str
    title: str
    summary: str
    start: datetime
    end: datetime
    data_from: datetime
    forecast_runs: tuple[int, ...]
    faults: list[PlannedFault]
    gauges: dict[str, Gauge]
    messages: tuple[Message, ...]
    weather: tuple[WeatherAlert, ...]
    rain: tuple[RainGauge, ...] = ()
    satellite: tuple[Activation, ...] = ()
    forces: ForcesFile = ForcesFile()

    def marching(self) -> Forces:
        """Its organisations and their vehicles as its clock goes."""
        return Forces(self.name, self.start, self.end, self.forces)

    def gauge(self, key: str) -> Gauge:
        """By key, uuid or shortname. Raises KeyError."""
        for gauge in self.gauges.values():
            if key in (gauge.key, gauge.uuid, gauge.shortname):
                return gauge
        raise KeyError(key)


def available() -> list[str]:
    return sorted(entry.name for entry in _shelf().iterdir() if entry.joinpath("scenario.toml").is_file())


def load(scenario: str | Path) -> Scenario:
    """A scenario by its name, or the folder of one's own. Raises BadScenario."""
    folder: Traversable = scenario if isinstance(scenario, Path) else _shelf().joinpath(scenario)
    if not folder.joinpath("scenario.toml").is_file():
        raise BadScenario(f"there is no scenario {scenario!s}; there are: {', '.join(available())}")
    head = _read(folder, "scenario.toml", _Head)
    gauges = _read(folder, "gauges.toml", _GaugeFile).gauge
    by_key = {gauge.key: gauge for gauge in gauges}
    if len(by_key) != len(gauges):
        raise BadScenario(f"{folder.name}/gauges.toml: two gauges have the same key")
    for entry in head.faults:
        if entry.feed not in FEEDS:
            raise BadScenario(f"{folder.name}/scenario.toml: feed {entry.feed!r} is not one of {', '.join(FEEDS)}")
    messages = _read(folder, "warnings.toml", _MessageFile).message
    weather = _read(folder, "weather.toml", _WeatherFile).alert
    _check_references(f"{folder.name}/warnings.toml", {m.id: m for m in messages}, len(messages))
    _check_references(f"{folder.name}/weather.toml", {a.uuid: a for a in weather}, len(weather))
    return Scenario(
        name=folder.name,
        title=head.title,
        summary=head.summary,
        start=head.start,
        end=head.end,
        data_from=head.data_from,
        forecast_runs=head.forecast_runs,
        faults=head.faults,
        gauges=by_key,
        messages=messages,
        weather=weather,
        rain=_read(folder, "rain.toml", _RainFile).rain,
        satellite=_satellite(folder),
        forces=_forces(folder),
    )


def _satellite(folder: Traversable) -> tuple[Activation, ...]:
    found: tuple[Activation, ...] = _read(folder, "satellite.toml", SatelliteFile).activation
    try:
        activations.check(found)
    except ValueError as error:
        raise BadScenario(f"{folder.name}/satellite.toml: {error}") from error
    return found


def _forces(folder: Traversable) -> ForcesFile:
    found: ForcesFile = _read(folder, "forces.toml", ForcesFile)
    try:
        forces_of.check(found)
    except ValueError as error:
        raise BadScenario(f"{folder.name}/forces.toml: {error}") from error
    return found


def _check_references(where: str, by_key: Mapping[str, Message | WeatherAlert], number: int) -> None:
    """Keys are unique, what a message replaces was sent before it, and its areas exist. Raises BadScenario."""
    if len(by_key) != number:
        raise BadScenario(f"{where}: two messages have the same id")
    for key, message in by_key.items():
        for former in message.replaces:
            if former not in by_key or by_key[former].sent >= message.sent:
                raise BadScenario(f"{where}: {key} replaces {former}, which was not sent before it")
        if message.type != "Alert" and not message.replaces:
            raise BadScenario(f"{where}: {key} is an {message.type} but replaces nothing")
        try:
            if not message.municipalities or not all(part.is_valid for part in message.parts):
                raise ValueError("its area is empty or crosses itself")
        except ValueError as error:
            raise BadScenario(f"{where}: {key}: {error}") from error


def _shelf() -> Traversable:
    return files("feeds.simulator").joinpath("scenarios")


def _read(folder: Traversable, name: str, kind: type[Any]) -> Any:
    if not (file := folder.joinpath(name)).is_file():
        return kind()
    try:
        return msgspec.toml.decode(file.read_bytes(), type=kind, dec_hook=_decode)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadScenario(f"{folder.name}/{name}: {error}") from error


def _decode(kind: type, raw: Any) -> Any:
    if kind is Curve:
        return Curve([_knot(line) for line in str(raw).splitlines() if line.strip()])
    raise NotImplementedError(kind)


def _knot(line: str) -> tuple[datetime, float]:
    """`2021-07-15 03:00 690`: local time and value."""
    try:
        day, clock, value = line.split()
        return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=LOCAL), float(value)
    except ValueError as error:
        raise ValueError(f"curve line {line.strip()!r} is not 'YYYY-MM-DD HH:MM value'") from error
