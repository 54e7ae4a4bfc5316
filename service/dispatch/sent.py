"""What comes from outside as a list of reports, and what is said to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from service.dispatch.applying import Sender
from service.dispatch.intake import Intake
from service.dispatch.report import MOST, Bad, Outcome, Report, Result, field_of, read

Several = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MOST)]


class Reports(msgspec.Struct, forbid_unknown_fields=True):
    """At most 1,000 reports."""

    reports: Annotated[list[Report], msgspec.Meta(min_length=1, max_length=MOST)]


BODIES = (Reports,)
"""For the description."""


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    reports: Several


def several(payload: bytes) -> list[msgspec.Raw]:
    """`{"reports": [...]}`, a list, or one report alone; what is inside each is not looked at. Raises Bad."""
    try:
        if payload.lstrip()[:1] == b"[":
            return msgspec.json.decode(payload, type=Several)
        if "reports" in msgspec.json.decode(payload, type=dict[str, msgspec.Raw]):
            return msgspec.json.decode(payload, type=_Sent).reports
        return [msgspec.Raw(payload)]
    except msgspec.ValidationError as error:
        raise Bad(field_of(str(error)), f"send at most {MOST} reports as a list: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Bad("body", f"this is not JSON: {error}") from error


async def taken(
    intake: Intake, sender: Sender, given: Sequence[msgspec.Raw], now: datetime
) -> list[tuple[str | None, Outcome]]:
    """Id and outcome of each, in their order: one that is bad spoils nothing. Raises Busy, StoreError."""
    found: list[tuple[str | None, Outcome] | None] = []
    good: list[Report] = []
    for raw in given:
        try:
            good.append(read(raw, now))
            found.append(None)
        except Bad as error:
            found.append((_id(raw), Outcome(Result.INVALID, field=error.field, reason=str(error))))
    outcomes = iter(await intake.bring(sender, good))
    reports = iter(good)
    return [told if told is not None else (next(reports).id, next(outcomes)) for told in found]


def answer_of(told: Sequence[tuple[str | None, Outcome]]) -> dict[str, Any]:
    """As it goes out: each report's result in the order they came, and how many of each."""
    counts = Counter(outcome.result.value for _, outcome in told)
    return {"counts": dict(counts), "results": [_shown(id, outcome) for id, outcome in told]}


def _shown(id: str | None, outcome: Outcome) -> dict[str, Any]:
    given = {
        "id": id, "result": outcome.result.value, "resource": outcome.resource, "field": outcome.field,
        "reason": outcome.reason,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


class _Id(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(max_length=200)]


def _id(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=_Id).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
