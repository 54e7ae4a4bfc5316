"""What one SMS holds: 160 septets of the GSM 7-bit alphabet (3GPP TS 23.038), or 70 signs of anything else."""

from __future__ import annotations

import unicodedata

ONE = 160
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€")
"""Behind an escape: two septets each."""
_LIKE = str.maketrans(
    {"–": "-", "—": "-", "‑": "-", "„": '"', "“": '"', "”": '"', "‚": "'", "‘": "'", "’": "'", "…": "...",
     "\u00a0": " ", "\u202f": " ", "`": "'", "´": "'", "•": "-", "·": "-", "→": "->", "×": "x", "ẞ": "SS",
     "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "\t": " "}
)  # fmt: skip


def septets(text: str) -> int | None:
    """None: some sign is not in the alphabet."""
    count = 0
    for sign in text:
        if sign in BASIC:
            count += 1
        elif sign in TWICE:
            count += 2
        else:
            return None
    return count


def like(text: str) -> str:
    """The same for readers, with signs of the alphabet where there are such; letters of other scripts stay."""
    return "".join(_nearest(sign) for sign in text.translate(_LIKE))


def _nearest(sign: str) -> str:
    if sign in BASIC or sign in TWICE:
        return sign
    plain = unicodedata.normalize("NFKD", sign)[0]
    return plain if plain in BASIC else sign


def length(text: str) -> int:
    """In septets; where one sign is foreign, each counts as its share of a message of 70."""
    found = septets(text)
    return found if found is not None else -(-len(text.encode("utf-16-le")) // 2 * ONE // 70)


def cut(text: str, most: int) -> str:
    """The beginning that fits into so many septets; three dots where something is missing."""
    if length(text) <= most:
        return text
    while text and length(f"{text}...") > most:
        text = text[:-1]
    return f"{text.rstrip(' ,.:;')}..." if text else ""
