"""What may be done to an incident, a staff and a thing on the map, whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from geodata.model.editing import KEPT, BadEdit
from geodata.model.facility import FACILITY, Facility, FacilityState
from geodata.model.incident import INCIDENT, INCIDENT_REASON, MODES, Incident, IncidentMode, IncidentState
from geodata.model.sector import Sector
from geodata.model.site import SITE, Site, SiteState, needs_reason
from geodata.model.staff import Function, Shift, StaffModel
from geodata.model.states import BadMove
from geodata.model.zone import Zone
from service.access.rights import RIGHTS, Right
from service.access.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing on an incident's map. `ours` are fields that the server keeps, `begins` the states in which a
    new one may be, the usual one first."""

    name: str
    path: str
    model: type[Any]
    ours: frozenset[str] = frozenset()
    begins: tuple[StrEnum, ...] = field(default=())


_OURS = frozenset({"incident", "number", *KEPT})

KINDS = (
    Kind(
        "site", "sites", Site,
        _OURS | {"state_reason", "state_before", "duplicate_of", "merged"},
        (SiteState.REPORTED, SiteState.VERIFIED),
    ),
    Kind("sector", "sectors", Sector, _OURS),
    Kind(
        "facility", "facilities", Facility, _OURS | {"state_reason"},
        (FacilityState.PLANNED, FacilityState.OPEN),
    ),
    Kind("zone", "zones", Zone, _OURS),
)  # fmt: skip

INCIDENT_KIND = Kind(
    "incident", "incidents", Incident,
    frozenset({"number", "mode", "state", "state_reason", "room", "legal", *KEPT}),
)  # fmt: skip

REFERRING = {
    "site": {"site": ("duplicate_of",), "task": ("site",)},
    "sector": {"site": ("sector",), "sector": ("parent",), "task": ("sector",)},
}
"""Which kinds name a thing of this kind, and in which field; a thing that is named is not deleted."""

STATES = {"site": SITE, "facility": FACILITY, "incident": INCIDENT}


def check_given(kind: Kind, fields: Mapping[str, Any], *, new: bool = False) -> None:
    """Raises BadEdit naming a field that cannot be written this way."""
    if not fields:
        raise BadEdit("fields", "name at least one field")
    for name in fields:
        if name in kind.ours:
            raise BadEdit(name, f"{name} is kept by the server; leave it out")
        if name == "state" and kind.name in STATES and not new:
            raise BadEdit("state", f"change it with POST /api/{kind.path}/…/state")
    if new and kind.begins and fields.get("state", kind.begins[0]) not in kind.begins:
        raise BadEdit("state", f"a new one begins as {' or '.join(kind.begins)}")


def right_for(kind: Kind, fields: Collection[str]) -> set[Right]:
    """What a visitor needs to write these fields: releasing for the press is a right of its own."""
    if kind is INCIDENT_KIND:
        return {Right.OPEN}
    releases = kind.name == "zone" and "released" in fields
    return ({Right.RELEASE} if releases else set()) | ({Right.SITUATION} if set(fields) != {"released"} else set())


def moved(kind: Kind, before: str, after: str, reason: str | None) -> StrEnum:
    """The state after. Raises BadMove; BadEdit if the move must say why."""
    states: Any = STATES[kind.name]
    try:
        wanted = states.kind(after)
    except ValueError as error:
        raise BadEdit("state", f"there is no state {after!r}; known are {', '.join(states.kind)}") from error
    held = states.kind(before)
    if SiteState.DUPLICATE in (wanted, held) and wanted != held:
        raise BadMove("a site becomes a duplicate by POST /api/sites/…/merge and leaves that state by …/unmerge")
    state: StrEnum = states.move(held, wanted)
    why = kind.name == "site" and needs_reason(held, wanted)
    if (why or (held, wanted) in INCIDENT_REASON) and not (reason or "").strip():
        raise BadEdit("reason", f"say why it goes from {held} to {wanted}")
    return state


def check_choice(kind: Kind, body: Mapping[str, Any], number: int, take: bool, field: str | None) -> None:
    """Raises BadEdit if the conflict at this place is another one, BadMove if its state cannot be gone to from here."""
    conflicts = body.get("conflicts", ())
    if not 0 <= number < len(conflicts):
        raise BadEdit("conflict", "there is no such conflict; somebody may have settled it")
    chosen = conflicts[number]
    if field is not None and field != chosen["field"]:
        raise BadEdit("field", f"this conflict is about {chosen['field']}; somebody may have settled the one before")
    if take and chosen["field"] == "state":
        moved(kind, body["state"], chosen["value"], "a conflict was settled")


def check_open(incident: Mapping[str, Any]) -> None:
    """Raises BadMove if nothing more is written into this incident."""
    if incident["state"] == IncidentState.ARCHIVED:
        raise BadMove("This incident is archived: it can be read, not changed.")


def mode_of(asked: IncidentMode | None, node: IncidentMode) -> IncidentMode:
    """Raises BadEdit if a node of this mode holds no such incidents."""
    allowed = MODES[node]
    if asked is not None and asked not in allowed:
        raise BadEdit("mode", f"this node is {node}: an incident here is {' or '.join(allowed)}")
    return asked or allowed[0]


HEAD = {
    StaffModel.KRISENSTAB: Function.LEITUNG,
    StaffModel.EINSATZLEITUNG: Function.LDS,
    StaffModel.SAE: Function.LEITUNG,
    StaffModel.GESAMTSTAB: Function.LEITUNG,
}


def check_seating(visitor: Visitor, incident: str, staff: str, on_duty: Collection[Function]) -> None:
    """Whether the visitor may fill seats of this staff, where these functions are held now.

    Each staff fills its own seats; while nobody in it can, whoever may open the incident's staffs does.
    Raises NotSignedIn, NotAllowed."""
    orphaned = not any(Right.ASSIGN in RIGHTS[function] for function in on_duty)
    if orphaned and visitor.signed_in and visitor.may(Right.OPEN, incident=incident):
        return
    visitor.needs(Right.ASSIGN, staff=staff)


def check_shift(visitor: Visitor, staff: str, function: Function, person: str, after: Shift) -> bool:
    """Whether the visitor may do this without filling seats: begin and end his own duty, or hand over to whoever is
    planned for the seat he holds."""
    own = visitor.person == person
    holds = any(duty.staff == staff and duty.function == function and not duty.deputy for duty in visitor.duties)
    return visitor.purpose == "browser" and (own or (holds and after is Shift.ON_DUTY))


def check_note(before: Shift, after: Shift, note: str | None) -> None:
    """Raises BadEdit if somebody leaves without a word."""
    if after is Shift.OFF and before in (Shift.ON_DUTY, Shift.HANDOVER) and not (note or "").strip():
        raise BadEdit("note", "write what whoever comes next must know")
