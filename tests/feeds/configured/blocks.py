"""One configured source of each kind with a small answer in its format, made up for the tests."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feeds.configured.block import Block

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)

_MANIFEST = 'title = "Quelle"\nlicence = "CC0-1.0"\nattribution = "Musterstadt"\n'


def block(text: str) -> Block:
    return Block.model_validate(tomllib.loads(_MANIFEST + text))


def collection(*features: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()


def feature(id: str, at: str = "2026-10-03T11:30:00Z", where: Any = (6.96, 50.94), **properties: Any) -> dict[str, Any]:
    shape = {"type": "Point", "coordinates": list(where)} if isinstance(where, tuple) else where
    given = {"name": f"Sperrung {id}", "word": "Rot", "seen": at} | properties
    return {"type": "Feature", "id": id, "geometry": shape, "properties": given}


GEOJSON = """
kind = "geojson"
url = "https://daten.example/sperrungen.json"
[fields]
id = "id"
title = "properties.name"
at = "properties.seen"
severity = "properties.word"
[severity]
Rot = "HIGH"
Gelb = "LOW"
"""
WFS = """
kind = "wfs"
url = "https://geo.example/ows"
type_name = "pegel:strahlung"
as = "station"
[fields]
id = "properties.kenn"
title = "properties.name"
at = "properties.seen"
value = "properties.value"
unit = "=µSv/h"
quantity = "=ODL"
"""
OGC = """
kind = "ogc_features"
url = "https://geo.example/collections/baustellen/items"
[fields]
title = "properties.name"
at = "properties.seen"
"""
JSON = """
kind = "json"
items = "result.outages"
url = "https://strom.example/outages"
time = "%m/%d/%Y %H:%M:%S"
zone = "Europe/Berlin"
[fields]
id = "id"
title = ["=Stromausfall", "city"]
at = "dateStart"
expires = "dateEnd"
position = "coordinates"
[more]
Betreiber = "operatorName"
"""
RSS = """
kind = "rss"
url = "https://katastrophen.example/rss.xml"
[fields]
severity = "gdacs_alertlevel"
[severity]
Orange = "HIGH"
"""
CSV = """
kind = "csv"
url = "https://feuer.example/{key}/heute.csv"
key = "geheim&1"
time = "%d.%m.%Y %H%M"
zone = "UTC"
decimal = ","
[fields]
id = ["Breite", "Länge", "Zeit"]
title = ["=Brand", "Satellit"]
at = ["Tag", "Zeit"]
longitude = "Länge"
latitude = "Breite"
value = "Leistung"
unit = "=MW"
"""
CAP = 'kind = "cap"\nas = "warning"\nurl = "https://warnung.example/index.atom"\n'

RSS_ANSWER = b"""<?xml version="1.0" encoding="iso-8859-1"?>
<rss version="2.0" xmlns:georss="http://www.georss.org/georss" xmlns:gdacs="http://www.gdacs.org"
 xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"><channel><title>t</title>
<item><title>Flut in K\xf6ln</title><guid>FL1</guid><pubDate>Sat, 03 Oct 2026 11:00:00 GMT</pubDate>
<link>https://katastrophen.example/1</link><description>&lt;b&gt;Hoch&lt;/b&gt;wasser&lt;script&gt;x()&lt;/script&gt;</description>
<georss:point>50.94 6.96</georss:point><gdacs:alertlevel>Orange</gdacs:alertlevel></item>
<item><title>Sturm</title><guid>ST2</guid><pubDate>Sat, 03 Oct 2026 10:00:00 GMT</pubDate>
<geo:lat>51.2</geo:lat><geo:long>6.8</geo:long><gdacs:alertlevel>Purple</gdacs:alertlevel></item>
<item><title>Weit weg</title><guid>WW3</guid><georss:box>10 20 11 21</georss:box></item>
</channel></rss>"""
CSV_ANSWER = (
    "Breite;Länge;Tag;Zeit;Satellit;Leistung\r\n50,94;6,96;03.10.2026;48;N;1,5\r\n51,2;6,8;03.10.2026;1130;N;\r\n"
).encode("cp1252")
OUTAGE = {
    "id": 17, "city": "Köln", "operatorName": "Netze & Co", "coordinates": "6.96,50.94",
    "dateStart": "10/03/2026 13:05:00", "dateEnd": "10/03/2026 16:00:00",
}  # fmt: skip
ALERT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{id}</identifier><sender>s@example</sender>
<sent>2026-10-03T11:00:00+00:00</sent><status>{status}</status><msgType>{kind}</msgType><scope>Public</scope>
{references}<info><language>de-DE</language><category>Safety</category><event>Rauch</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Observed</certainty><expires>{expires}</expires><headline>Rauch {id}</headline>
<area><areaDesc>Köln</areaDesc><polygon>50.9,6.9 50.9,7.0 51.0,7.0 50.9,6.9</polygon></area></info></alert>"""


def alert(id: str, *, status: str = "Actual", kind: str = "Alert", references: str = "", until: str = "") -> bytes:
    named = f"<references>s@example,{references},2026-10-03T10:00:00Z</references>" if references else ""
    expires = until or "2026-10-04T00:00:00+00:00"
    return ALERT.format(id=id, status=status, kind=kind, references=named, expires=expires).encode()


def index(*links: str, updated: str = "2026-10-03T11:00:00Z") -> bytes:
    listed = "".join(
        f"<entry><id>{number}</id><title>x</title><updated>{updated}</updated>"
        f'<link rel="alternate" type="text/html" href="/page"/><link type="application/cap+xml" href="{link}"/></entry>'
        for number, link in enumerate(links)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{listed}</feed>'.encode()


@dataclass(frozen=True)
class Case:
    text: str
    answer: bytes
    items: int


CASES = {
    "geojson": Case(GEOJSON, collection(feature("a"), feature("b")), 2),
    "wfs": Case(WFS, collection(feature("x", kenn="05315", value=0.1), numberMatched=1, numberReturned=1), 2),
    "ogc_features": Case(OGC, collection(feature("a"), links=[{"rel": "self", "href": "/"}]), 1),
    "json": Case(JSON, json.dumps({"result": {"outages": [OUTAGE]}}).encode(), 1),
    "rss": Case(RSS, RSS_ANSWER, 2),
    "csv": Case(CSV, CSV_ANSWER, 2),
    "cap": Case(CAP, alert("a"), 1),
}
