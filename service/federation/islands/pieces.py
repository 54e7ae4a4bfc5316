"""A long line cut into numbered pieces that a camera scans or a radio carries, and put together again.

A piece is `LBM:2/3:<whole>:<sum>:<words>`: its number, the beginning of the SHA-256 of the whole line, and a CRC-32 of
all before and after it. Each stands for itself; they come in any order and as often as they like, and whatever breaks
lines or puts blanks between them does no harm.
"""

from __future__ import annotations

import hashlib
import re
import zlib

MARK = "LBM"
MOST_PIECES = 99
MOST_SIGNS = 400_000
"""Of a text in which pieces are looked for."""
LEAST = 200
"""Signs of a piece; the frame takes 26 of them."""

_FRAME = 30
_PIECE = re.compile(r"LBM:([0-9]{1,2})/([0-9]{1,2}):([0-9a-f]{8}):([0-9a-f]{8}):([A-Za-z0-9._-]+)", re.ASCII)


class BadPieces(ValueError):
    """There is no whole line in it. `missing` are the numbers that are not there, of `of`."""

    def __init__(self, reason: str, missing: tuple[int, ...] = (), of: int = 0) -> None:
        super().__init__(reason)
        self.missing, self.of = missing, of


def cut(line: str, most: int | None = None) -> list[str]:
    """Pieces of at most `most` signs; one if there is no limit. Raises ValueError if it would be too many."""
    size = max(1, len(line)) if most is None else max(LEAST, most) - _FRAME
    parts = [line[at : at + size] for at in range(0, len(line), size)]
    if len(parts) > MOST_PIECES:
        raise ValueError(f"that would be {len(parts)} pieces, more than {MOST_PIECES}: take a file")
    whole = _whole(line)
    return [_framed(number, len(parts), whole, part) for number, part in enumerate(parts, start=1)]


def joined(text: str) -> str:
    """The line of which the text holds all pieces. Raises BadPieces."""
    if len(text) > MOST_SIGNS:
        raise BadPieces(f"at most {MOST_SIGNS} signs")
    found: dict[tuple[str, int], dict[int, str]] = {}
    damaged = 0
    for each in re.split(rf"(?={MARK}:)", "".join(text.split())):
        match = _PIECE.match(each)
        if match is None:
            damaged += each.startswith(f"{MARK}:")
            continue
        number, of, whole, said, part = int(match[1]), int(match[2]), match[3], match[4], match[5]
        if not 1 <= number <= of or said != _sum(number, of, whole, part):
            damaged += 1
            continue
        found.setdefault((whole, of), {})[number] = part
    if not found:
        raise BadPieces("a piece is damaged: read it again" if damaged else f"no piece in it begins with {MARK}:")
    for (whole, of), parts in found.items():
        line = "".join(parts[number] for number in sorted(parts))
        if len(parts) == of and _whole(line) == whole:
            return line
    (_, of), parts = max(found.items(), key=lambda one: len(one[1]) / one[0][1])
    missing = tuple(number for number in range(1, of + 1) if number not in parts)
    if not missing:
        raise BadPieces("the pieces do not belong together: read all of them again")
    named = ", ".join(map(str, missing[:20]))
    raise BadPieces(f"of {of} pieces these are missing: {named}", missing, of)


def _framed(number: int, of: int, whole: str, part: str) -> str:
    return f"{MARK}:{number}/{of}:{whole}:{_sum(number, of, whole, part)}:{part}"


def _sum(number: int, of: int, whole: str, part: str) -> str:
    return f"{zlib.crc32(f'{number}/{of}:{whole}:{part}'.encode()):08x}"


def _whole(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:8]
