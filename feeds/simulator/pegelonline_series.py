"""The time series of PEGELONLINE: what a series object, a current value, a measurement and a forecast look like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from feeds.simulator.curves import jitter
from feeds.simulator.gauge import LOCAL, OUTDATED_AFTER, SENTINEL, Gauge, Reported
from feeds.simulator.reply import Moment
from feeds.simulator.scenario import Scenario

FORECAST_STEP = timedelta(hours=2)
FORECAST_STEPS, ESTIMATE_STEPS = 25, 24
FORECAST_DELAY = timedelta(minutes=20)

LONGNAMES = {
    "GlW": "gleichwertiger Wasserstand",
    "TuGLW": "Tiefe unter GlW",
    "HHW": "Höchster Hochwasserstand",
    "NNW": "Niedrigster Niedrigwasserstand",
    "MNW": "Mittel der Niedrigwasserstände ",
    "MW": "Mittel der Tageswasserstände ",
    "MHW": "Mittel der Hochwasserstände ",
    "HSW": "höchster Schifffahrtswasserstand",
    "M_I": "Marke_I",
    "M_II": "Marke_II",
    "M_III": "Marke_III",
}
_DATED: dict[str, dict[str, Any]] = {
    "GlW": {"validFrom": "2012-01-01"},
    "HSW": {"validFrom": "1950-01-01"},
    **{name: {"occurrences": ["1926-01-01"]} for name in ("HHW", "NNW")},
    **{name: {"timespanStart": "2000-11-01", "timespanEnd": "2010-10-31"} for name in ("MNW", "MW", "MHW")},
}


class BadStart(Exception):
    """A parameter that the source answers with 400; the message is the source's."""


def series_of(
    scenario: Scenario, moment: Moment, gauge: Gauge, quantity: str, query: Mapping[str, str]
) -> dict[str, Any]:
    series: dict[str, Any] = {
        "shortname": quantity,
        "longname": {"W": "WASSERSTAND ROHDATEN", "Q": "ABFLUSS_ROHDATEN", "WV": "WASSERSTANDVORHERSAGE"}[quantity],
        "unit": "m³/s" if quantity == "Q" else gauge.unit,
        "equidistance": 120 if quantity == "WV" else gauge.every,
    }
    if quantity == "WV":
        if points := forecast_points(scenario, moment, gauge):
            series["start"], series["end"] = points[0]["timestamp"], points[-1]["timestamp"]
        return series
    if query.get("includeCurrentMeasurement", "").lower() == "true":
        value = current(scenario, moment, gauge, quantity)
        if value is not None:
            series["currentMeasurement"] = value
    if comment := gauge.comment(quantity, moment.now):
        series["comment"] = {"shortDescription": comment, "longDescription": comment}
    if quantity == "W" and gauge.zero is not None:
        series["gaugeZero"] = {"unit": "m. ü. NHN", "value": gauge.zero, "validFrom": "2019-11-01"}
    if query.get("includeCharacteristicValues", "").lower() == "true":
        series["characteristicValues"] = _marks(gauge) if quantity == "W" else []
    return series


def _marks(gauge: Gauge) -> list[dict[str, Any]]:
    return [
        {
            "shortname": name,
            "longname": LONGNAMES[name],
            "unit": gauge.unit,
            "value": float(value),
            **_DATED.get(name, {}),
        }
        for name, value in gauge.marks.items()
    ]


def current(scenario: Scenario, moment: Moment, gauge: Gauge, quantity: str) -> dict[str, Any] | None:
    """The newest visible value; None if the series has none yet."""
    if quantity == "WV":
        points = forecast_points(scenario, moment, gauge)
        return points[0] if points else None
    newest = _newest(scenario, moment, gauge)
    if newest is None:
        return None
    if quantity == "Q":
        return _newest_discharge(scenario, moment, gauge, newest)
    value: dict[str, Any] = {"timestamp": moment.local(newest.at), "value": newest.value}
    value["stateMnwMhw"], value["stateNswHsw"] = _states(gauge, newest, moment)
    return value


def _newest(scenario: Scenario, moment: Moment, gauge: Gauge) -> Reported | None:
    stamp = gauge.newest(moment.now, scenario.data_from)
    hand = moment.by_hand.get(gauge.key)
    if hand is not None and hand.at <= moment.now and (stamp is None or stamp < hand.at):
        return hand
    return None if stamp is None else Reported(stamp, _level(moment, gauge, stamp))


