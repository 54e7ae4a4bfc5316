"""From the time that was shown to the time of the wall, and back: the exercise clock pauses, runs fast and jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Setting:
    """From the wall time `since` on the clock showed `shown` and ran with `speed`; 0 while it stood still."""

    since: datetime
    shown: datetime
    speed: float


class Timeline:
    """All settings of a clock. Without any the shown time is the wall's.

    A time that was shown twice, because the clock was set back, means the later pass. A time that a jump ahead left
    out means the moment of the jump. Times after the newest setting go on with it."""

    def __init__(self, settings: Sequence[Setting] = ()) -> None:
        self._settings = sorted(settings, key=lambda setting: setting.since)

    def wall(self, shown: datetime) -> datetime:
        """The wall time at which this was shown; the first setting goes back beyond its start."""
        end: datetime | None = None
        for setting in reversed(self._settings):
            if setting.shown <= shown or setting is self._settings[0]:
                ahead = shown - setting.shown
                if setting.speed == 0 and ahead > timedelta(0):
                    return end or _LATEST
                reached = _plus(setting.since, ahead / setting.speed if setting.speed else ahead)
                return min(reached, end) if end else reached
            end = setting.since - timedelta(microseconds=1)
        return shown

    def shown(self, wall: datetime) -> datetime:
        """What the clock showed then; before its first setting it ran as the wall's."""
        for setting in reversed(self._settings):
            if setting.since <= wall:
                return setting.shown + (wall - setting.since) * setting.speed
        if self._settings:
            return self._settings[0].shown - (self._settings[0].since - wall)
        return wall

    def earliest(self, wall: datetime) -> datetime:
        """The earliest time shown at this wall time or later."""
        later = [setting.shown for setting in self._settings if setting.since > wall]
        return min([self.shown(wall), *later])


def _plus(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return _LATEST if by > timedelta(0) else datetime.min.replace(tzinfo=UTC)
