"""A partner that tells too much: above its limits it goes aside, in one line; nobody else suffers; later it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from geodata.store.database import Database
from service.federation.peers.peer import Peer
from service.federation.receiving import store
from service.federation.receiving.limits import Limits
from tests.service.federation.receiving.neighbour import (
    NOW,
    Neighbour,
    digest_of,
    drop,
    opened,
    put,
    site,
    walked,
)

FEW = Limits(inquiries=3, messages=4, alarm_requests=2, reports=2, things=8, megabytes=0.02, copies=5)
SAID: dict[str, dict[str, Any]] = {
    "alarm_request": {"alarm": "altdorf/alarm/1", "code": "A", "sender": "Altdorf", "to": "here", "title": "Deich",
                      "mode": "ACTUAL", "at": "2026-07-01T12:00:00Z"},
    "partner_message": {"number": 1, "sender": "altdorf", "to": "here", "text": "Lage?", "mode": "ACTUAL",
                        "at": "2026-07-01T12:00:00Z"},
}  # fmt: skip


@pytest.fixture
async def altdorf(database: Database) -> Neighbour:
    made = await Neighbour.known(database, "altdorf", to="here")
    made.inbox.limits = FEW
    await made.say(opened("exchange", exchange=True))
    return made


def told(kind: str, count: int, *, seq: int = 1, **more: Any) -> list[dict[str, Any]]:
    body = SAID.get(kind, {"bags": 1}) | more
    return [put("exchange", f"altdorf/{kind}/{kind[0]}{n}", body, seq=seq) for n in range(count)]


async def kept(database: Database, origin: str, kind: str) -> int:
    asked = text("SELECT count(*) FROM fact WHERE origin = :o AND kind = :k")
    async with database.reading() as connection:
        return int((await connection.execute(asked, {"o": origin, "k": kind})).scalar_one())


async def lines(database: Database) -> list[tuple[str, str, str]]:
    """What staff is told of."""
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT ref, field, reason FROM peer_aside WHERE settled_at IS NULL"))
        return sorted((row.ref, row.field, row.reason) for row in rows)


async def test_what_is_too_much_goes_aside_in_one_line_and_others_do_not_suffer(
    altdorf: Neighbour, database: Database
) -> None:
    calw = await Neighbour.known(database, "calw", to="here")
    await calw.say(opened("exchange", exchange=True))
    for again in range(5):
        await altdorf.say(*told("alarm_request", 60, seq=again + 1))
    assert await kept(database, "altdorf", "alarm_request") == FEW.alarm_requests
    (line,) = await lines(database)
    assert line[:2] == ("exchange", "limit.alarm_request") and "2" in line[2], "said once, not three hundred times"
    await altdorf.say(*told("partner_message", 60))
    assert await kept(database, "altdorf", "partner_message") == FEW.messages
    await altdorf.say(*told("sandbag_count", 60))
    assert await kept(database, "altdorf", "sandbag_count") == FEW.things - FEW.messages - FEW.alarm_requests
    assert len(await lines(database)) == 3
    receipt = await calw.say(*(put("exchange", f"calw/sandbag_count/c{n}", {"bags": n}) for n in range(20)))
    assert (receipt.stored, receipt.aside) == (20, 0)
    changed = await altdorf.say(
        put("exchange", "altdorf/alarm_request/a0", SAID["alarm_request"] | {"title": "Neu"}, seq=9)
    )
    assert changed.stored == 1, "what is here already may still change"


async def test_bytes_and_the_copies_of_a_share_have_an_end(altdorf: Neighbour, database: Database) -> None:
    words = {"text": "".join(chr(97 + n * 7919 % 26) + str(n * 104729 % 997) for n in range(2_000))}
    await altdorf.say(*(put("exchange", f"altdorf/sandbag_count/g{n}", words) for n in range(8)))
    assert 0 < await kept(database, "altdorf", "sandbag_count") < 4
    assert [line[1] for line in await lines(database)] == ["limit.bytes"]
    await altdorf.say(
        opened("s1", walk="w1"), *(put("s1", site(f"s{n}"), walk="w1") for n in range(9)), walked("s1", "w1")
    )
    assert await kept(database, "altdorf", "site") == FEW.copies
    assert ("s1", "limit.copies") in [line[:2] for line in await lines(database)]


async def test_it_comes_later_and_comparing_does_not_turn_in_circles(altdorf: Neighbour, database: Database) -> None:
    every = told("alarm_request", 5)
    await altdorf.say(*every)
    first = await altdorf.say(digest_of("exchange", every))
    assert first.ack.repair == ("exchange",), "it differs and is told anew once"
    walk = [{**one, "walk": "w2", "seq": 2} for one in every]
    asked = []
    for number in range(6):
        later = NOW + timedelta(minutes=number + 1)
        if number == 0:
            again = await altdorf.say(
                opened("exchange", exchange=True, walk="w2"), *walk, walked("exchange", "w2"), now=later
            )
        else:
            again = await altdorf.say(digest_of("exchange", every), now=later)
        asked.append(again.ack.repair)
    assert asked == [()] * 6, "not again and again"
    assert await kept(database, "altdorf", "alarm_request") == FEW.alarm_requests

    cleared = await altdorf.say(*(drop("exchange", f"altdorf/alarm_request/a{n}", seq=5) for n in (0, 1)), now=NOW)
    assert cleared.ack.repair == ("exchange",), "it has taken something back: the rest may come"
    rest = [{**one, "walk": "w3", "seq": 6} for one in every[2:4]]
    await altdorf.say(opened("exchange", exchange=True, walk="w3"), *rest, walked("exchange", "w3"))
    assert await kept(database, "altdorf", "alarm_request") == 2
    assert await lines(database) == []

    await altdorf.say(*told("alarm_request", 6, seq=7))
    (line,) = await _ids(database, altdorf.peer)
    async with database.reading() as connection:
        assert await store.settle(connection, altdorf.peer.id, line)
    assert (await altdorf.greet()).ack.repair == ("exchange",), "staff has seen it and made room: it is asked for again"


async def _ids(database: Database, peer: Peer) -> list[int]:
    async with database.reading() as connection:
        rows = await store.asides(connection, peer.id, settled=False, before=None, limit=10)
    return [row["id"] for row in rows]
