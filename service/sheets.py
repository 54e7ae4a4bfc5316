"""A table out of a file that somebody sends, CSV or XLSX, hostile until read. Formulas are not calculated nor taken."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from geodata.model.cells import STARTS_A_FORMULA
from geodata.model.editing import BadEdit

MOST_BYTES = 10_000_000
MOST_UNPACKED = 60_000_000
MOST_ASIDE = 5_000_000
"""Of a part that holds neither cells nor their texts, such as styles."""
MOST_FILES = 500
MOST_ROWS = 20_000
MOST_COLUMNS = 60
_CHUNK = 1 << 20
_DELIMITERS = ";,\t|"
_FORMULA = ("=", "＝")


@dataclass(frozen=True, slots=True)
class Faulty:
    """A cell that holds no value that could be taken, and why. `text` is what stands there."""

    text: str
    reason: str


Cell = str | Faulty
Row = tuple[int, list[Cell]]
"""The number of the row as a spreadsheet shows it, and its cells up to the last; empty ones are empty texts."""


class BadFile(BadEdit):
    """The file as a whole cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__("file", message)


def rows(content: bytes) -> list[Row]:
    """All rows but the empty ones. Whether it is XLSX or CSV is seen from its first bytes. Raises BadFile."""
    if not content.strip():
        raise BadFile("the file is empty")
    if len(content) > MOST_BYTES:
        raise BadFile(f"the file is larger than {MOST_BYTES // 1_000_000} MB; split it")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile("this is an old XLS file or one with a password; save it as XLSX or CSV without one")
    found = []
    for number, cells in _xlsx(content) if content.startswith(b"PK\x03\x04") else _csv(content):
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append((number, cells))
        if len(found) > MOST_ROWS + 1:
            raise BadFile(f"the file has more than {MOST_ROWS:,} rows; split it")
    if not found:
        raise BadFile("the table is empty")
    return found


def _csv(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    delimiter = _delimiter(text)
    first = text[:20].lower()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1 and first.startswith("sep="):
                continue
            if any(cells[MOST_COLUMNS:]):
                raise BadFile(f"row {number} has more than {MOST_COLUMNS} columns")
            yield number, [_taken(cell) for cell in cells[:MOST_COLUMNS]]
    except csv.Error as error:
        raise BadFile(f"row {number + 1} is no CSV: {error}; look for a quotation mark that is not closed") from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else Windows-1252 as German spreadsheets write it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    elif b"\x00" in content:
        raise BadFile("this is neither CSV nor XLSX: it holds zero bytes")
    else:
        encodings = ("utf-8-sig", "cp1252")  # type: ignore[assignment]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFile("the text is neither UTF-8 nor Windows-1252; save it as CSV UTF-8")


def _delimiter(text: str) -> str:
    """The sign that parts the most columns in the first lines, alike in most of them."""
    if text[:4].lower() == "sep=" and text[4:5] in _DELIMITERS:
        return text[4]
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()]
    return max(_DELIMITERS, key=lambda sign: sum(min(line.count(sign), 30) for line in lines))


def _xlsx(content: bytes) -> Iterator[Row]:
    _check_package(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever the broken part of a file leads it to
        raise BadFile(f"the workbook cannot be read: {type(error).__name__}; save it anew as XLSX") from error
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise BadFile("the workbook has no sheet that is visible")
        sheet = book.active if book.active in sheets else sheets[0]
        sheet.reset_dimensions()
        yield from _cells(sheet)
    except BadFile:
        raise
    except Exception as error:
        raise BadFile(f"the sheet cannot be read: {type(error).__name__}; save it anew as XLSX") from error
    finally:
        book.close()


def _cells(sheet: Any) -> Iterator[Row]:
    empty = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        cells = [_plain(cell.value, cell.data_type) for cell in row]
        if len(cells) > MOST_COLUMNS and cells[MOST_COLUMNS]:
            raise BadFile(f"row {number} has more than {MOST_COLUMNS} columns")
        empty = 0 if any(cells) else empty + 1
        if empty > MOST_ROWS:
            raise BadFile(f"the sheet has more than {MOST_ROWS:,} empty rows in between; take them out")
        yield number, cells[:MOST_COLUMNS]


def _plain(value: Any, kind: str) -> Cell:
    if value is None:
        return ""
    if kind == "f":
        text = str(getattr(value, "text", None) or value)
        return Faulty(text, "this is a formula; formulas are not calculated, put the value there")
    if kind == "e":
        return Faulty(str(value), f"the spreadsheet shows the error {value} here")
    if isinstance(value, datetime | date | time):
        return Faulty(value.isoformat(), "the spreadsheet made a date of this; format the column as text")
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _taken(str(value))


def _taken(text: str) -> Cell:
    """Without the spaces around it; what our own export put an apostrophe before is as it was."""
    text = text.replace("\u00a0", " ").replace("\u202f", " ")
    if text.startswith("'") and text[1:].startswith(STARTS_A_FORMULA):
        return text[1:]
    if text.lstrip().startswith(_FORMULA):
        return Faulty(text.strip(), "this is a formula; formulas are not calculated, put the value there")
    if not text.isprintable() and any(sign < " " and sign not in "\t\r\n" for sign in text):
        return Faulty(text, "there are control signs in it")
    return text if text.strip() else ""


def _check_package(content: bytes) -> None:
    """Sizes as they are once unpacked, not as the file says, and no document type definition in any part."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            if len(members) > MOST_FILES:
                raise BadFile("the workbook has too many parts; save the one sheet on its own")
            if sum(member.file_size for member in members) > MOST_UNPACKED:
                raise BadFile("the workbook is too large once it is unpacked; split it")
            left = MOST_UNPACKED
            for member in members:
                left = _check_member(package, member, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise BadFile(f"the workbook is broken: {error}") from error


def _check_member(package: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
    rows = "worksheets/" in member.filename or member.filename.endswith("sharedStrings.xml")
    tail, size = b"", 0
    with package.open(member) as part:
        while chunk := part.read(_CHUNK):
            left, size = left - len(chunk), size + len(chunk)
            if left < 0 or (size > MOST_ASIDE and not rows):
                raise BadFile("the workbook is too large once it is unpacked; split it")
            if xml:
                seen = tail + chunk
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or b"\x00" in seen:
                    raise BadFile("a part of the workbook declares its own document type; save it anew as XLSX")
                tail = chunk[-16:]
    return left
