"""A report made from a picture, whose report counts, and who is silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geodata.model import strength
from geodata.model.ars import padded, prefix, significant
from geodata.model.editing import BadEdit
from geodata.model.legal import LegalLevel
from geodata.model.request import UNANSWERED, RequestState
from geodata.model.resource import BOUND, FREE
from geodata.model.situation_report import MOST_LISTED, Figures, OpenIncident, OpenRequest, Part, Rhythm, Warned

OPEN_INCIDENTS = ("OBSERVED", "ACTIVE", "STABILISING")
OPEN_REQUESTS = frozenset({*UNANSWERED, RequestState.OFFERED, RequestState.PARTIALLY_FULFILLED})
NOT_COUNTED = "DUPLICATE"


@dataclass(frozen=True, slots=True)
class Picture:
    """Bodies of the node's own facts, as far as whoever reports may see them; incidents by id."""

    incidents: Mapping[str, Mapping[str, Any]]
    sites: Sequence[Mapping[str, Any]]
    resources: Sequence[Mapping[str, Any]]
    requests: Sequence[Mapping[str, Any]]
    warnings: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    figures: Figures
    level: str | None
    incidents: tuple[OpenIncident, ...]
    requests: tuple[OpenRequest, ...]
    warnings: tuple[Warned, ...]


def told(picture: Picture, levels: Sequence[LegalLevel]) -> Told:
    """What a report says of this picture. Only open incidents and what belongs to them counts."""
    running = {id: body for id, body in picture.incidents.items() if body.get("state") in OPEN_INCIDENTS}
    incidents = tuple(_incident(body) for body in running.values())
    sites = [body for body in picture.sites if body.get("incident") in running and body.get("state") != NOT_COUNTED]
    asked = [body for body in picture.requests if body.get("state") in OPEN_REQUESTS]
    working = [body for body in picture.resources if body.get("deployment") in BOUND]
    free = [body for body in picture.resources if _free(body)]
    people = sum((_strength(body) for body in working if not body.get("parent")), strength.NOBODY)
    figures = Figures(
        incidents=len(running),
        sites=_tally(str(body.get("state")) for body in sites),
        at_risk=sum(1 for body in sites if body.get("lives_at_risk")),
        leaders=people.leaders,
        subleaders=people.subleaders,
        crew=people.crew,
        working=_tally(str(body.get("type")) for body in working),
        free=_tally(str(body.get("type")) for body in free),
        requests=_tally(str(body.get("priority")) for body in asked),
        warnings=_tally(str(body.get("level", "?")) for body in picture.warnings),
    )
    return Told(
        figures, highest([one.level for one in incidents], levels), incidents[:MOST_LISTED],
        tuple(OpenRequest(one["number"], one["title"], one["state"], one["priority"]) for one in asked)[:MOST_LISTED],
        tuple(Warned(str(body["title"])[:200], body.get("level")) for body in picture.warnings)[:MOST_LISTED],
    )  # fmt: skip


def highest(codes: Iterable[str | None], levels: Sequence[LegalLevel]) -> str | None:
    """The highest of these legal levels; one that we do not know ranks lowest."""
    rank = {level.code: number for number, level in enumerate(levels)}
    given = [code for code in codes if code]
    return max(given, key=lambda code: rank.get(code, -1), default=None)


def newest(parts: Iterable[Part]) -> list[Part]:
    """One part of each origin: what it told us itself, else the newest that somebody passed on."""
    found: dict[str, Part] = {}
    for part in parts:
        held = found.get(part.origin)
        if held is None or (held.via is not None, part.at) > (part.via is not None, held.at):
            found[part.origin] = part
    return sorted(found.values(), key=lambda part: (part.name.lower(), part.origin))


def area_keys(keys: Iterable[str | None]) -> set[str]:
    """As the land writes them: a municipality with twelve digits, what is larger without the zeros behind; with each
    the district it lies in. What is no key, or means all of Germany, is left out."""
    found = {significant(key) for key in keys if key and prefix(key)}
    return {padded(key) if len(key) > 5 else key for key in found} | {key[:5] for key in found if len(key) > 5}


def due(rhythm: Rhythm | None, last: datetime | None) -> datetime | None:
    """When the next report is late. One made before anybody asked counts as well."""
    if rhythm is None:
        return None
    return max(rhythm.since, last or rhythm.since) + timedelta(hours=rhythm.hours)


def _incident(body: Mapping[str, Any]) -> OpenIncident:
    legal = body.get("legal") or [{}]
    return OpenIncident(
        body["name"], body["state"], body.get("mode", "ACTUAL"), legal[-1].get("level"), _moment(legal[-1].get("since"))
    )


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _free(body: Mapping[str, Any]) -> bool:
    held = body.get("hold") or body.get("loan") or body.get("parent")
    return body.get("availability") in FREE and body.get("deployment", "AT_HOME") == "AT_HOME" and not held


def _strength(body: Mapping[str, Any]) -> strength.Strength:
    try:
        return strength.parse(body["strength"]) if body.get("strength") else strength.NOBODY
    except BadEdit:
        return strength.NOBODY


def _tally(codes: Iterable[str]) -> dict[str, int] | None:
    return dict(sorted(Counter(codes).items())) or None