def _level(moment: Moment, gauge: Gauge, stamp: datetime) -> float:
    """What the gauge reported at a stamp; a value set by hand holds from its time on."""
    hand = moment.by_hand.get(gauge.key)
    return hand.value if hand is not None and hand.at <= min(stamp, moment.now) else gauge.level(stamp)


def _newest_discharge(scenario: Scenario, moment: Moment, gauge: Gauge, level: Reported) -> dict[str, Any] | None:
    """Where the rating ends the source keeps showing the last discharge, days old if need be."""
    at: datetime | None = level.at
    for _ in range(24 * 60 // gauge.every):
        if at is None:
            return None
        value = gauge.discharge(level.value if at == level.at else _level(moment, gauge, at))
        if value is not None:
            return {"timestamp": moment.local(at), "value": value}
        at = gauge.newest(at - timedelta(minutes=gauge.every) + timedelta(seconds=gauge.lag), scenario.data_from)
    return None


def _states(gauge: Gauge, newest: Reported, moment: Moment) -> tuple[str, str]:
    if gauge.comment("W", moment.now):
        return "commented", "commented"
    if moment.now - newest.at > OUTDATED_AFTER:
        return "out-dated", "out-dated"
    marks, value = gauge.marks, newest.value
    if value == SENTINEL:
        return "unknown", "unknown"
    low, high, limit = marks.get("MNW"), marks.get("MHW"), marks.get("HSW")
    mean_state = "unknown"
    if low is not None and high is not None:
        mean_state = "low" if value <= low else "high" if value >= high else "normal"
    return mean_state, "unknown" if limit is None else "high" if value >= limit else "normal"


def measurements(
    scenario: Scenario, moment: Moment, gauge: Gauge, quantity: str, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """From `start` to `end`, both inclusive, as far as visible now. Values set by hand hold from their time on."""
    hand = moment.by_hand.get(gauge.key)
    visible = moment.now - timedelta(seconds=gauge.lag)
    stamps = gauge.stamps(max(start, scenario.data_from), min(end, visible))
    points = [Reported(stamp, _level(moment, gauge, stamp)) for stamp in stamps]
    if hand is not None and start <= hand.at <= min(end, moment.now) and all(p.at != hand.at for p in points):
        points = sorted([*points, hand], key=lambda p: p.at)
    if quantity == "W":
        return [{"timestamp": moment.local(p.at), "value": p.value} for p in points]
    flows = [(p.at, gauge.discharge(p.value)) for p in points]
    return [{"timestamp": moment.local(at), "value": flow} for at, flow in flows if flow is not None]


def forecast_points(scenario: Scenario, moment: Moment, gauge: Gauge) -> list[dict[str, Any]]:
    """The latest run only: 25 forecast and 24 estimate points. A forecast knows the coming curve with an error that
    grows with the lead time and differs from run to run, at most 12 % of the change to come."""
    start = _latest_run(scenario, moment.now - FORECAST_DELAY)
    if start is None:
        return []
    now_level = gauge.true_level(start)
    skew = jitter(f"{gauge.key}/run", int(start.timestamp() // 3600), 0.12)
    points = []
    for step in range(FORECAST_STEPS + ESTIMATE_STEPS):
        at = start + step * FORECAST_STEP
        lead = step / (FORECAST_STEPS + ESTIMATE_STEPS - 1)
        change = gauge.true_level(at) - now_level
        points.append(
            {
                "initialized": moment.local(start),
                "timestamp": moment.local(at),
                "value": float(round(now_level + change * (1 + skew * lead))),
                "type": "forecast" if step < FORECAST_STEPS else "estimate",
            }
        )
    return points


def _latest_run(scenario: Scenario, now: datetime) -> datetime | None:
    local = now.astimezone(LOCAL)
    days = (local - timedelta(days=back) for back in (0, 1))
    hours = scenario.forecast_runs
    runs = (day.replace(hour=hour, minute=0, second=0, microsecond=0) for day in days for hour in hours)
    return max((run for run in runs if run <= local), default=None)


_PERIOD = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def parse_start(text: str, anchor: datetime, name: str) -> datetime:
    """An ISO stamp with offset, or a period counted back from `anchor`. Raises BadStart in the source's words."""
    match = _PERIOD.fullmatch(text)
    if match and any(match.groups()):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return anchor - timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        # a plus sign that the asker did not escape arrives as a space
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadStart(f"Given {name} parameter is neither a valid ISO date time, nor an ISO period.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
