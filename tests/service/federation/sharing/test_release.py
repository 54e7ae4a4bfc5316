"""Which things leave under an agreement."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from geodata.model.geometry import Geometry
from geodata.model.resource import BOUND, FREE
from service.federation.sharing.kinds import KINDS, may_leave
from service.federation.sharing.policy import SharePolicy
from service.federation.sharing.release import EXCHANGE, ActiveShare, place_of, release
from tests.service.federation.sharing.bodies import body_of

_RANDOM = Random(20261122)
BODIES = [(kind, body_of(KINDS[kind].model, _RANDOM, full=number == 0)) for kind in KINDS for number in range(3)]
BODIES += [("view", {"name": "mein Blick"}), ("roster", {"name": "x"}), ("later", {"incident": "i"})]
SQUARES = [(6.05, 50.75, 6.15, 50.85), (-10.0, -10.0, -9.0, -9.0), (-180.0, -90.0, 180.0, 90.0)]
_versions = iter(range(1, 10**9))


def square(bounds: tuple[float, ...]) -> Geometry:
    west, south, east, north = bounds
    return Geometry("Polygon", [[[west, south], [east, south], [east, north], [west, north], [west, south]]])


def share(policy: SharePolicy, **more: Any) -> ActiveShare:
    return ActiveShare("f-1", next(_versions), "lage", policy, "Lage", "altdorf", **more)


policies = st.builds(
    SharePolicy,
    kinds=st.lists(st.sampled_from([*KINDS, "view"]), max_size=6, unique=True).map(tuple),
    area=st.none() | st.sampled_from(SQUARES).map(square),
    incident=st.none() | st.sampled_from([body["incident"] for _, body in BODIES if "incident" in body]),
    only_free=st.booleans(),
    hops=st.sampled_from([0, 0, 2]),
)


@settings(max_examples=400, deadline=None)
@given(
    policies,
    st.sampled_from(BODIES),
    st.sampled_from(["altdorf", "bergheim"]),
    st.sampled_from(["lage", "andere"]),
    st.none() | st.just((6.1, 50.8, 6.1, 50.8)),
)
def test_whatever_leaves_was_let_out(
    policy: SharePolicy,
    thing: tuple[str, dict[str, Any]],
    origin: str,
    room: str,
    extent: tuple[float, float, float, float] | None,
) -> None:
    kind, body = thing
    out = release(share(policy), f"{origin}/{kind}/7", room, {"source": "people"}, body, extent)
    place = place_of(body, extent)
    let_out = (
        room == "lage"
        and (origin == "altdorf" or policy.hops > 0)
        and may_leave(kind, policy.kinds)
        and (policy.incident is None or body.get("incident") == policy.incident)
        and (policy.area is None or (place is not None and shape(policy.area.as_geojson()).intersects(place)))
        and not (policy.only_free and kind == "position")
        and not (policy.only_free and kind == "resource" and body.get("availability") not in FREE)
        and not (policy.only_free and kind == "resource" and (body.get("hold") or body.get("loan")))
        and not (policy.only_free and kind == "resource" and body.get("deployment") in BOUND)
    )
    assert (out is not None) == bool(let_out)
    if out is not None and out.extent is not None and KINDS[kind].coarse:
        left = place_of(out.body, None)
        assert left is not None and out.extent == left.bounds


def test_the_exchange_room_lets_out_all_that_we_put_there_and_nothing_of_others() -> None:
    exchange = ActiveShare(EXCHANGE, 1, "x-1", SharePolicy(hops=2), "Bergheim", "altdorf")
    body = {"anything": {"inner": 1}}
    released = release(exchange, "altdorf/partner_message/1", "x-1", {"source": "people"}, body, None)
    assert released is not None and released.body == body
    assert release(exchange, "bergheim/partner_message/1", "x-1", {}, body, None) is None
    assert release(exchange, "altdorf/partner_message/1", "lage", {}, body, None) is None


def test_an_incident_that_is_tried_out_stays_here_where_only_real_ones_are_shared() -> None:
    from geodata.model.incident import IncidentMode

    real = share(SharePolicy(mode=IncidentMode.ACTUAL), modes={"a": "ACTUAL", "t": "TEST"})
    site = {"incident": "a", "number": 1, "title": "Keller", "priority": "P3", "state": "REPORTED",
            "geometry": {"type": "Point", "coordinates": [6.1, 50.8]}}  # fmt: skip
    assert release(real, "altdorf/site/1", "lage", {}, site, None) is not None
    assert release(real, "altdorf/site/1", "lage", {}, {**site, "incident": "t"}, None) is None
    assert release(real, "altdorf/site/1", "lage", {}, {**site, "incident": "unknown"}, None) is None


def test_a_body_that_the_model_does_not_accept_stays_here() -> None:
    assert release(share(SharePolicy()), "altdorf/site/1", "lage", {}, {"title": "ohne Ort"}, None) is None


def test_of_what_is_lent_leaves_what_the_loan_needs_and_why_our_cover_breaks_never() -> None:
    exchange = ActiveShare(EXCHANGE, 1, "x-1", SharePolicy(), "Bergheim", "altdorf")
    loan = {"inquiry": "i", "organisation": "o", "since": "2026-07-14T19:47:00Z"}
    boat = {"organisation": "o1", "kind": "VEHICLE", "type": "MZB", "callsign": "Boot 1", "fuel": 40, "note": "innen",
            "home": [7.123456, 51.234567], "target": [7.3, 51.2345678], "external_id": "x", "loan": loan}  # fmt: skip
    out = release(exchange, "altdorf/resource/1", "x-1", {}, boat, (7.12, 51.23, 7.13, 51.24))
    assert out is not None
    assert out.body == {
        "organisation": "o1", "kind": "VEHICLE", "type": "MZB", "callsign": "Boot 1", "home": [7.12, 51.23],
        "target": [7.3, 51.2345678], "loan": loan,
    }  # fmt: skip
    assert out.extent == (7.12, 51.23, 7.12, 51.23), "nor does the box around it say more"
    ticked = release(exchange, "altdorf/resource/1", "x-1", {}, {**boat, "loan": {**loan, "shows": ["fuel"]}}, None)
    assert ticked is not None and (ticked.body["fuel"], "note" in ticked.body) == (40, False)
    where = {"longitude": 7.123456, "latitude": 51.234567, "at": "2026-07-14T19:47:00Z", "source": "gps"}
    for exact, longitude in ((frozenset(), 7.12), (frozenset({"1"}), 7.123456)):
        seen = release(replace(exchange, exact=exact), "altdorf/position/1", "x-1", {}, where, None)
        assert seen is not None and seen.body["longitude"] == longitude
    asked = release(exchange, "altdorf/inquiry/1", "x-1", {}, {"state": "COMMITTED", "overridden": "Grund"}, None)
    assert asked is not None and asked.body == {"state": "COMMITTED"}
