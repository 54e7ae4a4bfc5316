"""What somebody answers in a few words is understood or left to people, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.model.numbers import NoNumber, e164
from alerting.model.recipient import Answer
from alerting.model.replies import LATER, MOST, read_key, read_reply

C, L, N = Answer.COMING, Answer.COMING_LATER, Answer.NOT_COMING
READ: dict[str, tuple[Answer, int | None]] = {
    "1": (C, None), " 1. ": (C, None), "ja": (C, None), "JA!": (C, None), "Ich komme": (C, None), "ok": (C, None),
    "komme, danke": (C, None), "ja komme": (C, None), "I'm coming": (C, None), "unterwegs": (C, None),
    "3": (N, None), "Nein": (N, None), "nein danke": (N, None), "komme nicht": (N, None), "Ich kann nicht": (N, None),
    "komme leider nicht": (N, None), "can't come": (N, None), "NEIN, kann nicht": (N, None), "verhindert": (N, None),
    "2": (L, LATER), "2 15": (L, 15), "2,15": (L, 15), "2 1h": (L, 60), "komme 20": (L, 20), "Komme in 20 min": (L, 20),
    "ja 45": (L, 45), "komme in 2 Stunden": (L, 120), "später": (L, LATER), "komme später 90": (L, 90),
    "komme in ca. 10 Minuten": (L, 10), "2 0": (C, None), "K7PQ 1": (C, None), "k7pq 2 30": (L, 30),
    "K7PQ: nein": (N, None),
}  # fmt: skip
UNREAD = (
    "", " ", "vielleicht", "20", "4", "komme heute nicht mehr", "ja aber erst wenn die Kinder im Bett sind", "2 99999",
    "noch nicht", "NOCH NICHT", "wer ist da?", "nicht ja", "komme nicht 20", "2 2 2", "1 3", "ja nein", "STOP", "112 1",
    "2026 1", "-1", "1e3", "１２",
)  # fmt: skip


@pytest.mark.parametrize(("said", "meant"), READ.items())
def test_an_answer_is_understood(said: str, meant: tuple[Answer, int | None]) -> None:
    for form in (said, said.upper(), said.lower(), f"  {said}\n"):
        reply = read_reply(form)
        assert reply is not None and (reply.answer, reply.minutes) == meant, form


@pytest.mark.parametrize("said", UNREAD)
def test_what_is_not_clear_is_left_to_people(said: str) -> None:
    assert read_reply(said) is None


@given(st.text(max_size=300) | st.from_regex(r"(2|komme|ja|nein|nicht| |in|\d|min|[A-Z0-9]{4}){0,12}", fullmatch=True))
def test_no_text_breaks_it_and_minutes_stay_within_a_day(said: str) -> None:
    reply = read_reply(said)
    if reply is not None:
        assert (reply.minutes is not None) is (reply.answer is L)
        assert reply.minutes is None or 0 < reply.minutes <= MOST


@given(st.integers(1, MOST))
def test_minutes_are_those_that_were_said(minutes: int) -> None:
    for said in (f"2 {minutes}", f"komme {minutes}", f"ja in {minutes} min"):
        reply = read_reply(said)
        assert reply is not None and (reply.answer, reply.minutes) == (L, minutes)


def test_only_three_keys_are_answers() -> None:
    assert [getattr(read_key(key), "answer", None) for key in ("1", "2#", "3", "4", "11", "", "ja", "#")] == [
        C, L, N, None, None, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["0170 1234567", "+49 170 1234567", "0049-170-1234567", "(0170) 123 45 67"])
def test_a_number_has_one_form(said: str) -> None:
    assert e164(said) == "+491701234567"


@pytest.mark.parametrize("said", ["", "Feuerwehr", "12", "112", "+", "+49", "a@b.de", "9" * 400])
def test_what_is_no_number_is_not_repeated_in_the_error(said: str) -> None:
    with pytest.raises(NoNumber) as refused:
        e164(said)
    assert len(said) < 4 or said not in str(refused.value)
