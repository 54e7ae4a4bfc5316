"""Messages as network servers send them, with the bytes of a Decentlab DL-MBX (distance) and a Milesight EM500."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

EUI = "70B3D57BA0001234"
SESSION = "AYfz1example"


def mbx(distance: int, battery: float = 3.0) -> bytes:
    """DL-MBX: version 2, device 3000, flags distance and battery; distance in mm."""
    return bytes([2]) + (3000).to_bytes(2, "big") + (3).to_bytes(2, "big") + distance.to_bytes(2, "big") + (
        (1).to_bytes(2, "big") + round(battery * 1000).to_bytes(2, "big")
    )  # fmt: skip


def things_stack(
    at: datetime, counter: int, distance: int, *, eui: str = EUI, session: str = SESSION, battery: float = 3.0,
    payload: bytes | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    raw = mbx(distance, battery) if payload is None else payload
    return {
        "end_device_ids": {"device_id": f"pegel-{eui[-4:].lower()}", "dev_eui": eui},
        "received_at": at.isoformat(),
        "uplink_message": {
            "session_key_id": session,
            "f_port": 1,
            "f_cnt": counter,
            "frm_payload": base64.b64encode(raw).decode(),
            "rx_metadata": [{"gateway_ids": {"gateway_id": "rathaus"}, "rssi": -97, "snr": 5.2}],
            "received_at": at.isoformat(),
            "version_ids": {"brand_id": "decentlab", "model_id": "dl-mbx"},
            **more,
        },
    }


def chirpstack(at: datetime, counter: int, payload: bytes, *, eui: str = EUI) -> dict[str, Any]:
    return {
        "deduplicationId": f"3ac7e3c4-{counter:04d}",
        "time": at.isoformat(),
        "deviceInfo": {"deviceName": "Pegel Bach", "devEui": eui.lower(), "deviceProfileName": "Milesight EM500-SWL"},
        "devAddr": "00189440",
        "fCnt": counter,
        "fPort": 85,
        "data": base64.b64encode(payload).decode(),
        "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -80, "snr": 9.0}],
        "txInfo": {"frequency": 868100000},
    }


def loriot(at: datetime, counter: int, payload: bytes, *, eui: str = EUI) -> dict[str, Any]:
    return {
        "cmd": "rx",
        "EUI": eui,
        "ts": int(at.timestamp() * 1000),
        "fcnt": counter,
        "port": 1,
        "rssi": -101,
        "snr": 4.0,
        "data": payload.hex(),
    }


def thingpark(at: datetime, counter: int, payload: bytes, *, eui: str = EUI) -> dict[str, Any]:
    return {
        "DevEUI_uplink": {
            "Time": at.isoformat(),
            "DevEUI": eui,
            "DevAddr": "04AB2601",
            "FPort": 1,
            "FCntUp": counter,
            "payload_hex": payload.hex(),
            "LrrRSSI": -92.0,
            "LrrSNR": 7.5,
            "CustomerData": {"name": "Pegel"},
        }
    }


ADOPTION: dict[str, Any] = {
    "name": "Ruthenbach Brücke",
    "water": "Ruthenbach",
    "measures": "DISTANCE",
    "mounting": 300,
    "longitude": 7.1,
    "latitude": 51.2,
    "stages": [
        {"name": "Stufe 1", "value": 80, "level": 2},
        {"name": "Stufe 2", "value": 120, "level": 3},
        {"name": "Stufe 3", "value": 160, "level": 4},
    ],
    "battery_limit": 2.5,
    "silence_minutes": 60,
}
