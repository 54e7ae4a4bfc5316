"""NINA's pages as a test wants them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from geodata.model.ars import DISTRICTS_NRW

NOON = datetime.fromisoformat("2026-07-14T12:00:00+02:00")
FIRE = "mow.DE-NW-K-SE001-20260714-01-000"
CLEAR = "mow.DE-NW-K-SE001-20260714-01-001"
OTHER = "mow.DE-BY-M-SE002-20260714-02-000"
ODD = "biw.BIWAPP-77_abc=="
CHANNELS = ("mowas", "katwarn", "biwapp", "lhp", "police")
SQUARE = [[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 51.0], [6.9, 50.9]]


def row(identifier: str = FIRE, **more: Any) -> dict[str, Any]:
    return {
        "id": identifier, "version": 19, "startDate": "2026-07-14T11:00:00+02:00", "severity": "Severe",
        "urgency": "Immediate", "type": "Alert", "i18nTitle": {"de": "Rauch in Köln", "en": "Fumes"},
        "transKeys": {"event": "BBK-EVC-010"}, **more,
    }  # fmt: skip


def dashboard_row(identifier: str = FIRE, fingerprint: str = "h1", **more: Any) -> dict[str, Any]:
    data = {"headline": "Rauch in Köln", "provider": "MOWAS", "severity": "Severe", "urgency": "Immediate",
            "msgType": "Alert", "valid": True}  # fmt: skip
    payload = {"version": 19, "type": "ALERT", "id": identifier, "hash": fingerprint, "data": data}
    return {"id": identifier, "payload": payload, "i18nTitle": {"de": "Rauch in Köln"},
            "sent": "2026-07-14T11:00:00+02:00", **more}  # fmt: skip


def detail(identifier: str = FIRE, ars: str | None = "053150000000", **more: Any) -> dict[str, Any]:
    parameters = [{"valueName": "sender_langname", "value": "Feuerwehr Köln"}, {"valueName": "GRID", "value": "1+1"}]
    if ars is not None:
        parameters.append({"valueName": "warnVerwaltungsbereiche", "value": ars})
    info = {
        "category": ["Fire"], "event": "Gefahreninformation", "urgency": "Immediate", "severity": "Severe",
        "certainty": "Observed", "headline": "Rauch in Köln", "instruction": "Fenster zu.<br/>Radio an.",
        "eventCode": [{"valueName": "profile:DE-BBK-EVENTCODE", "value": "BBK-EVC-010"}],
        "description": "&quot;Rauch&quot; &amp; Ru&szlig;<br/>in K&ouml;ln<script>x</script>", "parameter": parameters,
        "area": [{"areaDesc": "Köln-Mitte", "geocode": [{"valueName": "AreaId", "value": "0"}]}], "contact": "",
    }  # fmt: skip
    infos = [{"language": "de", **info, **more.pop("info", {})}, {"language": "en", **info}]
    if more.pop("swapped", False):
        infos.reverse()
    return {
        "identifier": identifier, "sender": "DE-NW-K-SE001", "sent": "2026-07-14T11:00:00+02:00", "status": "Actual",
        "msgType": "Alert", "scope": "Public", "code": ["DVN:19"], "info": infos, **more,
    }  # fmt: skip


def area(identifier: str = FIRE, *rings: Any) -> dict[str, Any]:
    found = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"warnId": identifier},
        }
        for ring in rings or (SQUARE,)
    ]
    return {"type": "FeatureCollection", "features": found}


class Bbk:
    """The source's pages, put on the server."""

    def __init__(self, server: Any) -> None:
        self.server = server
        for channel in CHANNELS:
            self.lists(channel)
        for district in DISTRICTS_NRW:
            self.district(district)

    def lists(self, channel: str, *rows: Any) -> None:
        self.server.says(f"/{channel}/mapData.json", json.dumps(rows).encode())

    def district(self, district: str, *rows: Any) -> None:
        self.server.says(f"/dashboard/{district}0000000.json", json.dumps(rows).encode())

    def tells(self, message: dict[str, Any], shape: dict[str, Any] | None = None) -> None:
        identifier = message["identifier"]
        self.server.says(f"/warnings/{identifier}.json", json.dumps(message).encode())
        self.server.says(f"/warnings/{identifier}.geojson", json.dumps(shape or area(identifier)).encode())
