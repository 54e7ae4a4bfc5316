"""Argon2, off the event loop and never more than a few at a time: each one takes 64 MB and a twentieth of a second."""

from __future__ import annotations

import asyncio
import unicodedata

from pwdlib import PasswordHash

_AT_ONCE = asyncio.Semaphore(2)
_argon2 = PasswordHash.recommended()
_NOBODY = _argon2.hash("the password of nobody")


async def hashed(password: str) -> str:
    async with _AT_ONCE:
        return await asyncio.to_thread(_argon2.hash, password)


async def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether it is the password, and the hash to keep instead if the kept one is of an older kind.

    Without a kept hash the work is the same, so that nobody learns from the time which logins exist."""
    async with _AT_ONCE:
        given = unicodedata.normalize("NFKC", password)
        fits, newer = await asyncio.to_thread(_argon2.verify_and_update, given, kept or _NOBODY)
    return fits and kept is not None, newer if kept is not None else None
