"""NINA's interface api31 (FEEDS section 4) as a pure function from a scenario and a moment to a reply."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from feeds.simulator.areas import all_municipalities
from feeds.simulator.nina_warning import VERSION, detail_of, geometry_of, weather_detail
from feeds.simulator.reply import Moment, Reply, json_bytes
from feeds.simulator.scenario import Scenario
from feeds.simulator.warnings import Message, WeatherAlert, in_force, listed
from geodata.model.ars import DISTRICTS_NRW

ROOT = "/nina/api31"
CHANNELS = ("mowas", "katwarn", "biwapp", "dwd", "lhp", "police")
PROVIDERS = {"mowas": "MOWAS", "katwarn": "KATWARN", "biwapp": "BIWAPP", "lhp": "LHP", "police": "POLICE"}


def answer(scenario: Scenario, moment: Moment, path: str, query: Mapping[str, str]) -> Reply:
    """`path` below ROOT. No conditional requests: the real service gives no useful validators."""
    match path.strip("/").split("/"):
        case [channel, "mapData.json"] if channel in CHANNELS:
            return _json(_map_data(scenario, moment, channel))
        case ["warnings", name] if name.endswith(".json"):
            return _warning(scenario, moment, name.removesuffix(".json"), as_geometry=False)
        case ["warnings", name] if name.endswith(".geojson"):
            return _warning(scenario, moment, name.removesuffix(".geojson"), as_geometry=True)
        case ["dashboard", name] if name.endswith(".json"):
            return _json(_dashboard(scenario, moment, name.removesuffix(".json")))
        case ["archive.mowas", name] if name.endswith("-mapping.json"):
            return _archived(scenario, moment, name.removesuffix("-mapping.json"))
    return _not_found()


def _json(value: Any) -> Reply:
    return Reply(200, json_bytes(value, pretty=False), "application/json", {"Cache-Control": "max-age=60"})


def _not_found() -> Reply:
    page = b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>404 Not Found</body>\r\n</html>\r\n"
    return Reply(404, page, "text/html")


def _map_data(scenario: Scenario, moment: Moment, channel: str) -> list[dict[str, Any]]:
    if channel == "dwd":
        return [_weather_row(moment, alert) for alert in in_force(scenario.weather, moment.now)]
    return [
        {
            "id": message.id,
            "version": VERSION,
            "startDate": moment.local(message.sent),
            **({"expiresDate": moment.local(message.listed_until)} if message.listed_until else {}),
            "severity": message.severity,
            "urgency": message.urgency,
            "type": message.type,
            "i18nTitle": {"de": message.headline, "en": message.headline_en},
            "transKeys": {"event": message.event_code},
        }
        for message in listed(scenario.messages, moment.now)
        if message.channel == channel
    ]


def _weather_row(moment: Moment, alert: WeatherAlert) -> dict[str, Any]:
    return {
        "id": _weather_id("dwdmap", alert),
        "version": VERSION,
        "startDate": moment.local(alert.sent),
        "expiresDate": moment.local(alert.expires),
        "severity": alert.severity,
        "urgency": alert.urgency,
        "type": alert.type,
        "i18nTitle": {"de": alert.headline, "en": alert.headline_en},
    }


def _weather_id(prefix: str, alert: WeatherAlert) -> str:
    return f"{prefix}.{alert.identifier}.MUL"


def _warning(scenario: Scenario, moment: Moment, key: str, *, as_geometry: bool) -> Reply:
    """404 for what was never sent; what is no longer listed moves (302) to the archive."""
    for alert in scenario.weather:
        if key in (_weather_id("dwdmap", alert), _weather_id("dwd", alert)) and alert.sent <= moment.now:
            if alert not in in_force(scenario.weather, moment.now):
                return _not_found()
            return _json(geometry_of(key, alert) if as_geometry else weather_detail(scenario, moment, alert, key))
    message = next((m for m in scenario.messages if m.id == key and m.sent <= moment.now), None)
    if message is None or (message.detail_from and moment.now < message.detail_from):
        return _not_found()
    if message not in listed(scenario.messages, moment.now):
        return Reply(302, b"", "text/html", {"Location": f"{ROOT}/archive.mowas/{key}-mapping.json"})
    return _json(geometry_of(key, message) if as_geometry else detail_of(scenario, moment, message))


def _archived(scenario: Scenario, moment: Moment, key: str) -> Reply:
    """An object of another shape than a warning's; its exact fields are not documented."""
    message = next((m for m in scenario.messages if m.id == key and m.sent <= moment.now), None)
    if message is None:
        return _not_found()
    return _json({"mapping": {"id": key, "archived": True, "successors": _successors(scenario, key)}})


def _successors(scenario: Scenario, key: str) -> list[str]:
    return [m.id for m in scenario.messages if key in m.replaces]


def _dashboard(scenario: Scenario, moment: Moment, ars: str) -> list[dict[str, Any]]:
    """Only the key of a district answers, five digits and seven zeros; any other gives an empty list, which is easily
    taken for an all-clear."""
    if len(ars) != 12 or not ars.endswith("0000000") or ars[:5] not in DISTRICTS_NRW:
        return []
    district = ars[:5]
    rows = []
    for message in listed(scenario.messages, moment.now):
        if any(m.ars.startswith(district) for m in message.municipalities):
            row = _dashboard_row(message.id, PROVIDERS[message.channel], message)
            row["payload"]["data"]["transKeys"] = {"event": message.event_code}
            rows.append(row | {"sent": moment.local(message.sent)})
            if message.listed_until:
                rows[-1]["expires"] = moment.local(message.listed_until)
    for alert in in_force(scenario.weather, moment.now):
        if any(m.ars.startswith(district) for m in alert.municipalities):
            times = {"sent": alert.sent, "onset": alert.onset, "expires": alert.expires, "effective": alert.sent}
            row = _dashboard_row(_weather_id("dwd", alert), "DWD", alert)
            rows.append(row | {name: moment.local(at) for name, at in times.items()})
    return rows


def _dashboard_row(key: str, provider: str, warning: Message | WeatherAlert) -> dict[str, Any]:
    return {
        "id": key,
        "payload": {
            "version": VERSION,
            "type": warning.type.upper(),
            "id": key,
            "hash": hashlib.sha256(f"{key} {warning.headline}".encode()).hexdigest(),
            "data": {
                "headline": warning.headline,
                "provider": provider,
                "severity": warning.severity,
                "urgency": warning.urgency,
                "msgType": warning.type,
                "area": {"type": "ZGEM", "data": _index_runs(warning)},
                "valid": True,
            },
        },
        "i18nTitle": {"de": warning.headline, "en": warning.headline_en},
    }


def _index_runs(warning: Message | WeatherAlert) -> str:
    """Municipalities by their place in the list, runs shortened: 7,9+2 is 7, 9, 10, 11."""
    wanted = {m.ars for m in warning.municipalities}
    runs: list[list[int]] = []
    for i in (i for i, m in enumerate(all_municipalities(), start=1) if m.ars in wanted):
        if runs and runs[-1][0] + runs[-1][1] + 1 == i:
            runs[-1][1] += 1
        else:
            runs.append([i, 0])
    return ",".join(f"{first}+{more}" if more else str(first) for first, more in runs)
