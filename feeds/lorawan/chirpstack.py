"""ChirpStack v4: HTTP integration and MQTT message `application/{id}/device/{devEui}/event/up`, as JSON.

https://www.chirpstack.io/docs/chirpstack/integrations/events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from feeds.lorawan.uplink import Network, Uplink
from feeds.lorawan.wire import MOST_FRAMES, MOST_PORT, device_of, finite, from_base64, label, moment, shaped, whole

_WHAT = "ChirpStack"


class _Device(msgspec.Struct, rename="camel"):
    dev_eui: str | None = None
    device_name: str | None = None
    device_profile_name: str | None = None


class _Envelope(msgspec.Struct, rename="camel"):
    device_info: _Device
    time: str | None = None
    dev_addr: str | None = None
    f_cnt: Any = None
    f_port: Any = None
    data: str | None = None
    object: Any = None
    rx_info: list[Any] | None = None


def recognises(raw: Mapping[str, Any]) -> bool:
    return "deviceInfo" in raw


def read(raw: Mapping[str, Any]) -> list[Uplink]:
    """No uplink in a join, a status, an acknowledgement or a log. Raises Garbled."""
    envelope = shaped(raw, _Envelope, _WHAT)
    if not ({"fCnt", "data", "rxInfo"} & raw.keys()) or "acknowledged" in raw:
        return []
    device = envelope.device_info
    heard = [r for r in envelope.rx_info or [] if isinstance(r, dict)]
    best = max(heard, key=lambda r: finite(r.get("rssi")) or -999.0, default={})
    return [
        Uplink(
            device=device_of(device.dev_eui, device.device_name, _WHAT),
            network=Network.CHIRPSTACK,
            at=moment(envelope.time, _WHAT),
            name=label(device.device_name),
            profile=label(device.device_profile_name),
            # protobuf leaves out what is zero
            port=whole(envelope.f_port or 0, MOST_PORT),
            counter=whole(envelope.f_cnt or 0, MOST_FRAMES),
            session=label(envelope.dev_addr),
            payload=from_base64(envelope.data, _WHAT),
            decoded=envelope.object if isinstance(envelope.object, dict) else None,
            rssi=finite(best.get("rssi")),
            snr=finite(best.get("snr")),
        )
    ]
