"""The Hochwasserportal NRW (FEEDS section 2) as a pure function from a scenario and a moment to a reply.

It has the scenario's guests, which are the LANUK's and the water boards' own, and names the federal ones as well, as
the real portal does. It is written anew every five minutes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from pyproj import Transformer

from feeds.simulator.gauge import SENTINEL, Gauge, Reported
from feeds.simulator.rain import RainGauge
from feeds.simulator.reply import Moment, Reply, http_date, json_bytes
from feeds.simulator.scenario import Scenario

ROOT = "/lanuk/data"
WINTER = timezone(timedelta(hours=1))
WRITTEN_EVERY = timedelta(minutes=5)
WEEK = timedelta(days=7)
STAGES = {"LANUV_Info_1": "M_I", "LANUV_Info_2": "M_II", "LANUV_Info_3": "M_III"}
MEANS = {"LANUV_MNW": "MNW", "LANUV_MW": "MW", "LANUV_MHW": "MHW"}


def plays_in(scenario: Scenario) -> bool:
    return any(gauge.guest for gauge in scenario.gauges.values())


def answer(scenario: Scenario, moment: Moment, path: str, query: Mapping[str, str]) -> Reply:
    """`path` below ROOT, beginning with a slash; a query is only there to get past caches."""
    gauges = [g for g in scenario.gauges.values() if g.unit == "cm"]
    match path.strip("/").split("/"):
        case ["internet", "stations", "stations.json"]:
            told = [*(_station(moment, g) for g in gauges), *(_rain_station(r) for r in scenario.rain)]
            return _json(moment, [{name: "" if v is None else str(v) for name, v in row.items()} for row in told])
        case ["internet", "layers", "10", "index.json"]:
            return _json(moment, [_level(scenario, moment, g) for g in gauges])
        case ["internet", "layers", "30", "index.json"]:
            return _json(moment, [_rain(moment, r) for r in scenario.rain])
        case ["internet", "stations", site, number, "S", "week.json" | "alarmlevel.json" as name]:
            gauge = next((g for g in gauges if (_site(g), g.number) == (site, number)), None)
            if gauge is not None:
                return _json(moment, _series(scenario, moment, gauge, name))
        case ["messwerte.zip"]:
            return _zip(moment, "messwerte.txt", "cm", _levels_of_all(scenario, moment, [g for g in gauges if g.guest]))
        case ["niederschlag.zip"]:
            return _zip(moment, "niederschlag.txt", "mm/h", _rain_of_all(scenario, moment))
    return Reply(status=404, body=b"<!DOCTYPE html><html><body>404</body></html>", content_type="text/html")


def _site(gauge: Gauge) -> str:
    if gauge.guest:
        return "104" if "VERBAND" in gauge.agency else "100"
    return "104" if gauge.agency == "RUHRVERBAND" else "102"


def _station(moment: Moment, gauge: Gauge) -> dict[str, Any]:
    site = _site(gauge)
    head = _place("WSV_" + gauge.shortname.title() if site == "102" else gauge.shortname, gauge.number, site)
    east, north = _projected(gauge.longitude, gauge.latitude)
    return {
        **head,
        "station_latitude": gauge.latitude,
        "station_longitude": gauge.longitude,
        "station_carteasting": east,
        "station_cartnorthing": north,
        "object_type": "Allgemein;Oberflächengewässer",
        "catchment_name": "---" if site == "102" else f"{gauge.water.title()}einzugsgebiet",
        "WTO_OBJECT": gauge.water.title(),
        "WEB_STATYPE": "Infopegel" if "M_I" in gauge.marks else "Gewässerkundlicher Pegel",
        "GAUGE_DATUM": gauge.zero,
        "DIST_TO_CONFL": None if gauge.km is None else f"{gauge.km:.2f} km",
        **{ours: _mark(gauge, theirs) for ours, theirs in {**MEANS, **STAGES}.items()},
        "INTERNET_AKTIV": "yes",
        "INTERNET_BEMERKUNG": gauge.comment("W", moment.now),
        "LANUV_Betr": "---" if site == "102" else gauge.agency,
    }


def _rain_station(gauge: RainGauge) -> dict[str, Any]:
    east, north = _projected(gauge.longitude, gauge.latitude)
    return {
        **_place(f"{gauge.name}_NRW", gauge.number, "100"),
        "station_latitude": gauge.latitude,
        "station_longitude": gauge.longitude,
        "station_carteasting": east,
        "station_cartnorthing": north,
        "object_type": "Allgemein;Klimastation",
        "WTO_OBJECT": "",
        "LANUV_Betr": "LANUK",
    }


def _place(name: str, number: str, site: str) -> dict[str, Any]:
    names = {"100": "LANUK", "102": "Bund", "104": "Verbände"}
    return {
        "station_id": number[-5:],
        "station_no": number,
        "station_name": name,
        "site_no": site,
        "site_name": names[site],
    }


def _mark(gauge: Gauge, name: str) -> str:
    return f"{gauge.marks[name]:.1f}" if name in gauge.marks else ""


def _level(scenario: Scenario, moment: Moment, gauge: Gauge) -> dict[str, Any]:
    """Also of a gauge that is silent: its last value, with its time."""
    found = _newest(scenario, moment, gauge)
    known = _station(moment, gauge)
    return {
        "ts_id": int(gauge.number[-6:]),
        "timestamp": _stamp(moment, found.at) if found else "",
        "ts_value": "" if found is None or found.value == SENTINEL else f"{found.value:.2f}",
        "ts_name": "Wasserstand.Internet.15",
        "ts_shortname": "15m.Cmd.Internet",
        "ts_unitsymbol": "cm",
        "stationparameter_no": "S",
        **{name: value for name, value in known.items() if name not in ("GAUGE_DATUM", "DIST_TO_CONFL")},
    }


def _rain(moment: Moment, gauge: RainGauge) -> dict[str, Any]:
    at = gauge.newest(moment.now)
    return {
        "ts_id": int(gauge.number[-6:]),
        "timestamp": _stamp(moment, at),
        "ts_value": f"{gauge.intensity(at):.2f}",
        "ts_name": "Niederschlag.Internet.60",
        "ts_unitsymbol": "mm/h",
        "stationparameter_no": "N",
        **_rain_station(gauge),
    }


def _newest(scenario: Scenario, moment: Moment, gauge: Gauge) -> Reported | None:
    stamp, hand = gauge.newest(moment.now, scenario.data_from), moment.by_hand.get(gauge.key)
    if hand is not None and hand.at <= moment.now:
        return Reported(stamp if stamp is not None and stamp > hand.at else hand.at, hand.value)
    return None if stamp is None else Reported(stamp, gauge.level(stamp))


def _week(scenario: Scenario, moment: Moment, gauge: Gauge) -> Iterable[Reported]:
    hand, end = moment.by_hand.get(gauge.key), moment.now - timedelta(seconds=gauge.lag)
    for at in gauge.stamps(max(moment.now - WEEK, scenario.data_from), end):
        value = hand.value if hand is not None and hand.at <= at else gauge.level(at)
        if value != SENTINEL:
            yield Reported(at, value)


def _series(scenario: Scenario, moment: Moment, gauge: Gauge, name: str) -> list[dict[str, Any]]:
    head = {"station_name": gauge.shortname, "station_no": gauge.number, "ts_unitsymbol": "cm"}
    tail = {"CATCHMENT_SIZE": "", "WTO_OBJECT": gauge.water.title(), "columns": "Timestamp,Value"}
    since = _stamp(moment, max(moment.now - WEEK, scenario.data_from))
    if name == "alarmlevel.json":
        return [
            {**head, "ts_name": f"W.Informationswert_{i}", **tail, "rows": "1", "data": [[since, gauge.marks[mark]]]}
            for i, mark in enumerate(STAGES.values(), start=1)
            if mark in gauge.marks
        ]
    data = [[_stamp(moment, p.at), p.value] for p in _week(scenario, moment, gauge)]
    return [{**head, "ts_name": "Wasserstand.Internet.15", **tail, "rows": str(len(data)), "data": data}]


def _levels_of_all(scenario: Scenario, moment: Moment, gauges: list[Gauge]) -> Iterable[str]:
    for gauge in gauges:
        for point in _week(scenario, moment, gauge):
            yield f"{gauge.number};{_stamp(moment, point.at)};{point.value:.2f}"
        yield f"{gauge.number};"


def _rain_of_all(scenario: Scenario, moment: Moment) -> Iterable[str]:
    for gauge in scenario.rain:
        for at in gauge.stamps(max(moment.now - WEEK, scenario.data_from), moment.now):
            yield f"{gauge.number};{_stamp(moment, at)};{gauge.intensity(at):.2f}"
        yield f"{gauge.number};"


def _zip(moment: Moment, name: str, unit: str, lines: Iterable[str]) -> Reply:
    text = "\r\n".join([f"station_no;time;value({unit})", *lines, ""])
    holder = io.BytesIO()
    with zipfile.ZipFile(holder, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, _written(moment).timetuple()[:6]), text, zipfile.ZIP_DEFLATED)
    return Reply(200, holder.getvalue(), "application/zip", {"Cache-Control": "max-age=2592000"})


def _json(moment: Moment, value: Any) -> Reply:
    body, written = json_bytes(value, pretty=False), _written(moment)
    expires = {"Expires": http_date(written + WRITTEN_EVERY)}
    return Reply(200, body, "application/json", expires, last_modified=written)


def _written(moment: Moment) -> datetime:
    """When the file was last made: each five minutes, and at once for a value set by hand."""
    width = WRITTEN_EVERY.total_seconds()
    made = datetime.fromtimestamp(moment.now.timestamp() // width * width, UTC)
    return max([made, *(hand.at for hand in moment.by_hand.values() if hand.at <= moment.now)]) + moment.ahead


def _stamp(moment: Moment, at: datetime) -> str:
    return (at + moment.ahead).astimezone(WINTER).isoformat(timespec="milliseconds")


@lru_cache
def _projected(longitude: float | None, latitude: float | None) -> tuple[float | None, float | None]:
    """ETRS89/UTM32 in metres."""
    if longitude is None or latitude is None:
        return None, None
    east, north = _utm32().transform(longitude, latitude)
    return round(east, 3), round(north, 3)


@lru_cache
def _utm32() -> Transformer:
    return Transformer.from_crs(4326, 25832, always_xy=True)
