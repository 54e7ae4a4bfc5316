"""What time it is. In an exercise it is another time, and it may run fast, stand still or jump."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...

    @property
    def speed(self) -> float:
        """Seconds of this clock per second of the wall; 0 while it stands still."""
        ...


class WallClock:
    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class ExerciseClock:
    """A clock anchored at a wall time. The simulator and the server share one, so that ages come out right."""

    shown: datetime
    since: datetime
    running_speed: float = 1.0
    paused: bool = False

    @classmethod
    def starting_at(cls, moment: datetime, speed: float = 1.0) -> ExerciseClock:
        return cls(shown=moment, since=datetime.now(UTC), running_speed=speed)

    @property
    def speed(self) -> float:
        return 0.0 if self.paused else self.running_speed

    def now(self) -> datetime:
        return (self.shown + (datetime.now(UTC) - self.since) * self.speed).astimezone(UTC)

    def _anchor(self, moment: datetime | None = None) -> None:
        self.shown, self.since = moment or self.now(), datetime.now(UTC)

    def pause(self) -> None:
        self._anchor()
        self.paused = True

    def resume(self) -> None:
        self._anchor()
        self.paused = False

    def run_at(self, speed: float) -> None:
        if not 0 < speed <= 100_000:
            raise ValueError("speed must be above 0 and at most 100000")
        self._anchor()
        self.running_speed = speed

    def jump(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("a jump needs a time with a time zone")
        self._anchor(moment)

    def take_over(self, other: ExerciseClock) -> None:
        """Run as the other does from now on."""
        self.shown, self.since = other.shown, other.since
        self.running_speed, self.paused = other.running_speed, other.paused
