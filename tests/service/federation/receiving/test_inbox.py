"""The inbox of a real node: what is next is applied, what is known is acknowledged, what is wrong is set aside."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from geodata.store.database import Database
from service.federation.receiving.inbox import Misdirected, Receipt
from service.federation.wire.envelope import Ack
from tests.service.federation.receiving.neighbour import (
    Neighbour,
    digest_of,
    drop,
    opened,
    put,
    site,
    walked,
    withdrawn,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
async def altdorf(database: Database) -> Neighbour:
    return await Neighbour.known(database, "altdorf", to="here")


async def rooms_of(database: Database, origin: str) -> dict[str, str]:
    """Where this origin's facts lie here, by the end of their refs."""
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT ref, room FROM fact WHERE origin = :o"), {"o": origin})
        return {row.ref.split("/", 1)[1]: row.room for row in rows}


async def log_end(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(text("SELECT coalesce(max(seq), 0) FROM change"))).scalar_one())


async def aside(database: Database) -> list[tuple[str | None, str, str, int]]:
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT ref, field, reason, times FROM peer_aside ORDER BY id"))
        return [(row.ref, row.field, row.reason, row.times) for row in rows]


async def test_a_share_that_opens_gets_a_room_that_everybody_reads_and_nobody_writes(altdorf: Neighbour) -> None:
    receipt = await altdorf.say(opened("s1", walk="w1"), put("s1", site("a"), walk="w1"), walked("s1", "w1"))
    assert receipt.applied and receipt.stored == 1 and receipt.ack == Ack(0, 1, "t1")
    room = (await rooms_of(altdorf.database, "altdorf"))["site/a"]
    assert room.startswith("s-")
    async with altdorf.database.reading() as connection:
        name = (await connection.execute(text("SELECT name FROM room WHERE id = :r"), {"r": room})).scalar_one()
        (member,) = (await connection.execute(text("SELECT * FROM room_member WHERE room = :r"), {"r": room})).all()
    assert name == "Altdorf: Lage s1"
    assert (member.kind, member.can_write, member.can_share) == ("everyone", False, False)
    assert altdorf.rights_changed == 1


async def test_the_exchange_lies_in_the_room_of_both(altdorf: Neighbour) -> None:
    note = put("exchange", "altdorf/partner_note/n", {"text": "Guten Tag"})
    await altdorf.say(opened("exchange", exchange=True), note)
    assert (await rooms_of(altdorf.database, "altdorf"))["partner_note/n"] == altdorf.peer.exchange_room


async def test_what_comes_twice_changes_nothing(altdorf: Neighbour) -> None:
    first = altdorf.next(opened("s1"), put("s1", site("a")))
    one = await altdorf.bring(first)
    end = await log_end(altdorf.database)
    again = await altdorf.bring(first)
    assert (one.applied, again.applied, again.gap) == (True, False, False)
    assert again.ack == one.ack and await log_end(altdorf.database) == end


async def test_a_gap_is_answered_with_what_we_have(altdorf: Neighbour) -> None:
    lost = altdorf.next(opened("s1"))
    early = altdorf.next(put("s1", site("a")))
    receipt = await altdorf.bring(early)
    assert receipt.gap and receipt.ack == Ack() and await rooms_of(altdorf.database, "altdorf") == {}
    assert (await altdorf.bring(lost)).applied and (await altdorf.bring(early)).applied
    assert list(await rooms_of(altdorf.database, "altdorf")) == ["site/a"]


async def test_the_next_number_after_another_place_is_a_gap(altdorf: Neighbour) -> None:
    await altdorf.say(opened("s1"))
    forked = altdorf.next(put("s1", site("a")), after="elsewhere")
    assert (await altdorf.bring(forked)).gap


async def test_of_two_at_once_one_is_applied(altdorf: Neighbour) -> None:
    envelope = altdorf.next(opened("s1"), put("s1", site("a")))
    receipts: list[Receipt] = await asyncio.gather(*(altdorf.bring(envelope) for _ in range(5)))
    assert sorted(r.applied for r in receipts) == [False] * 4 + [True]
    assert {r.ack for r in receipts} == {Ack(0, 1, "t1")}


