"""What a reader of PDF sees in a file that WeasyPrint wrote: the text on its pages, through the tables of its fonts."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_SHOWN = re.compile(rb"/(\S+) [\d.]+ Tf|<([0-9a-fA-F]+)>")
_PAIR = re.compile(rb"<([0-9a-fA-F]+)> <([0-9a-fA-F]+)>")


def text_of(pdf: bytes) -> list[str]:
    """Of each page, without blanks. Asserts that every glyph has a letter."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    for body in [body for body in objects.values() if b"/ObjStm" in body.partition(b"stream\n")[0]]:
        objects |= _packed(body)
    letters = {}
    for body in objects.values():
        if font := re.search(rb"/BaseFont /([A-Z]+)\+\S+ ?/ToUnicode (\d+) 0 R", body):
            letters[font[1]] = _letters(_stream(objects[int(font[2])]))
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b", body)]
    found = []
    for page in pages:
        contents = re.findall(rb"/Contents \[?(\d+) 0 R", page)
        found.append("".join(_shown(_stream(objects[int(number)]), letters) for number in contents))
    return found


def _packed(body: bytes) -> dict[int, bytes]:
    """Objects of one stream: pairs of number and offset, then the objects."""
    first, content = int(re.findall(rb"/First (\d+)", body)[0]), _stream(body)
    pairs = list(map(int, content[:first].split()))
    begins = [*pairs[1::2], len(content) - first]
    return {
        number: content[first + at : first + end]
        for number, at, end in zip(pairs[::2], begins, begins[1:], strict=False)
    }


def _stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream\n")
    content = rest.rpartition(b"\nendstream")[0]
    return zlib.decompress(content) if b"/FlateDecode" in head else content


def _letters(table: bytes) -> dict[int, str]:
    return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in _PAIR.findall(table)}


def _shown(content: bytes, letters: dict[bytes, dict[int, str]]) -> str:
    font: dict[int, str] = {}
    out = []
    for name, glyphs in _SHOWN.findall(content):
        if name:
            font = letters[name]
        for at in range(0, len(glyphs), 4):
            out.append(font[int(glyphs[at : at + 4], 16)])
    return "".join("".join(out).split())
