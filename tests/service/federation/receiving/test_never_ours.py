"""Whatever a partner sends: our own things stay byte for byte, and our log has no line for them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import point
from geodata.model.ref import Ref
from geodata.store.database import Database
from service.federation.receiving.inbox import Misdirected
from service.federation.receiving.known import MODELS
from service.federation.wire import envelope as wire
from tests.service.federation.receiving.neighbour import Neighbour, opened, put, site

EXAMPLES = 10_000 if os.environ.get("LAGEBILD_PROVE") else 800
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
KINDS = sorted(MODELS)
IDS = ("a", "b", "i1", "own.pegel", "019a-1")
_OURS = text("SELECT ref, room, body::text, provenance::text, extent::text, geom::text, xmin::text FROM fact "
             "WHERE origin = 'here' ORDER BY ref")  # fmt: skip
_LINES = text("SELECT seq, ref, op FROM change WHERE split_part(ref, '/', 1) = 'here' ORDER BY seq")
_TABLES = ("person", "organisation", "staff", "alarm", "helper", "journal_entry", "series", "session", "extent_part")
_ROOMS = text("SELECT id, name, closed_at FROM room WHERE id NOT LIKE 's-%' ORDER BY id")


@dataclass
class World:
    runner: asyncio.Runner
    neighbour: Neighbour

    def ours(self) -> Any:
        return self.runner.run(self._ours())

    async def _ours(self) -> Any:
        async with self.neighbour.database.reading() as connection:
            facts = [tuple(row) for row in await connection.execute(_OURS)]
            lines = [tuple(row) for row in await connection.execute(_LINES)]
            rooms = [tuple(row) for row in await connection.execute(_ROOMS)]
            counts = [(await connection.execute(text(f"SELECT count(*) FROM {t}"))).scalar_one() for t in _TABLES]
        return facts, lines, rooms, counts

    def bring(self, envelope: wire.Envelope) -> None:
        try:
            self.runner.run(self.neighbour.bring(envelope))
        except Misdirected:
            self.neighbour.number -= 1


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with asyncio.Runner() as runner:
        database = Database(database_url)

        async def build() -> Neighbour:
            neighbour = await Neighbour.known(database, "altdorf", to="here")
            async with database.transaction("test") as tx:
                for kind in KINDS:
                    for id in IDS:
                        body = {"title": f"{kind} {id}", "incident": "i1", "state": "REPORTED"}
                        room = "public" if id == "a" else str(neighbour.peer.exchange_room)
                        tx.put(Fact(Ref("here", kind, id), room, Provenance("people", NOW, NOW), body, point(7, 51)))
            await neighbour.say(opened("s1"), opened("exchange", exchange=True), put("s1", site("a")))
            return neighbour

        yield World(runner, runner.run(build()))
        runner.run(database.close())


refs = st.one_of(
    st.builds("{}/{}/{}".format, st.sampled_from(["altdorf", "altdorf", "here", "third"]), st.sampled_from(KINDS),
              st.sampled_from(IDS)),
    st.sampled_from(["here/site/a", "altdorf/../here/site/a", "here", "", "altdorf/site/a/here/site/a", "HERE/site/a",
                     "altdorf/site/a' OR ref LIKE 'here%", "here/site/a\x00", "altdorf/drone/x"]),
    st.text(max_size=60),
)  # fmt: skip
texts = st.one_of(st.sampled_from(["here/site/a", "public", "a", "i1"]), st.text(max_size=40))
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts)
bodies = st.one_of(
    st.sampled_from([site("x")[1], {**site("x")[1], "room": "public", "ref": "here/site/a", "origin": "here"}]),
    st.dictionaries(texts, st.recursive(leaves, lambda inner: st.lists(inner, max_size=3), max_leaves=6), max_size=6),
)
provenances = st.one_of(
    st.just(put("s1", "x")["provenance"]), st.dictionaries(st.text(max_size=12), leaves, max_size=4)
)
shares = st.sampled_from(["s1", "exchange", "s2", "public", "here", "never"])
numbers = st.integers(min_value=0, max_value=2**53)
items = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("put"), "share": shares, "ref": refs, "seq": numbers, "body": bodies,
         "provenance": provenances},
        optional={"extent": st.tuples(*[st.floats(-200, 200)] * 4), "walk": texts, "epoch": numbers,
                  "path": st.lists(st.sampled_from(["altdorf", "here", "third"]), max_size=4),
                  "hops": st.integers(0, 3), "proof": texts},
    ),
    st.fixed_dictionaries({"type": st.just("drop"), "share": shares, "ref": refs, "seq": numbers}),
    st.fixed_dictionaries(
        {"type": st.just("share"), "share": shares, "version": numbers,
         "state": st.sampled_from(["OPEN", "WITHDRAWN", "PUBLIC"]), "title": texts},
        optional={"walk": texts, "exchange": st.booleans(), "incident": texts},
    ),
    st.fixed_dictionaries({"type": st.just("walked"), "share": shares, "walk": texts}),
    st.fixed_dictionaries({"type": st.just("digest"), "share": shares, "count": numbers,
                           "digest": st.text("0123456789abcdef", min_size=64, max_size=64)}),
    st.dictionaries(st.text(max_size=10), leaves, max_size=5),
)  # fmt: skip
directions = st.fixed_dictionaries(
    {}, optional={"sender": st.sampled_from(["altdorf", "here"]), "recipient": st.sampled_from(["here", "altdorf"]),
                  "mode": st.sampled_from(["ACTUAL", "EXERCISE"]), "epoch": st.integers(0, 9)},
)  # fmt: skip


def test_a_partner_never_changes_what_is_ours(world: World) -> None:
    before = world.ours()
    assert len(before[0]) == len(KINDS) * len(IDS)
    applied = 0

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(items, max_size=12), directions)
    def hostile(said: list[dict[str, Any]], direction: dict[str, Any]) -> None:
        nonlocal applied
        neighbour = world.neighbour
        raw = []
        for item in said:
            try:
                raw.append(msgspec.json.decode(msgspec.json.encode(item)))
            except (UnicodeEncodeError, msgspec.MsgspecError):
                continue
        world.bring(neighbour.next(*raw, **direction))
        if direction.get("epoch", 0) > neighbour.epoch and neighbour.number == 1:
            neighbour.epoch = direction["epoch"]
        number = world.runner.run(_number(neighbour))
        applied += number[1] == neighbour.number
        neighbour.epoch, neighbour.number, neighbour.token = number
        assert world.ours() == before

    hostile()
    assert applied > EXAMPLES / 4


async def _number(neighbour: Neighbour) -> tuple[int, int, str]:
    async with neighbour.database.reading() as connection:
        row = (await connection.execute(text("SELECT epoch, number, token FROM peer_incoming"))).one()
        return row.epoch, row.number, row.token
