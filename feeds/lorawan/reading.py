"""From a network server's message to what a device measured, whichever server and device it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any

from feeds.contract import Garbled
from feeds.decoding import decoded as json_of
from feeds.lorawan import chirpstack, decentlab, given, loriot, milesight, plain, thingpark, things_stack
from feeds.lorawan.undecodable import Undecodable
from feeds.lorawan.uplink import Decoded, Uplink
from geodata.model.observation import FUTURE_TOLERANCE

MAX_BYTES = 262_144
MOST_UPLINKS = 500
_WHAT = "sensor message"
_ENVELOPES: tuple[ModuleType, ...] = (things_stack, chirpstack, thingpark, loriot)


def read(payload: bytes, *, topic: str | None = None, now: datetime | None = None) -> list[Uplink]:
    """The uplinks of a message or a list of messages; none in joins, receipts and other events.

    `topic` is where MQTT brought it, which may name the device; `now` refuses times ahead of it. Raises Garbled.
    """
    if len(payload) > MAX_BYTES:
        raise Garbled(f"{_WHAT}: more than {MAX_BYTES} bytes")
    raw = json_of(payload, dict[str, Any] | list[dict[str, Any]], _WHAT)  # type: ignore[arg-type]
    messages: list[dict[str, Any]] = raw if isinstance(raw, list) else [raw]
    if len(messages) > MOST_UPLINKS:
        raise Garbled(f"{_WHAT}: more than {MOST_UPLINKS} at once")
    uplinks = [uplink for message in messages for uplink in _one(message, topic)]
    for uplink in uplinks:
        if now is not None and uplink.at > now + FUTURE_TOLERANCE:
            raise Garbled(f"{_WHAT}: time {uplink.at.isoformat()} lies in the future")
    return uplinks


def recognises(payload: bytes) -> bool:
    """Whether it is one of the envelopes, well filled or not."""
    if len(payload) > MAX_BYTES:
        return False
    try:
        raw = json_of(payload, dict[str, Any] | list[dict[str, Any]], _WHAT)  # type: ignore[arg-type]
    except Garbled:
        return False
    first = raw[0] if isinstance(raw, list) and raw else raw
    if isinstance(first, dict) and isinstance(first.get("topic"), str) and isinstance(first.get("payload"), dict):
        first = first["payload"]
    return isinstance(first, dict) and (any(e.recognises(first) for e in _ENVELOPES) or plain.recognises(first))


def decode(uplink: Uplink, model: str | None = None) -> Decoded:
    """What the device measured. `model` is what somebody who has seen its label says; without, the network's profile
    and the bytes themselves must do. Our decoders go before values decoded by the network, unless we would have to
    guess the model. Raises Undecodable."""
    payload, hint = uplink.payload, model or _hint(uplink)
    if payload is None:
        if uplink.decoded is None:
            raise Undecodable("neither bytes nor decoded values")
        return given.decode(uplink.decoded, uplink.network, model)
    reason: Undecodable | None = None
    try:
        if _is_decentlab(payload, hint):
            return _decentlab(uplink, payload, hint, told=model is not None)
        if milesight.recognises(payload) and (uplink.port == milesight.PORT or _may_be_milesight(hint)):
            return milesight.decode(payload, milesight.named(hint))
    except Undecodable as error:
        reason = error
    if uplink.decoded is not None:
        return given.decode(uplink.decoded, uplink.network, model)
    raise reason or Undecodable(f"no decoder for {hint or 'a device of unknown model'}: {payload[:32].hex()}")


def telemetry(decoded: Decoded) -> dict[str, float | str | bool]:
    """The device's own words and values, without what we derived from them."""
    values: Mapping[str, float] = {v.name: v.value for v in decoded.values if v.name != decentlab.DEPTH_FROM_PRESSURE}
    return {**values, **decoded.states}


def _one(message: dict[str, Any], topic: str | None) -> list[Uplink]:
    recorded = message.get("topic")
    if isinstance(recorded, str) and isinstance(message.get("payload"), dict):
        message, topic = message["payload"], recorded
    for envelope in _ENVELOPES:
        if envelope.recognises(message):
            uplinks: list[Uplink] = envelope.read(message)
            return uplinks
    if plain.recognises(message):
        return plain.read(message, topic)
    raise Garbled(f"{_WHAT}: no envelope of a network server that we know; keys {', '.join(list(message)[:8])[:120]}")


def _hint(uplink: Uplink) -> str | None:
    """The first of profile and name that names a model; else the profile."""
    for text in (uplink.profile, uplink.name):
        if decentlab.named(text) or milesight.named(text):
            return text
    return uplink.profile


def _is_decentlab(payload: bytes, hint: str | None) -> bool:
    if decentlab.named(hint):
        return True
    if milesight.of_milesight(hint):
        return False
    try:
        decentlab.frame(payload)
    except Undecodable:
        return False
    return True


def _decentlab(uplink: Uplink, payload: bytes, hint: str | None, *, told: bool) -> Decoded:
    label = decentlab.named(hint)
    if label is not None:
        try:
            return decentlab.decode(payload, label)
        except Undecodable:
            # a network's profile may be another device's, but a model we do not know is not to be guessed over
            if told or not decentlab.knows(label):
                raise
    if uplink.decoded is not None and not decentlab.certain(payload):
        try:
            return given.decode(uplink.decoded, uplink.network)
        except Undecodable:
            pass
    return decentlab.decode(payload)


def _may_be_milesight(hint: str | None) -> bool:
    return hint is None or milesight.of_milesight(hint) or decentlab.named(hint) is None
