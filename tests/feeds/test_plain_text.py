from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.plain_text import one_line, plain


@pytest.mark.parametrize(
    ("given_text", "read"),
    [
        ("Strom fällt aus.<br/>Bleiben Sie ruhig.<BR>Danke", "Strom fällt aus.\nBleiben Sie ruhig.\nDanke"),
        (
            "Die Warnung &quot;Rauch&quot; gilt f&uuml;r K&ouml;ln &amp; Bonn",
            'Die Warnung "Rauch" gilt für Köln & Bonn',
        ),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<script>alert(1)</script>Gas<b onclick='x()'>geruch</b>", "Gasgeruch"),
        ("<a href='javascript:x'>mehr</a>", "mehr"),
        ("Pegel unter <5 m und x<y bleibt", "Pegel unter <5 m und x<y bleibt"),
        ("R&D", "R&D"),
        ("a\r\nb\x00c\x1b[31m", "a\nbc[31m"),
        ("a<br/><br/><br/><br/>b", "a\n\nb"),
        ("<p>eins</p><p>zwei</p>", "eins\nzwei"),
        (None, ""),
        ("", ""),
    ],
)
def test_mark_up_becomes_what_a_reader_is_meant_to_read(given_text: str | None, read: str) -> None:
    assert plain(given_text) == read


def test_a_headline_is_one_line() -> None:
    assert one_line("Starkregen<br/>in\n Köln") == "Starkregen in Köln"


@given(st.text(alphabet="<>&;/abr scipt=\"'", max_size=60))
def test_no_text_makes_it_fail_or_grow(text: str) -> None:
    assert len(plain(text)) <= max(len(text), 1)


def test_text_without_end_is_cut() -> None:
    assert len(plain("x" * 100_000)) == 20_000
