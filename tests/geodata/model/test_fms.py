"""FMS status (DOMAIN 2.1, 10.3): states, signals, whose word counts, and that the order of arrival does not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.editing import BadEdit
from geodata.model.fms import AHEAD, FIRE, RESCUE, SIGNALS, availability, heard, mapping_of
from geodata.model.resource import FREE, Availability, Deployment, Reporter, Resource, ResourceKind, Signal, Status
from geodata.store.things import checked

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MANUAL = timedelta(hours=4)
HOME = Resource("fw", ResourceKind.VEHICLE, "HLF20", "Florian Bergstadt 1 HLF20 1")

digits = st.sampled_from("0123456789")
states = st.sampled_from("1234678")
minutes = st.integers(-2000, 0).map(lambda n: NOON + timedelta(minutes=n))
reporters = st.sampled_from(Reporter)
deployments = st.sampled_from(Deployment)


def said(
    resource: Resource,
    code: str,
    *,
    at: datetime = NOON,
    by: Reporter = Reporter.CONTROL_ROOM,
    now: datetime = NOON,
    mapping: Any = FIRE,
) -> Resource:
    fields: dict[str, Any] = heard(resource, code, at=at, by=by, mapping=mapping, now=now, manual=MANUAL)
    return replace(resource, **fields)


@pytest.mark.parametrize(
    ("code", "fire", "rescue"),
    [
        ("1", "AVAILABLE_MOBILE", "AVAILABLE_MOBILE"),
        ("2", "AVAILABLE_STATION", "AVAILABLE_STATION"),
        ("3", "COMMITTED_EN_ROUTE", "COMMITTED_EN_ROUTE"),
        ("4", "COMMITTED_ON_SCENE", "COMMITTED_ON_SCENE"),
        ("6", "OUT_OF_SERVICE", "OUT_OF_SERVICE"),
        ("7", "COMMITTED_BOUND", "COMMITTED_TRANSPORT"),
        ("8", "LIMITED", "COMMITTED_AT_DESTINATION"),
    ],
)
def test_every_state_means_what_the_table_says(code: str, fire: str, rescue: str) -> None:
    assert said(HOME, code, mapping=mapping_of("FW", None)).availability == fire
    assert said(HOME, code, mapping=mapping_of("RD", None)).availability == rescue
    assert said(HOME, code, mapping=mapping_of("FW", None, ambulance=True)).availability == rescue


@pytest.mark.parametrize("code", sorted(SIGNALS))
@pytest.mark.parametrize("mapping", [FIRE, RESCUE])
def test_a_signal_keeps_the_availability_before_it(code: str, mapping: Any) -> None:
    committed = said(HOME, "4", at=NOON - timedelta(hours=1), mapping=mapping)
    after = said(committed, code, mapping=mapping)
    assert after == replace(committed, signal=Signal(code, NOON))


def test_an_organisation_maps_a_digit_its_own_way() -> None:
    mapping = mapping_of("FW", {"7": Availability.COMMITTED_TRANSPORT})
    assert said(HOME, "7", mapping=mapping).availability is Availability.COMMITTED_TRANSPORT
    assert said(HOME, "8", mapping=mapping).availability is Availability.LIMITED


@given(digits.filter(lambda d: d in SIGNALS), minutes, reporters, deployments, st.none() | states)
def test_signals_never_change_state_or_availability(
    code: str, at: datetime, by: Reporter, deployment: Deployment, before: str | None
) -> None:
    resource = replace(HOME, deployment=deployment)
    if before is not None:
        resource = said(resource, before, at=NOON - timedelta(hours=9))
    after = said(resource, code, at=at, by=by)
    assert replace(after, signal=None) == resource


@given(st.lists(st.tuples(states, minutes, reporters), max_size=8, unique_by=lambda r: r[1]), st.randoms())
def test_the_same_report_stands_in_whatever_order_they_come(
    reports: list[tuple[str, datetime, Reporter]], random: Any
) -> None:
    def after(order: list[tuple[str, datetime, Reporter]]) -> Status | None:
        resource = HOME
        for code, at, by in order:
            resource = said(resource, code, at=at, by=by)
        return resource.status

    shuffled = list(reports)
    random.shuffle(shuffled)
    clash = {at - MANUAL for _, at, by in reports if by is Reporter.PERSON} & {
        at for _, at, by in reports if by is not Reporter.PERSON
    }
    if not clash:
        assert after(reports) == after(shuffled) == after(reports + shuffled)


@given(states, states, reporters.filter(lambda by: by is not Reporter.PERSON), st.integers(0, 239))
def test_what_machines_say_beats_what_a_person_types(auto: str, typed: str, by: Reporter, later: int) -> None:
    known = said(HOME, auto, at=NOON - timedelta(minutes=later), by=by)
    assert said(known, typed, by=Reporter.PERSON) == known
    typed_first = said(HOME, typed, by=Reporter.PERSON)
    assert said(typed_first, auto, at=NOON - timedelta(minutes=later), by=by).status == known.status


@given(states, states)
def test_after_hours_of_silence_a_person_may_type_again(auto: str, typed: str) -> None:
    known = said(HOME, auto, at=NOON - MANUAL - timedelta(seconds=1))
    after = said(known, typed, by=Reporter.PERSON)
    assert after.status == Status(typed, NOON, Reporter.PERSON, NOON + MANUAL)


def test_the_crew_is_heard_when_it_speaks_after_the_control_room() -> None:
    known = said(HOME, "3", at=NOON - timedelta(minutes=5))
    assert said(known, "4", by=Reporter.CREW).availability is Availability.COMMITTED_ON_SCENE
    assert said(known, "2", by=Reporter.CREW, at=NOON - timedelta(minutes=5)) == known


@given(states, deployments, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_typed_status_expires(code: str, deployment: Deployment, waited: timedelta) -> None:
    resource = said(replace(HOME, deployment=deployment), code, by=Reporter.PERSON)
    assert resource.status is not None
    now = availability(resource.status, resource.deployment, FIRE, NOON + waited)
    silent = availability(None, resource.deployment, FIRE, NOON + waited)
    if waited >= MANUAL:
        assert now is silent
    else:
        assert now is resource.availability


@given(st.none() | states, deployments, reporters)
def test_nothing_that_is_bound_counts_as_free(code: str | None, deployment: Deployment, by: Reporter) -> None:
    status = Status(code, NOON, by) if code else None
    found = availability(status, deployment, FIRE, NOON)
    if deployment in (Deployment.ALERTED, Deployment.EN_ROUTE, Deployment.AT_MELDEKOPF, Deployment.DEPLOYED):
        assert found not in FREE
        assert found not in (Availability.LIMITED, Availability.UNKNOWN)
    if deployment in (Deployment.STAGED, Deployment.RESTING, Deployment.OUT_OF_SERVICE):
        assert found.value == deployment.value


def test_what_breaks_down_in_action_is_shown_as_broken() -> None:
    deployed = replace(HOME, deployment=Deployment.DEPLOYED)
    assert said(deployed, "6").availability is Availability.OUT_OF_SERVICE


def test_a_call_that_nobody_has_seen_is_not_covered_by_a_lesser_one() -> None:
    call = said(HOME, "0", at=NOON - timedelta(minutes=3))
    assert said(call, "5") == call
    assert said(call, "9") == call
    assert call.signal is not None
    seen = replace(call, signal=replace(call.signal, seen=NOON - timedelta(minutes=2)))
    assert said(seen, "5").signal == Signal("5", NOON)
    asked = said(HOME, "5", at=NOON - timedelta(minutes=3))
    assert said(asked, "0").signal == Signal("0", NOON)
    assert said(asked, "0", at=NOON - timedelta(minutes=4)) == asked


@pytest.mark.parametrize(
    ("code", "deployment", "after"),
    [
        ("3", "ALERTED", "EN_ROUTE"),
        ("1", "RELEASED", "RETURNING"),
        ("2", "RELEASED", "AT_HOME"),
        ("2", "RETURNING", "AT_HOME"),
        ("2", "DEPLOYED", "DEPLOYED"),
        ("3", "AT_HOME", "AT_HOME"),
        ("2", "RESTING", "RESTING"),
    ],
)
def test_a_status_moves_the_deployment_only_where_it_follows(code: str, deployment: str, after: str) -> None:
    assert said(replace(HOME, deployment=Deployment(deployment)), code).deployment == after


@pytest.mark.parametrize(
    ("code", "at", "field"),
    [
        ("", NOON, "code"), ("12", NOON, "code"), ("A", NOON, "code"), ("²", NOON, "code"), ("٣", NOON, "code"),
        ("2\n", NOON, "code"), ("2", NOON.replace(tzinfo=None), "at"), ("2", NOON + AHEAD + timedelta(seconds=1), "at"),
        ("5", NOON + timedelta(days=900), "at"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(code: str, at: datetime, field: str) -> None:
    with pytest.raises(BadEdit) as refused:
        said(HOME, code, at=at)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"opta": "zu kurz"}, "opta"),
        ({"strength": "1/2/3//7"}, "strength"),
        ({"status": {"code": "5", "at": "2026-06-01T12:00:00Z", "by": "CREW"}}, "status.code"),
        ({"signal": {"code": "4", "at": "2026-06-01T12:00:00Z"}}, "signal.code"),
    ],
)
def test_a_resource_holds_no_opta_strength_or_status_that_cannot_be(fields: dict[str, Any], field: str) -> None:
    given = {"organisation": "fw", "kind": "VEHICLE", "type": "HLF20", "callsign": "HLF", **fields}
    with pytest.raises(BadEdit) as refused:
        checked(given, Resource)
    assert refused.value.field == field
