"""What an alarm may be on this node: everything on one in exercise is exercise."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.model.plan import Purpose
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode


@dataclass(frozen=True, slots=True)
class Modes:
    """`node` is the mode of the node itself."""

    node: IncidentMode

    def of(self, wanted: IncidentMode | None, *, incident: IncidentMode | None = None) -> IncidentMode:
        """The mode asked for, if it can be; the incident's own if none is. Raises BadEdit for one that would call
        people for real from where nothing is."""
        highest = incident if incident is not None and self.node is IncidentMode.ACTUAL else self.node
        if wanted is None or wanted is highest:
            return highest
        if highest is not IncidentMode.ACTUAL:
            raise BadEdit("mode", f"here everything is {highest}; leave the mode out")
        return wanted

    def of_purpose(self, purpose: Purpose, mode: IncidentMode) -> IncidentMode:
        """A drill reaches people and says that it is one: it is never ACTUAL."""
        return IncidentMode.TEST if purpose is Purpose.DRILL and mode is IncidentMode.ACTUAL else mode
