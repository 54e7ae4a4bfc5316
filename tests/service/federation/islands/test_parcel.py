"""A parcel is read by its recipient only, and only as its sender signed it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from service.federation.identity import jws
from service.federation.identity.keys import NodeKeys
from service.federation.islands.parcel import BadParcel, open_parcel, seal
from service.federation.wire import proof
from service.federation.wire.envelope import Drop, Envelope, Put, write
from service.federation.wire.proof import BadProof

NOW = datetime(2026, 7, 14, 19, 47, tzinfo=UTC)


@pytest.fixture
def node(tmp_path: Path) -> Callable[[str], NodeKeys]:
    return lambda name: NodeKeys(tmp_path / name)


def envelope(*items: object) -> Envelope:
    raw = [msgspec.Raw(write.encode(item)) for item in items]
    return Envelope(1, "altdorf", "bergheim", "ACTUAL", 7, 1, "", "t1", NOW, raw)


def put(**fields: object) -> Put:
    given = {"share": "s", "ref": "altdorf/site/1", "seq": 4, "body": {"name": "Damm"}, "provenance": {}}
    return Put(**{**given, **fields})  # type: ignore[arg-type]


def knows(*keys: NodeKeys) -> Callable[[str], str | None]:
    return {key.current.kid: key.current.x for key in keys}.get


def test_the_recipient_reads_what_the_sender_wrote(node: Callable[[str], NodeKeys]) -> None:
    altdorf, bergheim = node("altdorf"), node("bergheim")
    given = envelope(put())
    line = seal(altdorf, bergheim.seal_x, given)
    assert line.isascii() and "\n" not in line
    kid, found = open_parcel(bergheim, line, knows(altdorf))
    assert kid == altdorf.current.kid
    assert write.encode(found) == write.encode(given)


def test_nobody_else_reads_it_and_no_strangers_word_counts(node: Callable[[str], NodeKeys]) -> None:
    altdorf, bergheim, relay = node("altdorf"), node("bergheim"), node("relay")
    line = seal(altdorf, bergheim.seal_x, envelope(put()))
    with pytest.raises(BadParcel, match="not sealed for this node"):
        open_parcel(relay, line, knows(altdorf))
    with pytest.raises(BadParcel, match="no partner"):
        open_parcel(bergheim, line, knows(relay))
    with pytest.raises(BadParcel, match="signature"):
        open_parcel(bergheim, line, lambda kid: relay.current.x)


def test_a_parcel_that_was_touched_anywhere_is_refused(node: Callable[[str], NodeKeys]) -> None:
    altdorf, bergheim = node("altdorf"), node("bergheim")
    line = seal(altdorf, bergheim.seal_x, envelope(put()))
    dice = random.Random(7)
    refused = 0
    for _ in range(300):
        at = dice.randrange(len(line))
        touched = line[:at] + dice.choice("ABCDxyz019-_.") + line[at + dice.randrange(2) :]
        if touched == line:
            continue
        try:
            _, found = open_parcel(bergheim, touched, knows(altdorf))
        except BadParcel:
            refused += 1
        else:  # the last bits of a base64 text may say nothing
            assert write.encode(found) == write.encode(envelope(put()))
    assert refused > 280


def test_a_bomb_in_a_parcel_is_refused(node: Callable[[str], NodeKeys]) -> None:
    altdorf, bergheim = node("altdorf"), node("bergheim")
    line = seal(altdorf, bergheim.seal_x, envelope(put(body={"text": "a" * 3_000_000})))
    assert len(line) < 20_000
    with pytest.raises(BadParcel, match="at most"):
        open_parcel(bergheim, line, knows(altdorf))


@pytest.mark.parametrize("item", [put(hops=1), Drop("s", "altdorf/site/1", 4, hops=1)])
def test_an_item_that_was_passed_on_is_believed_by_its_origins_signature(
    node: Callable[[str], NodeKeys], item: Put | Drop
) -> None:
    altdorf, kreis = node("altdorf"), node("kreis")
    own = msgspec.structs.replace(item, proof=proof.prove(altdorf.current, item))
    passed = msgspec.structs.replace(own, share="of the kreis", path=("kreis",))
    proof.check(passed, altdorf.current.x)
    with pytest.raises(BadProof, match="does not fit"):
        proof.check(passed, kreis.current.x)
    for change in ({"seq": 5}, {"ref": "altdorf/site/2"}, {"hops": 3}, {"epoch": 9}):
        with pytest.raises(BadProof, match="changed"):
            proof.check(msgspec.structs.replace(passed, **change), altdorf.current.x)
    with pytest.raises(BadProof, match="2 times"):
        proof.check(msgspec.structs.replace(passed, path=("kreis", "land")), altdorf.current.x)
    with pytest.raises(BadProof, match="without"):
        proof.check(msgspec.structs.replace(passed, proof=None), altdorf.current.x)


def test_what_was_signed_as_something_else_proves_nothing(node: Callable[[str], NodeKeys]) -> None:
    altdorf = node("altdorf")
    item = put(hops=1)
    other = jws.sign(altdorf.current, proof._core(item), "lagebild-envelope")
    with pytest.raises(BadProof, match="something else"):
        proof.check(msgspec.structs.replace(item, proof=other), altdorf.current.x)
