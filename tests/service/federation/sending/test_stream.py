"""What a partner is told next, branch by branch."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from datetime import timedelta

import pytest
from sqlalchemy import text

from geodata.store.database import Database
from service.federation.wire.envelope import Ack, Digest, Drop, Put, Share, Walked
from tests.service.federation.sending.told import AREA, Ground, Receiver, thing

REF = "altdorf/feature/"


@pytest.fixture
async def ground(database: Database) -> Ground:
    return await Ground.made(database, "lage", "lager")


async def current(ground: Ground, receiver: Receiver) -> bool:
    await ground.tell(receiver)
    return receiver.said() == await ground.truth()


def kinds(receiver: Receiver) -> list[str]:
    """What was said since the last time, but the digests."""
    said = [f"{type(one).__name__.lower()} {getattr(one, 'ref', one.share).removeprefix(REF)}" for one in receiver.seen
            if not isinstance(one, Digest)]  # fmt: skip
    receiver.seen.clear()
    return said


async def test_a_share_is_announced_told_whole_and_followed(ground: Ground) -> None:
    await ground.put(thing("a"), thing("b"), thing("c", room="lager"))
    await ground.share("f-1", "lage")
    receiver = Receiver()
    (envelope,) = await ground.tell(receiver)
    assert (envelope.number, envelope.after, envelope.behind) == (1, "", 0)
    first, last = receiver.seen[0], receiver.seen[1]
    assert isinstance(first, Share) and first.exchange and first.share == "exchange"
    assert isinstance(last, Walked)
    assert kinds(receiver) == ["share exchange", "walked exchange", "share f-1", "put a", "put b", "walked f-1"]
    assert receiver.agreed == {"exchange": True, "f-1": True}
    assert await ground.next(receiver) is None
    await ground.put(thing("b", "Boot"), thing("c", "gar nicht", room="lager"))
    await ground.drop("a")
    assert await current(ground, receiver)
    assert sorted(kinds(receiver)) == ["drop a", "put b"]


async def test_the_last_change_of_a_thing_is_told_once(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    receiver = Receiver()
    await ground.tell(receiver)
    kinds(receiver)
    for number in range(5):
        await ground.put(thing("a", f"{number}"), thing(f"b{number}"))
    await ground.drop("b3")
    assert await current(ground, receiver)
    assert kinds(receiver) == ["put b0", "put b1", "put b2", "put a", "put b4"]


async def test_a_thing_that_leaves_the_area_or_the_room_is_dropped_and_one_never_told_is_not(ground: Ground) -> None:
    await ground.share("f-1", "lage", area=AREA)
    await ground.put(thing("in"), thing("moves"), thing("out", at=(9.0, 51.5)))
    receiver = Receiver()
    await ground.tell(receiver)
    kinds(receiver)
    await ground.put(thing("in", at=(9.0, 51.5)), thing("moves", room="lager"), thing("out", "x", at=(9.0, 51.6)))
    await ground.drop("out")
    assert await current(ground, receiver)
    assert sorted(kinds(receiver)) == ["drop in", "drop moves"]


async def test_a_thing_goes_from_one_shared_room_to_the_other(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    await ground.share("f-2", "lager")
    await ground.put(thing("a"))
    receiver = Receiver()
    await ground.tell(receiver)
    await ground.put(thing("a", room="lager"))
    assert await current(ground, receiver) and set(receiver.held("f-2")) == {f"{REF}a"}
    await ground.put(thing("a", room="lage"))
    await ground.put(thing("a", room="lager"))
    await ground.put(thing("a", "Boot", room="lage"))
    assert await current(ground, receiver) and set(receiver.held("f-1")) == {f"{REF}a"}


async def test_what_is_edited_is_told_anew_and_what_ends_is_withdrawn(ground: Ground) -> None:
    await ground.put(thing("a"), thing("b", at=(9.0, 51.5)))
    await ground.share("f-1", "lage")
    receiver = Receiver()
    await ground.tell(receiver)
    kinds(receiver)
    await ground.edit("f-1", area=AREA)
    assert await current(ground, receiver) and set(receiver.held("f-1")) == {f"{REF}a"}
    assert kinds(receiver) == ["share f-1", "put a", "walked f-1"]
    await ground.end("f-1")
    assert await current(ground, receiver) and "f-1" not in receiver.copies
    assert kinds(receiver) == ["share f-1"]
    await ground.put(thing("a", "heimlich"))
    assert await ground.next(receiver) is None and not kinds(receiver)


async def test_a_share_that_changes_or_ends_while_it_is_told(ground: Ground) -> None:
    await ground.put(*(thing(f"{n:03}", at=(7.5 if n % 2 else 9.0, 51.5)) for n in range(250)))
    await ground.share("f-1", "lage")
    receiver = Receiver()
    envelope = await ground.next(receiver)
    assert envelope and receiver.take(envelope) and len(envelope.items) == 100
    await ground.edit("f-1", area=AREA)
    await ground.put(thing("000", "neu"), thing("240", "neu"))
    await ground.drop("003", "249")
    assert await current(ground, receiver) and len(receiver.held("f-1")) == 125
    await ground.edit("f-1")
    envelope = await ground.next(receiver)
    assert envelope and receiver.take(envelope)
    await ground.end("f-1")
    assert await current(ground, receiver) and "f-1" not in receiver.copies


async def test_changes_during_a_walk_never_lead_back(ground: Ground) -> None:
    await ground.put(*(thing(f"{n:03}", "0") for n in range(250)))
    await ground.share("f-1", "lage")
    receiver = Receiver()
    envelope = await ground.next(receiver)
    newest: dict[str, int] = {}
    step = 0
    while envelope is not None:
        assert receiver.take(envelope)
        for ref, put in receiver.held("f-1").items():
            assert int(put.body["title"]) >= newest.get(ref, 0)
            newest[ref] = int(put.body["title"])
        step += 1
        if step < 8:
            await ground.put(*(thing(f"{n:03}", str(step)) for n in range(0, 250, 7)))
        envelope = await ground.next(receiver)
    assert receiver.said() == await ground.truth()


async def test_a_receiver_restored_from_a_backup_goes_on_from_its_token(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    await ground.put(thing("a"))
    receiver = Receiver()
    await ground.tell(receiver)
    backup = deepcopy(receiver)
    for number in range(3):
        await ground.put(thing("a", str(number)), thing(f"b{number}"))
        await ground.tell(receiver)
    assert receiver.number == 4
    assert await current(ground, backup)
    assert (backup.epoch, backup.number) == (receiver.epoch, 2)


async def test_after_our_own_restore_a_new_epoch_tells_everything_anew(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    await ground.put(thing("a"), thing("lost"))
    receiver = Receiver()
    await ground.tell(receiver)
    kinds(receiver)
    before = receiver.epoch
    # What a backup of the moment before leaves: the log ends earlier and goes on with the same numbers.
    await ground.run(text("DELETE FROM change WHERE seq > 1"))
    await ground.run(text("DELETE FROM fact WHERE id = 'lost'"))
    await ground.run(text("ALTER SEQUENCE change_seq_seq RESTART WITH 2"))
    await ground.put(thing("new"))
    envelope = await ground.next(receiver)
    assert envelope is not None and (envelope.number, envelope.after) == (1, "") and envelope.epoch > before
    again = await ground.next(receiver)
    assert again is not None and again.epoch == envelope.epoch, "what has not arrived begins no third stream"
    assert await current(ground, receiver)
    assert kinds(receiver)[2:] == ["share f-1", "put a", "put new", "walked f-1"]
    # Also if the receiver is ahead of our clock.
    receiver.epoch, receiver.token = receiver.epoch + 10**12, "elsewhere"
    assert await current(ground, receiver)


async def test_when_retention_has_passed_the_place_it_starts_over(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    await ground.put(thing("a"))
    receiver = Receiver()
    await ground.tell(receiver)
    before = receiver.epoch
    await ground.put(thing("b"))
    await ground.put(thing("c"))
    await ground.run(text("DELETE FROM change WHERE seq < (SELECT max(seq) FROM change)"))
    assert await current(ground, receiver) and receiver.epoch > before


async def test_what_differs_there_is_told_anew_but_not_again_and_again(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    await ground.put(thing("a"), thing("b"))
    receiver = Receiver()
    await ground.tell(receiver)
    del receiver.copies["f-1"][f"{REF}a"]
    assert await ground.next(receiver) is None, "not yet compared"
    ground.clock.at += timedelta(minutes=16)
    assert await current(ground, receiver) and receiver.agreed["f-1"] and not receiver.repair
    assert receiver.number == 3
    receiver.repair = {"f-1"}
    assert await ground.next(receiver) is None, "just told anew"


async def test_what_is_asked_for_again_and_ends_meanwhile_is_withdrawn(ground: Ground) -> None:
    await ground.put(*(thing(f"{n:03}") for n in range(250)))
    await ground.share("f-1", "lage")
    await ground.share("f-2", "lage")
    receiver = Receiver()
    await ground.tell(receiver)
    receiver.repair = {"f-1", "f-2"}
    envelope = await ground.next(receiver)
    assert envelope is not None and receiver.take(envelope)
    await ground.end("f-2")
    assert await current(ground, receiver) and "f-2" not in receiver.copies


async def test_what_is_too_large_is_left_out_and_said(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    receiver = Receiver()
    await ground.tell(receiver)
    await ground.put(thing("a"), thing("large", "x" * 1_100_000), thing("z"))
    made = await ground.streams.make(ground.peer, receiver.ack)
    assert made is not None and len(made.left_out) == 1 and "large" in made.left_out[0]
    assert receiver.take(made.envelope) and set(receiver.held("f-1")) == {f"{REF}a", f"{REF}z"}
    await ground.put(thing("z", "x" * 1_100_000))
    await ground.tell(receiver)
    assert set(receiver.held("f-1")) == {f"{REF}a"}, "what can no longer be told does not stand there as it was"


async def test_large_things_and_small_pieces_stay_within_their_bounds(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    await ground.share("f-2", "lage")
    receiver = Receiver()
    await ground.tell(receiver)
    await ground.put(*(thing(f"{n}", "x" * 150_000) for n in range(9)))
    for n in range(9):
        await ground.put(thing(f"{n}", f"{n}" + "y" * 150_000))
    assert len(await ground.tell(receiver)) >= 3
    assert receiver.said() == await ground.truth()
    await ground.put(*(thing(f"s{n}", "x" * 500) for n in range(40)))
    pieces = await ground.tell(receiver, most_bytes=12_000)
    assert len(pieces) >= 6 and receiver.said() == await ground.truth()


async def test_unshared_rooms_move_the_place_without_a_word(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    receiver = Receiver()
    await ground.tell(receiver)
    await ground.put(*(thing(f"{n}", room="lager") for n in range(1_100)))
    assert await ground.next(receiver) is None
    moving = await ground.streams.next_envelope(ground.peer, receiver.ack)
    assert moving is not None and not moving.items and moving.behind == 0
    assert receiver.take(moving)
    greeting = await ground.streams.next_envelope(ground.peer, receiver.ack)
    assert greeting is not None and not greeting.items
    assert (greeting.number, greeting.after, greeting.upto) == (receiver.number, receiver.token, receiver.token)


async def test_a_token_that_is_none_of_ours_is_a_new_beginning(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    await ground.put(thing("a"))
    receiver = Receiver()
    await ground.tell(receiver)
    epochs = {receiver.epoch}
    for token in ("", "x", "e30", "eyJ0b2xkIjp7ImYtMSI6MX19", receiver.token[:-3], "Ä" * 50):
        receiver.token = token
        assert await current(ground, receiver)
        epochs.add(receiver.epoch)
    assert len(epochs) == 6, "an empty place is the beginning of the log"


async def test_nobody_is_told_who_is_not_active_or_of_another_mode(ground: Ground) -> None:
    await ground.put(thing("a"))
    await ground.share("f-1", "lage")
    for change in ("state = 'SUSPENDED'", "state = 'ACTIVE', mode = 'EXERCISE'"):
        await ground.run(text(f"UPDATE peer SET {change}"))
        assert await ground.streams.next_envelope(ground.peer, Ack()) is None


async def test_envelopes_made_at_the_same_time_are_the_same(ground: Ground) -> None:
    await ground.put(*(thing(f"{n}") for n in range(150)))
    await ground.share("f-1", "lage")
    receiver = Receiver()
    envelope = await ground.next(receiver)
    assert envelope is not None and receiver.take(envelope)
    one, two = await asyncio.gather(ground.next(receiver), ground.next(receiver))
    assert one == two


async def test_a_put_says_where_in_our_log_it_stands(ground: Ground) -> None:
    await ground.share("f-1", "lage")
    receiver = Receiver()
    await ground.tell(receiver)
    kinds(receiver)
    await ground.put(thing("a"))
    await ground.drop("a")
    await ground.put(thing("b"))
    await ground.drop("b")
    await ground.put(thing("b"))
    await ground.tell(receiver)
    seqs = [item.seq for item in receiver.seen if isinstance(item, Put | Drop)]
    assert seqs == [5]
