"""What a human has to know about a running alarm now, as a code with what belongs to it: the page says it in the
language of whoever reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.incident import Amount, Text, Words


class ProblemCode(StrEnum):
    """STEP_OVER waits for somebody to begin the next one. ASK_PARTNER: a human has to ask `whom`. PARTNER_DECLINES:
    `whom` was asked and calls nobody; PARTNER_OTHER_MODE: because its node is in the mode `state`. PLAN_MISSING,
    PLAN_INACTIVE and PLAN_REFUSED: a rule's plan was not started; `plan` is its name, `state` how it stands. The
    UNREACHED found nobody whom they could call."""

    STEP_OVER = "STEP_OVER"
    NOBODY_LEFT = "NOBODY_LEFT"
    ASK_PARTNER = "ASK_PARTNER"
    PARTNER_DECLINES = "PARTNER_DECLINES"
    PARTNER_OTHER_MODE = "PARTNER_OTHER_MODE"
    PLAN_MISSING = "PLAN_MISSING"
    PLAN_INACTIVE = "PLAN_INACTIVE"
    PLAN_REFUSED = "PLAN_REFUSED"
    STEP_UNREACHED = "STEP_UNREACHED"
    ADDED_UNREACHED = "ADDED_UNREACHED"
    SUPERVISOR_UNREACHED = "SUPERVISOR_UNREACHED"


@dataclass(frozen=True, slots=True)
class Problem:
    """`step` is its name, or its number from 1. `missing`: people by skill; the empty key is the total. `count` and
    `skill` are what a partner is asked for. A neighbour's newer node may send codes that are not known here."""

    code: Annotated[str, Meta(max_length=40)]
    step: Words | None = None
    missing: Annotated[dict[str, Amount], Meta(max_length=60)] | None = None
    whom: Text | None = None
    reason: Text | None = None
    count: Amount | None = None
    skill: Words | None = None
    plan: Words | None = None
    state: Annotated[str, Meta(max_length=40)] | None = None


_SAID_BEFORE: dict[str, str] = {
    ProblemCode.STEP_OVER: "Stufe {step} ist vorbei",
    ProblemCode.PARTNER_DECLINES: "{step} alarmiert nicht",
    ProblemCode.NOBODY_LEFT: "Niemand ist mehr zu rufen.",
}
"""How alarms begun before codes were kept say it."""


def tells_of(problem: Problem | str, what: str, of: str | None = None) -> bool:
    """`what` is a code, or how a plain text begins. `of`: only that of this step, or of this partner."""
    if isinstance(problem, str):
        return problem.startswith(_SAID_BEFORE[what].format(step=of) if what in _SAID_BEFORE else what)
    return problem.code == what and (of is None or of in (problem.step, problem.whom))
