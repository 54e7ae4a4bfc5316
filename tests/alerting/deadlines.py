"""When an alarm had to do something by itself, worked out again from its plan and its protocol alone.

What it did by itself is right at the engine's first look after the deadline, or sooner when somebody answered at that
moment or the step that had just begun found nobody. What people ask for by hand never makes a deadline earlier.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerting.model.availability import Quiet, quiet_until
from alerting.model.chain import SUPERVISOR_WAIT, wants
from alerting.model.plan import Plan, Purpose

BY_ITSELF = ("REPEATED", "ESCALATED", "HELD", "EXHAUSTED", "REACHED")
OVER = ("REACHED", "EXHAUSTED")
"""After these nothing is decided when a wait ends: calls only run out."""


@dataclass
class Deadlines:
    """`looked` are the moments at which the engine looked, `answered` those at which somebody answered, `held` those
    looks that found calls which the night has held back, with the moment at which it ends."""

    plan: Plan
    looked: list[datetime]
    answered: Collection[datetime]
    held: Mapping[datetime, datetime] = field(default_factory=dict)
    due: datetime | None = None
    step: int = -1
    began: datetime | None = None
    state: str = "RUNNING"
    sure: bool = True
    """False: whether calls still run out cannot be told from the protocol."""
    wrong: list[str] = field(default_factory=list)

    def follow(self, protocol: Iterable[Mapping[str, Any]]) -> list[str]:
        """What was done too late, too early or not at all."""
        for act in protocol:
            self._put_off(datetime.fromisoformat(act["at"]))
            self._act(act["what"], datetime.fromisoformat(act["at"]), act.get("said"), own=act["by"] == "engine")
        last = self.looked[-1]
        self._put_off(last)
        if self.state == "RUNNING" and self.sure and self.due is not None and self.due <= last:
            self.wrong.append(f"due at {self.due}, not done until {last}")
        return self.wrong

    def _act(self, what: str, at: datetime, said: str | None, *, own: bool) -> None:
        looked = self._first_look()
        if self.state in OVER and looked is not None and looked <= at:
            self.due = None
        if own and what in BY_ITSELF:
            self._judge(what, at)
        names = [step.name for step in self.plan.steps]
        match what:
            case "STEP":
                self.step, self.began, self.sure = names.index(said), at, True
                self.due = self._until(at, self.step)
            case "REPEATED" if own:
                self.due = self._until(at, self.step)
            case "REPEATED" | "ADDED":
                until = self._until(at, names.index(said) if what == "REPEATED" else self.step)
                self.due = max(self.due or until, until)
            case "SUPERVISOR":
                self.due = at + SUPERVISOR_WAIT
            case "REACHED":
                self._reached(at, own=own)
            case "RUNNING":
                self.state = "RUNNING"
            case "HELD":
                self.due = None
            case "EXHAUSTED" | "STOPPED" | "CANCELLED":
                self.state, self.due = what, None

    def _reached(self, at: datetime, *, own: bool) -> None:
        runs_out = not self.plan.stop_when_reached and wants(self.plan.quota) and self.state == "RUNNING"
        if own and runs_out and at == self.began and at in self.answered:
            self.sure = False
        elif own and not (runs_out and at in self.answered):
            self.due = None
        self.state = "REACHED"

    def _put_off(self, until: datetime) -> None:
        """A step is not over while something of it is held back."""
        while self.state == "RUNNING" and (look := self._first_look()) is not None and look <= until:
            later = self.held[look] + timedelta(seconds=self.plan.steps[self.step].wait) if look in self.held else look
            if later <= look:
                return
            self.due = later

    def _judge(self, what: str, at: datetime) -> None:
        if not self.sure or at in self.answered or at == self.began:
            return
        if self.due is None or at < self.due:
            self.wrong.append(f"{what} at {at}, not due before {self.due}")
        elif at != self._first_look():
            self.wrong.append(f"{what} at {at}, was due at {self.due}")

    def _first_look(self) -> datetime | None:
        return next((one for one in self.looked if self.due is not None and one >= self.due), None)

    def _until(self, at: datetime, step: int) -> datetime:
        """What is held back by quiet hours waits from their end."""
        quiet = quiet_until(Quiet(), at) if self.plan.purpose is Purpose.INFO else None
        return (quiet or at) + timedelta(seconds=self.plan.steps[step].wait)
