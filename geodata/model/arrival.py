"""The book of a Meldekopf or Bereitstellungsraum: who arrived, how strong, for how long, with which order (DOMAIN 2).

The book is evidence. What stands in it is corrected and cancelled, never erased: each act leaves a step in the entry's
history with what stood there before. A tablet without a line keeps acts and sends them later, perhaps twice; an act is
known by its own id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.facility import FacilityType
from geodata.model.folding import fold
from geodata.model.incident import Id, Moment, Number, Text, Words
from geodata.model.resource import Code, StrengthText
from geodata.model.states import BadMove, States

PLACES = frozenset({FacilityType.MELDEKOPF, FacilityType.BEREITSTELLUNGSRAUM})
"""Where forces check in."""
MOST_STEPS = 100
ActId = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
"""A UUID in lower case, made where the act was done."""
Line = Annotated[str, Meta(max_length=200)]
PartnerResource = Annotated[
    str, Meta(max_length=270, pattern=r"^[a-z0-9][a-z0-9.-]{0,62}/resource/[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}$")
]
"""The ref of a resource of a partner's."""


class ArrivalState(StrEnum):
    CHECKED_IN = "CHECKED_IN"
    SENT_ON = "SENT_ON"
    CHECKED_OUT = "CHECKED_OUT"
    CANCELLED = "CANCELLED"


_S = ArrivalState
ARRIVAL = States(
    ArrivalState,
    start=_S.CHECKED_IN,
    moves={
        _S.CHECKED_IN: (_S.SENT_ON, _S.CHECKED_OUT, _S.CANCELLED),
        _S.SENT_ON: (_S.CHECKED_IN, _S.CHECKED_OUT, _S.CANCELLED),
        _S.CHECKED_OUT: (_S.CHECKED_IN, _S.CANCELLED),
        _S.CANCELLED: (),
    },
)


class ActKind(StrEnum):
    """TAKE_BACK: it was sent on or checked out by mistake. CANCEL: the entry itself was a mistake."""

    CHECK_IN = "CHECK_IN"
    INSTRUCT = "INSTRUCT"
    SEND_ON = "SEND_ON"
    CHECK_OUT = "CHECK_OUT"
    CORRECT = "CORRECT"
    TAKE_BACK = "TAKE_BACK"
    CANCEL = "CANCEL"


_LEADS_TO = {
    ActKind.SEND_ON: _S.SENT_ON,
    ActKind.CHECK_OUT: _S.CHECKED_OUT,
    ActKind.TAKE_BACK: _S.CHECKED_IN,
    ActKind.CANCEL: _S.CANCELLED,
}
_REASONED = frozenset({ActKind.TAKE_BACK, ActKind.CANCEL, ActKind.CORRECT})


@dataclass(frozen=True, slots=True)
class Instruction:
    """The first order: where to, to do what, how to be reached. One of sector, site and facility may be named."""

    text: Text
    sector: Id | None = None
    site: Id | None = None
    facility: Id | None = None
    meeting_point: Line | None = None
    radio_group: Line | None = None
    phone: Line | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise BadEdit("instruction", "write what they are to do")


@dataclass(frozen=True, slots=True)
class Step:
    """One act in the life of an entry. `before` holds the fields that it replaced. `late`: what happened after it was
    recorded before it, so it stands only here and changed nothing; then `before` holds what it said."""

    act: ActId
    kind: ActKind
    at: Moment
    recorded_at: Moment
    by: Words
    clerk: Words | None = None
    reason: Text | None = None
    before: dict[str, Any] | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """`arrived_at` is when it happened, `recorded_at` when the server heard of it. `resource` is set if the force is
    of a fleet known here, `partner_resource` if it is a partner's. `clerk` is who held the tablet, by his own word;
    `recorded_by` who sent it."""

    incident: Id
    facility: Id
    number: Number
    state: ArrivalState
    callsign: Words
    arrived_at: Moment
    recorded_at: Moment
    recorded_by: Words
    resource: Id | None = None
    partner_resource: PartnerResource | None = None
    organisation_name: Words | None = None
    type: Code | None = None
    strength: StrengthText | None = None
    endurance_until: Moment | None = None
    leader: Words | None = None
    phone: Line | None = None
    note: Text | None = None
    clerk: Words | None = None
    instruction: Instruction | None = None
    instructed_at: Moment | None = None
    left_at: Moment | None = None
    left_to: Words | None = None
    state_reason: Text | None = None
    history: Annotated[tuple[Step, ...], Meta(max_length=MOST_STEPS)] = ()