async def test_a_new_epoch_tells_everything_anew_and_what_is_not_told_is_gone(altdorf: Neighbour) -> None:
    await altdorf.say(opened("s1"), put("s1", site("a"), seq=50), put("s1", site("b"), seq=51), opened("s2"))
    await altdorf.say(put("s2", site("c"), seq=52))
    altdorf.begin(epoch=7)
    await altdorf.say(opened("s1", walk="w9"), put("s1", site("a", name="neu"), seq=3, walk="w9"), walked("s1", "w9"))
    assert set(await rooms_of(altdorf.database, "altdorf")) == {"site/a", "site/c"}
    receipt = await altdorf.greet()
    assert receipt.ack.epoch == 7 and set(await rooms_of(altdorf.database, "altdorf")) == {"site/a"}


async def test_an_older_epoch_and_a_new_one_that_does_not_begin_change_nothing(altdorf: Neighbour) -> None:
    altdorf.begin(epoch=5)
    await altdorf.say(opened("s1"))
    older, later = altdorf.next(put("s1", site("a")), epoch=4), altdorf.next(put("s1", site("b")), epoch=6)
    assert not (await altdorf.bring(older)).applied and (await altdorf.bring(later)).gap
    assert await rooms_of(altdorf.database, "altdorf") == {}


async def test_drops_and_what_is_older_than_our_copy(altdorf: Neighbour) -> None:
    await altdorf.say(opened("s1"), put("s1", site("a", name="neu"), seq=9), put("s1", site("b"), seq=9))
    await altdorf.say(put("s1", site("a", name="alt"), seq=8), drop("s1", "altdorf/site/b", seq=10))
    assert (await altdorf.body("site/a"))["address"] == "neu"
    assert set(await rooms_of(altdorf.database, "altdorf")) == {"site/a"}
    await altdorf.say(drop("s1", "altdorf/site/a", seq=8))
    assert set(await rooms_of(altdorf.database, "altdorf")) == {"site/a"}


async def test_put_drop_and_put_in_one_envelope_end_as_the_last_says(altdorf: Neighbour) -> None:
    await altdorf.say(
        opened("s1"), put("s1", site("a"), seq=1), drop("s1", "altdorf/site/a", seq=2), put("s1", site("a"), seq=3),
        put("s1", site("b"), seq=4), drop("s1", "altdorf/site/b", seq=5),
    )  # fmt: skip
    assert set(await rooms_of(altdorf.database, "altdorf")) == {"site/a"}


async def test_withdrawal_takes_everything_at_once_and_says_so(altdorf: Neighbour) -> None:
    await altdorf.say(opened("s1"), *(put("s1", site(f"a{n}"), seq=n + 1) for n in range(90)))
    room = next(iter((await rooms_of(altdorf.database, "altdorf")).values()))
    await altdorf.say(withdrawn("s1"))
    assert await rooms_of(altdorf.database, "altdorf") == {}
    async with altdorf.database.reading() as connection:
        left = text("""
            SELECT (SELECT count(*) FROM peer_copy), (SELECT count(*) FROM room_member WHERE room = :r),
                   (SELECT closed_at FROM room WHERE id = :r)
        """)
        copies, seen, closed = (await connection.execute(left, {"r": room})).one()
        actions = (await connection.execute(text("SELECT action, detail FROM audit ORDER BY id"))).all()
    assert (copies, seen) == (0, 0) and closed is not None
    assert [a.action for a in actions] == ["partner.share.open", "partner.share.withdrawn"]
    assert actions[1].detail == {"share": "s1", "things": 90}
    # and what comes for it afterwards stays out
    await altdorf.say(put("s1", site("late"), seq=200))
    assert await rooms_of(altdorf.database, "altdorf") == {}
    await altdorf.say(opened("s1", walk="w"), put("s1", site("back"), seq=201, walk="w"), walked("s1", "w"))
    assert await rooms_of(altdorf.database, "altdorf") == {"site/back": room}


