"""The Länderübergreifendes Hochwasserportal (FEEDS section 3) as a pure function from a scenario and a moment.

Classes follow the gauges' marks. Alerts of a river follow its gravest gauge; the real alerts are made by people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from feeds.simulator.gauge import LOCAL, SENTINEL, Gauge
from feeds.simulator.reply import Moment, Reply, content_tag, json_bytes
from feeds.simulator.scenario import Scenario

ROOT = "/lhp/public/v1/data"
WINTER = timezone(timedelta(hours=1))
SILENT_AFTER = timedelta(hours=3)
CLEAR_FOR = timedelta(hours=6)
CHANGED_EVERY = timedelta(minutes=15)
CLASSES = ("M_I", "M_II", "M_III", "HHW")
NAMES = {
    -1: ("Derzeit keine Daten", "#7b7b7b"),
    0: ("Kein Hochwasser", "#7CBD5C"),
    1: ("Kleines Hochwasser", "#ffff00"),
    2: ("Mittleres Hochwasser", "#ffa500"),
    3: ("Großes Hochwasser", "#de0000"),
    4: ("Sehr großes Hochwasser", "#941094"),
}
ALERTS = {
    "1": ("Entwarnung", "#60bf41"),
    "2": ("Vorwarnung", "#f0f0f0"),
    "4": ("Hochwasser", "#fb8c00"),
    "5": ("Großes Hochwasser", "#e53935"),
    "6": ("Sehr großes Hochwasser", "#765e9c"),
}
ALERT_OF = {1: "2", 2: "4", 3: "5", 4: "6"}


def plays_in(scenario: Scenario) -> bool:
    return bool(_gauges(scenario))


def answer(scenario: Scenario, moment: Moment, path: str, query: Mapping[str, str]) -> Reply:
    """`path` below ROOT, beginning with a slash."""
    states = {part.strip() for part in query.get("states", "").split(",") if part.strip()}
    gauges = [g for g in _gauges(scenario) if not states or g.land in states]
    match path.strip("/"):
        case "stations":
            legend = [{"lhpClass": n, "lhpClassName": name, "color": c} for n, (name, c) in NAMES.items()]
            features = [_station(scenario, moment, g) for g in gauges]
            return _reply(moment, "Aktuelle Hochwassersituation", "Situation am Pegel", legend, features)
        case "alerts":
            legend = [{"lhpClass": int(n), "lhpClassName": name, "color": c} for n, (name, c) in ALERTS.items()]
            rivers = sorted({(g.land, g.water) for g in gauges})
            found = [
                _alert(moment, land, water, [g for g in gauges if (g.land, g.water) == (land, water)])
                for land, water in rivers
            ]
            return _reply(
                moment, "Aktuelle Hochwasser-Warnungen", "Hochwasser-Warnungen", legend, [a for a in found if a]
            )
    return Reply(status=404, body=b'{"status":"error","message":"not found"}', content_type="application/json")


def _gauges(scenario: Scenario) -> list[Gauge]:
    return [g for g in scenario.gauges.values() if g.unit == "cm" and "M_I" in g.marks and g.longitude is not None]


def _class(moment: Moment, gauge: Gauge, at: datetime) -> int:
    hand = moment.by_hand.get(gauge.key)
    value = hand.value if hand is not None and hand.at <= at else gauge.level(at)
    if value == SENTINEL:
        return -1
    return max(
        (i for i, name in enumerate(CLASSES, start=1) if value >= gauge.marks.get(name, float("inf"))), default=0
    )


def _station(scenario: Scenario, moment: Moment, gauge: Gauge) -> dict[str, Any]:
    at = gauge.newest(moment.now, scenario.data_from)
    known = at is not None and moment.now - at <= SILENT_AFTER
    number = _class(moment, gauge, at) if at is not None and known else -1
    name, colour = NAMES[number]
    return {
        "kind": "Station",
        "id": f"{gauge.land}_{gauge.number}",
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [gauge.longitude, gauge.latitude]},
        "properties": {
            "name": gauge.shortname,
            "water": gauge.water.title(),
            "timestamp": (at + moment.ahead).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S") if at else None,
            "lhpClass": number,
            "stateClassName": name,
            "stationLink": f"https://www.hochwasserportal.nrw/webpublic/#/overview/Wasserstand/station/{gauge.number}",
            "stateId": f"DE-{gauge.land}",
        },
        "style": {"color": colour},
    }


def _alert(moment: Moment, land: str, water: str, gauges: list[Gauge]) -> dict[str, Any] | None:
    """None while the river is quiet. An all-clear stays for some hours."""
    now = datetime.fromtimestamp(moment.now.timestamp() // 900 * 900, UTC)
    gravest = max(_class(moment, g, now) for g in gauges)
    before = max(_class(moment, g, now - timedelta(hours=h)) for g in gauges for h in range(0, 7, 2))
    if gravest < 1 and before < 1:
        return None
    number = ALERT_OF.get(gravest, "1")
    name, colour = ALERTS[number]
    ends = [f"{g.shortname}" for g in (gauges[0], gauges[-1])]
    return {
        "kind": "AlertArea",
        "id": f"{land}_{water}_L",
        "type": "Feature",
        "geometry": _reach(gauges),
        "properties": {
            "areaDesc": f"{water.title()}: {' bis '.join(dict.fromkeys(ends))}",
            "areaType": "River",
            "alertHeadline": "Es liegt eine amtliche Hochwasserinformation vor",
            "lhpClass": number,
            "lhpClassName": name,
        },
        "style": {"color": colour},
    }


def _reach(gauges: list[Gauge]) -> dict[str, Any]:
    """The line through the river's gauges, or a short stretch at the only one."""
    ordered = sorted(gauges, key=lambda g: g.km or 0.0)
    points = [[g.longitude, g.latitude] for g in ordered]
    if len(points) == 1:
        x, y = float(points[0][0] or 0), float(points[0][1] or 0)
        points = [[x - 0.01, y - 0.005], [x, y], [x + 0.01, y + 0.005]]
    return {"type": "LineString", "coordinates": points}


def _reply(moment: Moment, title: str, legend_title: str, legend: list[Any], features: list[Any]) -> Reply:
    updated = (moment.now + moment.ahead).replace(second=0, microsecond=0)
    width = CHANGED_EVERY.total_seconds()
    modified = datetime.fromtimestamp(moment.now.timestamp() // width * width, UTC) + moment.ahead
    body = json_bytes(
        {
            "apiVersion": "1.0 beta, 2025-02-04",
            "status": "success",
            "lang": "de",
            "source": "https://www.hochwasserzentralen.de",
            "licenceName": "CC BY 4.0 - Namensnennung",
            "title": title,
            "updated": updated.astimezone(WINTER).isoformat(timespec="seconds"),
            "lastModified": modified.astimezone(WINTER).isoformat(timespec="seconds"),
            "legend": {"title": legend_title, "items": legend},
            "type": "FeatureCollection",
            "bbox": [5.839, 55.0933, 15.0916, 47.2318],
            "features": features,
        },
        pretty=False,
    )
    return Reply(200, body, "application/json", {"Cache-Control": "max-age=60"}, content_tag(body))
