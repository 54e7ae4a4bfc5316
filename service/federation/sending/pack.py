"""The items of one envelope, within its bounds."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from service.federation.wire.envelope import MOST_BYTES, MOST_ITEMS

FRAME = 30_000
"""Bytes that an envelope needs beside its items, at most."""
MOST_ITEM = MOST_BYTES - FRAME
"""Bytes of a single item as JSON."""


class Pack:
    """An item larger than `most_bytes` goes alone."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.room = max(most_bytes - FRAME, most_bytes // 3)
        self.items: list[msgspec.Raw] = []
        self.size = 0

    @property
    def free(self) -> int:
        """How many more items it may take."""
        return MOST_ITEMS - len(self.items)

    @property
    def full(self) -> bool:
        return not self.free or self.size >= self.room

    def add(self, raw: bytes) -> bool:
        """Whether it went in."""
        return self.add_all([raw]) == 1

    def add_all(self, raws: Sequence[bytes]) -> int:
        """Take all of these or none; how many of them, from the first on, would have gone in."""
        size, fitting = self.size, 0
        for raw in raws:
            alone = not self.items and not fitting and len(raw) <= MOST_ITEM
            if fitting >= self.free or (size + len(raw) + 1 > self.room and not alone):
                return fitting
            size, fitting = size + len(raw) + 1, fitting + 1
        self.items += map(msgspec.Raw, raws)
        self.size = size
        return fitting
