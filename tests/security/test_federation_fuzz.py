"""Thousands of envelopes that were mutated, replayed, signed anew by somebody else, re-ordered, truncated or forged, at
a running node: none is accepted, none ends in an error of ours, and the picture is the same afterwards.

400 here, 10,000 with LAGEBILD_PROVE=1.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from limits import RateLimitItemPerSecond

from geodata.store.cluster import Cluster
from service.federation.identity.keys import SigningKey
from service.federation.peers import door as doors
from tests.security.federated_stream import OWN, Said, Stream, picture, streams
from tests.service.federation.receiving.neighbour import drop, put, site

ROUNDS = 10_000 if os.environ.get("LAGEBILD_PROVE") else 400
STRANGE: list[Any] = [
    None,
    True,
    -1,
    2**53,
    1.5e308,
    "",
    "\u0000",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"$ref": "#"},
    "../..",
    "ü",
]


class Attacker:
    """Each way returns a request that must not be accepted, made with this seed alone."""

    def __init__(self, bergheim: Stream, cedern: Stream, seed: int) -> None:
        self.bergheim, self.cedern, self.chance = bergheim, cedern, random.Random(seed)
        self.seen = [bergheim.request(bergheim.envelope(number=1, after="", epoch=0))]
        self.stranger = SigningKey.of(Ed25519PrivateKey.generate())
        self.ways: list[Callable[[], httpx.Request]] = [
            self.mutated_body, self.mutated_header, self.replayed, self.signed_by_another, self.reordered,
            self.truncated, self.forged, self.garbled,
        ]  # fmt: skip

    def good(self, **other: Any) -> Said:
        thing = put(
            "s1", site(f"f{self.chance.randrange(10**9)}", origin="bergheim"), seq=self.chance.randrange(9, 10**6)
        )
        return self.bergheim.envelope(thing, drop("s1", "bergheim/site/e1", seq=10**7), **other)

    def mutated_body(self) -> httpx.Request:
        request = self.bergheim.request(self.good(), packed=self.chance.random() < 0.5)
        body = bytearray(request.content)
        for _ in range(self.chance.randrange(1, 4)):
            body[self.chance.randrange(len(body))] ^= self.chance.randrange(1, 256)
        if bytes(body) == request.content:
            body.append(0)
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        return httpx.Request("POST", request.url, headers=headers, content=bytes(body))

    def mutated_header(self) -> httpx.Request:
        request = self.bergheim.request(self.good())
        name = self.chance.choice(
            ["signature", "signature-input", "content-digest", "content-type", "content-encoding"]
        )
        value = request.headers[name]
        at = self.chance.randrange(max(1, len(value) - 4))
        before = value[at]
        other = self.chance.choice([sign for sign in 'AZaz09;:=()",' if sign.lower() != before.lower()])
        request.headers[name] = value[:at] + other + value[at + 1 :]
        return request

    def replayed(self) -> httpx.Request:
        return self.chance.choice(self.seen)

    def signed_by_another(self) -> httpx.Request:
        key = self.chance.choice([self.stranger, self.cedern.partner.keys.current])
        return self.bergheim.request(self.good(), key=key)

    def reordered(self) -> httpx.Request:
        number, chance = self.bergheim.number, self.chance
        other = chance.choice([
            {"number": number + chance.randrange(2, 1_000)}, {"number": chance.randrange(number + 1)},
            {"after": f"t{number + chance.randrange(1, 99)}"}, {"epoch": chance.randrange(1, 99), "number": 2},
        ])  # fmt: skip
        return self.bergheim.request(self.good(**other))

    def truncated(self) -> httpx.Request:
        body = orjson.dumps(self.good())
        return self.bergheim.request(body[: self.chance.randrange(len(body))])

    def forged(self) -> httpx.Request:
        other = self.chance.choice([
            {"sender": "cedern"}, {"sender": OWN}, {"recipient": "cedern"}, {"mode": "EXERCISE"}, {"version": 2},
        ])  # fmt: skip
        return self.bergheim.request(self.good(**other))

    def garbled(self) -> httpx.Request:
        """Rightly signed and strange somewhere, at a number that is over."""
        said: Any = self.good(number=1)
        place = said if self.chance.random() < 0.5 else self.chance.choice(said["items"])
        free = [name for name in place if name not in ("number", "epoch")]
        place[self.chance.choice(free)] = self.chance.choice(STRANGE)
        return self.bergheim.request(said)


@pytest.mark.proof
async def test_nothing_that_is_not_right_is_accepted(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "OFTEN", RateLimitItemPerSecond(100_000, namespace="fuzz"))
    async with streams(cluster) as (bergheim, cedern):
        attacker = Attacker(bergheim, cedern, seed=7)
        await bergheim.send(attacker.seen[0])
        before, held = await picture(bergheim.town), (await bergheim.held(), await cedern.held())
        said: Counter[tuple[str, int]] = Counter()
        for turn in range(ROUNDS):
            way = attacker.ways[turn % len(attacker.ways)]
            request = way()
            answer = await bergheim.send(request)
            said[way.__name__, answer.status_code] += 1
            assert answer.status_code < 500, (turn, way.__name__, answer.text)
            if way.__name__ not in ("reordered", "garbled"):
                assert answer.status_code in (400, 401, 415, 422), (turn, way.__name__, answer.text)
                if answer.status_code == 422:
                    attacker.seen = [*attacker.seen[-50:], request]
            if turn % 100 == 99:
                assert (await bergheim.held(), await cedern.held()) == held, (turn, said)
        assert (await bergheim.held(), await cedern.held()) == held
        assert await picture(bergheim.town) == before
        assert {name for name, _ in said} == {way.__name__ for way in attacker.ways}
        right = await bergheim.say(put("s1", site("right", origin="bergheim"), seq=10**8))
        assert right.status_code == 200
        assert await picture(bergheim.town) != before, "what is right is still accepted"
        print(sorted(said.items()))
