"""What leaves is only what may, and the model of each kind accepts it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import pytest

from geodata.model.body import from_body
from service.federation.receiving.known import MODELS
from service.federation.sharing.kinds import EVERY, EXACT, KINDS, WITHHELD, may_leave
from service.federation.sharing.policy import SharePolicy
from service.federation.sharing.redaction import always, fields_of, redact, withheld
from tests.service.federation.sharing.bodies import body_of

_WORD = re.compile(r"Wort-\d{6}")


def words(value: Any) -> set[str]:
    return set(_WORD.findall(orjson.dumps(value).decode()))


def kept_back(kind: str, body: dict[str, Any], leaves: frozenset[str]) -> Iterator[Any]:
    """Everything in the body that must not leave."""
    leaving = KINDS[kind]
    for name, value in body.items():
        if name not in leaves:
            yield value
        elif name in leaving.inner:
            for one in value if isinstance(value, list) else [value]:
                yield {inner: said for inner, said in one.items() if inner not in leaving.inner[name]}


def policies(kind: str, random: Random) -> Iterator[SharePolicy]:
    yield SharePolicy()
    yield SharePolicy(fields={kind: (EVERY,)})
    leaving = KINDS[kind]
    for _ in range(6):
        yield SharePolicy(fields={kind: tuple(random.sample(leaving.may, random.randint(1, len(leaving.may))))})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_kept_back_is_nowhere_in_what_leaves_and_the_model_accepts_it(kind: str) -> None:
    random = Random(kind)
    left = 0
    for number in range(25):
        body = body_of(KINDS[kind].model, random, full=number % 2 == 0)
        body |= {"version": 3, "stamps": {"x": [1, "Wort-999999", "2026-11-22T10:00:00Z"]}}
        for policy in policies(kind, random):
            leaves = fields_of(kind, policy)
            out = redact(kind, body, policy, {})
            if out is None:
                continue
            left += 1
            from_body(out, KINDS[kind].model)
            from_body({**out, **({"hash": "0" * 64} if kind == "entry" else {})}, MODELS[kind])
            stays = words(list(kept_back(kind, body, leaves)))
            allowed = words({name: value for name, value in body.items() if name in leaves}) - stays
            named = words(body[filled]) if (filled := KINDS[kind].filled.get("callsign")) in body else set()
            assert not (words(out) - named) & stays
            assert words(out) <= allowed | named
            filled_in = {name for name, words in KINDS[kind].filled.items() if isinstance(words, str)}
            extra = {"accuracy"} if kind == "position" else set()
            assert set(out) <= leaves | filled_in | extra
    assert left > 25


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_by_default_a_thing_leaves_with_all_that_is_usual(kind: str) -> None:
    random = Random(7)
    for _ in range(10):
        body = body_of(KINDS[kind].model, random, full=True)
        out = redact(kind, body, SharePolicy(), {})
        assert out is not None
        assert {name for name in KINDS[kind].usual if name in body} <= set(out)


def test_the_neighbour_sees_a_free_ambulance_of_the_district_and_not_its_crew() -> None:
    body = {
        "organisation": "drk-ac", "kind": "VEHICLE", "type": "RTW", "callsign": "Rotkreuz Aachen 1-83-1",
        "availability": "AVAILABLE_STATION", "capabilities": ["NOTFALLRETTUNG"], "strength": "0/1/1//2", "fuel": 71,
        "home": [6.08471, 50.77643], "home_name": "Wache 3, Hof", "note": "Tür klemmt", "external_id": "LS-4711",
        "status": {"code": "2", "at": "2026-11-22T10:00:00Z", "by": "CREW", "until": "2026-11-22T12:00:00Z"},
        "opta": "NWAC  RK    01830100    ", "version": 4, "stamps": {},
    }  # fmt: skip
    assert redact("resource", body, SharePolicy(), {"drk-ac": "DRK Kreis Aachen"}) == {
        "organisation": "DRK Kreis Aachen", "kind": "VEHICLE", "type": "RTW", "callsign": "RTW",
        "availability": "AVAILABLE_STATION", "home": [6.08, 50.78], "capabilities": ["NOTFALLRETTUNG"],
        "status": {"code": "2", "at": "2026-11-22T10:00:00Z", "by": "CREW"}, "strength": "0/1/1//2",
    }  # fmt: skip
    stays = withheld("resource", SharePolicy())
    assert {"callsign", "fuel", "note", "home_name", "opta", "external_id", "hold", "loan"} <= set(stays)


def test_a_position_leaves_to_about_a_kilometre_unless_the_exact_one_is_named() -> None:
    body = {"longitude": 6.084712, "latitude": 50.776431, "at": "2026-11-22T10:00:00Z", "source": "handy-17",
            "accuracy": 8.0, "speed": 13.2}  # fmt: skip
    out = redact("position", body, SharePolicy(), {})
    assert out == {"longitude": 6.08, "latitude": 50.78, "at": body["at"], "source": WITHHELD, "accuracy": 1000.0}
    exact = SharePolicy(fields={"position": (EXACT, "speed")})
    out = redact("position", body, exact, {})
    assert out is not None
    assert (out["longitude"], out["latitude"], out["speed"], out["source"]) == (6.084712, 50.776431, 13.2, WITHHELD)


def test_people_alarms_rules_views_and_the_running_of_the_node_never_leave() -> None:
    never = {
        "view", "roster", "shift", "alarm_plan", "alarm", "alarm_rule", "risk_alert", "custody", "feed", "device",
        "imagery_job", "allocation", "inquiry", "post", "unknown_kind",
    }  # fmt: skip
    assert not any(may_leave(kind, ()) or may_leave(kind, (kind,)) for kind in never)
    assert not may_leave("entry", ()) and may_leave("entry", ("entry",))
    assert may_leave("site", ()) and not may_leave("site", ("zone",))


def test_no_agreement_can_name_the_caller_a_leader_or_a_crew() -> None:
    assert "caller" not in fields_of("site", SharePolicy(fields={"site": ("caller", "title")}))
    assert "leader" not in fields_of("sector", SharePolicy(fields={"sector": (EVERY,)}))
    for kind in KINDS:
        fields = set(KINDS[kind].may)
        assert not fields & {
            "caller",
            "leader",
            "phone",
            "clerk",
            "author",
            "person",
            "stamps",
            "conflicts",
            "external_id",
        }
        assert always(kind) <= fields_of(kind, SharePolicy(fields={kind: ()}))
