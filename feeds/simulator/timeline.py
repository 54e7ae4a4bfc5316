"""A scenario's happenings in their order, for people who prepare an exercise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feeds.simulator.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Happening:
    """`what` and `note` in short words, `where` a gauge, an area or a source."""

    at: datetime
    kind: Literal["peak", "warning", "sensor", "fault"]
    what: str
    where: str
    note: str = ""


def timeline(scenario: Scenario) -> list[Happening]:
    happenings: list[Happening] = []
    for gauge in scenario.gauges.values():
        place = f"{gauge.shortname} ({gauge.water.capitalize()})"
        if gauge.peak:
            note = f"{gauge.peak.value:g} {gauge.unit}, {gauge.peak.confidence}"
            happenings.append(Happening(gauge.peak.at, "peak", "peak", place, note))
        for trouble in gauge.disturbances:
            happenings.append(Happening(trouble.start, "sensor", f"sensor {trouble.kind}", place, ""))
            happenings.append(Happening(trouble.end, "sensor", f"sensor no longer {trouble.kind}", place, ""))
        for remark in gauge.remarks:
            happenings.append(Happening(remark.start, "sensor", f"remark on {remark.quantity}", place, remark.text))
    for message in scenario.messages:
        what = f"MoWaS {message.type} {message.severity}"
        happenings.append(Happening(message.sent, "warning", what, message.area_name, message.headline))
    for alert in scenario.weather:
        what = f"DWD {alert.type} {alert.severity}"
        where = f"{len(alert.municipalities)} municipalities"
        happenings.append(Happening(alert.sent, "warning", what, where, alert.headline))
    for entry in scenario.faults:
        happenings.append(Happening(entry.start, "fault", f"source fails: {entry.fault.kind}", entry.feed))
        happenings.append(Happening(entry.end, "fault", "source back", entry.feed))
    return sorted(happenings, key=lambda h: h.at)
