"""One warning as NINA shows it: CAP as JSON with HTML inside the texts, and its area as GeoJSON."""

from __future__ import annotations

import html
from datetime import UTC
from typing import Any

from feeds.simulator.reply import Moment
from feeds.simulator.scenario import Scenario
from feeds.simulator.warnings import Message, WeatherAlert

VERSION = 19

_COLOURS = {"Minor": "#FFEB3B", "Moderate": "#FB8C00", "Severe": "#E53935", "Extreme": "#880E4F"}
_ALL_CLEAR = "#C4C4C4"


def detail_of(scenario: Scenario, moment: Moment, message: Message) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "identifier": message.id,
        "sender": message.sender,
        "sent": moment.local(message.sent),
        "status": "Actual",
        "msgType": message.type,
        "scope": "Public",
        "code": [f"DVN:{VERSION}"],
    }
    if message.replaces:
        detail["references"] = " ".join(_reference(scenario, moment, key) for key in message.replaces)
    languages = (("de", message.headline), ("en", message.headline_en))
    detail["info"] = [_info(moment, message, language, headline) for language, headline in languages]
    return detail


def _reference(scenario: Scenario, moment: Moment, key: str) -> str:
    """The time in a reference is UTC with the offset -00:00, unlike every other time of this source."""
    former = next(m for m in scenario.messages if m.id == key)
    sent = (former.sent + moment.ahead).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")
    return f"{former.sender},{key},{sent}"


def _info(moment: Moment, message: Message, language: str, headline: str) -> dict[str, Any]:
    info: dict[str, Any] = {
        "language": language,
        "category": [message.category],
        "event": "Gefahreninformation",
        "urgency": message.urgency,
        "severity": message.severity,
        "certainty": message.certainty,
        "eventCode": [{"valueName": "profile:DE-BBK-EVENTCODE", "value": message.event_code}],
        "headline": headline,
        "description": _marked_up(message.description),
        "instruction": _marked_up(message.instruction),
    }
    if message.type == "Cancel":
        info["responseType"] = ["AllClear"]
    if message.listed_until:
        info["expires"] = moment.local(message.listed_until)
    if message.web:
        info["web"] = message.web
    info["contact"] = message.contact
    info["parameter"] = [
        {"valueName": "sender_langname", "value": message.sender_name},
        {"valueName": "sender_signature", "value": message.sender_name},
        {"valueName": "warnVerwaltungsbereiche", "value": ",".join(m.ars for m in message.municipalities)},
    ]
    info["area"] = [{"areaDesc": message.area_name, "geocode": [{"valueName": "AreaId", "value": "0"}]}]
    return info


def _marked_up(text: str) -> str:
    """The source sends HTML inside JSON: entities for quotes and signs, <br/> for line ends."""
    return html.escape(text.strip()).replace("\n", "<br/>")


def weather_detail(scenario: Scenario, moment: Moment, alert: WeatherAlert, key: str) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "identifier": key,
        "sender": "opendata@dwd.de",
        "sent": moment.local(alert.sent),
        "status": "Actual",
        "msgType": alert.type,
        "scope": "Public",
        "code": [f"DVN:{VERSION}", f"id:{alert.identifier}"],
    }
    former = [a for a in scenario.weather if a.uuid in alert.replaces]
    if former:
        detail["references"] = " ".join(f"opendata@dwd.de,{a.identifier}.MUL,{moment.local(a.sent)}" for a in former)
    texts = (
        ("de", alert.event, alert.headline, alert.description, alert.instruction),
        ("en", alert.event_en, alert.headline_en, alert.description_en, alert.instruction_en),
    )
    detail["info"] = [
        {
            "language": language,
            "category": ["Met"],
            "event": event,
            "urgency": alert.urgency,
            "severity": alert.severity,
            "certainty": alert.certainty,
            "eventCode": [{"valueName": "II", "value": str(alert.ii)}, {"valueName": "GROUP", "value": alert.group}],
            "effective": moment.local(alert.sent),
            "onset": moment.local(alert.onset),
            "expires": moment.local(alert.expires),
            "senderName": "Deutscher Wetterdienst",
            "headline": headline,
            "description": _marked_up(description),
            "instruction": _marked_up(instruction),
            "web": "https://www.wettergefahren.de",
            "contact": "Deutscher Wetterdienst",
            "parameter": [{"valueName": name, "value": value} for name, value in alert.parameters],
            "area": [{"areaDesc": ", ".join(m.title for m in alert.municipalities)}],
        }
        for language, event, headline, description, instruction in texts
    ]
    return detail


def geometry_of(key: str, warning: Message | WeatherAlert) -> dict[str, Any]:
    over = warning.type == "Cancel"
    colour = _ALL_CLEAR if over else _COLOURS[warning.severity]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [
                        [[round(x, 4), round(y, 4)] for x, y in ring.coords]
                        for ring in (part.exterior, *part.interiors)
                    ],
                },
                "properties": {
                    "warnId": key,
                    "strokeColor": colour,
                    "strokeOpacity": 1.0,
                    "strokeWeight": 1,
                    "fillColor": colour,
                    "fillOpacity": 0.5 if over else 0.8,
                    "zIndex": 0 if over else 30,
                },
                "id": str(i),
            }
            for i, part in enumerate(warning.parts)
        ],
    }
