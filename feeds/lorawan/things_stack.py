"""The Things Stack v3 (The Things Network): webhook body and MQTT message `v3/{app}@{tenant}/devices/{dev}/up`.

https://www.thethingsindustries.com/docs/integrations/data-formats/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from feeds.contract import Garbled
from feeds.lorawan.uplink import Network, Uplink
from feeds.lorawan.wire import (
    MOST_FRAMES,
    MOST_PORT,
    device_of,
    finite,
    from_base64,
    label,
    moment,
    place,
    shaped,
    whole,
)

_WHAT = "The Things Stack"


class _Ids(msgspec.Struct):
    device_id: str | None = None
    dev_eui: str | None = None


class _Model(msgspec.Struct):
    brand_id: str | None = None
    model_id: str | None = None


class _Message(msgspec.Struct):
    received_at: str | None = None
    session_key_id: str | None = None
    f_port: Any = None
    f_cnt: Any = None
    frm_payload: str | None = None
    decoded_payload: Any = None
    rx_metadata: list[Any] = []
    locations: dict[str, Any] | None = None
    version_ids: _Model | None = None


class _Envelope(msgspec.Struct):
    end_device_ids: _Ids
    uplink_message: _Message | None = None
    received_at: str | None = None


def recognises(raw: Mapping[str, Any]) -> bool:
    return "end_device_ids" in raw


def read(raw: Mapping[str, Any]) -> list[Uplink]:
    """No uplink in a join, a downlink or another event. Raises Garbled."""
    envelope = shaped(raw, _Envelope, _WHAT)
    message, ids = envelope.uplink_message, envelope.end_device_ids
    if message is None:
        return []
    model = message.version_ids
    given = (message.locations or {}).get("user")
    position = given if isinstance(given, dict) else {}
    longitude, latitude = place(position.get("longitude"), position.get("latitude"))
    heard = [m for m in message.rx_metadata if isinstance(m, dict)]
    best = max(heard, key=lambda m: finite(m.get("rssi")) or -999.0, default={})
    if message.received_at is None and envelope.received_at is None:
        raise Garbled(f"{_WHAT}: no received_at")
    return [
        Uplink(
            device=device_of(ids.dev_eui, ids.device_id, _WHAT),
            network=Network.THINGS_STACK,
            # the server's time: gateways without GPS are often wrong
            at=moment(message.received_at or envelope.received_at, _WHAT),
            name=label(ids.device_id),
            profile=label(" ".join(filter(None, (model.brand_id, model.model_id)))) if model else None,
            port=whole(message.f_port, MOST_PORT),
            counter=whole(0 if message.f_cnt is None else message.f_cnt, MOST_FRAMES),
            session=label(message.session_key_id),
            payload=from_base64(message.frm_payload, _WHAT),
            decoded=message.decoded_payload if isinstance(message.decoded_payload, dict) else None,
            longitude=longitude,
            latitude=latitude,
            rssi=finite(best.get("rssi")),
            snr=finite(best.get("snr")),
        )
    ]
