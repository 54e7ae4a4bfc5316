"""Keys as words that two humans compare by telephone.

Words are proquints (arXiv:0901.4016): five letters for 16 bits, speakable in German and English. Eight of them are 128
bits; they are stretched, so that whoever looks for two keys with the same words needs more than hashes.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"
_LENGTH = 16
_ROUNDS = 50_000
_SALT = b"lagebild words 1"


def words(raw: bytes) -> list[str]:
    """One word for each two bytes. Raises ValueError for an odd number of bytes."""
    if len(raw) % 2:
        raise ValueError("words stand for two bytes each")
    return [_word(int.from_bytes(raw[at : at + 2])) for at in range(0, len(raw), 2)]


def _word(number: int) -> str:
    return "".join(
        letters[number >> shift & len(letters) - 1]
        for letters, shift in ((_CONSONANTS, 12), (_VOWELS, 10), (_CONSONANTS, 6), (_VOWELS, 4), (_CONSONANTS, 0))
    )


def fingerprint(x: str, seal_x: str) -> bytes:
    """SHA-256 of both public keys (base64url) of one node."""
    return hashlib.sha256(f"lagebild keys 1\n{x}\n{seal_x}".encode()).digest()


def own_words(x: str, seal_x: str) -> list[str]:
    """Eight words for the keys of one node."""
    return words(_stretched(fingerprint(x, seal_x)))


def common_words(here: tuple[str, str], there: tuple[str, str]) -> list[str]:
    """Eight words for two nodes, each given as its signing key and its seal key; the same on both screens."""
    return words(_stretched(b"".join(sorted((fingerprint(*here), fingerprint(*there))))))


@lru_cache(maxsize=1024)
def _stretched(raw: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", raw, _SALT, _ROUNDS, _LENGTH)
