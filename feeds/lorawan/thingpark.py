"""Actility ThingPark (Wireless and Enterprise): the document DevEUI_uplink as JSON.

https://docs.thingpark.com/thingpark-x/latest/ and the LRC-AS tunnel interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from feeds.lorawan.uplink import Network, Uplink
from feeds.lorawan.wire import MOST_FRAMES, MOST_PORT, device_of, finite, from_hex, label, moment, place, shaped, whole

_WHAT = "ThingPark"


class _Message(msgspec.Struct, rename="pascal"):
    time: str
    dev_eui: str = msgspec.field(name="DevEUI")
    f_port: Any = None
    f_cnt_up: Any = None
    payload_hex: str | None = msgspec.field(name="payload_hex", default=None)
    payload: Any = msgspec.field(name="payload", default=None)
    rssi: Any = msgspec.field(name="LrrRSSI", default=None)
    snr: Any = msgspec.field(name="LrrSNR", default=None)
    dev_addr: str | None = None
    customer_data: Any = None
    driver_cfg: Any = None


class _Envelope(msgspec.Struct):
    DevEUI_uplink: _Message


def recognises(raw: Mapping[str, Any]) -> bool:
    return any(key.startswith("DevEUI_") for key in raw)


def read(raw: Mapping[str, Any]) -> list[Uplink]:
    """No uplink in a location, a downlink's receipt or a notification. Raises Garbled."""
    if "DevEUI_uplink" not in raw:
        return []
    message = shaped(raw, _Envelope, _WHAT).DevEUI_uplink
    customer = _inner(message.customer_data)
    where = _inner(customer.get("loc"))
    longitude, latitude = place(where.get("lon"), where.get("lat"))
    model = _inner(_inner(message.driver_cfg).get("mod")).get("mId")
    name = customer.get("name")
    return [
        Uplink(
            device=device_of(message.dev_eui, None, _WHAT),
            network=Network.THINGPARK,
            at=moment(message.time, _WHAT),
            name=label(name) if isinstance(name, str) else None,
            profile=label(model) if isinstance(model, str) else None,
            port=whole(message.f_port, MOST_PORT),
            counter=whole(message.f_cnt_up, MOST_FRAMES),
            session=label(message.dev_addr),
            payload=from_hex(message.payload_hex, _WHAT),
            decoded=message.payload if isinstance(message.payload, dict) else None,
            longitude=longitude,
            latitude=latitude,
            rssi=finite(message.rssi),
            snr=finite(message.snr),
        )
    ]


def _inner(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
