"""Answers of the Hochwasserportal NRW, made by hand in its format."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

NOON = "2026-07-14T12:45:00.000+01:00"
"""Quarter to two in summer: the portal's clock knows no summer."""

STAH: dict[str, Any] = {
    "ts_id": 1,
    "timestamp": NOON,
    "ts_value": "232.00",
    "station_latitude": 51.098,
    "station_longitude": 6.105,
    "ts_unitsymbol": "cm",
    "station_id": "28723",
    "station_no": "2829100000100",
    "site_no": "100",
    "station_name": "Stah",
    "catchment_name": "Rureinzugsgebiet",
    "WTO_OBJECT": "Rur",
    "WEB_STATYPE": "Infopegel",
    "LANUV_MHW": "211.0",
    "LANUV_MNW": "31.0",
    "LANUV_MW": "65.0",
    "LANUV_Info_1": "200.0",
    "LANUV_Info_2": "245.0",
    "LANUV_Info_3": "265.0",
}
STAH_KNOWN: dict[str, Any] = {
    "station_no": "2829100000100",
    "station_name": "Stah",
    "site_no": "100",
    "site_name": "LANUK",
    "station_latitude": "51.098",
    "station_longitude": "6.105",
    "object_type": "Allgemein;Oberflächengewässer",
    "WTO_OBJECT": "Rur",
    "GAUGE_DATUM": "28,35",
    "DIST_TO_CONFL": "21.50 km",
    "INTERNET_BEMERKUNG": "",
    "LANUV_Betr": "LANUK",
}
RAIN: dict[str, Any] = {
    "timestamp": NOON,
    "ts_value": "14.20",
    "ts_unitsymbol": "mm/h",
    "station_no": "52020051",
    "station_name": "Bildchen_NRW",
    "site_no": "100",
    "station_latitude": 50.7264,
    "station_longitude": 6.036,
    "object_type": "Allgemein;Klimastation",
    "WTO_OBJECT": "",
}


def gauge(**fields: Any) -> dict[str, Any]:
    return {**STAH, **fields}


def index(*rows: dict[str, Any]) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def archive(name: str, text: str | bytes) -> bytes:
    holder = io.BytesIO()
    with zipfile.ZipFile(holder, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, text)
    return holder.getvalue()


def table(*lines: str, unit: str = "cm") -> str:
    return "\r\n".join([f"station_no;time;value({unit})", *lines, ""])
