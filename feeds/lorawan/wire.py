"""What the envelopes have in common: addresses, bytes and times as network servers write them. All raise Garbled."""

from __future__ import annotations

import binascii
import math
import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from feeds.contract import Garbled
from feeds.plain_text import one_line

T = TypeVar("T")

LONGEST_PAYLOAD = 255
"""Bytes of a LoRaWAN frame at most."""

_EUI = re.compile(r"[0-9A-Fa-f]{16}")
_SEPARATORS = re.compile(r"[-:. ]")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_SWALLOWED_DASH = re.compile(r"^(\d{4})-(\d{2})(\d{2})(?=T)")
_LONGEST_NAME = 120


def shaped(raw: Mapping[str, Any], kind: type[T], what: str) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise Garbled(f"{what}: {error}") from error


def device_of(eui: str | None, name: str | None, what: str) -> str:
    """The DevEUI in upper case without separators; the name where there is none."""
    if eui:
        bare = _SEPARATORS.sub("", eui)
        if not _EUI.fullmatch(bare):
            raise Garbled(f"{what}: {one_line(eui)[:40]!r} is no DevEUI of 16 hexadecimal digits")
        return bare.upper()
    if named := label(name):
        return named
    raise Garbled(f"{what}: neither a DevEUI nor a name of the device")


def label(text: str | None) -> str | None:
    return one_line(text)[:_LONGEST_NAME].strip() or None


def moment(value: object, what: str) -> datetime:
    """ISO 8601 with a zone and any number of decimals, or Unix time in s, ms, µs or ns. UTC."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{9,19}", value.strip()):
        value = int(value)
    try:
        if isinstance(value, str):
            # Milesight's gateways have been seen to write 2020-0327T12:39:05Z
            at = datetime.fromisoformat(_SWALLOWED_DASH.sub(r"\1-\2-\3", value.strip()))
            if at.tzinfo is None:
                raise Garbled(f"{what}: time {value[:40]!r} has no time zone")
            return at.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0:
            for scale, least in ((1_000_000_000, 1e17), (1_000_000, 1e14), (1000, 1e11)):
                if value >= least:
                    return datetime.fromtimestamp(value / scale, UTC)
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Garbled(f"{what}: {str(value)[:40]!r} is no time") from error
    raise Garbled(f"{what}: no time" if value is None else f"{what}: {str(value)[:40]!r} is no time")


def from_base64(text: str | None, what: str) -> bytes | None:
    if not text:
        return None
    try:
        return _short(b64decode(text, validate=True), what)
    except (binascii.Error, ValueError) as error:
        raise Garbled(f"{what}: payload is no base64: {error}") from error


def from_hex(text: str | None, what: str) -> bytes | None:
    if not text:
        return None
    bare = _SEPARATORS.sub("", text)
    if not _HEX.fullmatch(bare):
        raise Garbled(f"{what}: payload is not hexadecimal")
    return _short(bytes.fromhex(bare), what)


def from_either(text: str | None, what: str) -> bytes | None:
    """Whoever posts by himself sends one or the other. Base64 that looks like hexadecimal throughout is rare enough."""
    if text and _HEX.fullmatch(text.strip()):
        return from_hex(text.strip(), what)
    return from_base64(text, what)


def finite(value: object) -> float | None:
    """A number, or a text that is one; anything else is as good as nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole(value: object, most: int) -> int | None:
    number = finite(value)
    return int(number) if number is not None and 0 <= number <= most and number == int(number) else None


def place(longitude: object, latitude: object) -> tuple[float, float] | tuple[None, None]:
    """Degrees; 0/0 is where devices without a position say they are."""
    x, y = finite(longitude), finite(latitude)
    if x is None or y is None or not (-180 <= x <= 180 and -90 <= y <= 90) or (x == 0 and y == 0):
        return None, None
    return x, y


MOST_FRAMES = 2**32 - 1
MOST_PORT = 255


def _short(payload: bytes, what: str) -> bytes:
    if len(payload) > LONGEST_PAYLOAD:
        raise Garbled(f"{what}: {len(payload)} bytes are more than a LoRaWAN frame holds")
    return payload
