"""One ordered scale for gauges and warnings of all sources (FEEDS section 10). Unknown is None, never NONE."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    EXTREME = 4
