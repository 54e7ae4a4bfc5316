"""Envelopes that must not be accepted: each way makes one, of one seed alone, and says how it may be answered."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.federation.identity.keys import SigningKey
from service.federation.wire import signing
from tests.security.federated import Partner
from tests.security.federated_stream import OWN, Said, Stream
from tests.service.federation.receiving.neighbour import drop, opened, put, site, walked

STRANGE: list[Any] = [
    None, True, -1, 2**53, 2**53 + 1, 10**40, 1.5e308, "", "\u0000", "x" * 5_000, [], {}, [[]], {"$ref": "#"},
    "../..", "ü",
]  # fmt: skip
UNKNOWN, BROKEN, PASSED_OVER = {401}, {400, 401, 413, 415, 422}, {200, 409}


@dataclass(frozen=True, slots=True)
class Attack:
    """`may` are the statuses that are right; 200 and 409 must say what the node had before."""

    way: str
    request: httpx.Request
    may: set[int]


class Attacker:
    """`revoked` is a partner that is one no longer. Nothing here moves bergheim's stream."""

    def __init__(self, bergheim: Stream, cedern: Stream, revoked: Partner, seed: int) -> None:
        self.bergheim, self.cedern, self.revoked, self.chance = bergheim, cedern, revoked, random.Random(seed)
        self.seen = [bergheim.request(bergheim.envelope(number=1, after="", epoch=0))]
        self.stranger = SigningKey.of(Ed25519PrivateKey.generate())
        self.ways: dict[Callable[[], httpx.Request], set[int]] = {
            self.body_mutated: UNKNOWN, self.header_mutated: BROKEN, self.replayed: UNKNOWN,
            self.signed_by_a_stranger: UNKNOWN, self.signed_by_another_partner: {422},
            self.signed_by_a_revoked_partner: {403}, self.out_of_order: PASSED_OVER, self.of_another_epoch:
            {200, 409, 422}, self.json_truncated: {422}, self.gzip_truncated: {422}, self.gzip_bomb: {413},
            self.sender_forged: {422}, self.for_somebody_else: {422}, self.garbled: {200, 409, 422},
            self.header_doubled: BROKEN, self.signed_twice: UNKNOWN, self.number_too_large: {422},
            self.not_a_number: {200, 422}, self.nested_deeply: {422},
        }  # fmt: skip

    def attack(self, turn: int) -> Attack:
        way = list(self.ways)[turn % len(self.ways)]
        return Attack(way.__name__, way(), self.ways[way])

    def good(self, **other: Any) -> Said:
        thing = put(
            "s1", site(f"f{self.chance.randrange(10**9)}", origin="bergheim"), seq=self.chance.randrange(9, 10**6)
        )
        return self.bergheim.envelope(thing, drop("s1", "bergheim/site/e1", seq=10**7), **other)

    def body_mutated(self) -> httpx.Request:
        request = self.bergheim.request(self.good(), packed=self.chance.random() < 0.5)
        body = bytearray(request.content)
        for _ in range(self.chance.randrange(1, 4)):
            body[self.chance.randrange(len(body))] ^= self.chance.randrange(1, 256)
        if bytes(body) == request.content:
            body.append(0)
        return _again(request, body=bytes(body))

    def header_mutated(self) -> httpx.Request:
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

    def signed_by_a_stranger(self) -> httpx.Request:
        return self.bergheim.request(self.good(), key=self.stranger)

    def signed_by_another_partner(self) -> httpx.Request:
        return self.bergheim.request(self.good(), key=self.cedern.partner.keys.current)

    def signed_by_a_revoked_partner(self) -> httpx.Request:
        said = self.good(**self.chance.choice([{}, {"sender": self.revoked.origin}]))
        return self.bergheim.request(said, key=self.revoked.keys.current)

    def out_of_order(self) -> httpx.Request:
        number, chance = self.bergheim.number, self.chance
        other: Said = chance.choice([
            {"number": number + chance.randrange(2, 1_000)}, {"number": chance.randrange(number + 1)},
            {"after": f"t{number + chance.randrange(1, 99)}"}, {"number": number + 2, "after": f"t{number + 1}"},
        ])  # fmt: skip
        return self.bergheim.request(_json(self.good(**other)))

    def of_another_epoch(self) -> httpx.Request:
        """A new epoch begins at number 1 after nothing; whatever else is said of one is no beginning."""
        chance, epoch = self.chance, self.bergheim.epoch
        other: Said = chance.choice([
            {"epoch": epoch + chance.choice([1, 99, 2**53 - epoch]), "number": chance.randrange(2, 99)},
            {"epoch": epoch + 1, "number": 1}, {"epoch": -chance.randrange(1, 2**60)}, {"epoch": 2**53 + 1},
            {"epoch": 10**30}, {"epoch": chance.randrange(epoch), "number": 1, "after": ""},
            {"epoch": epoch - 1, "number": self.bergheim.number + 1},
        ])  # fmt: skip
        return self.bergheim.request(_json(self.good(**other)))

    def json_truncated(self) -> httpx.Request:
        body = orjson.dumps(self.good())
        return self.bergheim.request(body[: self.chance.randrange(len(body))])

    def gzip_truncated(self) -> httpx.Request:
        packed = gzip.compress(orjson.dumps(self.good()), mtime=0)
        cut = packed[: self.chance.randrange(len(packed))]
        return self._packed(self.chance.choice([cut, packed + b"\x00", packed + packed, cut + packed]))

    def gzip_bomb(self) -> httpx.Request:
        blanks = b" " * self.chance.randrange(8_000_001, 12_000_000)
        return self._packed(gzip.compress(orjson.dumps(self.good())[:-1] + blanks + b"}", 1))

    def _packed(self, body: bytes) -> httpx.Request:
        return self.bergheim.request(body, packed=False, headers={"Content-Encoding": "gzip"})

    def sender_forged(self) -> httpx.Request:
        other: Said = self.chance.choice([{"sender": "cedern"}, {"sender": OWN}, {"mode": "EXERCISE"}, {"version": 2}])
        return self.bergheim.request(_json(self.good(**other)))

    def for_somebody_else(self) -> httpx.Request:
        return self.bergheim.request(self.good(recipient=self.chance.choice(["cedern", "bergheim", "", "ALTDORF"])))

    def garbled(self) -> httpx.Request:
        """Rightly signed and strange somewhere, at a number that is over."""
        said: Any = self.good(number=1)
        place = said if self.chance.random() < 0.5 else self.chance.choice(said["items"])
        free = [name for name in place if name not in ("number", "epoch")]
        place[self.chance.choice(free)] = self.chance.choice(STRANGE)
        return self.bergheim.request(_json(said))

    def header_doubled(self) -> httpx.Request:
        request = self.bergheim.request(self.good())
        name = self.chance.choice(
            ["content-type", "content-encoding", "content-digest", "signature", "signature-input"]
        )
        other = self.bergheim.request(self.good()).headers[name]
        return _again(request, more=[(name, other)])

    def signed_twice(self) -> httpx.Request:
        """What the partner signed stands under another label, and under ours what a stranger has."""
        request = self.bergheim.request(self.good())
        right = {name: request.headers[name] for name in ("signature", "signature-input")}
        theirs = _again(request, without=("signature", "signature-input"))
        signing.sign_request(self.stranger, theirs)
        if self.chance.random() < 0.5:
            moved = {name: value.replace("lagebild=", "other=", 1) for name, value in right.items()}
        else:
            moved = right
        both = [(name, f"{theirs.headers[name]}, {moved[name]}") for name in right]
        return _again(theirs, without=tuple(right), more=both)

    def number_too_large(self) -> httpx.Request:
        name = self.chance.choice(["epoch", "number", "behind", "version"])
        return self.bergheim.request(_json(self.good(**{name: 10 ** self.chance.randrange(17, 4_000)})))

    def not_a_number(self) -> httpx.Request:
        sign = self.chance.choice([b"NaN", b"Infinity", b"-Infinity", b"1e999", b"0x10", b"01", b"1_000"])
        body = orjson.dumps(self.good(number=1))
        return self.bergheim.request(body.replace(b'"seq":', b'"seq":' + sign + b',"x":', 1))

    def nested_deeply(self) -> httpx.Request:
        depth, opening = self.chance.randrange(1_100, 200_000), self.chance.choice([b"[", b'{"a":'])
        body = orjson.dumps(self.good())
        return self.bergheim.request(body.replace(b'"items":[', b'"items":[' + opening * depth, 1))


