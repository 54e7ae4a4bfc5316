"""An official warning as its publisher gave it, read-only for us."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from geodata.model.geometry import Geometry
from geodata.model.level import Level


@dataclass(frozen=True, slots=True)
class WarningText:
    """The warning's words in one language. Plain text: mark-up of the source has been removed."""

    language: str
    headline: str
    event: str = ""
    description: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class OfficialWarning:
    """`key` is the id part of its ref and stays the same along an Alert/Update chain only if the source keeps it.

    `severity`, `urgency`, `certainty`, `msg_type`, `status` are CAP's words verbatim; `level` is ours.
    `ars` and `ags` are the areas the source names (full keys or prefixes such as a district's five digits);
    `municipalities` (ARS) is what the store made of them and of the geometry.
    """

    key: str
    channel: str
    sent: datetime
    severity: str
    level: Level | None
    texts: tuple[WarningText, ...]
    msg_type: str = "Alert"
    status: str = "Actual"
    urgency: str = "Unknown"
    certainty: str = "Unknown"
    event_code: str | None = None
    onset: datetime | None = None
    effective: datetime | None = None
    expires: datetime | None = None
    sender: str = ""
    sender_name: str = ""
    web: str | None = None
    contact: str | None = None
    area_names: tuple[str, ...] = ()
    ars: tuple[str, ...] = ()
    ags: tuple[str, ...] = ()
    geometry: Geometry | None = None
    references: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    municipalities: tuple[str, ...] = ()
    note: str | None = None

    @property
    def foretold(self) -> bool:
        """Advance information (DWD Vorabinformation): drawn hatched, not as a warning in force."""
        return self.urgency == "Future"

    def over(self, now: datetime) -> bool:
        return self.expires is not None and self.expires <= now

    def headline(self, language: str = "de") -> str:
        chosen = next((t for t in self.texts if t.language.startswith(language)), None) or next(iter(self.texts), None)
        return chosen.headline if chosen else ""


LEVELS = {"Minor": Level.LOW, "Moderate": Level.MEDIUM, "Severe": Level.HIGH, "Extreme": Level.EXTREME}


def level_of_severity(severity: str, *, all_clear: bool = False) -> Level | None:
    """CAP severity on our scale (FEEDS section 10); a word we do not know is unknown, not harmless."""
    return Level.NONE if all_clear else LEVELS.get(severity)
