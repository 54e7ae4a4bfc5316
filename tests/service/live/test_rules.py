"""The pure parts: what is selected, how often is sent, what the ring keeps, how frames are cut."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.geometry import Bbox
from geodata.store.changes import Logged
from service.live.pace import LONGEST, SHORTEST, Pace
from service.live.protocol import BadMessage, Outgoing, changes_frame, payloads, read, short
from service.live.ring import Ring
from service.live.subscription import Subscription, Whereabouts, last_values, select

PUBLIC = frozenset({"public"})


def line(
    seq: int, key: str, *, op: str = "put", room: str = "public", extent: Bbox | None = None, size: int = 0
) -> Logged:
    wire = orjson.dumps({"seq": seq, "actor": "a", "at": "t", "secret": "here", "pad": "x" * size})
    return Logged(seq, f"o/reading/{key}", op, room, extent, wire)


HERE, THERE = (1.0, 1.0, 1.0, 1.0), (9.0, 9.0, 9.0, 9.0)
AREA = (0.0, 0.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("was", "now", "gets"),
    [
        ("unknown", HERE, "put"),
        ("unknown", THERE, "drop"),
        ("unknown", None, "put"),
        (HERE, HERE, "put"),
        (HERE, THERE, "drop"),
        (HERE, "drop", "drop"),
        (THERE, HERE, "put"),
        (THERE, THERE, None),
        (THERE, "drop", None),
        (None, THERE, "drop"),
        (None, "drop", "drop"),
    ],
)
def test_an_area_gets_what_is_in_it_and_the_leaving_of_what_was(was: object, now: object, gets: str | None) -> None:
    places = Whereabouts()
    if was != "unknown":
        places.move([line(1, "x", extent=was)])  # type: ignore[arg-type]
    new = line(2, "x", op="drop") if now == "drop" else line(2, "x", extent=now)  # type: ignore[arg-type]
    chosen = select([new], Subscription(PUBLIC, area=AREA), places.move([new]))
    if gets is None:
        assert chosen == []
    else:
        [change] = chosen
        told = orjson.loads(change.wire)
        assert told.get("op", new.op) == gets
        if gets == "drop" and now != "drop":
            assert told == {
                "seq": 2, "op": "drop", "ref": "o/reading/x", "room": "public", "actor": "a", "at": "t",
                "provenance": None, "body": None,
            }  # fmt: skip


def test_the_last_value_of_each_ref_goes_out_in_order() -> None:
    lines = [line(1, "a"), line(2, "b"), line(3, "a"), line(4, "c"), line(5, "b", op="drop")]
    assert [c.seq for c in select(last_values(lines), Subscription(PUBLIC))] == [3, 4, 5]


def test_who_sees_both_rooms_gets_only_where_the_thing_is_now() -> None:
    lines = last_values([line(1, "a", op="drop", room="public"), line(2, "a", room="staff")])
    assert [c.seq for c in select(lines, Subscription(frozenset({"public", "staff"})))] == [2]
    assert [c.seq for c in select(lines, Subscription(PUBLIC))] == [1]


@given(st.lists(st.integers(0, 2_000), min_size=1, max_size=60), st.integers(3, 20), st.integers(500, 5_000))
def test_the_ring_stays_within_its_limits_and_finds_all_after_its_floor(
    sizes: list[int], most: int, most_bytes: int
) -> None:
    ring = Ring(lines=most, size=most_bytes)
    lines = [line(2 * n, str(n), size=size) for n, size in enumerate(sizes, 1)]
    for one in lines:
        ring.extend([one])
        assert len(ring) <= most
        assert sum(len(kept.wire) for kept in ring.after(0)) <= max(most_bytes, 2_200)
    assert ring.after(ring.floor) == [one for one in lines if one.seq > ring.floor]
    assert ring.after(lines[-1].seq) == []


@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=12))
def test_many_changes_are_cut_into_frames_from_each_of_which_one_can_go_on(sizes: list[int]) -> None:
    changes = [Outgoing(n, f"r{n}", orjson.dumps("x" * size)) for n, size in enumerate(sizes, 1)]
    frames = [orjson.loads(payload) for payload in payloads(changes_frame(changes, 99))]
    assert [text for frame in frames for text in frame["changes"]] == [orjson.loads(c.wire) for c in changes]
    told = 0
    for frame in frames[:-1]:
        told += len(frame["changes"])
        assert frame["cursor"] == told
    assert frames[-1]["cursor"] == 99


def test_a_quiet_hub_sends_at_once_and_a_busy_one_ten_times_a_second() -> None:
    pace = Pace()
    assert pace.wait(0.0) == 0
    for _ in range(50):
        pace.cost(1.0)
    assert pace.window == LONGEST
    sent, now = 0, 100.0
    while now < 110.0:
        if pace.wait(now) == 0:
            pace.flushed(now)
            sent += 1
        now += 0.001
    assert 95 <= sent <= 103
    for _ in range(50):
        pace.cost(0.0)
    assert pace.window == SHORTEST


def test_a_trickle_of_ten_a_second_with_jitter_never_waits() -> None:
    pace = Pace()
    for _ in range(50):
        pace.cost(0.011)
    for n in range(100):
        at = 50 + n / 10 + (0.03 if n % 3 else 0.0)
        assert pace.wait(at) == 0
        pace.flushed(at)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "truncated"),
        ("[]", "object"),
        ('{"type":"fly"}', "fly"),
        ('{"type":"follow"}', "since"),
        ('{"type":"follow","since":-1}', "since"),
        ('{"type":"follow","since":1e30}', "since"),
        ('{"type":"follow","since":1,"kinds":[]}', "kinds"),
        ('{"type":"follow","since":1,"kinds":["A b"]}', "kinds"),
        ('{"type":"follow","since":1,"area":[1,2,3]}', "area"),
        ('{"type":"follow","since":1,"area":[3,2,1,4]}', "area"),
        ('{"type":"follow","since":1,"area":[0,0,1,1e999]}', "area"),
        ('{"type":"follow","since":1,"x":' + "[" * 2_000 + "]" * 2_000 + "}", "deep"),
        ('{"type":"follow","since":1,"x":"' + "y" * 5_000 + '"}', "4096"),
    ],
)
def test_a_bad_message_is_refused_and_the_field_is_named(text: str, names: str) -> None:
    with pytest.raises(BadMessage, match=names):
        read(text)


def test_a_reason_fits_into_a_close_frame() -> None:
    assert len(short("ü" * 100).encode()) <= 123
