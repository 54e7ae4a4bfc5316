"""Warnings in the format of KATWARN, for the corpus only: real ones of NRW's control rooms, with all that goes wrong.

Nothing polls it: the interface is not official. What a recorder keeps is read as well: one alert a line, or a map of
addresses to answers. What is odd about the format:

- `locality` and `visibility` are JSON inside a text, `sent` a text of seconds since 1970, `effective` a number.
- `expires` is 31 days after `effective` for most, which says nothing: such a warning ends by its clear alone.
- An incident is named by its first alert; a later alert refers to the one before, which the recorder may have missed.
  So whatever came later in an incident replaces all that came earlier in it.
- Templates are sent unfilled ("Rauchgase in [Ortsangabe]"), and neighbouring control rooms tell of the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from feeds.contract import Batch, Dropped, Garbled
from feeds.decoding import decoded, each
from feeds.plain_text import one_line, plain
from geodata.model.geometry import BadGeometry, Geometry, check, intersects
from geodata.model.level import Level
from geodata.model.ref import id_of
from geodata.model.warning import OfficialWarning, WarningText, level_of_severity

USELESS = timedelta(days=30)
"""An end so far away is the system's own and not the sender's."""
SAME_TIME = timedelta(hours=6)
CONTENT = ("info", "warning", "clear")
_BLANK = (
    "kreis|stadt|gemeinde|feuerwehr|leitstelle|orts?|ortsteil|stadtteil|straße|datum|uhrzeit|zeit|name|nummer|rufnummer|"
    r"ereignis|grund|radius|x{2,}|\.{2,}|…|_+"
)
UNFILLED = re.compile(
    rf"\[\s*(?:(?:{_BLANK})(?:\s*/\s*(?:{_BLANK}))*"
    r"|[^\]\[]{0,60}(?:angabe|angeben|eintragen|einfügen|einsetzen|ergänzen|ausfüllen))\s*\]",
    re.IGNORECASE,
)
"""`[Ortsangabe]`, `[Rufnummer eintragen]`; not `[Borken]`, which somebody filled in and left the brackets."""


class _Alert(msgspec.Struct):
    id: str
    content_type: str
    severity: str
    headline: str
    sent: str | int
    provider_id: str = ""
    sender_id: str = ""
    issuer: str = ""
    event_code: str | None = None
    event_type: str | None = None
    subject: str | None = None
    description: str | None = None
    instruction: list[str] | str | None = None
    geometry: Any = None
    effective: int | str | None = None
    expires: int | str | None = None
    references: str | None = None
    locality: str | None = None
    language: str = "de"
    web: str | None = None
    contact: str | None = None


class _Locality(msgspec.Struct):
    names: list[str] = []
    prefix: str = ""
    suffix: str = ""


class _Kept(msgspec.Struct):
    """A line of the recorder."""

    alert: msgspec.Raw
    url: str = ""


_PATH = re.compile(r"/incidents/([^/]+)/([^/]+)$")
_LISTS = re.compile(rb'^\s*\{\s*"(incidents|alerts)"\s*:\s*\[')


def key(id: str) -> str:
    return id_of("katwarn", id)


class Katwarn:
    """A parser of the corpus."""

    name = "katwarn"

    def recognises(self, path: str, payload: bytes) -> bool:
        head = payload[:4096]
        if _LISTS.match(head):
            return b'"provider_id"' in head or b'"bbox"' in head
        return head.lstrip()[:1] == b"{" and (
            (b'"content_type"' in head and (b'"provider_id"' in payload[:200_000])) or b"omega.kwrn.eu/" in head
        )

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """One alert, a list of incidents, or what a recorder kept. Raises Garbled."""
        batch = Batch()
        if _LISTS.match(payload[:4096]):
            decoded(payload, dict[str, Any], "incidents")
            return batch  # names of what else to ask for
        told: dict[str, OfficialWarning] = {}
        incident_of: dict[str, str] = {}
        for incident, raw in _alerts(payload, batch):
            for alert in each([raw], _Alert, batch.dropped, "alert"):
                warning = _warning(alert, incident, batch)
                if warning is None:
                    continue
                if warning.key in told:
                    batch.unknown["told twice"] += 1
                    if told[warning.key].sent >= warning.sent:
                        continue
                told[warning.key] = warning
                incident_of[warning.key] = incident or alert.id
        batch.warnings = _chained(sorted(told.values(), key=lambda w: (w.sent, w.key)), incident_of)
        _note_doubles(batch.warnings, incident_of, batch)
        batch.newest = max((w.sent for w in batch.warnings), default=None)
        return batch


def _alerts(payload: bytes, batch: Batch) -> Iterator[tuple[str, msgspec.Raw]]:
    """Incident (empty if it is not told) and alert. Raises Garbled."""
    head = payload[:4096]
    if b"omega.kwrn.eu/" in head and b'"recorder_' not in head and b'"alert"' not in head:
        for address, body in decoded(payload, dict[str, Any], "record").items():
            place = _PATH.search(address)
            if place and isinstance(body, str) and "/topics/" not in address:
                yield place[1], msgspec.Raw(body.encode("utf-8", "replace"))
        return
    if b'"recorder_' not in head and b'"alert"' not in head:
        decoded(payload, dict[str, Any], "alert")
        yield "", msgspec.Raw(payload)
        return
    read = 0
    for number, line in enumerate(payload.split(b"\n")):
        if line.strip():
            for kept in each([msgspec.Raw(line)], _Kept, batch.dropped, f"line {number + 1}"):
                place = _PATH.search(kept.url)
                read += 1
                yield place[1] if place else "", kept.alert
    if not read:
        raise Garbled(f"record: no line can be read: {batch.dropped[0].reason if batch.dropped else 'it is empty'}")


def _warning(alert: _Alert, incident: str, batch: Batch) -> OfficialWarning | None:
    sent = _seconds(alert.sent)
    if sent is None or alert.content_type not in CONTENT or not alert.id.strip():
        reason = f"content_type {alert.content_type[:20]!r}" if sent else "sent is no time"
        batch.dropped.append(Dropped(f"alert {one_line(alert.id)[:60]}", reason))
        return None
    clear = alert.content_type == "clear"
    severity = alert.severity[:20].capitalize()
    effective, expires = _seconds(alert.effective), _seconds(alert.expires)
    notes = []
    if expires is not None and expires - (effective or sent) >= USELESS:
        batch.unknown["expires after a month: not used"] += 1
        expires = None
    instruction = alert.instruction if isinstance(alert.instruction, str) else "\n".join(alert.instruction or [])
    words = WarningText(
        one_line(alert.language)[:10] or "de",
        one_line(alert.headline)[:500],
        one_line(alert.event_type or alert.subject)[:200],
        plain(alert.description),
        plain(instruction),
    )
    blank = UNFILLED.search(" ".join((words.headline, words.description, words.instruction)))
    if blank:
        notes.append(f"unfilled template: {blank[0][:60]}")
        batch.unknown["unfilled template"] += 1
    shape, problem = _shape(alert.geometry)
    if problem:
        notes.append(problem)
        batch.unknown["geometry not usable"] += 1
    earlier = dict.fromkeys(e for e in (alert.references, incident) if e and e != alert.id)
    return OfficialWarning(
        key=key(alert.id),
        channel="katwarn",
        sent=sent,
        severity=severity,
        level=Level.NONE if clear else level_of_severity(severity),
        texts=(words,),
        msg_type="Cancel" if clear else "Update" if earlier else "Alert",
        status="Test" if alert.event_code == "testMessage" else "Actual",
        event_code=one_line(alert.event_code)[:60] or None,
        effective=effective,
        expires=expires,
        sender=one_line(alert.sender_id)[:60],
        sender_name=one_line(alert.issuer)[:200],
        web=one_line(alert.web)[:300] or None,
        contact=plain(alert.contact)[:500] or None,
        area_names=_names(alert.locality),
        geometry=shape,
        references=tuple(key(e) for e in earlier),
        parameters={"content_type": alert.content_type, "provider": one_line(alert.provider_id)[:40]},
        note="; ".join(notes) or None,
    )


def _chained(ordered: list[OfficialWarning], incident_of: dict[str, str]) -> list[OfficialWarning]:
    """Each refers to all that came before it in its incident."""
    before: dict[str, list[str]] = {}
    found = []
    for warning in ordered:
        earlier = before.setdefault(incident_of[warning.key], [])
        found.append(replace(warning, references=tuple(dict.fromkeys((*warning.references, *earlier)))))
        earlier.append(warning.key)
    return found


def _note_doubles(ordered: list[OfficialWarning], incident_of: dict[str, str], batch: Batch) -> None:
    """Two incidents that tell of the same kind of thing at the same time and place: both stay, as each is official,
    and the later one says so."""
    recent: list[OfficialWarning] = []
    for place, warning in enumerate(ordered):
        recent = [w for w in recent if warning.sent - w.sent <= SAME_TIME]
        if warning.msg_type != "Cancel":
            twin = next((w for w in reversed(recent) if _same_thing(w, warning, incident_of)), None)
            if twin is not None:
                batch.unknown["told by another incident too"] += 1
                note = f"told before by {twin.sender_name or twin.key}"
                ordered[place] = replace(warning, note="; ".join(filter(None, (warning.note, note))))
            recent.append(warning)


def _same_thing(one: OfficialWarning, other: OfficialWarning, incident_of: dict[str, str]) -> bool:
    if incident_of[one.key] == incident_of[other.key] or one.event_code != other.event_code:
        return False
    return (
        one.geometry is not None and other.geometry is not None and intersects(one.geometry.bbox, other.geometry.bbox)
    )


def _shape(raw: object) -> tuple[Geometry | None, str]:
    if raw is None:
        return None, ""
    try:
        return check(raw), ""
    except BadGeometry as error:
        return None, f"geometry: {str(error)[:100]}"


def _names(locality: str | None) -> tuple[str, ...]:
    if not locality:
        return ()
    try:
        told = msgspec.json.decode(locality, type=_Locality)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = one_line(locality)[:200]
        return (text,) if text else ()
    return tuple(dict.fromkeys(name for n in told.names[:500] if (name := one_line(n)[:200])))


def _seconds(given: str | int | None) -> datetime | None:
    """Seconds since 1970, as a number or a text of one."""
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    return datetime.fromtimestamp(int(text), UTC) if re.fullmatch(r"[0-9]{1,11}", text.strip()) else None
