"""Which names, logins and passwords are accepted."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files

from service.errors import Invalid

SHORTEST = 12
LONGEST = 256
ERASED = "gelöscht"
"""What stands where the name of an erased person stood."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,79}")
_RUNS = "abcdefghijklmnopqrstuvwxyz0123456789 qwertzuiop asdfghjkl yxcvbnm qwertyuiop zxcvbnm"

# The commonest of twelve signs and more; shorter ones are refused by their length.
_COMMON = frozenset(files(__package__).joinpath("commonest.txt").read_text("utf-8").split())


def name(text: str) -> str:
    """A person's or a thing's name as it is kept. Raises Invalid."""
    kept = unicodedata.normalize("NFC", " ".join(text.split()))
    if not 1 <= len(kept) <= 120 or any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in kept):
        raise Invalid("name", "name must have 1 to 120 visible signs")
    return kept


def name_from_outside(text: str) -> str:
    """The nearest name we keep to what a provider says."""
    visible = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    return name(visible[:120].strip() or "Ohne Namen")


def login(text: str) -> str:
    """A login as it is kept and compared: lower case. Raises Invalid."""
    kept = text.strip().lower()
    if not _LOGIN.fullmatch(kept):
        raise Invalid("login", "login must have 2 to 80 signs of a-z 0-9 . _ @ + - and start with a letter or digit")
    return kept


def password(text: str, *, about: tuple[str, ...] = ()) -> str:
    """A new password that is long enough and not easily guessed. `about`: names it must not consist of.

    Raises Invalid."""
    kept = unicodedata.normalize("NFKC", text)
    if len(kept) < SHORTEST:
        raise Invalid("password", f"password must have at least {SHORTEST} signs; several words are good")
    if len(kept) > LONGEST:
        raise Invalid("password", f"password must have at most {LONGEST} signs")
    plain = kept.casefold()
    if plain in _COMMON or len(set(plain)) < 5 or _is_a_run(plain):
        raise Invalid("password", "this password is one of the commonest; take another one")
    for word in about:
        rest = plain.replace(word.casefold(), "") if word else plain
        if len(rest) < len(plain) and len(rest) < 6:
            raise Invalid("password", "password must not be made of your name or login")
    return kept


def _is_a_run(plain: str) -> bool:
    """The keyboard or the alphabet, forwards or backwards, perhaps more than once."""
    return any(plain in run * 3 or plain[::-1] in run * 3 for run in (*_RUNS.split(), "01234567890", "1234567890"))
