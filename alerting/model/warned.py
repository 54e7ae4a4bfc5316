"""What custody has to know of an official warning, whether it is for an area, and who answers for that."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerting.model.custody import Watched
from geodata.model.ars import covers, prefix, significant
from geodata.model.body import from_body
from geodata.model.incident import IncidentMode
from geodata.model.level import Level
from geodata.model.ref import Ref
from geodata.model.warning import OfficialWarning

_MODES = {"Exercise": IncidentMode.EXERCISE, "Test": IncidentMode.TEST, "Draft": IncidentMode.TEST}


def watched(ref: str, body: Mapping[str, Any], now: datetime, mode: IncidentMode) -> Watched:
    """A warning as its fact has it. `mode` is the node's; a source's own exercise or test is never ACTUAL.

    `keys` are its municipalities, else the areas that its source names; none: nobody knows where it is for."""
    warning = from_body(dict(body), OfficialWarning)
    origin = Ref.parse(ref).origin
    keys = warning.municipalities or tuple(
        key for key in (prefix(given) for given in (*warning.ars, *(ags[:5] for ags in warning.ags))) if key is not None
    )
    return Watched(
        ref=ref,
        title=warning.headline() or warning.channel,
        level=warning.level,
        mode=_MODES.get(warning.status, mode) if mode is IncidentMode.ACTUAL else mode,
        keys=tuple(sorted(set(keys))),
        areas=warning.area_names,
        channel=warning.channel,
        sender=warning.sender_name or warning.sender or None,
        sent=warning.sent,
        expires=warning.expires,
        replaces=tuple(f"{origin}/warning/{key}" for key in warning.references),
        over=warning.level is Level.NONE or warning.msg_type == "Cancel" or warning.over(now),
    )


def within(seen: Watched, area: str, *, shaped: bool = False) -> Watched | None:
    """What of it lies in the area of this key (ARS of any level; empty is everywhere); None if nothing does.

    Without keys it is for everybody unless it is `shaped`: then its shape lies in no municipality that we know."""
    if not area:
        return seen
    if not seen.keys:
        return None if shaped else seen
    keys = tuple(key for key in seen.keys if not key or covers(area, key) or covers(key, area))
    return replace(seen, keys=keys) if keys else None


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who answers for an area: a roster's organisation, or an open incident. `room` is where its custody lies, `areas`
    the municipalities that an incident's own shape touches."""

    room: str
    ars: str = ""
    organisation: str | None = None
    name: str | None = None
    contact: str | None = None
    incident: str | None = None
    areas: tuple[str, ...] = ()


def responsible(
    rosters: Collection[Keeper], incidents: Collection[Keeper], seen: Watched, area: str, *, shaped: bool = False
) -> list[tuple[Keeper, Watched]]:
    """The one rule by which custody is given: every roster whose area the warning touches (a roster without a key has
    the node's), and only where there is none, every open incident: by its shape, without one for the node's area. Each
    has a custody of its own."""
    found = [(keeper, within(seen, keeper.ars or area, shaped=shaped)) for keeper in rosters]
    hit = [(keeper, part) for keeper, part in found if part is not None]
    if not hit:
        parts = [(keeper, _within_any(seen, keeper.areas or (area,), shaped=shaped)) for keeper in incidents]
        hit = [(keeper, part) for keeper, part in parts if part is not None]
    return hit


def _within_any(seen: Watched, areas: Collection[str], *, shaped: bool) -> Watched | None:
    parts = [part for part in (within(seen, area, shaped=shaped) for area in areas) if part is not None]
    return replace(parts[0], keys=tuple(sorted({key for part in parts for key in part.keys}))) if parts else None


def above(keeper: Keeper, rosters: Collection[Keeper]) -> Keeper | None:
    """The nearest roster whose area holds this one's and is larger: the Kreis of a town."""
    if not keeper.ars:
        return None
    key = significant(keeper.ars)
    higher = [
        one for one in rosters if one.ars and key.startswith(significant(one.ars)) and significant(one.ars) != key
    ]
    return max(higher, key=lambda one: len(significant(one.ars)), default=None)