GIVEN = (
    "facility", "resource", "partner_resource", "callsign", "organisation_name", "type", "strength", "endurance_until",
    "leader", "phone", "note",
)  # fmt: skip
"""What is written on checking in, and can be corrected."""
_OF_ACT: Mapping[ActKind, Collection[str]] = {
    ActKind.CHECK_IN: (*GIVEN, "instruction"),
    ActKind.INSTRUCT: ("instruction",),
    ActKind.SEND_ON: ("instruction", "left_to"),
    ActKind.CHECK_OUT: ("left_to",),
    ActKind.CORRECT: (*GIVEN, "arrived_at"),
    ActKind.TAKE_BACK: (),
    ActKind.CANCEL: (),
}
LINKED = ("sector", "site", "facility")


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did at the Meldekopf. `arrival` is the entry; for CHECK_IN it is the act's own id."""

    id: ActId
    kind: ActKind
    at: Moment
    arrival: ActId
    fields: Annotated[dict[str, Any], Meta(max_length=20)]
    clerk: Words | None = None
    reason: Text | None = None

    def __post_init__(self) -> None:
        if self.kind is ActKind.CHECK_IN and self.arrival != self.id:
            raise BadEdit("arrival", "an entry has the id of the act that began it")
        allowed = _OF_ACT[self.kind]
        for name in self.fields:
            if name not in allowed:
                raise BadEdit(name[:80], f"{self.kind} writes {', '.join(allowed) or 'no field'}")
        if self.kind in _REASONED and not (self.reason or "").strip():
            raise BadEdit("reason", "say why; the entry keeps it")
        if self.kind is ActKind.INSTRUCT and not self.fields.get("instruction"):
            raise BadEdit("instruction", "write what they are to do")


def done(before: Mapping[str, Any], act: Act, *, by: str, now: datetime) -> dict[str, Any]:
    """The fields of an entry that an act changes, its history among them. `before` is the entry's body.

    Raises BadMove if the entry cannot go there, or has been changed too often."""
    history = list(before.get("history", ()))
    if len(history) >= MOST_STEPS:
        raise BadMove(f"this entry was changed {MOST_STEPS} times; check the force in anew")
    step = Step(act.id, act.kind, act.at, now, by, act.clerk, act.reason)
    moved = [one for one in history if one["kind"] != ActKind.CORRECT and not one.get("late")]
    last = max((datetime.fromisoformat(one["at"]) for one in moved), default=None)
    if act.kind is not ActKind.CORRECT and last is not None and act.at < last:
        said = {name: value for name, value in act.fields.items() if value is not None}
        return {"history": [*history, _written(step, said, late=True)]}
    after: dict[str, Any] = dict(act.fields)
    if act.kind in _LEADS_TO:
        state = ARRIVAL.move(ArrivalState(before["state"]), _LEADS_TO[act.kind])
        left = state in (_S.SENT_ON, _S.CHECKED_OUT)
        after |= {"state": state.value, "state_reason": act.reason, "left_at": _iso(act.at) if left else None}
        if not left:
            after["left_to"] = None
    elif before["state"] == _S.CANCELLED:
        raise BadMove("this entry is cancelled; check the force in anew")
    if after.get("instruction"):
        after["instructed_at"] = _iso(act.at)
    replaced = {name: before[name] for name in after if name in before and before[name] != after[name]}
    return {**after, "history": [*history, _written(step, replaced)]}


def _written(step: Step, before: Mapping[str, Any], *, late: bool = False) -> dict[str, Any]:
    held = {each.name: getattr(step, each.name) for each in fields(step)} | {"before": dict(before) or None}
    held |= {"at": _iso(step.at), "recorded_at": _iso(step.recorded_at), "kind": step.kind.value, "late": late or None}
    return {name: value for name, value in held.items() if value is not None}


def acts_of(body: Mapping[str, Any]) -> set[str]:
    """The ids of all acts that stand in an entry."""
    return {step["act"] for step in body.get("history", ())}


def force(body: Mapping[str, Any]) -> str:
    """Which force an entry is about: the resource, else call sign and organisation whatever their spelling."""
    return str(body.get("resource") or body.get("partner_resource") or "") or fold(
        f"{body['callsign']} {body.get('organisation_name') or ''}"
    )


def present(bodies: Iterable[Mapping[str, Any]], facility: str) -> dict[str, Mapping[str, Any]]:
    """Who is at a facility, by force: each once, however often it was checked in; its newest entry counts."""
    newest: dict[str, Mapping[str, Any]] = {}
    there = (one for one in bodies if one["facility"] == facility and one["state"] == _S.CHECKED_IN)
    for body in sorted(there, key=lambda one: one["number"]):
        newest[force(body)] = body
    return newest


def persons(bodies: Iterable[Mapping[str, Any]], facility: str) -> int:
    """How many people are at a facility, as far as their strength is known."""
    return sum(int((one.get("strength") or "0").rpartition("/")[2]) for one in present(bodies, facility).values())


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
