"""What may become of a deployment, and who may do which job: tables and random walks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.model.job import JOB, Job, JobState, Risk, Slot
from alerting.model.plan import Verification
from alerting.model.volunteer import (
    AT_WORK,
    BOOKING,
    HOLDS,
    OVER,
    PRESENT,
    BookingState,
    NotFit,
    Volunteer,
    fits,
    may_assign,
    overlapping,
)
from alerting.store.bookings import ActKind, hours
from geodata.model.editing import BadEdit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SLOT = Slot("s1", NOW, NOW + timedelta(hours=4), 5)
READY = {
    "organisation": "o", "title": "Keller", "state": JobState.OPEN, "supervisor": "ZF", "commissioned_by": "Stadt",
    "briefing": "Schuhe", "verified_at": NOW, "verified_by": "person:1", "slots": (SLOT,),
}  # fmt: skip


@given(st.lists(st.sampled_from(list(BookingState)), max_size=40))
def test_nobody_gets_to_work_without_having_been_briefed(walk: list[BookingState]) -> None:
    state, passed = BOOKING.start, {BOOKING.start}
    for after in walk:
        if after in BOOKING.moves[state]:
            state = after
            passed.add(after)
        if state in AT_WORK:
            assert {BookingState.CHECKED_IN, BookingState.BRIEFED, BookingState.ASSIGNED} <= passed
    assert PRESENT <= HOLDS
    assert AT_WORK <= PRESENT
    assert not (OVER & PRESENT)


@given(
    st.sampled_from(Risk),
    st.sampled_from([None, *Verification]),
    st.sampled_from([True, False, None]),
    st.sampled_from([0, 16, 18]),
)
def test_a_job_takes_only_who_its_risk_class_and_age_allow(
    risk: Risk, held: Verification | None, adult: bool | None, age: int
) -> None:
    job = Job(**{**READY, "risk": risk, "minimum_age": age, "skills": ("MS-A",)})  # type: ignore[arg-type]
    helper = Volunteer("h", adult, {"MS-A": held} if held else {})
    allowed = not (age > 16 and adult is not True) and not (risk is not Risk.NO_RISK and adult is False)
    allowed &= risk is Risk.NO_RISK or held is not None
    allowed &= risk is not Risk.QUALIFIED_ONLY or held is not Verification.SELF_DECLARED
    if allowed:
        fits(job, helper)
    else:
        with pytest.raises(NotFit):
            fits(job, helper)


@pytest.mark.parametrize("field", ["verified_at", "commissioned_by", "supervisor"])
def test_nobody_is_assigned_where_he_would_not_be_insured_and_the_refusal_says_why(field: str) -> None:
    job = Job(**{**READY, "risk": Risk.NO_RISK, "minimum_age": 0, field: None})  # type: ignore[arg-type]
    with pytest.raises(NotFit) as refused:
        may_assign(job, SLOT, Volunteer("h", True), BookingState.BRIEFED, NOW)
    assert refused.value.field == field


def test_a_job_is_opened_only_after_a_scout_has_seen_it() -> None:
    assert JobState.OPEN not in JOB.moves[JobState.DRAFT]
    assert Job("o", "Keller").lacks() == "verified_at"


@pytest.mark.parametrize("ends", [NOW, NOW - timedelta(hours=1), NOW + timedelta(hours=25)])
def test_a_slot_ends_after_it_begins_and_within_a_day(ends: datetime) -> None:
    with pytest.raises(BadEdit):
        Slot("s", NOW, ends, 1)


@given(st.integers(-10, 10), st.integers(1, 8))
def test_slots_that_only_touch_do_not_overlap(start: int, length: int) -> None:
    begins = NOW + timedelta(hours=start)
    other = (begins, begins + timedelta(hours=length))
    assert overlapping(SLOT, [other]) is (start < 4 and start + length > 0)


def test_breaks_are_not_work() -> None:
    at = [NOW + timedelta(hours=n) for n in range(6)]
    kinds = [ActKind.START, ActKind.PAUSE, ActKind.RESUME, ActKind.CHECK_OUT]
    assert hours(list(zip(at, kinds, strict=False)), at[5]) == timedelta(hours=2)
    assert hours([(at[0], ActKind.START)], at[5]) == timedelta(hours=5)
