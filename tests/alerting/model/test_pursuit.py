"""How one person is pursued, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerting.model import pursuit
from alerting.model.plan import Criterion
from alerting.model.pursuit import Due, Failed, GiveUp, Next, Pursued, Rest, Retry, Wait, pursue
from alerting.model.recipient import CallState as C
from alerting.model.recipient import RecipientState as S

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


ADA = Pursued(S.SENT, 3, 0, Criterion.ANSWERED, 60, NOW)
ONLY = Pursued(S.QUEUED, 1)
TABLE: dict[str, tuple[Pursued, Due | Failed, list[pursuit.Effect]]] = {
    "is called on the next channel": (ADA, Due(), [Next(1, at(60))]),
    "is called on the last channel and left alone": (replace(ADA, rank=1), Due(), [Next(2, None)]),
    "has no channel left": (replace(ADA, rank=2), Due(), [Rest()]),
    "is not looked at too early": (replace(ADA, due_at=at(1)), Due(), []),
    "has his call in the morning and the next channel after it": (
        replace(ADA, held_until=at(60)), Due(), [Wait(at(120))],
    ),
    "has his call now and the next channel after it": (replace(ADA, held_until=NOW), Due(), [Wait(at(60))]),
    "had his call long enough ago": (replace(ADA, held_until=at(-60)), Due(), [Next(1, at(60))]),
    "has answered and waits for nothing": (replace(ADA, state=S.RESPONDED, held_until=at(60)), Due(), [Rest()]),
    "has answered": (replace(ADA, state=S.RESPONDED), Due(), [Rest()]),
    "has it delivered, which is not answered": (replace(ADA, state=S.DELIVERED), Due(), [Next(1, at(60))]),
    "has it delivered, which is enough": (
        replace(ADA, state=S.DELIVERED, criterion=Criterion.DELIVERED), Due(), [Rest()],
    ),
    "has it delivered, which is not read": (
        replace(ADA, state=S.DELIVERED, criterion=Criterion.READ), Due(), [Next(1, at(60))],
    ),
    "has read it, which is more than delivered": (
        replace(ADA, state=S.READ, criterion=Criterion.DELIVERED), Due(), [Rest()],
    ),
    "is tried again": (ONLY, Failed(1), [Retry(at(2))]),
    "is tried again later each time": (ONLY, Failed(3), [Retry(at(15))]),
    "is tried again when the provider says": (ONLY, Failed(1, retry_after=7), [Retry(at(7))]),
    "is not made to wait for hours": (ONLY, Failed(1, retry_after=9999), [Retry(at(120))]),
    "is tried long on his only channel": (ONLY, Failed(5), [Retry(at(60))]),
    "cannot be reached": (ONLY, Failed(6), [GiveUp()]),
    "cannot be reached at this address": (ONLY, Failed(1, for_good=True), [GiveUp()]),
    "has another channel sooner": (replace(ADA, state=S.QUEUED), Failed(3), [Next(1, at(60))]),
    "has another channel at once when one is gone": (
        replace(ADA, state=S.QUEUED), Failed(1, for_good=True), [Next(1, at(60))],
    ),
    "is still being called elsewhere": (replace(ADA, rank=2, calls=(C.QUEUED,)), Failed(6), []),
    "was reached elsewhere": (replace(ADA, rank=2, calls=(C.SENT, C.FAILED)), Failed(6), []),
    "has failed everywhere": (replace(ADA, state=S.QUEUED, rank=2, calls=(C.FAILED, C.FAILED)), Failed(6), [GiveUp()]),
    "has answered meanwhile": (replace(ONLY, state=S.RESPONDED), Failed(1), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_somebody(name: str) -> None:
    person, event, effects = TABLE[name]
    assert pursue(person, event, NOW) == effects
