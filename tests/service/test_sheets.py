"""Tables out of files that somebody sends, however they were saved, and those that are refused."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from service.sheets import MOST_ROWS, BadFile, Faulty, rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n"])
def test_a_table_is_read_however_it_was_saved(encoding: str, sign: str, first: str) -> None:
    table = [["Note", "Type", "Call sign"], ["Öl, Größe\nzweite Zeile", "HLF20", "Köln 1"], [], ["", "RW", "a; b"]]
    out = io.StringIO()
    out.write(first.format(sign))
    csv.writer(out, delimiter=sign).writerows(table)
    found = rows(out.getvalue().encode(encoding))
    above = 1 if first else 0
    assert found == [(at + 1 + above, cells) for at, cells in enumerate(table) if cells]


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def book(*cells: object, column: int = 1, row: int = 1) -> bytes:
    made = Workbook()
    sheet = made.worksheets[0]
    for at, value in enumerate(cells):
        sheet.cell(row, column + at, value)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n  ", "empty"),
        (b";;;\n;;;\n", "empty"),
        (b'Rufname;Typ\n"x;HLF20\n', "row 2 is no CSV"),
        (b"a\x00\x01\x02", "zero bytes"),
        (b"PK\x03\x04 not a zip", "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "XLS"),
        (b"x" * 10_000_001, "larger than 10 MB"),
        (zipped(**{"xl/worksheets/sheet1.xml": b" " * 70_000_000}), "too large once it is unpacked"),
        (zipped(**{"xl/styles.xml": b" " * 6_000_000}), "too large once it is unpacked"),
        (zipped(**{f"xl/{number}": b"" for number in range(501)}), "too many parts"),
        (zipped(**{"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hosts">]><x/>'}), "document type"),
        (zipped(**{"xl/workbook.xml": "<!DOCTYPE x>".encode("utf-16")}), "document type"),
        (zipped(**{"word/document.xml": b"<x/>"}), "cannot be read"),
        (b"a;b\n" * (MOST_ROWS + 2), "more than 20,000 rows"),
        (b";" * 60 + b"x\n", "more than 60 columns"),
        (book("x", column=61), "more than 60 columns"),
        (book("x", row=1_000_000), "empty rows"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(BadFile) as refused:
        rows(content)
    assert said in str(refused.value)
    assert refused.value.field == "file"


def test_a_formula_an_error_and_a_date_are_no_values() -> None:
    [(_, cells)] = rows(book("=1+1", "#N/A", True, 5.0, 0.25, "  ", "05", "'=1+1", "'quoted'"))
    assert [cell.reason.split()[0] if isinstance(cell, Faulty) else cell for cell in cells] == [
        "this", "the", "1", "5", "0.25", "", "05", "=1+1", "'quoted'",
    ]  # fmt: skip
    [(_, cells)] = rows(b"=1+1;@x;-5;+49 2241;a\x07b\n")
    assert [isinstance(cell, Faulty) for cell in cells] == [True, False, False, False, True]


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    for given_ in (content, b"PK\x03\x04" + content):
        try:
            found = rows(given_)
        except BadFile:
            continue
        assert all(number >= 1 and any(cells) for number, cells in found)
