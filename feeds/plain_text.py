"""Texts of sources as plain text: mark-up gone, line breaks kept, entities resolved exactly once."""

from __future__ import annotations

import html
import re

import nh3

LONGEST = 20_000

_BREAK = re.compile(r"<\s*(?:br\s*/?|/p|/li|/div)\s*>", re.IGNORECASE)
_LONE = re.compile(r"<(?![a-zA-Z/!?][^<>]*>)")  # "below <5 m" is no tag; what follows must not be lost with it
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HARMLESS = re.compile(r"[^<>&\s\x00-\x1f\x7f-\x9f]+(?: [^<>&\s\x00-\x1f\x7f-\x9f]+)*")  # thousands of place names
_BLANKS = re.compile(r"[ \t\xa0]+")


def plain(text: str | None) -> str:
    """What a reader is meant to read. All tags are removed, scripts with what is in them."""
    if not text:
        return ""
    if _HARMLESS.fullmatch(text):
        return text[:LONGEST]
    marked = _LONE.sub("&lt;", _BREAK.sub("\n", text[: 2 * LONGEST]))
    bare = html.unescape(nh3.clean(marked, tags=set()))
    lines = [_BLANKS.sub(" ", line).strip() for line in _CONTROL.sub("", bare.replace("\r\n", "\n")).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:LONGEST]


def one_line(text: str | None) -> str:
    return " ".join(plain(text).split())
