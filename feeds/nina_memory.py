"""What the NINA feed knows from look to look: messages it has read, failures to try again, and what vanished.

The lists state what is in force, without a time of their own. If one shows yesterday's state again, today's warnings
are missing in it, and that must not be taken for an all-clear. So when the newest message of all is gone, a warning
ends only with proof: an all-clear or update that refers to it, its own time of expiry, or its move to the archive.
Without proof it stays, and the source counts as not working, for at most `PATIENCE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feeds.nina_list import Listed
from geodata.model.warning import OfficialWarning

PATIENCE = timedelta(hours=2)
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(slots=True)
class Held:
    """A message as it was read. `warning` is None for one that concerns another area."""

    marks: dict[str, str]
    warning: OfficialWarning | None
    shape_missing: bool = False


@dataclass(slots=True)
class Memory:
    """By the source's ids. `doubted_since` is when the newest message disappeared without proof."""

    held: dict[str, Held] = field(default_factory=dict)
    retries: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    first_seen: dict[str, datetime] = field(default_factory=dict)
    newest: datetime | None = None
    doubted_since: datetime | None = None
    looked_at: datetime | None = None

    def begin(self, now: datetime) -> None:
        """Forget everything if the clock jumped back: then the past is the future again."""
        if self.looked_at is not None and now < self.looked_at - timedelta(minutes=1):
            self.held, self.retries, self.first_seen = {}, {}, {}
            self.newest = self.doubted_since = None
        self.looked_at = now

    def went_back(self, found: Mapping[str, Listed]) -> bool:
        """Whether the newest message seen is not among these."""
        newest = _newest(found)
        return self.newest is not None and (newest is None or newest < self.newest)

    def vanished(self, found: Mapping[str, Listed]) -> list[str]:
        return [i for i, held in self.held.items() if held.warning is not None and i not in found]

    def wanted(self, found: Mapping[str, Listed], now: datetime) -> list[str]:
        """Messages to read: new, changed, or failed before and due again."""
        wanted = []
        for identifier, listed in found.items():
            held = self.held.get(identifier)
            fails, again_at = self.retries.get(identifier, (0, now))
            changed = held is None or any(held.marks.get(n, m) != m for n, m in listed.marks.items())
            if (changed or (held is not None and held.shape_missing)) and (not fails or again_at <= now):
                wanted.append(identifier)
        return wanted

    def keep(self, listed: Listed, warning: OfficialWarning | None, *, shape_missing: bool) -> None:
        before = self.held.get(listed.id)
        marks = (before.marks if before else {}) | listed.marks
        self.held[listed.id] = Held(marks, warning, shape_missing)

    def failed(self, identifier: str, now: datetime) -> None:
        """Try again after half a minute, then after twice as long each time, at most ten minutes."""
        fails = self.retries.get(identifier, (0, now))[0] + 1
        self.retries[identifier] = fails, now + min(timedelta(seconds=15 * 2 ** min(fails, 10)), LONGEST_WAIT)

    def settle(self, found: Mapping[str, Listed], *, whole: bool, doubted: bool) -> None:
        """After a look. Only a whole one without doubt tells what is gone."""
        newest = _newest(found)
        if whole and not doubted:
            self.held = {i: held for i, held in self.held.items() if i in found}
            self.retries = {i: again for i, again in self.retries.items() if i in found}
            self.first_seen = {i: at for i, at in self.first_seen.items() if i in found}
            self.newest, self.doubted_since = newest, None
        elif newest is not None and not doubted:
            self.newest = max(newest, self.newest or newest)


def _newest(found: Mapping[str, Listed]) -> datetime | None:
    return max((listed.sent for listed in found.values() if listed.sent is not None), default=None)
