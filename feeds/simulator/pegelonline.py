"""PEGELONLINE's REST interface v2 (FEEDS section 1) as a pure function from a scenario and a moment to a reply."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from feeds.simulator.gauge import Gauge
from feeds.simulator.pegelonline_series import (
    BadStart,
    current,
    forecast_points,
    measurements,
    parse_start,
    series_of,
)
from feeds.simulator.reply import Moment, Reply, content_tag, http_date, json_bytes
from feeds.simulator.scenario import Scenario

ROOT = "/pegelonline/webservices/rest-api/v2"
LONGEST = timedelta(days=31)
DEFAULT_SPAN = timedelta(days=10)

Query = Mapping[str, str]


class _Missing(Exception):
    """The source's own 404 as JSON; the message is the source's."""


def answer(scenario: Scenario, moment: Moment, path: str, query: Query) -> Reply:
    """`path` below ROOT, beginning with a slash. A path that is not of the interface answers 404 as HTML."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    pretty = query.get("prettyprint", "true") != "false"
    try:
        match parts:
            case ["stations.json"]:
                return _ok(moment, [_station(scenario, moment, g, query) for g in _selected(scenario, query)], pretty)
            case ["waters.json"]:
                return _ok(moment, _waters(scenario), pretty)
            case ["stations", name] if name.endswith(".json") and name != ".json":
                gauge = _gauge(scenario, name.removesuffix(".json"))
                return _ok(moment, _station(scenario, moment, gauge, query), pretty)
            case ["stations", name, series] if series.endswith(".json") and series != ".json":
                quantity = _quantity(gauge := _gauge(scenario, name), series.removesuffix(".json"))
                return _ok(moment, series_of(scenario, moment, gauge, quantity, query), pretty)
            case ["stations", name, series, "currentmeasurement.json"]:
                quantity = _quantity(gauge := _gauge(scenario, name), series)
                value = current(scenario, moment, gauge, quantity)
                if value is None:
                    raise _Missing("Current measurement does not exist.")
                return _ok(moment, value, pretty)
            case ["stations", name, series, "measurements.json" | "measurements.csv" as form]:
                quantity = _quantity(gauge := _gauge(scenario, name), series)
                return _measurements(scenario, moment, gauge, quantity, query, form.endswith("csv"))
    except _Missing as error:
        return _error(404, str(error))
    except BadStart as error:
        return _error(400, str(error))
    return Reply(status=404, body=_NOT_FOUND.encode("iso-8859-1"), content_type="text/html")


def _ok(moment: Moment, value: Any, pretty: bool) -> Reply:
    body = json_bytes(value, pretty=pretty)
    return Reply(200, body, "application/json;charset=UTF-8", _caching(moment), content_tag(body))


def _caching(moment: Moment) -> dict[str, str]:
    """Everything holds until the next full minute."""
    left = 60 - moment.now.second
    expires = moment.now + moment.ahead + timedelta(seconds=left)
    return {
        "Cache-Control": f"no-transform, must-revalidate, proxy-revalidate, max-age={left}",
        "Expires": http_date(expires),
        "Access-Control-Allow-Origin": "*",
        "Vary": "Accept-Encoding",
        "Server": "Apache",
    }


def _error(status: int, message: str) -> Reply:
    body = json_bytes({"status": status, "message": message}, pretty=False)
    return Reply(status, body, "application/json;charset=UTF-8", {"Access-Control-Allow-Origin": "*"})


_NOT_FOUND = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">
<title>PEGELONLINE | Seite nicht gefunden</title>
</head>
<body><h1>Seite nicht gefunden</h1><p>Diese Übungs-Schnittstelle kennt die Seite nicht.</p></body>
</html>
"""


def _own(scenario: Scenario) -> list[Gauge]:
    """Without guests, which the Land's portal publishes."""
    return [gauge for gauge in scenario.gauges.values() if not gauge.guest]


def _gauge(scenario: Scenario, name: str) -> Gauge:
    for gauge in _own(scenario):
        if name in (gauge.uuid, gauge.number) or name.casefold() == gauge.shortname.casefold():
            return gauge
    raise _Missing("Station does not exist.")


def _quantity(gauge: Gauge, name: str) -> str:
    if name not in _quantities(gauge, with_forecast=True):
        raise _Missing("Timeseries does not exist.")
    return name


def _quantities(gauge: Gauge, *, with_forecast: bool) -> list[str]:
    """In the order of the source: by name."""
    return [
        *(["Q"] if gauge.rating else []),
        "W",
        *(["WV"] if gauge.forecast and with_forecast else []),
    ]


