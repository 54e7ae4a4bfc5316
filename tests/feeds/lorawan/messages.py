"""The same frame as four network servers and a gateway of its own pass it on. Written by hand after their documents."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

EUI = "70B3D57BA0001234"
MBX = bytes.fromhex("0204d200030a8c00050bb8")
"""A DL-MBX, device 1234: 2700 mm, 5 samples, 3.0 V."""


def things_stack(payload: bytes = MBX, port: int = 1, **more: Any) -> bytes:
    message = {
        "session_key_id": "AYfqmb0pc/1uRZv9xUydgQ==",
        "f_port": port,
        "f_cnt": 77,
        "frm_payload": b64encode(payload).decode(),
        "rx_metadata": [{"rssi": -97, "snr": 4.2}, {"rssi": -61, "snr": 9.5}],
        "settings": {"frequency": "868100000"},
        "received_at": "2026-07-14T11:58:03.123456789Z",
    }
    return json.dumps(
        {
            "end_device_ids": {"device_id": "pegel-muehlbach", "dev_eui": EUI},
            "received_at": "2026-07-14T11:58:03.333333333Z",
            "uplink_message": {**message, **more},
        }
    ).encode()


def chirpstack(payload: bytes = MBX, port: int = 1, **more: Any) -> bytes:
    return json.dumps(
        {
            "deduplicationId": "5c6f",
            "time": "2026-07-14T11:58:03.123456789+00:00",
            "deviceInfo": {
                "deviceName": "Pegel Mühlbach",
                "deviceProfileName": "Class A",
                "devEui": EUI.lower(),
                "tags": {},
            },
            "devAddr": "01ab23cd",
            "fCnt": 77,
            "fPort": port,
            "data": b64encode(payload).decode(),
            "rxInfo": [{"rssi": -97, "snr": 4.2, "location": {}}, {"rssi": -61, "snr": 9.5}],
            **more,
        }
    ).encode()


def loriot(payload: bytes = MBX, port: int = 1, **more: Any) -> bytes:
    told = {"cmd": "rx", "EUI": EUI, "ts": 1784030283123, "fcnt": 77, "port": port, "rssi": -61, "snr": 9.5}
    return json.dumps({**told, "data": payload.hex(), **more}).encode()


def thingpark(payload: bytes = MBX, port: int = 1, **more: Any) -> bytes:
    return json.dumps(
        {
            "DevEUI_uplink": {
                "Time": "2026-07-14T13:58:03.123+02:00",
                "DevEUI": EUI,
                "FPort": port,
                "FCntUp": 77,
                "payload_hex": payload.hex(),
                "LrrRSSI": -61.0,
                "LrrSNR": 9.5,
                "LrrLAT": 50.0,
                "LrrLON": 6.0,
                "CustomerData": {"loc": {"lat": "51.03", "lon": "6.98"}, "name": "Mühlbach"},
                "DevAddr": "01AB23CD",
                **more,
            }
        }
    ).encode()


def gateway(payload: bytes = MBX, port: int = 1, **more: Any) -> bytes:
    return json.dumps(
        {
            "devEUI": EUI.lower(),
            "deviceName": "Mühlbach",
            "time": "2026-07-14T11:58:03.123456Z",
            "rxInfo": [{"rssi": -61, "loRaSNR": 9.5, "latitude": 0, "longitude": 0}],
            "fCnt": 77,
            "fPort": port,
            "data": b64encode(payload).decode(),
            **more,
        }
    ).encode()


ENVELOPES: dict[str, Callable[..., bytes]] = {
    "things_stack": things_stack,
    "chirpstack": chirpstack,
    "loriot": loriot,
    "thingpark": thingpark,
    "plain": gateway,
}