async def test_a_thing_in_two_shares_stays_until_both_let_it_go(altdorf: Neighbour) -> None:
    await altdorf.say(opened("s1"), opened("s2"), put("s1", site("a"), seq=1), put("s2", site("a"), seq=1))
    await altdorf.say(drop("s1", "altdorf/site/a", seq=2))
    assert set(await rooms_of(altdorf.database, "altdorf")) == {"site/a"}
    receipt = await altdorf.say(put("s1", site("a"), seq=3), withdrawn("s1"))
    # The newest copy was by s1; s2 still lets it out and is asked to tell it again.
    assert receipt.ack.repair == ("s2",)
    receipt = await altdorf.say(opened("s2", walk="w"), put("s2", site("a"), seq=3, walk="w"), walked("s2", "w"))
    assert receipt.ack.repair == () and set(await rooms_of(altdorf.database, "altdorf")) == {"site/a"}


async def test_digests_agree_or_the_share_is_asked_for_again(altdorf: Neighbour) -> None:
    puts = [put("s1", site(f"a{n}"), seq=n + 1) for n in range(20)]
    receipt = await altdorf.say(opened("s1"), *puts, digest_of("s1", puts))
    assert receipt.ack.repair == ()
    async with altdorf.database.transaction("fault") as tx:
        await tx.connection.execute(text("DELETE FROM peer_copy WHERE ref = 'altdorf/site/a3'"))
    receipt = await altdorf.say(digest_of("s1", puts))
    assert receipt.ack.repair == ("s1",)
    again = [put("s1", site(f"a{n}"), seq=n + 1, walk="w") for n in range(20)]
    receipt = await altdorf.say(opened("s1", walk="w"), *again, walked("s1", "w"), digest_of("s1", puts))
    assert receipt.ack.repair == ()


async def test_a_share_that_differs_even_when_told_anew_is_not_asked_for_for_ever(altdorf: Neighbour) -> None:
    wrong = digest_of("s1", [put("s1", site("other"))])
    assert (await altdorf.say(opened("s1"), wrong)).ack.repair == ("s1",)
    for n in range(3):
        told = await altdorf.say(opened("s1", walk=f"w{n}"), walked("s1", f"w{n}"), wrong)
        assert told.ack.repair == ()
    later = NOW + timedelta(hours=2)
    assert (await altdorf.say(wrong, now=later)).ack.repair == ("s1",)


BAD: list[tuple[str, Any, str]] = [
    ("ref", put("s1", ("here/site/a", site("a")[1])), "nobody tells us of what is our own"),
    ("ref", put("s1", ("third/site/a", site("a")[1])), "has not passed it on with a proof"),
    ("ref", put("s1", ("Altdorf/site/a", {})), "a reference is"),
    ("ref", put("s1", ("altdorf/site", {})), "A reference is"),
    ("share", put("never", site("z")), "never opened"),
    ("body.address", put("s1", ("altdorf/site/n", {**site("n")[1], "address": 5})), "Expected `str"),
    ("body.geometry", put("s1", site("g", geometry={"type": "Point", "coordinates": [500, 1]})), "outside longitude"),
    ("extent", put("s1", site("e"), extent=(9.0, 9.0, 1.0, 1.0)), "west, south"),
    ("body", put("s1", site("nul", name="a\x00b")), "NUL"),
    ("body", put("s1", ("altdorf/novel/big", {"text": "x" * 300_000})), "larger than"),
    ("body", put("s1", ("altdorf/novel/deep", json.loads('{"a": ' + "[" * 30 + "]" * 30 + "}"))), "deeper"),
    ("body", put("s1", ("altdorf/novel/int", {"n": 10**30})), "2^53"),
    ("provenance.as_of", put("s1", site("p"), as_of="2026-07-01T12:00:00"), "zone"),
    ("provenance.as_of", put("s1", site("p"), as_of="soon"), "Invalid"),
    ("type", {"type": "order", "share": "s1"}, "Invalid value"),
    ("seq", {"type": "drop", "share": "s1", "ref": "altdorf/site/a", "seq": -1}, ">= 0"),
    ("exchange", opened("mine", exchange=True), "exchange"),
    ("walk", walked("s1", "never"), "not under way"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "bad", "reason"), BAD, ids=[f"{n}-{f}" for n, (f, _, _) in enumerate(BAD)])
