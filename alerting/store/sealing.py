"""What identifies and reaches somebody is sealed with a key of his own, and that key with the node's.

Erasing somebody destroys his key: what copies and backups still hold of him is noise from then on. The node's keys lie
in `keys/people.keys` of the data directory, newest first, one per line (Fernet: AES-128-CBC with HMAC-SHA256);
`rotate` puts a new one in front, and old ones still open what they sealed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Unreadable(Exception):
    """This was sealed with a key that is not here: restore `keys/people.keys` of the node that sealed it."""


@dataclass(frozen=True, slots=True)
class Own:
    """One person's own key. `wrapped` is what may be stored."""

    wrapped: bytes
    _fernet: Fernet

    def seal(self, value: Any) -> bytes:
        """Anything that JSON can hold."""
        return self._fernet.encrypt(orjson.dumps(value))

    def open(self, sealed: bytes) -> Any:
        """Raises Unreadable."""
        try:
            return orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise Unreadable(Unreadable.__doc__) from error


class Seal:
    """The node's keys. `digest` and `sign` use keys derived from the oldest one, which therefore is never removed."""

    def __init__(self, data_dir: Path) -> None:
        self.file = data_dir / "keys" / "people.keys"
        if not self.file.exists():
            _write(self.file, [Fernet.generate_key()])
        self._load()

    def _load(self) -> None:
        keys = self.file.read_bytes().split()
        self._node = MultiFernet([Fernet(key) for key in keys])
        self._derived = {name: hmac.digest(keys[-1], name.encode(), "sha256") for name in ("address", "link")}

    def rotate(self) -> None:
        """From now on seal with a new key. People's own keys are wrapped anew by `again`."""
        _write(self.file, [Fernet.generate_key(), *self.file.read_bytes().split()])
        self._load()

    def new(self) -> Own:
        key = Fernet.generate_key()
        return Own(self._node.encrypt(key), Fernet(key))

    def own(self, wrapped: bytes) -> Own:
        """Raises Unreadable."""
        try:
            try:
                return Own(wrapped, Fernet(self._node.decrypt(wrapped)))
            except InvalidToken:
                self._load()  # another process has put a new key in front
                return Own(wrapped, Fernet(self._node.decrypt(wrapped)))
        except InvalidToken as error:
            raise Unreadable(Unreadable.__doc__) from error

    def again(self, wrapped: bytes) -> bytes:
        """The same own key under the newest node key. Raises Unreadable."""
        try:
            return self._node.rotate(wrapped)
        except InvalidToken as error:
            raise Unreadable(Unreadable.__doc__) from error

    def digest(self, address: str) -> bytes:
        """By which an address is found again without being stored: equal addresses, equal digests, here only."""
        return hmac.digest(self._derived["address"], address.strip().lower().encode(), "sha256")

    def sign(self, message: bytes, *, length: int = 12) -> bytes:
        """The first `length` bytes of a MAC, for links."""
        return hmac.new(self._derived["link"], message, hashlib.sha256).digest()[:length]


def _write(file: Path, keys: list[bytes]) -> None:
    """Whole or not at all, readable by us only; who comes first wins the first file."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(b"\n".join(keys) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    if len(keys) > 1:
        fresh.replace(file)
        return
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
