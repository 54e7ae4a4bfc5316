"""Words that two humans compare."""

from __future__ import annotations

import pytest

from service.federation.identity.words import common_words, own_words, words
from service.federation.peers.invitation import BadInvitation, Invitation, new_secret

KEYS = 43 * "A"


def test_they_are_proquints() -> None:
    assert words(bytes([127, 0, 0, 1, 63, 84, 220, 193])) == ["lusab", "babad", "gutih", "tugad"]
    with pytest.raises(ValueError, match="two bytes"):
        words(b"odd")


def test_both_sides_read_the_same_and_any_other_key_reads_otherwise() -> None:
    one, other, third = ("one", "seal"), ("other", "seal"), ("third", "seal")
    assert common_words(one, other) == common_words(other, one)
    assert len(common_words(one, other)) == 8
    assert common_words(one, third) != common_words(one, other)
    assert common_words(one, ("other", "lock")) != common_words(one, other)
    assert own_words(*one) not in (own_words(*other), common_words(one, other))


def test_an_invitation_is_read_as_it_was_written_even_with_line_breaks() -> None:
    made = Invitation("https://stadt.example/lage", "stadt", bytes(range(32)), new_secret())
    text = made.text()
    assert Invitation.read(text) == made
    assert Invitation.read(f"  {text[:70]}\n {text[70:]}\r\n") == made


@pytest.mark.parametrize(
    "pasted",
    [
        "kein Text einer Einladung, nur Wörter",
        "https://stadt.example/.well-known/lagebild",
        f"https://stadt.example/anderswo#origin=a&keys={KEYS}&secret={KEYS}",
        f"ftp://stadt.example/.well-known/lagebild#origin=a&keys={KEYS}&secret={KEYS}",
        f"https://a:b@stadt.example/.well-known/lagebild#origin=a&keys={KEYS}&secret={KEYS}",
        f"https://stadt.example/.well-known/lagebild#origin=A!&keys={KEYS}&secret={KEYS}",
        f"https://stadt.example/.well-known/lagebild#origin=a&keys={KEYS[:-9]}&secret={KEYS}",
        f"https://stadt.example/.well-known/lagebild#origin=a&keys={KEYS}&secret={KEYS[:-1]}",
        f"https://stadt.example:99999999/.well-known/lagebild#origin=a&keys={KEYS}&secret={KEYS}",
        f"https://[/.well-known/lagebild#origin=a&keys={KEYS}&secret={KEYS}",
        1_001 * "a",
    ],
)
def test_what_is_no_invitation_is_refused(pasted: str) -> None:
    with pytest.raises(BadInvitation):
        Invitation.read(pasted)
