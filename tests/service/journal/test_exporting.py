"""CSV and PDF: whole, with names, harmless, and noted in the audit."""

from __future__ import annotations

import csv
import io
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geodata.model.cells import defused
from geodata.model.fact import Fact, Provenance
from geodata.model.journal import GENESIS, Entry, EntryKind, chained
from geodata.model.ref import Ref
from service.journal.printing import Nothing, Sheet, pdf, rendered
from service.journal.store import Stored
from tests.browser.hostile import PAYLOADS
from tests.service.journal.conftest import INCIDENT, ROOM, STAFF, Desk, entries

NOW = datetime(2026, 11, 21, 18, 47, tzinfo=UTC)
FORMULAS = ("=1+1", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", '=HYPERLINK("x";"y")')


def stored(number: int, text: str, **more: Any) -> Stored:
    entry = Entry(STAFF, INCIDENT, ROOM, number, NOW, NOW, "p1", "S2", EntryKind.NOTE, text)
    return Stored(replace(entry, **more), GENESIS, chained(GENESIS, entry))


def sheet(found: list[Stored], **more: Any) -> Sheet:
    given: dict[str, Any] = {
        "staff": "EL Süd", "incident": "7 Erft", "mode": "ACTUAL", "entries": found, "names": {"p1": "Anna"},
        "things": {}, "head": found[-1] if found else None, "closings": [], "whole": True, "by": "Bert", "at": NOW,
        "language": "de", **more,
    }  # fmt: skip
    return Sheet(**given)


def words_of(sheet: Sheet) -> list[str]:
    """All that stands on each page, without blanks."""
    pages = []
    for page in rendered(sheet).pages:
        boxes = page._page_box.descendants()
        pages.append("".join("".join(box.text.split()) for box in boxes if getattr(box, "text", None)))
    return pages


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_are_text_in_a_spreadsheet(formula: str) -> None:
    assert defused(formula) == f"'{formula}"


async def journal(desk: Desk) -> Any:
    s2 = await desk.sit("=Anna", "S2")
    where = Provenance("people", NOW, NOW)
    async with desk.database.transaction("t") as tx:
        incident = {"number": 7, "name": "Hochwasser Erft", "mode": "EXERCISE", "state": "ACTIVE"}
        tx.put(Fact(Ref("local", "incident", INCIDENT), ROOM, where, incident))
        tx.put(Fact(Ref("local", "site", "a"), ROOM, where, {"number": 12, "title": "Keller Bachstraße"}))
    for text in ("=2+3", 'Zeile 1\nZeile 2; mit "Zeichen"', "Deich"):
        sent = {"kind": "SITUATION", "text": text, "refs": ["local/site/a", "local/site/b@4"]}
        assert (await s2.post(entries(), json=sent)).status_code == 201
    await s2.post(entries(), json={"kind": "CORRECTION", "text": "Deich hält", "corrects": 3})
    await s2.post(f"/api/journals/{STAFF}/close", json={"note": "Schichtwechsel"})
    return s2


async def test_the_spreadsheet_holds_every_entry_with_names_and_no_formula(desk: Desk) -> None:
    s2 = await journal(desk)
    answer = await s2.get(f"/api/journals/{STAFF}/export.csv")
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Nr.", "Taktische Zeit", "Ereigniszeit"]
    assert [row[0] for row in rows[1:]] == ["5", "4", "3", "2", "1"]
    by_number = {row[0]: row for row in rows[1:]}
    assert by_number["1"][6:8] == ["'=Anna", "'=2+3"]
    assert by_number["2"][7] == 'Zeile 1\nZeile 2; mit "Zeichen"'
    assert (by_number["4"][9], by_number["3"][10]) == ("3", "4")
    assert by_number["5"][4] == "Abschluss" and len(by_number["5"][12]) == 128
    assert not any(cell.startswith(FORMULAS) for row in rows for cell in row)
    english = await s2.get(f"/api/journals/{STAFF}/export.csv", params={"language": "en", "q": "Deich"})
    assert "Time of event" in english.text and english.text.count("\r\n") == 3


async def test_the_print_is_made_and_each_export_is_noted_in_the_audit(desk: Desk) -> None:
    s2 = await journal(desk)
    answer = await s2.get(f"/api/journals/{STAFF}/export.pdf", params={"q": "Deich"})
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")
    await s2.get(f"/api/journals/{STAFF}/export.csv")
    noted = await desk.sql("SELECT person, subject, detail FROM audit WHERE action = 'journal.export' ORDER BY id")
    person = await desk.person("=Anna")
    assert [tuple(row) for row in noted] == [
        (person, f"staff:{STAFF}", {"format": "pdf", "q": "Deich"}),
        (person, f"staff:{STAFF}", {"format": "csv"}),
    ]


def test_every_page_names_mode_staff_and_its_number() -> None:
    found = [stored(n, f"Eintrag {n}: " + "Wasser steigt. " * 20) for n in range(1, 61)]
    pages = words_of(sheet(found, mode="EXERCISE"))
    assert len(pages) > 3
    for number, words in enumerate(pages, 1):
        assert "ELSüd·7Erft·ÜBUNG" in words
        assert "ELSüd" in words and f"Seite{number}/{len(pages)}" in words
    written = rendered(sheet(found, mode="EXERCISE")).write_pdf(uncompressed_pdf=True)
    drawn = [stream for stream in re.findall(rb"stream\n(.*?)endstream", written, re.DOTALL) if b" 128 Tf" in stream]
    assert len(drawn) == len(pages), "96 pt letters across each page"
    assert "ÜBUNG" not in "".join(words_of(sheet(found[:1])))
    assert "TEST" in words_of(sheet(found[:1], mode="TEST"))[0]


def test_the_print_shows_times_names_corrections_citations_and_the_signed_head() -> None:
    things = {"local/site/a": {"number": 12, "title": "Keller"}}
    found = [
        replace(stored(1, "alt", refs=("local/site/a@9", "local/zone/z")), corrected_by=(2,)),
        stored(2, "neu", corrects=1, kind=EntryKind.CORRECTION),
        replace(stored(3, "Ende", kind=EntryKind.CLOSING), signature=b"\xaa" * 64, key=b"\xbb" * 32),
    ]
    words = "".join(words_of(sheet(found, things=things, closings=[found[2]], head=found[2])))
    for wanted in (
        "211947NOV26", "2026-11-21T18:47:00Z", "S2,Anna", "Schadensstelle12Keller,Änderung9", "→Gebietz",
        "berichtigtdurchNr.2", "berichtigtNr.1", "AbgeschlossenundsigniertEd25519".replace("Ed", "(Ed"), "aa" * 64,
        found[2].hash.hex(),
    ):  # fmt: skip
        assert wanted in words, wanted


def test_what_people_wrote_stays_text_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Nothing, "fetch", lambda self, url, headers=None: asked.append(url))
    found = [stored(n, payload, refs=()) for n, payload in enumerate(PAYLOADS, 1)]
    page = sheet(
        found, names={"p1": PAYLOADS[0]}, staff=PAYLOADS[1], incident=PAYLOADS[2], by=PAYLOADS[3], mode="EXERCISE"
    )
    document = rendered(page)
    written = document.write_pdf(uncompressed_pdf=True)
    assert asked == []
    for sign in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/SubmitForm", b"/EmbeddedFile", b"/OpenAction"):
        assert sign not in written, sign
    words = "".join(words_of(page))
    for payload in PAYLOADS:
        assert "".join(payload.split())[:30] in words, payload


def test_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is fetched"):
        Nothing().fetch("file:///etc/passwd")


def test_a_long_journal_is_printed_in_bearable_time(capsys: pytest.CaptureFixture[str]) -> None:
    found = [stored(n, "Pegel steigt, Deich bei km 12 feucht, THW verständigt") for n in range(1, 501)]
    began = time.perf_counter()
    assert pdf(sheet(found)).startswith(b"%PDF-")
    with capsys.disabled():
        print(f"\nPDF of 500 entries: {time.perf_counter() - began:.1f} s")


async def test_more_than_one_file_can_hold_is_refused_with_the_way_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    s2 = await journal(desk)
    monkeypatch.setattr("service.journal.export.MOST_PRINTED", 3)
    answer = await s2.get(f"/api/journals/{STAFF}/export.pdf")
    assert (answer.status_code, answer.json()["field"]) == (422, "start")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    empty = await s2.get(f"/api/journals/{STAFF}/export.pdf", params={"start": later})
    assert empty.status_code == 200
