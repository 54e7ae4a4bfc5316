"""Rightly signed envelopes that are not what they should be: out of order, from elsewhere, too much, too new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from geodata.store.cluster import Cluster
from tests.security.federated_stream import OWN, Stream, picture, streams
from tests.service.federation.receiving.neighbour import drop, opened, put, site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(cluster: Cluster) -> AsyncIterator[tuple[Stream, Stream]]:
    async with streams(cluster) as made:
        yield made


async def changes_nothing(stream: Stream, expected: int, *items: dict[str, Any], **other: Any) -> dict[str, Any]:
    before, held = await picture(stream.town), await stream.held()
    answer = await stream.send(stream.request(stream.envelope(*items, **other)))
    assert answer.status_code == expected, answer.text
    assert (await picture(stream.town), await stream.held()) == (before, held)
    said: dict[str, Any] = answer.json()
    return said


NEW = put("s1", site("new", origin="bergheim"), seq=90)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"number": 3}, 409),
        ({"number": 2**53}, 409),
        ({"number": 1, "after": ""}, 200),
        ({"number": 0, "after": ""}, 200),
        ({"after": "elsewhere"}, 409),
        ({"after": ""}, 409),
        ({"epoch": 7, "number": 2}, 409),
        ({"epoch": 7, "number": 1, "after": "t1"}, 409),
    ],
    ids=["gap", "jump", "rewind", "zero", "other place", "no place", "new epoch not at 1", "new epoch after something"],
)
async def test_sequence(both: tuple[Stream, Stream], other: dict[str, Any], expected: int) -> None:
    """Always answered with what the node has, from which the sender goes on."""
    ack = await changes_nothing(both[0], expected, NEW, **other)
    assert (ack["number"], ack["token"]) == (both[0].number, both[0].token)


async def test_an_older_epoch(both: tuple[Stream, Stream]) -> None:
    stream = both[1]
    assert (await stream.say(opened("c1"), number=1, after="", epoch=5)).status_code == 200
    assert (await changes_nothing(stream, 200, opened("c2"), epoch=4))["epoch"] == 5


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"sender": "cedern"}, "sender"),
        ({"sender": OWN}, "sender"),
        ({"recipient": "cedern"}, "recipient"),
        ({"recipient": "bergheim"}, "recipient"),
        ({"mode": "EXERCISE"}, "mode"),
        ({"mode": "TEST"}, "mode"),
        ({"version": 2}, "body"),
        ({"version": 0}, "body"),
        ({"version": "1"}, "body"),
        ({"more": 1}, "body"),
        ({"number": -1}, "body"),
        ({"number": 2**63}, "body"),
        ({"at": "gestern"}, "body"),
        ({"at": "2026-01-01T00:00:00"}, "at"),
        ({"items": {}}, "body"),
        ({"items": None}, "body"),
        ({"items": [{}] * 101}, "body"),
        ({"after": "x" * 2_001}, "body"),
    ],
    ids=str,
)
async def test_wrong_target_newer_schema_and_what_is_no_envelope(
    both: tuple[Stream, Stream], other: dict[str, Any], field: str
) -> None:
    assert (await changes_nothing(both[0], 422, **other))["field"] == field


async def test_huge_batch(both: tuple[Stream, Stream]) -> None:
    for count, size in ((100, 20_000), (101, 10)):
        items = [put("s1", (f"bergheim/note/{n}", {"text": "x" * size}), seq=100 + n) for n in range(count)]
        assert (await changes_nothing(both[0], 422, *items))["field"] == "body"


async def test_nested_a_hundred_thousand_deep(both: tuple[Stream, Stream]) -> None:
    held = await both[0].held()
    for deep in (b"[" * 400_000, b'{"items":' * 60_000, b'{"items":[' + b'{"a":' * 90_000):
        answer = await both[0].send(both[0].request(deep))
        assert answer.status_code == 422
    assert await both[0].held() == held


FOREIGN = {
    "our own": put("s1", site("mine", origin=OWN), seq=91),
    "another partner's": put("s1", site("theirs", origin="cedern"), seq=91),
    "a stranger's": put("s1", site("nobodys", origin="nirgends"), seq=91),
    "drop of our own": drop("s1", f"{OWN}/site/1", seq=91),
    "drop of another's": drop("s1", "cedern/site/1", seq=91),
    "no ref": put("s1", ("../../etc/passwd", {}), seq=91),
    "passed on, unproven": put("s1", site("x", origin="cedern"), seq=91, hops=1, path=["bergheim"]),
    "passed on, proof of nothing": put(
        "s1", site("x", origin="cedern"), seq=91, hops=1, path=["bergheim"], proof="a.b.c"
    ),
    "loop back to us": put("s1", site("x", origin="bergheim"), seq=91, hops=1, path=[OWN, "bergheim"]),
    "loop of three": put("s1", site("x", origin="bergheim"), seq=91, hops=1, path=["cedern", "dorfen", "bergheim"]),
    "our own, round three": put("s1", site("x", origin=OWN), seq=91, hops=2, path=["cedern", "dorfen", "bergheim"]),
    "too many hops": put("s1", site("x", origin="bergheim"), seq=91, hops=4),
    "too long a way": put("s1", site("x", origin="dorfen"), seq=91, hops=1, path=["a", "b", "c", "d", "bergheim"]),
    "a share that was never opened": put("s9", site("x", origin="bergheim"), seq=91),
    "unknown type": {"type": "execute", "ref": "bergheim/site/1", "share": "s1", "seq": 91},
    "more than an item has": {**put("s1", site("x", origin="bergheim"), seq=91), "room": "public"},
}


@pytest.mark.parametrize("what", FOREIGN)
async def test_an_item_that_nobody_may_bring(both: tuple[Stream, Stream], what: str) -> None:
    """It is set aside with its reason, the picture stays as it is, and the stream goes on."""
    stream = both[0]
    before, aside, number = await picture(stream.town), len(await stream.set_aside()), stream.number
    assert (await stream.say(FOREIGN[what])).status_code == 200
    assert stream.number == number + 1
    assert await picture(stream.town) == before
    assert len(await stream.set_aside()) > aside


async def test_a_bad_item_takes_no_good_one_with_it(both: tuple[Stream, Stream]) -> None:
    stream = both[0]
    before = await picture(stream.town)
    good = put("s1", site("good", origin="bergheim"), seq=200)
    assert (await stream.say(FOREIGN["our own"], good, {"type": "put"})).status_code == 200
    assert await picture(stream.town) != before


async def test_one_partner_cannot_bring_what_another_has_signed(both: tuple[Stream, Stream]) -> None:
    bergheim, cedern = both
    before, held = await picture(bergheim.town), await bergheim.held()
    taken = cedern.request(bergheim.envelope(NEW))
    assert (await cedern.send(taken)).json()["field"] == "sender"
    kept = bergheim.request(bergheim.envelope(NEW))
    kept.headers["signature-input"] = kept.headers["signature-input"].replace(
        bergheim.partner.keys.current.kid, cedern.partner.keys.current.kid
    )
    assert (await cedern.send(kept)).status_code == 401
    assert (await picture(bergheim.town), await bergheim.held()) == (before, held)
