"""What people read and hear names the code, says first what is not real, and holds nothing that steers."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.channels import gsm7
from alerting.channels.wording import exhausted, language, languages, text_of, with_reply
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind
from geodata.model.incident import IncidentMode

LINK = "https://lage.musterstadt.de/a/" + "A1b2C3d4E" * 3
ALL = [(kind, mode, tag) for kind in CallKind for mode in IncidentMode for tag in languages()]


@dataclass
class Said:
    title: str = "Hochwasser Erft – Deichverteidigung „Süd“"
    text: str | None = "Sandsäcke füllen"
    meeting: str | None = "Feuerwache Musterstadt"
    bring: str | None = "Gummistiefel"
    report_to: str | None = "Zugführerin"


@pytest.mark.parametrize(("kind", "mode", "tag"), ALL)
def test_each_text_names_the_code_and_what_is_not_real_says_so_first(
    kind: CallKind, mode: IncidentMode, tag: str
) -> None:
    said = text_of(kind, mode, Said(), "K7PQ", LINK, tag)
    first = {IncidentMode.EXERCISE: "ÜBUNG", IncidentMode.TEST: "PROBE"}.get(mode)
    for text in (said.title, said.text, said.short, said.speak):
        assert "K7PQ" in text or "K, 7, P, Q" in text
        marked = text.upper().startswith(("ÜBUNG", "PROBE"))
        assert text.upper().startswith(first) if first else not marked
    assert LINK in said.text
    assert said.short.count(LINK) == 1
    assert LINK not in said.speak
    assert ("\n" in said.title) is False


@pytest.mark.parametrize(("kind", "mode", "tag"), ALL)
def test_a_short_text_with_its_link_and_how_to_answer_is_one_sms(kind: CallKind, mode: IncidentMode, tag: str) -> None:
    short = with_reply(text_of(kind, mode, Said(), "K7PQ", LINK, tag).short, kind, tag)
    assert (gsm7.septets(short) or 999) <= 160
    if kind is CallKind.ALARM and tag == "de":
        assert short.endswith(language(tag).reply)
        assert with_reply(short, kind, tag) == short


@given(
    said=st.builds(
        Said,
        title=st.text(min_size=1, max_size=200),
        text=st.none() | st.text(max_size=10_000),
        meeting=st.none() | st.text(max_size=200),
        bring=st.none() | st.text(max_size=2000),
    ),
    kind=st.sampled_from(CallKind),
    mode=st.sampled_from(IncidentMode),
    tag=st.sampled_from([*languages(), "pl", "de-AT", ""]),
)
def test_whatever_is_written_code_and_link_stay_and_no_sign_steers(
    said: Said, kind: CallKind, mode: IncidentMode, tag: str
) -> None:
    worded = text_of(kind, mode, said, "K7PQ", LINK, tag)
    for text in (worded.title, worded.text, worded.short, worded.speak):
        assert {unicodedata.category(sign) for sign in text if sign != "\n"}.isdisjoint({"Cc", "Cf", "Cs"})
    assert "K7PQ" in worded.short
    assert worded.short.endswith(LINK)
    assert worded.text.count(LINK) >= 1
    assert "K7PQ" in worded.text.splitlines()[-1] + worded.text.splitlines()[-2]
    assert not set("<>&") & set(worded.speak)
    assert len(worded.title) <= 200 and len(worded.text) <= 4000 and len(worded.speak) <= 900


def test_only_an_alarm_says_that_it_supplements_the_pager() -> None:
    for tag, words in languages().items():
        assert words.supplements in text_of(CallKind.ALARM, IncidentMode.ACTUAL, Said(), "K7PQ", LINK, tag).text
        assert words.supplements not in text_of(CallKind.THANKS, IncidentMode.ACTUAL, Said(), "K7PQ", LINK, tag).text


@pytest.mark.parametrize("tag", languages())
def test_supervisors_read_in_their_language_what_is_missing_however_long_the_title_is(tag: str) -> None:
    said = exhausted("Deich " * 33, {"": 2, "ZF": 1}, tag)
    assert said.startswith("Deich ") and "2, 1 ZF" in said and "{" not in said and len(said) <= 200
    assert language("en").exhausted in exhausted("Deich", {}, "en-GB").replace("?", "{missing}")


def test_each_channel_gets_its_text_and_markup_is_only_text() -> None:
    said = text_of(CallKind.ALARM, IncidentMode.ACTUAL, Said(text="<b>jetzt</b>"), "K7PQ", LINK)
    assert said.on(ChannelKind.SMS) == said.short
    assert said.on(ChannelKind.VOICE) == said.speak
    assert "<b>jetzt</b>" in said.on(ChannelKind.EMAIL)


def test_an_sms_counts_as_the_network_does() -> None:
    assert gsm7.septets("Übung 10 €") == 11
    assert gsm7.septets("Дамба") is None
    assert gsm7.length("Д" * 70) == 160
    assert gsm7.length("Д" * 71) > 160
    assert gsm7.like("Łódź – „Çanakkale“…") == 'Lodz - "Çanakkale"...'
    assert gsm7.length(gsm7.cut("x" * 300, 100)) == 100
