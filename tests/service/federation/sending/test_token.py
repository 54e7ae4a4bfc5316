"""A place in the stream, as a partner keeps it for us."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.federation.identity.keys import text_of
from service.federation.sending import token
from service.federation.sending.token import BadToken, Mark, Place, Walk, told_as
from service.federation.sharing.policy import SharePolicy
from service.federation.sharing.release import ActiveShare

SHARE = ActiveShare("f-1", 1, "lage", SharePolicy(), "Lage", "altdorf")
marks = st.builds(Mark, st.integers(0, 2**53), st.integers(0, 2**53))
names = st.text("abcdef0123456789-", min_size=1, max_size=14)
walks = st.builds(Walk, names, names, names, names.map(lambda name: f"altdorf/feature/{name}"))
places = st.builds(Place, marks, marks, st.dictionaries(names, names, max_size=5), st.none() | walks)


@given(places)
def test_what_was_written_is_read(place: Place) -> None:
    assert token.read(token.write(place)) == place


@given(
    st.text(max_size=60) | st.binary(max_size=60).map(text_of) | st.text(max_size=60).map(lambda t: text_of(t.encode()))
)
def test_whatever_comes_back_is_a_place_or_refused(wrong: str) -> None:
    with suppress(BadToken):
        assert isinstance(token.read(wrong), Place)


@pytest.mark.parametrize(
    "wrong", ['{"log":[-1,0]}', '{"log":[1e30,0]}', '{"told":{"f 1":"x"}}', '{"more":1}',
              '{"walk":["f-1","a","b","x\\u0000"]}', "[]", "[" * 5_000],
)  # fmt: skip
def test_what_is_no_place_is_refused(wrong: str) -> None:
    with pytest.raises(BadToken):
        token.read(text_of(wrong.encode()))


def test_a_share_is_written_otherwise_when_it_lets_out_something_else() -> None:
    others = (replace(SHARE, version=2), replace(SHARE, room="x"), replace(SHARE, policy=SharePolicy(kinds=("site",))))
    assert len({told_as(share) for share in (SHARE, *others)}) == 4
    assert told_as(SHARE) == told_as(replace(SHARE, organisations={"a": "b"}, modes={"c": "ACTUAL"}))


def test_thirty_shares_fit_with_the_longest_ref() -> None:
    walk = Walk("f-0123456789ab", "x" * 8, "x" * 12)
    mark = Mark(2**50, 2**52)
    place = Place(mark, mark, {f"f-{n:012x}": "x" * 8 for n in range(30)}, walk, 2**31, 2**31)
    assert token.fits(place)
    longest = Walk(walk.share, walk.told, walk.id, "o" * 63 + "/" + "k" * 32 + "/" + "i" * 200)
    assert len(token.write(Place(mark, mark, place.told, longest, 2**31, 2**31))) <= token.LONGEST
