"""How often the hub sends: at once when it is quiet, in bundles when much happens."""

from __future__ import annotations

SHORTEST = 0.010
LONGEST = 0.100
SHARE = 8
"""Sending may take one part in so many of the loop's time before it is done less often."""


class Pace:
    """Times are seconds of a monotonic clock, costs seconds of CPU.

    A change after a quiet moment goes at once. Under load a flush comes each `window`, which grows with what a flush
    costs and never beyond a tenth of a second. Half a window of tolerance keeps a steady trickle that comes a little
    early from waiting.
    """

    def __init__(self) -> None:
        self.window = SHORTEST
        self._due = 0.0
        self._cost = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next flush may go; 0 for at once."""
        return max(0.0, self._due - self.window / 2 - now)

    def flushed(self, now: float) -> None:
        self._due = max(self._due, now) + self.window

    def cost(self, seconds: float) -> None:
        """What the last flush cost, smoothed."""
        self._cost += (seconds - self._cost) / 4
        self.window = min(max(self._cost * SHARE, SHORTEST), LONGEST)