def _wanted(query: Query, name: str) -> bool:
    return query.get(name, "false").lower() == "true"


def _names(query: Query, name: str) -> set[str]:
    return {part.strip().casefold() for part in query.get(name, "").split(",") if part.strip()}


def _selected(scenario: Scenario, query: Query) -> list[Gauge]:
    """The parameters narrow down together; one that the source does not know (`bbox`) is silently ignored."""
    chosen = sorted(_own(scenario), key=lambda g: (g.water, g.shortname))
    if waters := _names(query, "waters"):
        chosen = [g for g in chosen if {g.water.casefold(), g.water_longname.casefold()} & waters]
    if ids := _names(query, "ids"):
        chosen = [g for g in chosen if {g.uuid, g.number, g.shortname.casefold()} & ids]
    if fuzzy := query.get("fuzzyId", "").casefold():
        chosen = [g for g in chosen if fuzzy in g.shortname.casefold() or fuzzy in g.number or fuzzy in g.uuid]
    if series := _names(query, "timeseries"):
        chosen = [g for g in chosen if series & {q.casefold() for q in _quantities(g, with_forecast=True)}]
    for needed in _names(query, "hasTimeseries"):
        chosen = [g for g in chosen if needed in {q.casefold() for q in _quantities(g, with_forecast=True)}]
    if "latitude" in query and "longitude" in query:
        chosen = [g for g in chosen if _near(g, _number(query, "latitude"), _number(query, "longitude"), query)]
    elif "km" in query and "radius" in query:
        km, radius = _number(query, "km"), _number(query, "radius")
        chosen = [g for g in chosen if g.km is not None and abs(g.km - km) <= radius]
    offset = int(_number(query, "offset")) if "offset" in query else 0
    limit = int(_number(query, "limit")) if "limit" in query else len(chosen)
    return chosen[offset : offset + limit]


def _number(query: Query, name: str) -> float:
    try:
        return float(query[name])
    except (KeyError, ValueError) as error:
        raise BadStart(f"Given {name} parameter is not a number.") from error


def _near(gauge: Gauge, latitude: float, longitude: float, query: Query) -> bool:
    if gauge.longitude is None or gauge.latitude is None:
        return False
    radius = _number(query, "radius") if "radius" in query else 20.0
    north = (gauge.latitude - latitude) * 111.2
    east = (gauge.longitude - longitude) * 111.2 * math.cos(math.radians(latitude))
    return math.hypot(north, east) <= radius


def _station(scenario: Scenario, moment: Moment, gauge: Gauge, query: Query) -> dict[str, Any]:
    station: dict[str, Any] = {
        "uuid": gauge.uuid,
        "number": gauge.number,
        "shortname": gauge.shortname,
        "longname": gauge.longname,
        "km": gauge.km,
        "agency": gauge.agency,
        "longitude": gauge.longitude,
        "latitude": gauge.latitude,
        "water": {"shortname": gauge.water, "longname": gauge.water_longname},
    }
    station = {name: value for name, value in station.items() if value is not None}
    with_forecast = _wanted(query, "includeForecastTimeseries")
    if _wanted(query, "includeTimeseries") or with_forecast:
        only = _names(query, "timeseries")
        station["timeseries"] = [
            series_of(scenario, moment, gauge, quantity, query)
            for quantity in _quantities(gauge, with_forecast=with_forecast)
            if not only or quantity.casefold() in only
        ]
    return station


def _waters(scenario: Scenario) -> list[dict[str, str]]:
    waters = {gauge.water: gauge.water_longname for gauge in _own(scenario)}
    return [{"shortname": short, "longname": long} for short, long in sorted(waters.items(), key=lambda w: w[1])]


def _measurements(
    scenario: Scenario, moment: Moment, gauge: Gauge, quantity: str, query: Query, as_table: bool
) -> Reply:
    if quantity == "WV":
        points = forecast_points(scenario, moment, gauge)
    else:
        end = parse_start(query["end"], moment.now, "end") if "end" in query else moment.now
        start = parse_start(query["start"], end, "start") if "start" in query else end - DEFAULT_SPAN
        points = measurements(scenario, moment, gauge, quantity, max(start, moment.now - LONGEST), end)
    if not as_table:
        return _ok(moment, points, query.get("prettyprint", "true") != "false")
    lines = ["timestamp;value"]
    lines += [f"{p['timestamp'][:16].replace('T', ' ')};{p['value']:.10g}" for p in points]
    body = ("\n".join(lines) + "\n").encode()
    return Reply(200, body, "text/csv;charset=UTF-8", _caching(moment), content_tag(body))
