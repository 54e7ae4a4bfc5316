"""How the NINA feed's lists and dashboards name a warning: rows, and what is known of a warning from them alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import msgspec

from feeds.contract import Dropped
from feeds.plain_text import one_line
from geodata.model.ref import id_of
from geodata.model.warning import OfficialWarning, WarningText, level_of_severity

CHANNELS = {
    "mow": "mowas",
    "kat": "katwarn",
    "biw": "biwapp",
    "lhp": "lhp",
    "pol": "police",
    "dwd": "dwd",
    "dwdmap": "dwd",
}
"""First part of an id -> the list it stands in."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Id = Annotated[str, msgspec.Meta(min_length=3, max_length=300, pattern=r"^[A-Za-z]+\.[^/?#\s]+$")]
Texts = dict[str, str | None] | None


class MapRow(msgspec.Struct, rename="camel"):
    """A row of `/{channel}/mapData.json`."""

    id: Id
    version: int | str = 0
    start_date: Instant | None = None
    expires_date: Instant | None = None
    severity: str | None = None
    urgency: str | None = None
    type: str | None = None
    i18n_title: Texts = msgspec.field(default=None, name="i18nTitle")


class _DashboardData(msgspec.Struct, rename="camel"):
    headline: str | None = None
    severity: str | None = None
    urgency: str | None = None
    msg_type: str | None = None


class _Payload(msgspec.Struct):
    hash: str | None = None
    version: int | str = 0
    data: _DashboardData = msgspec.field(default_factory=_DashboardData)


class DashboardRow(msgspec.Struct, rename="camel"):
    """A row of `/dashboard/{ARS}.json`."""

    id: Id
    payload: _Payload = msgspec.field(default_factory=_Payload)
    sent: Instant | None = None
    onset: Instant | None = None
    expires: Instant | None = None
    i18n_title: Texts = msgspec.field(default=None, name="i18nTitle")


@dataclass(slots=True)
class Listed:
    """What lists and dashboards say of one warning. `districts` are the dashboards it stands in, five digits."""

    id: str
    severity: str = "Unknown"
    urgency: str = "Unknown"
    msg_type: str = "Alert"
    sent: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    titles: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    districts: set[str] = field(default_factory=set)

    def add_map_row(self, row: MapRow) -> None:
        self.marks["map"] = f"{row.version}/{row.start_date}/{row.type}"
        self._add(row.severity, row.urgency, row.type, row.start_date, row.expires_date, row.i18n_title)

    def add_dashboard_row(self, row: DashboardRow, district: str) -> None:
        data = row.payload.data
        self.marks["dashboard"] = f"{row.payload.version}/{row.payload.hash}"
        self.districts.add(district)
        self.onset = row.onset or self.onset
        titles = row.i18n_title or {"de": data.headline}
        self._add(data.severity, data.urgency, data.msg_type, row.sent, row.expires, titles)

    def _add(
        self,
        severity: str | None,
        urgency: str | None,
        msg_type: str | None,
        sent: datetime | None,
        expires: datetime | None,
        titles: Texts,
    ) -> None:
        self.severity, self.urgency = severity or self.severity, urgency or self.urgency
        self.msg_type = msg_type or self.msg_type
        self.sent, self.expires = sent or self.sent, expires or self.expires
        self.titles |= {language: title for language, title in (titles or {}).items() if title}


def key(identifier: str) -> str:
    return id_of("nina", identifier)


def channel(identifier: str) -> str | None:
    return CHANNELS.get(identifier.split(".", 1)[0].lower())


def from_list(listed: Listed, first_seen: datetime, note: str) -> OfficialWarning:
    """A warning of which only the list's row is known. `first_seen` stands for a missing time."""
    return OfficialWarning(
        key=key(listed.id),
        channel=channel(listed.id) or "other",
        sent=listed.sent or first_seen,
        severity=listed.severity,
        level=level_of_severity(listed.severity, all_clear=listed.msg_type == "Cancel"),
        texts=in_order(WarningText(lang[:20], one_line(title)) for lang, title in listed.titles.items()),
        msg_type=listed.msg_type,
        urgency=listed.urgency,
        onset=listed.onset,
        expires=listed.expires,
        ars=tuple(sorted(filter(None, listed.districts))),
        note=note,
    )


def unreadable(raw: Dropped) -> str | None:
    """The id of a row that could not be read, so that the warning it is about stays in force."""
    match = re.search(r'"id"\s*:\s*"([A-Za-z]+\.[^"/?#\s]{1,298})"', raw.raw)
    return match[1] if match else None


def in_order(texts: Iterable[WarningText]) -> tuple[WarningText, ...]:
    """German first, then plain German and English, then the rest as it came."""
    first = ["de", "de-de", "de-ls", "en", "en-gb", "en-us"]
    found = list({text.language: text for text in reversed(list(texts))}.values())[::-1]
    return tuple(
        sorted(found, key=lambda t: first.index(t.language.lower()) if t.language.lower() in first else len(first))
    )
