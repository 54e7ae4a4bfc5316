"""LORIOT: application output as JSON, `cmd` rx (one gateway's) or gw (all gateways').

https://docs.loriot.io/space/LNS/6033109/Uplink+Data+Message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from feeds.lorawan.uplink import Network, Uplink
from feeds.lorawan.wire import MOST_FRAMES, MOST_PORT, device_of, finite, from_hex, label, moment, shaped, whole

_WHAT = "LORIOT"
_UPLINK = {"rx", "gw"}


class _Envelope(msgspec.Struct):
    EUI: str
    cmd: str
    ts: Any = None
    fcnt: Any = None
    port: Any = None
    data: str | None = None
    rssi: Any = None
    snr: Any = None
    gws: list[Any] = []
    decoded: Any = None
    devaddr: str | None = None


def recognises(raw: Mapping[str, Any]) -> bool:
    return isinstance(raw.get("cmd"), str) and "EUI" in raw


def read(raw: Mapping[str, Any]) -> list[Uplink]:
    """No uplink in a downlink's receipt or another command. Raises Garbled."""
    if raw["cmd"] not in _UPLINK:
        return []
    envelope = shaped(raw, _Envelope, _WHAT)
    gateways = [g for g in envelope.gws if isinstance(g, dict)]
    best = max(gateways, key=lambda g: finite(g.get("rssi")) or -999.0, default={})
    given = envelope.decoded
    if isinstance(given, dict) and isinstance(given.get("data"), dict):
        given = given["data"]
    rssi, snr = finite(envelope.rssi), finite(envelope.snr)
    return [
        Uplink(
            device=device_of(envelope.EUI, None, _WHAT),
            network=Network.LORIOT,
            at=moment(envelope.ts, _WHAT),
            port=whole(envelope.port, MOST_PORT),
            counter=whole(envelope.fcnt, MOST_FRAMES),
            session=label(envelope.devaddr),
            payload=from_hex(envelope.data, _WHAT),
            decoded=given if isinstance(given, dict) else None,
            rssi=finite(best.get("rssi")) if rssi is None else rssi,
            snr=finite(best.get("snr")) if snr is None else snr,
        )
    ]
