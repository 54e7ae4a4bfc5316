"""Durations as people write them: seconds or a number with its unit."""

from __future__ import annotations

import re

UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def seconds_of(value: object) -> object:
    """`90 s`, `15 min`, `12 h`, `7 d` or a bare number as seconds; ISO durations and other types are left as they are.

    Raises ValueError."""
    if isinstance(value, str) and not value.startswith("P"):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d)?\s*", value)
        if not match:
            raise ValueError("write a duration as seconds or with a unit: 90 s, 15 min, 12 h, 7 d")
        return float(match[1]) * UNITS[match[2] or "s"]
    return value
