"""Which resource can be offered, and what lending and returning do to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geodata.model.lending import kept_from, lent, returned, sent
from geodata.model.resource import Availability, Deployment, Hold, Loan, Reporter, Resource, ResourceKind, Status

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
AHEAD, PAST = NOW + timedelta(minutes=5), NOW - timedelta(minutes=5)


def resource(**fields: Any) -> Resource:
    return Resource("o", ResourceKind.VEHICLE, "HLF20", "HLF", **fields)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, None),
        ({"availability": Availability.AVAILABLE_STATION}, None),
        ({"hold": Hold("other", "x", AHEAD)}, "HELD"),
        ({"hold": Hold("other", "x", PAST)}, None),
        ({"hold": Hold("other", "x", NOW)}, None),
        ({"hold": Hold("this", "x", AHEAD)}, None),
        ({"loan": Loan("other", "x", PAST)}, "LENT"),
        ({"loan": Loan("this", "x", PAST)}, "LENT"),
        ({"deployment": Deployment.DEPLOYED}, "BOUND"),
        ({"deployment": Deployment.RETURNING}, None),
        ({"incident": "i"}, "BOUND"),
        ({"availability": Availability.COMMITTED_ON_SCENE}, "BOUND"),
        ({"deployment": Deployment.OUT_OF_SERVICE}, "OUT_OF_SERVICE"),
        ({"availability": Availability.OUT_OF_SERVICE}, "OUT_OF_SERVICE"),
    ],
)
def test_what_keeps_a_resource_from_being_offered(fields: dict[str, Any], why: str | None) -> None:
    assert kept_from(resource(**fields), "this", NOW) == why


def test_lent_it_is_alerted_and_returned_it_is_at_home_with_its_own_status() -> None:
    at_station = resource(status=Status("2", PAST, Reporter.CONTROL_ROOM))
    away = lent(at_station, None, {"incident": "i", "target": [7.1, 51.2]}, NOW)
    assert (away["deployment"], away["availability"]) == ("ALERTED", "COMMITTED_EN_ROUTE")
    assert (away["incident"], away["site"], away["hold"]) == ("i", None, None)
    home = returned(resource(status=at_station.status, deployment=Deployment.DEPLOYED), None, NOW)
    assert (home["deployment"], home["availability"], home["incident"]) == ("AT_HOME", "AVAILABLE_STATION", None)
    broken = returned(resource(deployment=Deployment.OUT_OF_SERVICE), None, NOW)
    assert broken["deployment"] == "OUT_OF_SERVICE"


def test_a_report_never_sets_a_resource_back() -> None:
    assert sent(resource(deployment=Deployment.DEPLOYED), None, Deployment.AT_MELDEKOPF, NOW) == {}
    assert sent(resource(deployment=Deployment.STAGED), None, Deployment.AT_MELDEKOPF, NOW) == {}
    driving = sent(resource(deployment=Deployment.ALERTED, deployed_since=PAST), None, Deployment.EN_ROUTE, NOW)
    assert (driving["deployment"], driving["deployed_since"]) == ("EN_ROUTE", "2026-11-22T03:55:00Z")
    assert sent(resource(deployment=Deployment.DEPLOYED), None, Deployment.RELEASED, NOW)["deployed_since"] is None
