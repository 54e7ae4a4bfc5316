"""What may be written of a request, by whom, and which others it is like."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from geodata.model.editing import KEPT, BadEdit
from geodata.model.folding import fold
from geodata.model.request import NEED_FIELDS, OVER, WHATS, Request, RequestState
from geodata.model.states import BadMove
from service.access.rights import Right
from service.access.visitor import Duty, NotAllowed, Visitor
from service.requests.fitting import metres

EDITABLE = frozenset({*NEED_FIELDS, "text", "site", "sector"})
NEAR = 2_000.0
"""Metres within which two requests for the same may be one."""
LINKS = ("site", "sector")


def check_given(fields: Mapping[str, Any], *, state: RequestState | None = None) -> None:
    """Raises BadEdit naming a field that cannot be written, BadMove where nothing can be any more."""
    if not fields:
        raise BadEdit("fields", "name at least one field")
    for name in fields:
        if name in KEPT or name not in EDITABLE:
            known = name in Request.__dataclass_fields__ or name in KEPT
            raise BadEdit(
                name[:80],
                f"{name} is kept by the server; leave it out" if known else f"there is no field {name[:80]!r}",
            )
    if state is None or state is RequestState.DRAFT:
        return
    if state in OVER:
        raise BadMove(f"This request is {state}; it can be read, not changed.")
    for name in (*WHATS, "unit"):
        if name in fields and state is not RequestState.SUBMITTED:
            raise BadEdit(name, "somebody was asked for this already; make a new request for something else")


def asking_staff(visitor: Visitor, incident: str, staff: str | None) -> Duty:
    """The seat from which the visitor asks. Raises NotSignedIn, NotAllowed."""
    visitor.needs(Right.ORDER, incident=incident, staff=staff)
    for duty in visitor.duties:
        fitting = duty.incident == incident and staff in (None, duty.staff)
        if fitting and visitor.may(Right.ORDER, incident=incident, staff=duty.staff):
            return duty
    raise NotAllowed("A request is made from a staff of the incident.")


def check_route(request: Request) -> None:
    """Raises BadMove."""
    if request.state is RequestState.DRAFT:
        raise BadMove("This request is a draft; submit it first.")
    if request.state in OVER:
        raise BadMove(f"This request is {request.state}; nobody is asked for it any more.")


def check_open(incident: Mapping[str, Any]) -> None:
    """Raises BadMove."""
    if incident["state"] == "ARCHIVED":
        raise BadMove("This incident is archived: it can be read, not changed.")


def similar(
    request: Request, others: Mapping[str, Mapping[str, Any]], *, but: str | None = None
) -> list[dict[str, Any]]:  # fmt: skip
    """Open requests for the same at the same place, the nearest first; ten at most. A hint for a person, no verdict."""
    found = []
    what, value = request.what
    for id, body in others.items():
        same = what in body and fold(str(body[what])) == fold(value)
        if id == but or not same or body["state"] in OVER:
            continue
        there = body.get("place")
        distance = metres(request.place, there) if request.place is not None and there is not None else None
        together = request.site is not None and request.site == body.get("site")
        if not together and distance is None and (request.place is not None or there is not None):
            continue
        if not together and distance is not None and distance > NEAR:
            continue
        entry = {"id": id, "number": body["number"], "title": body["title"], "state": body["state"]}
        found.append((distance or 0.0, entry | ({} if distance is None else {"distance_m": round(distance)})))
    found.sort(key=lambda one: (one[0], one[1]["number"]))
    return [entry for _, entry in found[:10]]


def demand_organisation(
    visitor: Visitor, organisation: str, *, of_staff: str | None, writable: Collection[str]
) -> None:  # fmt: skip
    """One may ask for the organisation of one's staff, and for those whose stock one keeps. Raises NotAllowed."""
    if organisation != of_staff and organisation not in writable:
        raise NotAllowed("You ask for the organisation of your staff, or for one whose stock you may write.")
