"""Whatever comes from the air or over the net: an announced error or an answer, never anything else."""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.contract import Garbled
from feeds.lorawan import decentlab, milesight, reading
from feeds.lorawan import given as given_values
from feeds.lorawan.undecodable import Undecodable
from feeds.lorawan.uplink import Decoded, Network, Uplink
from tests.feeds.lorawan.messages import ENVELOPES, MBX

pytestmark = pytest.mark.proof
ROUNDS = 10_000 if os.environ.get("LAGEBILD_PROVE") else 1_000
EACH = 10_000 if os.environ.get("LAGEBILD_PROVE") else 300
"""For each envelope and each decoder."""
LONGEST = 1.0 if os.environ.get("LAGEBILD_PROVE") else 10.0
"""Seconds; the short form runs on machines that are busy with other things."""
AT = datetime(2026, 7, 14, 12, tzinfo=UTC)
HINTS = (
    None,
    "DL-MBX",
    "dl-lid",
    "DL-PR26",
    "DL-TBRG",
    "DL-SHT35",
    "EM310-UDL",
    "EM500-SWL",
    "WTS506",
    "EM400 UDL",
    "x",
)
FRAMES = ("0204d200030a8c00050bb8", "017563771a010382d00720ce8b2256680f01", "0367ff0008ec7b00000001", "83e9d007640001")


def _through(message: bytes) -> bool:
    """Whether it was decoded to the end."""
    try:
        uplinks = reading.read(message)
        for uplink in uplinks:
            _sound(uplink)
    except (Garbled, Undecodable):
        return False
    return bool(uplinks)


def _sound(uplink: Uplink, model: str | None = None) -> None:
    assert uplink.at.tzinfo is not None
    assert uplink.device
    decoded = reading.decode(uplink, model)
    for value in (*decoded.values, *(v for e in decoded.earlier for v in e.values)):
        assert math.isfinite(value.value), value
    assert all(isinstance(state, bool | str) for state in decoded.states.values())


@settings(max_examples=ROUNDS // 4, deadline=None)
@given(st.binary(max_size=255), st.sampled_from(HINTS), st.sampled_from((1, 85, 2, None)), st.booleans())
def test_any_bytes_of_a_device_are_decoded_or_refused(
    payload: bytes, hint: str | None, port: int | None, told: bool
) -> None:
    uplink = Uplink("E", Network.PLAIN, AT, port=port, payload=payload, profile=None if told else hint)
    with suppress(Undecodable):
        _sound(uplink, hint if told else None)


_leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_json = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=ROUNDS // 4, deadline=None)
@given(st.sampled_from(sorted(ENVELOPES)), st.data())
def test_any_value_in_any_field_is_read_or_refused(network: str, data: st.DataObject) -> None:
    message: Any = json.loads(ENVELOPES[network]())
    inside = message
    while True:
        key = data.draw(st.sampled_from(sorted(inside)))
        if not isinstance(inside[key], dict) or not inside[key] or data.draw(st.booleans()):
            break
        inside = inside[key]
    inside[key] = data.draw(_json)
    _through(json.dumps(message).encode())


@settings(max_examples=ROUNDS // 4, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(("distance", "level", "bat", "Bat_V", "x", "level_mm", "rain cm")) | st.text(max_size=9),
        _json,
        max_size=6,
    )
)
def test_any_values_decoded_by_a_network_are_read_or_refused(values: dict[str, Any]) -> None:
    _through(json.dumps({"fields": values, "name": "n", "time": "2026-07-14T12:00:00Z"}).encode())


