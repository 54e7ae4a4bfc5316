"""A recorded message held against the result recorded beside it: `<name>_payload.json` and `<name>_result.json`.

Results are ThingsBoard's: the device's own words and values, and some of the network's with `lora_` before them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from feeds.lorawan import reading
from feeds.lorawan.uplink import Uplink
from feeds.lorawan.wire import moment

_PAYLOAD, _RESULT = "_payload.json", "_result.json"
_NETWORK = {"lora_rssi": "rssi", "lora_snr": "snr", "lora_frame_counter": "counter", "lora_frame_port": "port"}
_NOT_READ = {"lora_frequency", "lora_spreading_factor"}
"""What we have no use for."""


_APART = 1.0
"""Seconds: The Things Stack stamps a message twice, and the results use now the one, now the other."""


class _Telemetry(msgspec.Struct):
    values: dict[str, Any]
    ts: Any = None


class _Expected(msgspec.Struct):
    deviceType: str
    telemetry: list[_Telemetry]


def result_of(path: Path) -> Path | None:
    """The file with the expected result, if there is one."""
    if not path.name.endswith(_PAYLOAD):
        return None
    beside = path.with_name(path.name.removesuffix(_PAYLOAD) + _RESULT)
    return beside if beside.is_file() else None


def differences(payload: bytes, result: bytes) -> list[str]:
    """What we read otherwise than expected; empty if all is the same. Raises Garbled, Undecodable, MsgspecError."""
    raw = msgspec.json.decode(result)
    expected = msgspec.convert(raw if isinstance(raw, list) else [raw], list[_Expected])
    uplinks = reading.read(payload)
    if len(uplinks) != len(expected):
        return [f"{len(uplinks)} uplinks instead of {len(expected)}"]
    found = []
    for uplink, wanted in zip(uplinks, expected, strict=True):
        if len(wanted.telemetry) != 1:
            found.append(f"{len(wanted.telemetry)} sets of values expected, we read one")
            continue
        told = wanted.telemetry[0]
        found += _of_one(uplink, wanted.deviceType, told.values)
        if told.ts is not None and abs((uplink.at - moment(told.ts, "result")).total_seconds()) > _APART:
            found.append(f"time {uplink.at.isoformat()} instead of {told.ts!r}")
    return found


def _of_one(uplink: Uplink, model: str, values: dict[str, Any]) -> list[str]:
    decoded = reading.decode(uplink)
    ours: dict[str, Any] = {**reading.telemetry(decoded)}
    ours |= {theirs: getattr(uplink, name) for theirs, name in _NETWORK.items() if theirs in values}
    wanted = {key: value for key, value in values.items() if key not in _NOT_READ}
    found = [] if decoded.model.endswith(model) else [f"model {decoded.model} instead of {model}"]
    for key in sorted(ours.keys() | wanted.keys()):
        if ours.get(key) != wanted.get(key):
            found.append(f"{key} {ours.get(key)!r} instead of {wanted.get(key)!r}")
    return found
