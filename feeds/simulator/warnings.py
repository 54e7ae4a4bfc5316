"""Official warnings of a scenario: who said what when, and what holds at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from shapely.geometry import Polygon

from feeds.simulator.areas import Municipality, Ring, outline, within
from feeds.simulator.gauge import Moment

Kind = Literal["Alert", "Update", "Cancel"]
Severity = Literal["Minor", "Moderate", "Severe", "Extreme"]

ALL_CLEAR_STAYS = timedelta(hours=6)
"""So long an all-clear is listed before it disappears."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message of MoWaS or of the police. `areas` are ARS prefixes; `polygon` (lon, lat) draws the area closer;
    `detail_from` is when its detail can first be read although it is listed already."""

    id: str
    sent: Moment
    type: Kind = "Alert"
    replaces: tuple[str, ...] = ()
    channel: Literal["mowas", "katwarn", "biwapp", "lhp", "police"] = "mowas"
    severity: Severity
    urgency: Literal["Immediate", "Expected", "Future", "Unknown"] = "Immediate"
    certainty: Literal["Observed", "Likely", "Possible", "Unknown"] = "Observed"
    category: str = "Met"
    event_code: str
    headline: str
    headline_en: str
    description: str
    instruction: str = ""
    sender: str
    sender_name: str
    contact: str = ""
    web: str = ""
    area_name: str
    areas: tuple[str, ...]
    polygon: Ring = ()
    listed_until: Moment | None = None
    detail_from: Moment | None = None

    @property
    def ends(self) -> datetime | None:
        if self.type == "Cancel":
            return self.listed_until or self.sent + ALL_CLEAR_STAYS
        return self.listed_until

    @property
    def parts(self) -> tuple[Polygon, ...]:
        return (Polygon(self.polygon),) if self.polygon else outline(self.areas)

    @property
    def municipalities(self) -> tuple[Municipality, ...]:
        return within(self.areas)


class WeatherAlert(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message of the DWD. `ii` is the DWD's event number; `urgency` Future marks advance information; `spared`
    are ARS prefixes within the area that it leaves out (EXCLUDE_POLYGON where they lie inside)."""

    uuid: str
    sent: Moment
    type: Kind = "Alert"
    replaces: tuple[str, ...] = ()
    severity: Severity
    urgency: Literal["Immediate", "Future"] = "Immediate"
    certainty: Literal["Likely", "Observed", "Possible"] = "Likely"
    ii: int
    group: str = "RAIN"
    event: str
    event_en: str
    headline: str
    headline_en: str
    description: str
    description_en: str
    instruction: str = ""
    instruction_en: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    onset: Moment
    expires: Moment
    areas: tuple[str, ...]
    spared: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """Without the language that ends it."""
        return f"2.49.0.0.276.0.DWD.PVW.{int(self.sent.timestamp() * 1000)}.{self.uuid}"

    @property
    def ends(self) -> datetime | None:
        return self.expires

    @property
    def municipalities(self) -> tuple[Municipality, ...]:
        return tuple(m for m in within(self.areas) if not self.spared or not m.ars.startswith(self.spared))

    @property
    def parts(self) -> tuple[Polygon, ...]:
        return outline(tuple(m.ars for m in self.municipalities))


def listed(messages: Iterable[Message], now: datetime) -> list[Message]:
    """What the list shows: sent, not replaced by a later message, not over. Newest first."""
    sent = [m for m in messages if m.sent <= now]
    replaced = {key for m in sent for key in m.replaces}
    shown = [m for m in sent if m.id not in replaced and (m.ends is None or now < m.ends)]
    return sorted(shown, key=lambda m: m.sent, reverse=True)


def in_force(alerts: Iterable[WeatherAlert], now: datetime) -> list[WeatherAlert]:
    """The DWD's full state: sent, not replaced, not expired; a cancel only ends others."""
    sent = [a for a in alerts if a.sent <= now]
    replaced = {uuid for a in sent for uuid in a.replaces}
    shown = [a for a in sent if a.type != "Cancel" and a.uuid not in replaced and now < a.expires]
    return sorted(shown, key=lambda a: a.sent, reverse=True)