def _wounded(chance: random.Random, seed: bytes, longest: int, most: int = 6) -> bytes:
    message = bytearray(seed)
    for _ in range(chance.randint(1, most)):
        at = chance.randrange(len(message) or 1)
        match chance.randrange(4):
            case 0:
                message[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del message[at : at + chance.randint(1, longest)]
            case 2:
                message[at:at] = message[at : at + chance.randint(1, longest)]
            case _:
                message[at:at] = chance.choice((b"null", b"1e999", b"[[[[", b'"', b"-1", b"\\u0000", b"{}"))
    return bytes(message)


@pytest.mark.parametrize("network", sorted(ENVELOPES))
def test_mutated_messages_of_each_network_raise_nothing_unannounced_and_none_takes_long(network: str) -> None:
    chance = random.Random(4)
    build = ENVELOPES[network]
    whole = [build(bytes.fromhex(frame), port) for frame in FRAMES for port in (1, 85)]
    decoded, slowest = 0, 0.0
    for _ in range(EACH):
        message = _wounded(chance, chance.choice(whole), 30)
        began = time.perf_counter()
        decoded += _through(message)
        slowest = max(slowest, time.perf_counter() - began)
    print(f"{network}: {EACH} mutated messages, {decoded} decoded, slowest {slowest * 1000:.1f} ms")
    assert decoded > EACH / 50, "some must come through, or nothing deep was tried"
    assert slowest < LONGEST


DECODERS: dict[str, tuple[tuple[str, ...], Callable[[bytes, str | None], Decoded]]] = {
    "decentlab": (
        (
            "0204d200030a8c00050bb8",
            "0204d200030fa00f3c10040fa50f6e0f8c0fb40fd20fa0000a01330c1c",
            "0204d2000360005de00c1c",
            "0204d200030019025800c800010bb8",
        ),
        decentlab.decode,
    ),
    "milesight": (
        (
            "017563771a010382d00720ce8b2256680f01",
            "0367ff0008ec7b00000001",
            "83e9d007640001",
            "01755b0382dc05040000",
            "20ceaf5b9d6a1a0120ce0b5e9d6a1b01",
        ),
        milesight.decode,
    ),
}


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_mutated_bytes_of_each_decoder_raise_nothing_unannounced_and_none_takes_long(name: str) -> None:
    chance = random.Random(7)
    frames, decode = DECODERS[name]
    decoded, slowest = 0, 0.0
    for _ in range(EACH):
        payload = _wounded(chance, bytes.fromhex(chance.choice(frames)), 5, most=2)
        hint = chance.choice((None, None, *HINTS))
        began = time.perf_counter()
        with suppress(Undecodable):
            found = decode(payload, hint)
            assert all(math.isfinite(v.value) for v in found.values), payload.hex()
            decoded += 1
        slowest = max(slowest, time.perf_counter() - began)
    print(f"{name}: {EACH} mutated frames, {decoded} decoded, slowest {slowest * 1000:.1f} ms")
    assert decoded > EACH / 100, "some must come through, or nothing deep was tried"
    assert slowest < LONGEST


def test_mutated_values_of_a_network_raise_nothing_unannounced_and_none_takes_long() -> None:
    chance = random.Random(9)
    seeds = [
        {"distance": {"displayName": "Distance", "value": 1234, "unit": "mm"}, "voltage": {"value": 3.1, "unit": "V"}},
        {"rainfall_total": 312.4, "bat": 91, "position": "normal", "water_level": "88 cm", "alarm": False},
        {"level": "1,5 m", "rain_total_mm": 7, "temp": -4.5, "Bat_V": "3.6 V", "nested": {"value": [1]}},
    ]
    decoded, slowest = 0, 0.0
    for _ in range(EACH):
        text = _wounded(chance, json.dumps(chance.choice(seeds)).encode(), 12)
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = {
                text.decode("latin-1"): chance.choice((1, "2 m", None, True, [1], {"value": "x"}, 1e308, 10**400))
            }
        if not isinstance(values, dict):
            continue
        began = time.perf_counter()
        with suppress(Undecodable):
            found = given_values.decode(values, chance.choice(list(Network)), chance.choice(HINTS))
            assert all(math.isfinite(v.value) for v in found.values), values
            decoded += 1
        slowest = max(slowest, time.perf_counter() - began)
    print(f"given: {EACH} mutated values, {decoded} decoded, slowest {slowest * 1000:.1f} ms")
    assert decoded > EACH / 100, "some must come through, or nothing deep was tried"
    assert slowest < LONGEST


@pytest.mark.parametrize("message", [b"[" * 100_000, b'{"a":' * 50_000, b'{"fields":' + b'{"a":' * 40_000])
def test_depth_is_refused(message: bytes) -> None:
    with pytest.raises(Garbled):
        reading.read(message)


def test_every_cut_of_a_frame_is_decoded_or_refused() -> None:
    for frame in (MBX, *map(bytes.fromhex, FRAMES)):
        for length in range(len(frame)):
            for build in ENVELOPES.values():
                _through(build(frame[:length], 85))
