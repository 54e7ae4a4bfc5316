"""Whether a thing leaves under an agreement, and as what: pure, so that preview, stream and tests ask the same code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry import box, shape
from shapely.prepared import PreparedGeometry, prep

from geodata.model.geometry import Bbox
from geodata.model.inquiry import PRIVATE
from geodata.model.resource import BOUND, FREE, Shown
from service.federation.sharing.kinds import KINDS, LENT, may_leave
from service.federation.sharing.policy import Released, SharePolicy
from service.federation.sharing.redaction import redact, redact_lent

EXCHANGE = "exchange"
"""The id of the share that carries what both staffs do together."""


@dataclass(frozen=True, slots=True)
class ActiveShare:
    """A share that lets things out now. `origin` is ours; `organisations` are their names by id, `modes` the modes of
    incidents by id. `incident` is that of its room. The exchange share lets out whatever we have put there, as it is;
    of what is lent only what the loan needs and what the lender has ticked. `exact` are the resources lent whose places
    leave as exactly as they are known."""

    id: str
    version: int
    room: str
    policy: SharePolicy
    name: str
    origin: str
    incident: str | None = None
    incident_name: str | None = None
    until: str | None = None
    organisations: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()

    @property
    def exchange(self) -> bool:
        return self.id == EXCHANGE


def release(
    share: ActiveShare,
    ref: str,
    room: str,
    provenance: Mapping[str, Any],
    body: Mapping[str, Any],
    extent: Bbox | None,
) -> Released | None:
    """The thing as it leaves, or None if it stays here."""
    origin, _, rest = ref.partition("/")
    kind, _, id = rest.partition("/")
    own = origin == share.origin
    if room != share.room or not (own or (share.policy.hops and not share.exchange)):
        return None
    if share.exchange:
        return _exchanged(share, ref, kind, id, provenance, body, extent)
    policy = share.policy
    if not may_leave(kind, policy.kinds) or not _meant(share, kind, id, body):
        return None
    if policy.area is not None and not _inside(share, body, extent):
        return None
    out = redact(kind, body, policy, share.organisations)
    return None if out is None else Released(ref, out, dict(provenance), _extent(kind, out, extent))


def _exchanged(
    share: ActiveShare, ref: str, kind: str, id: str, provenance: Mapping[str, Any], body: Mapping[str, Any],
    extent: Bbox | None,
) -> Released | None:  # fmt: skip
    """What people have written for the partner leaves as it is, what is lent without what the loan does not need."""
    if kind not in LENT:
        kept = PRIVATE if kind == "inquiry" else ()
        left = {name: value for name, value in body.items() if name not in kept}
        return Released(ref, left, dict(provenance), extent)
    shows = (body.get("loan") or {}).get("shows", ()) if kind == "resource" else ()
    out = redact_lent(kind, body, (Shown.PLACE,) if kind == "position" and id in share.exact else shows)
    return None if out is None else Released(ref, out, dict(provenance), _extent(kind, out, extent))


def _meant(share: ActiveShare, kind: str, id: str, body: Mapping[str, Any]) -> bool:
    """Incident, mode and what is free."""
    policy = share.policy
    incident = id if kind == "incident" else body.get("incident")
    if policy.incident is not None and incident != policy.incident:
        return False
    if policy.mode is not None:
        mode = body.get("mode") or share.modes.get(str(incident))
        if (incident or mode) and mode != policy.mode:
            return False
    if not policy.only_free:
        return True
    if kind == "position":
        return False
    bound = body.get("hold") or body.get("loan") or body.get("deployment") in BOUND
    return kind != "resource" or (body.get("availability") in FREE and not bound)


def _inside(share: ActiveShare, body: Mapping[str, Any], extent: Bbox | None) -> bool:
    """What has no place lies in no area."""
    place = place_of(body, extent)
    return place is not None and area_of(share).intersects(place)


def place_of(body: Mapping[str, Any], extent: Bbox | None) -> shapely.Geometry | None:
    """Where a thing is: its shape, else its point, else the box around it. EPSG:4326."""
    drawn = body.get("geometry") or body.get("footprint")
    if drawn:
        return shape(drawn)
    for name in ("home", "place"):
        if isinstance(body.get(name), list | tuple):
            return shapely.Point(body[name])
    if body.get("longitude") is not None and body.get("latitude") is not None:
        return shapely.Point(body["longitude"], body["latitude"])
    return box(*extent) if extent else None


_areas: dict[int, tuple[SharePolicy, PreparedGeometry]] = {}
MOST_AREAS = 500


def area_of(share: ActiveShare) -> PreparedGeometry:
    """Prepared once per policy: of one object, which is kept with it so that no other takes its place."""
    policy = share.policy
    found = _areas.get(id(policy))
    if found is None or found[0] is not policy:
        assert policy.area is not None
        if len(_areas) >= MOST_AREAS:
            _areas.clear()
        found = _areas[id(policy)] = (policy, prep(shape(policy.area.as_geojson())))
    return found[1]


def _extent(kind: str, out: Mapping[str, Any], extent: Bbox | None) -> Bbox | None:
    """The box of what leaves: never that of a place which is kept back or made coarse."""
    if not KINDS[kind].coarse:
        return extent
    place = place_of(out, None)
    return None if place is None else tuple(place.bounds)
