"""What a reader finds in the files that are given out: every entry, letter by letter, and the head of the chain."""

from __future__ import annotations

import csv
import io

from tests.browser.hostile import PAYLOADS
from tests.service.journal.conftest import STAFF, Desk, entries
from tests.service.journal.printed import text_of
from tests.service.journal.test_exporting import FORMULAS, journal

GERMAN = "Überörtliche Größe: Süßwasser steigt auf 1,2 m³/s – „Ahr“ an Brücke Nº 3, 12 °C, Łódź, 100 €"
HOSTILE = [text for text in PAYLOADS if text.isprintable()]
"""Marks that turn the direction of writing are no letters on paper."""


def bare(text: str) -> str:
    return "".join(text.split())


async def test_both_files_hold_every_entry_letter_by_letter_and_the_head_of_the_chain(desk: Desk) -> None:
    s2 = await journal(desk)
    for text in (*HOSTILE, *FORMULAS, GERMAN):
        assert (await s2.post(entries(), json={"kind": "NOTE", "text": text})).status_code == 201, text
    listed = (await s2.get(entries(), params={"limit": 500})).json()["entries"]
    assert [entry["number"] for entry in listed] == list(range(len(listed), 0, -1))
    assert len(HOSTILE) >= 60
    assert len(listed) == 5 + len(HOSTILE) + len(FORMULAS) + 1
    head = (await desk.sql("SELECT hash FROM journal_entry WHERE staff = :s ORDER BY number DESC LIMIT 1", s=STAFF))[0]

    written = (await s2.get(f"/api/journals/{STAFF}/export.pdf")).content
    pages = text_of(written)
    words = "".join(pages)
    assert len(pages) > 3
    assert [page for page in pages if not page.startswith("ÜBUNG") or "HochwasserErft·ÜBUNG" not in page] == []
    assert [entry["text"] for entry in listed if bare(entry["text"]) not in words] == []
    at = -1
    for entry in reversed(listed):
        at = words.index(bare(entry["text"]), at + 1)  # in the order of the numbers
    assert bytes(head[0]).hex() in words
    for sign in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/EmbeddedFile", b"/OpenAction"):
        assert sign not in written, sign

    table = (await s2.get(f"/api/journals/{STAFF}/export.csv")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table, newline=""), delimiter=";"))[1:]
    assert [int(row[0]) for row in rows] == [entry["number"] for entry in listed]
    assert [row[7].removeprefix("'").strip() for row in rows] == [
        entry["text"].removeprefix("'").strip() for entry in listed
    ]
    assert rows[0][11] == bytes(head[0]).hex()
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))] == []
