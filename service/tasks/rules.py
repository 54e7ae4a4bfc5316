"""Who moves an order where, and what must be said with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.staff import FUNCTIONS, Function, StaffModel
from geodata.model.states import BadMove
from geodata.model.task import ANSWERS, TASK, Receiver, Task, TaskState
from service.access.rights import RIGHTS, Right
from service.access.visitor import NotAllowed, Visitor

EDITABLE = ("title", "text", "due_at", "receiver", "site", "sector", "entry")
BEGINS = (TaskState.DRAFT, TaskState.ISSUED)
HEADS = frozenset({Function.LEITUNG, Function.LDS})
"""They answer for everybody in their staff."""


@dataclass(frozen=True, slots=True)
class Staff:
    """`people` are the ids of those who hold or will hold a seat; `room` is its own."""

    id: str
    incident: str
    model: StaffModel
    room: str
    people: frozenset[str]


_S = TaskState
_NEEDS_TEXT = {
    _S.REFUSED: "say why it is refused",
    _S.REPORTED_DONE: "say what was done and how that was seen",
}
_OPEN_TO_ANOTHER = (_S.DRAFT, _S.ISSUED, _S.REFUSED)


def check_given(fields: Mapping[str, Any], *, new: bool = False) -> None:
    """Raises BadEdit for what the server keeps, or what no order has."""
    allowed = (*EDITABLE, "state") if new else EDITABLE
    for name in fields:
        if name not in allowed:
            raise BadEdit(name[:80], f"{name[:80]} cannot be set here; allowed are {', '.join(allowed)}")
    if new and fields.get("state", _S.ISSUED) not in BEGINS:
        raise BadEdit("state", "an order begins as DRAFT or ISSUED")


def issuing_function(visitor: Visitor, staff: str) -> Function:
    """The seat in this staff with which he orders, his own before one he stands in for. Raises NotAllowed."""
    visitor.needs(Right.ORDER, staff=staff)
    held = [duty for duty in visitor.duties if duty.staff == staff and Right.ORDER in RIGHTS[duty.function]]
    if not held:
        raise NotAllowed("Orders are issued by somebody who holds a seat in the staff.")
    return min(held, key=lambda duty: duty.deputy).function


def may_answer(visitor: Visitor, receiver: Receiver) -> bool:
    """Whether he is the receiver, or the head of the receiving staff."""
    functions = {
        duty.function
        for duty in visitor.duties
        if duty.staff == receiver.staff and Right.ANSWER in RIGHTS[duty.function]
    }
    if functions & HEADS:
        return True
    if receiver.person is not None:
        return bool(functions) and visitor.person == receiver.person
    if receiver.function is not None:
        return receiver.function in functions
    return bool(functions)


def moved(visitor: Visitor, task: Task, wanted: str, said: str | None) -> TaskState:
    """The state that it goes to. Raises BadMove, BadEdit, NotAllowed."""
    if wanted not in TaskState.__members__:
        raise BadEdit("state", f"there is no state {wanted[:40]!r}; known are {', '.join(TaskState)}")
    after = TaskState(wanted)
    if after in ANSWERS and task.state is not _S.REPORTED_DONE:
        if not may_answer(visitor, task.receiver):
            raise NotAllowed("Only the receiver of this order, or the head of the receiving staff, answers it.")
    else:
        visitor.needs(Right.ORDER, staff=task.staff)
    TASK.move(task.state, after)
    reason = _NEEDS_TEXT.get(after)
    if task.state is _S.REPORTED_DONE and after is _S.IN_PROGRESS:
        reason = "say what is still missing"
    if after is not task.state and reason and not (said or "").strip():
        raise BadEdit("text", reason)
    return after


def check_editable(before: Task, fields: Mapping[str, Any]) -> None:
    """Raises BadMove once it is over, and for another receiver once somebody has taken it on."""
    if not TASK.moves[before.state]:
        raise BadMove(f"this order is {before.state} and stays as it is; issue a new one")
    if "receiver" in fields and before.state not in _OPEN_TO_ANOTHER:
        raise BadMove(f"its receiver has it {before.state}; cancel it and issue a new one to somebody else")


def check_receiver(receiver: Receiver, staff: Staff | None, incident: str) -> None:
    """Raises BadEdit unless it is a staff of this incident, a seat in it, somebody who holds one."""
    if staff is None or staff.incident != incident:
        raise BadEdit("receiver", "there is no such staff in this incident")
    if receiver.function is not None and receiver.function not in FUNCTIONS[staff.model]:
        raise BadEdit("receiver", f"this staff has no seat {receiver.function}")
    if receiver.person is not None and receiver.person not in staff.people:
        raise BadEdit("receiver", "this person holds no seat in that staff")


def room_of(task: Task, own: str, common: str) -> str:
    """Drafts and orders inside a staff lie in its own room, orders to others in the incident's."""
    return own if task.state is TaskState.DRAFT or task.receiver.staff == task.staff else common
