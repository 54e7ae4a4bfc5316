"""Messages of nobody's format in particular: a gateway with its own server (Milesight HTTP), or a town's own bridge.

Understood are `devEUI` (or `dev_eui`, `deveui`, `device`, `name` …), a time (`time`, `timestamp` or `ts`), bytes in
`data`, `payload` or `payload_hex`, values in `fields`, `values`, `decoded` or `object`, and `fCnt`, `fPort`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from feeds.contract import Garbled
from feeds.lorawan.uplink import Network, Uplink
from feeds.lorawan.wire import (
    MOST_FRAMES,
    MOST_PORT,
    device_of,
    finite,
    from_either,
    from_hex,
    label,
    moment,
    place,
    whole,
)

_WHAT = "plain message"
_EUI = ("devEUI", "devEui", "dev_eui", "deveui", "DevEUI", "eui", "EUI")
_NAME = ("deviceName", "device_name", "device_id", "deviceId", "device", "name", "id")
_TIME = ("time", "timestamp", "ts", "at")
_VALUES = ("fields", "values", "decoded", "object", "measurements")
_BYTES = ("data", "payload")
_HEX = ("payload_hex", "payloadHex", "data_hex")
_LOOKS_LIKE_EUI = re.compile(r"[0-9A-Fa-f]{2}(?:[-: ]?[0-9A-Fa-f]{2}){7}")


def recognises(raw: Mapping[str, Any]) -> bool:
    told = any(isinstance(raw.get(key), dict) for key in _VALUES) or any(
        isinstance(raw.get(key), str) for key in (*_BYTES, *_HEX)
    )
    return told and any(key in raw for key in _TIME)


def read(raw: Mapping[str, Any], topic: str | None = None) -> list[Uplink]:
    """`topic` names the device if the message does not: its last part. Raises Garbled."""
    eui, name = _text(raw, _EUI), _text(raw, _NAME)
    if name is None and topic:
        name = topic.rsplit("/", 1)[-1]
    if eui is None and name and _LOOKS_LIKE_EUI.fullmatch(name):
        eui = name
    payload = from_hex(_text(raw, _HEX), _WHAT) or from_either(_text(raw, _BYTES), _WHAT)
    values = next((raw[key] for key in _VALUES if isinstance(raw.get(key), dict)), None)
    if payload is None and values is None:
        raise Garbled(f"{_WHAT}: neither bytes in data or payload_hex nor values in fields")
    heard = raw.get("rxInfo")
    best = heard[0] if isinstance(heard, list) and heard and isinstance(heard[0], dict) else {}
    longitude, latitude = place(_first(raw, ("longitude", "lon", "lng")), _first(raw, ("latitude", "lat")))
    return [
        Uplink(
            device=device_of(eui, name, _WHAT),
            network=Network.PLAIN,
            at=moment(_first(raw, _TIME), _WHAT),
            name=label(name),
            profile=label(_text(raw, ("deviceProfileName", "profile", "model", "type"))),
            port=whole(_first(raw, ("fPort", "f_port", "port")), MOST_PORT),
            counter=whole(_first(raw, ("fCnt", "f_cnt", "fcnt", "counter")), MOST_FRAMES),
            session=label(_text(raw, ("devAddr", "dev_addr", "session"))),
            payload=payload,
            decoded=values,
            longitude=longitude,
            latitude=latitude,
            rssi=finite(raw.get("rssi", best.get("rssi"))),
            snr=finite(raw.get("snr", best.get("loRaSNR", best.get("snr")))),
        )
    ]


def _first(raw: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((raw[key] for key in keys if raw.get(key) is not None), None)


def _text(raw: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((raw[key] for key in keys if isinstance(raw.get(key), str) and raw[key]), None)
