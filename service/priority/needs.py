"""What is needed: named by the caller, or taken from open requests and from places where lives are at risk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson

from geodata.model.allocation import MOST_NEEDS, RANKS, Need, Rank
from geodata.model.editing import BadEdit
from geodata.model.incident import Id, Moment, Words
from geodata.model.request import OVER, RequestState
from geodata.model.request import Priority as Urgency
from geodata.model.resource import Code, Latitude, Longitude
from geodata.model.site import SiteState

ASSUMED = "TECHNISCHE_HILFE"
"""What a place with lives at risk needs until somebody says what: a life must not fall out for want of a word."""
OPEN_SITES = frozenset(
    {SiteState.REPORTED, SiteState.VERIFIED, SiteState.QUEUED, SiteState.ASSIGNED, SiteState.IN_WORK}
)
OF_URGENCY = {Urgency.LIFE_SAVING: Rank.LIFE_SAVING, Urgency.URGENT: Rank.P2, Urgency.ROUTINE: Rank.P3}
_LONGEST = timedelta(days=14)


class NeedGiven(msgspec.Struct, forbid_unknown_fields=True):
    """A `site` or `request` of the incident, or a `place` with a title. `harm_at` is when the damage is done, `work`
    minutes each resource must at least be able to work there. What is left out comes from the site or request."""

    capability: Code | None = None
    site: Id | None = None
    request: Id | None = None
    title: Words | None = None
    place: tuple[Longitude, Latitude] | None = None
    quantity: msgspec.UnsetType | int = msgspec.UNSET
    rank: Rank | None = None
    people: int | None = None
    critical: bool = False
    since: Moment | None = None
    until: Moment | None = None
    harm_at: Moment | None = None
    work: int = 60


def from_given(
    given: Sequence[NeedGiven], sites: Mapping[str, Any], requests: Mapping[str, Any], now: datetime
) -> tuple[Need, ...]:
    """Raises BadEdit naming the need."""
    if len(given) > MOST_NEEDS:
        raise BadEdit("needs", f"at most {MOST_NEEDS} needs are weighed at once")
    found = [_one(at, one, sites, requests, now) for at, one in enumerate(given)]
    if len({need.id for need in found}) < len(found):
        raise BadEdit("needs", "the same place and capability is named twice; add up the quantities")
    return tuple(found)


def open_needs(sites: Mapping[str, Any], requests: Mapping[str, Any], now: datetime) -> tuple[Need, ...]:
    """Requests for a capability that lack something, and sites with lives at risk. The gravest, if there are more than
    can be weighed at once."""
    asked = [
        _one(0, NeedGiven(request=id), sites, requests, now)
        for id, body in sorted(requests.items())
        if body.get("capability") and RequestState(body["state"]) not in OVER | {RequestState.DRAFT}
        and _open_quantity(body) > 0 and _place_of_request(body, sites)
    ]  # fmt: skip
    named = {need.site for need in asked}
    lives = [
        _one(0, NeedGiven(site=id, capability=ASSUMED), sites, requests, now)
        for id, body in sorted(sites.items())
        if body.get("lives_at_risk") and body["state"] in OPEN_SITES and id not in named
    ]
    return tuple(sorted([*asked, *lives], key=lambda n: (RANKS.index(n.rank), -n.people, n.id))[:MOST_NEEDS])


def later(need: Need, elapsed: timedelta) -> Need:
    """The same need after this time: its windows have come nearer."""
    gone = int(elapsed.total_seconds() // 60)
    return replace(
        need,
        earliest=max(0, need.earliest - gone),
        latest=None if need.latest is None else max(0, need.latest - gone),
        harm=None if need.harm is None else max(0, need.harm - gone),
    )


def _one(at: int, given: NeedGiven, sites: Mapping[str, Any], requests: Mapping[str, Any], now: datetime) -> Need:
    field = f"needs[{at}]"
    request = _known(requests, given.request, f"{field}.request")
    site_id = given.site or request.get("site")
    site = _known(sites, site_id, f"{field}.site")
    capability = given.capability or request.get("capability")
    if capability is None:
        raise BadEdit(f"{field}.capability", "name the capability that is needed")
    place = given.place or _place_of_request(request, sites) or _place_of_site(site)
    if place is None:
        raise BadEdit(f"{field}.place", "name a site, a request with a place, or a place")
    title = given.title or site.get("title") or request.get("title")
    if title is None:
        raise BadEdit(f"{field}.title", "a place without a site needs a title")
    ranks = [given.rank] if given.rank else [*_rank_of_site(site), *_rank_of_request(request)] or [Rank.P3]
    quantity = _open_quantity(request) if request and given.quantity is msgspec.UNSET else given.quantity
    people = given.people
    if people is None:
        people = max(int(site.get("affected") or 0), int(request.get("people_at_risk") or 0))
    since, until = given.since or _moment(request, "needed_from"), given.until
    source = given.request or site_id or hashlib.sha256(orjson.dumps([title, place])).hexdigest()[:16]
    fields = {
        "id": f"{source}~{capability}",
        "title": title,
        "place": [place[0], place[1]],
        "capability": capability,
        "rank": min(ranks, key=RANKS.index).value,
        "quantity": 1 if quantity is msgspec.UNSET else quantity,
        "people": people,
        "critical": given.critical,
        "earliest": _minutes(f"{field}.since", since, now) or 0,
        "latest": _minutes(f"{field}.until", until, now),
        "harm": _minutes(f"{field}.harm_at", given.harm_at, now),
        "work": given.work,
        "site": site_id,
        "request": given.request,
    }
    try:
        return msgspec.convert({name: value for name, value in fields.items() if value is not None}, Need)
    except msgspec.ValidationError as error:
        message = str(error)
        raise BadEdit(f"{field}.{message.rpartition('$.')[2].rstrip('`')}", message) from error


def _known(things: Mapping[str, Any], id: str | None, field: str) -> Mapping[str, Any]:
    if id is None:
        return {}
    if id not in things:
        raise BadEdit(field, f"there is no such thing in this incident: {id[:60]!r}")
    found: Mapping[str, Any] = things[id]
    return found


def _place_of_site(site: Mapping[str, Any]) -> tuple[float, float] | None:
    shape = site.get("geometry")
    return (shape["coordinates"][0], shape["coordinates"][1]) if shape else None


def _place_of_request(request: Mapping[str, Any], sites: Mapping[str, Any]) -> tuple[float, float] | None:
    place = request.get("place")
    return (place[0], place[1]) if place else _place_of_site(sites.get(request.get("site") or "", {}))


def _rank_of_site(site: Mapping[str, Any]) -> list[Rank]:
    if not site:
        return []
    return [Rank.LIFE_SAVING if site.get("lives_at_risk") else Rank(site["priority"])]


def _rank_of_request(request: Mapping[str, Any]) -> list[Rank]:
    return [OF_URGENCY[Urgency(request["priority"])]] if request else []


def _open_quantity(request: Mapping[str, Any]) -> int:
    """What was not promised yet."""
    counts = request.get("counts", {})
    promised = float(counts.get("committed", 0)) - float(counts.get("recalled", 0))
    return max(0, int(float(request.get("quantity", 1)) - promised))


def _moment(body: Mapping[str, Any], field: str) -> datetime | None:
    return datetime.fromisoformat(body[field]) if body.get(field) else None


def _minutes(field: str, at: datetime | None, now: datetime) -> int | None:
    """From now on; what is past counts as now."""
    if at is None:
        return None
    if at - now > _LONGEST:
        raise BadEdit(field, "that is more than two weeks away")
    return max(0, int((at - now).total_seconds() // 60))