class Bad:
    """Items that nobody may tell, in envelopes that are right otherwise: those are acknowledged, and the items set
    aside or without effect. Sent one after the other, since each moves the stream."""

    def __init__(self, bergheim: Stream, seed: int) -> None:
        self.bergheim, self.chance = bergheim, random.Random(seed)
        self.ways: list[Callable[[], list[Said]]] = [
            self.of_a_third_origin, self.of_our_own, self.passed_on_without_proof, self.of_no_share, self.strange,
            self.walk_that_never_ends, self.too_deep, self.older_than_known,
        ]  # fmt: skip

    def items(self, turn: int) -> tuple[str, list[Said]]:
        way = self.ways[turn % len(self.ways)]
        return way.__name__, way()

    def _site(self, origin: str) -> tuple[str, Said]:
        return site(self.chance.choice(["e1", "deich", f"n{self.chance.randrange(10**6)}"]), origin=origin)

    def _seq(self) -> int:
        return self.chance.randrange(10**8, 2**53)

    def of_a_third_origin(self) -> list[Said]:
        ref = f"cedern/site/{self.chance.randrange(99)}"
        return [put("s1", self._site("cedern"), seq=self._seq()), drop("s1", ref, seq=self._seq())]

    def of_our_own(self) -> list[Said]:
        return [put("s1", self._site(OWN), seq=self._seq()), drop("s1", f"{OWN}/site/e1", seq=self._seq())]

    def passed_on_without_proof(self) -> list[Said]:
        proof: Said = self.chance.choice([{}, {"proof": "x"}, {"proof": "e30..AAAA"}])
        origin = self.chance.choice(["cedern", "erlau", OWN])
        return [put("s1", self._site(origin), seq=self._seq(), path=["bergheim"], hops=2, **proof)]

    def of_no_share(self) -> list[Said]:
        return [put(f"s{self.chance.randrange(2, 99)}", self._site("bergheim"), seq=self._seq())]

    def strange(self) -> list[Said]:
        said = put("s1", self._site("bergheim"), seq=self._seq())
        said[self.chance.choice(["ref", "seq", "body", "provenance"])] = self.chance.choice(
            [None, -1, 10**40, "", "\u0000", [], {"a": "\u0000"}, "../..", {"$ref": "#"}]
        )
        return [said]

    def walk_that_never_ends(self) -> list[Said]:
        """Announced and not walked to its end: what was told before stays."""
        return [opened("s1", walk=f"w{self.chance.randrange(10**6)}"), walked("s1", "never begun")]

    def too_deep(self) -> list[Said]:
        body: Any = 1
        for _ in range(self.chance.randrange(30, 200)):
            body = [body] if self.chance.random() < 0.5 else {"a": body}
        ref, said = self._site("bergheim")
        return [put("s1", (ref, {**said, "note": body}), seq=self._seq())]

    def older_than_known(self) -> list[Said]:
        return [put("s1", site("e5", origin="bergheim", name="älter"), seq=self.chance.randrange(5))]

    def request(self, items: list[Said]) -> httpx.Request:
        return self.bergheim.request(_json(self.bergheim.envelope(*items)))


def _json(said: Any) -> bytes:
    """Also numbers that orjson does not write."""
    return json.dumps(said).encode()


def _again(
    request: httpx.Request, *, body: bytes | None = None, without: tuple[str, ...] = (),
    more: list[tuple[str, str]] | None = None,
) -> httpx.Request:  # fmt: skip
    """The same signed request, with something of it otherwise."""
    kept = [(name, value) for name, value in request.headers.multi_items()
            if name != "content-length" and name not in without]  # fmt: skip
    content = request.content if body is None else body
    return httpx.Request("POST", request.url, headers=[*kept, *(more or [])], content=content)