async def test_a_bad_item_is_set_aside_and_blocks_nothing(
    altdorf: Neighbour, field: str, bad: Any, reason: str
) -> None:
    await altdorf.say(opened("s1"))
    for seq in (1, 2):
        again = {**bad, "seq": seq} if bad.get("seq") == 1 else bad
        receipt = await altdorf.say(put("s1", site("before"), seq=seq), again, put("s1", site("after"), seq=seq))
        assert receipt.applied and receipt.aside == 1
    assert set(await rooms_of(altdorf.database, "altdorf")) == {"site/before", "site/after"}
    ((_, said, why, times),) = await aside(altdorf.database)
    assert said == field and reason.lower() in why.lower() and times == 2


async def test_an_unknown_kind_is_kept_as_it_came(altdorf: Neighbour) -> None:
    body = {"geometry": {"type": "Point", "coordinates": [7.0, 51.0]}, "drone": {"battery": 0.4, "legs": [1, 2]}}
    await altdorf.say(opened("s1"), put("s1", ("altdorf/drone/d1", body)))
    assert await altdorf.body("drone/d1") == body
    async with altdorf.database.reading() as connection:
        raw = (await connection.execute(text("SELECT raw FROM peer_copy"))).scalar_one()
    assert raw["body"] == body and raw["ref"] == "altdorf/drone/d1"


async def test_what_our_model_does_not_know_is_cut_off_and_the_whole_kept(altdorf: Neighbour) -> None:
    ref, body = site("a")
    await altdorf.say(opened("s1"), put("s1", (ref, {**body, "mood": "calm"})), put("s1", site("b")))
    assert "mood" not in await altdorf.body("site/a")
    async with altdorf.database.reading() as connection:
        rows = await connection.execute(text("SELECT ref, raw FROM peer_copy"))
        raws: dict[str, Any] = {row.ref: row.raw for row in rows}
    assert raws["altdorf/site/a"]["body"]["mood"] == "calm" and raws["altdorf/site/b"] is None


@pytest.mark.parametrize(
    ("given", "field"),
    [({"sender": "third"}, "sender"), ({"recipient": "third"}, "recipient"), ({"mode": "EXERCISE"}, "mode")],
)
async def test_what_is_not_for_us_is_refused(altdorf: Neighbour, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Misdirected) as refused:
        await altdorf.bring(altdorf.next(opened("s1"), **given))
    assert refused.value.field == field


async def test_a_suspended_partner_is_not_heard(altdorf: Neighbour) -> None:
    async with altdorf.database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE peer SET state = 'SUSPENDED'"))
    with pytest.raises(Misdirected):
        await altdorf.say(opened("s1"))


async def test_what_the_database_cannot_hold_is_set_aside_alone(altdorf: Neighbour) -> None:
    async with altdorf.database.transaction("test") as tx:
        # Something only the database knows of: here a rule of the table, elsewhere the size of an index row.
        await tx.connection.execute(
            text("ALTER TABLE fact ADD CONSTRAINT calm CHECK ((body ->> 'n')::int > 0) NOT VALID")
        )
    receipt = await altdorf.say(
        opened("s1"), put("s1", ("altdorf/novel/a", {"n": 1})), put("s1", ("altdorf/novel/b", {"n": "many"}))
    )
    assert receipt.applied and receipt.aside == 1
    assert set(await rooms_of(altdorf.database, "altdorf")) == {"novel/a"}


async def test_a_greeting_is_heard(altdorf: Neighbour) -> None:
    receipt = await altdorf.greet(behind=4, at=NOW + timedelta(minutes=61))
    assert receipt.ack == Ack() and not receipt.applied
    async with altdorf.database.reading() as connection:
        row = (await connection.execute(text("SELECT heard_at, behind, skew FROM peer_incoming"))).one()
    assert (row.heard_at, row.behind, row.skew) == (NOW, 4, 3660.0)


async def test_what_the_partner_acknowledges_and_that_it_lives_is_passed_to_the_sender(altdorf: Neighbour) -> None:
    await altdorf.greet(ack=Ack(0, 3, "x"))
    assert altdorf.heard == [altdorf.peer.id] and altdorf.acknowledged == [(altdorf.peer.id, Ack(0, 3, "x"))]
