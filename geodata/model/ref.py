"""Who owns a thing and what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_KIND = re.compile(r"[a-z][a-z_]{0,31}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:+-]")


class BadRef(ValueError):
    """A reference is `origin/kind/id`: lower-case origin, lower-case kind, id of letters, digits and _.:+~-."""


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """`origin/kind/id`. The origin is the only one that may change the thing; others hold read-only copies.

    The id is a UUIDv7 for what is made here, and `<source>.<key of the source>` for what a source publishes,
    so that asking a source twice finds the same thing again.
    """

    origin: str
    kind: str
    id: str

    def __post_init__(self) -> None:
        for value, pattern in ((self.origin, _ORIGIN), (self.kind, _KIND), (self.id, _ID)):
            if not pattern.fullmatch(value):
                raise BadRef(f"{self.origin}/{self.kind}/{self.id}: {BadRef.__doc__}")

    def __str__(self) -> str:
        return f"{self.origin}/{self.kind}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        parts = text.split("/")
        if len(parts) != 3:
            raise BadRef(f"{text[:80]}: {BadRef.__doc__}")
        return cls(*parts)


def id_of(source: str, key: str) -> str:
    """`<source>.<key>` as an id, whatever signs the source uses in its keys; different keys stay different.

    A sign that an id must not have is written as `~` and its code; a key too long ends in its checksum.
    """
    text = f"{source}.{_UNSAFE.sub(lambda sign: f'~{ord(sign[0]):x}~', key.strip())}"
    if len(text) > 200:
        text = f"{text[:160]}~{sha256(text.encode()).hexdigest()[:32]}"
    return text
