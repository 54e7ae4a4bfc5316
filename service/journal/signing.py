"""The node's own key (Ed25519): it signs the head of a journal when it is closed.

Kept in `keys/journal.pem` of the data directory and made at first use. Keys of former nodes are still known if their
public halves lie beside it as `*.pub` (PEM)."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from geodata.store.database import StoreUnavailable

_PURPOSE = b"lagebild journal closing\0"


class NoKey(StoreUnavailable):
    """The node's key cannot be read or made; the message names file and reason."""


class NodeKey:
    def __init__(self, data_dir: Path) -> None:
        self.file = data_dir / "keys" / "journal.pem"

    def sign(self, head: bytes) -> tuple[bytes, bytes]:
        """Signature over this hash, and the public key to it. Raises NoKey."""
        key = self._private()
        return key.sign(_PURPOSE + head), key.public_key().public_bytes_raw()

    def known(self) -> frozenset[bytes]:
        """Public keys whose signatures count here; none if this node never signed. Raises NoKey."""
        found = set()
        if self.file.exists():
            found.add(self._private().public_key().public_bytes_raw())
        for file in sorted(self.file.parent.glob("*.pub")):
            found.add(_public(file))
        return frozenset(found)

    def _private(self) -> Ed25519PrivateKey:
        try:
            if not self.file.exists():
                self._make()
            key = serialization.load_pem_private_key(self.file.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise NoKey(f"{self.file} must hold this node's Ed25519 key and be ours alone: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise NoKey(f"{self.file} must hold an Ed25519 key")
        return key

    def _make(self) -> None:
        """Two processes may be the first at once: the link decides, the other one takes what is there."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        part = self.file.with_name(f"{self.file.name}.{os.getpid()}.part")
        part.unlink(missing_ok=True)
        with open(part, "wb", opener=lambda path, flags: os.open(path, flags | os.O_EXCL, 0o600)) as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, self.file)
        except FileExistsError:
            return
        finally:
            part.unlink()


def holds(signature: bytes, key: bytes, head: bytes) -> bool:
    """Whether this key signed this hash."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _PURPOSE + head)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public(file: Path) -> bytes:
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (OSError, ValueError) as error:
        raise NoKey(f"{file} must hold a public Ed25519 key as PEM: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise NoKey(f"{file} must hold an Ed25519 key")
    return key.public_bytes_raw()
