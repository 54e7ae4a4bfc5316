"""The node's own keys: Ed25519 to sign with, X25519 to open what was sealed for us.

They lie in `keys/node.keys` of the data directory, as JSON, and belong into every backup: a node that has lost them is
a stranger to its partners. Whatever signs is asked here, so that no other place ever holds a private key.
"""

from __future__ import annotations

import base64
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def text_of(raw: bytes) -> str:
    """base64url without padding, as JWK writes it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_of(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def kid_of(x: str) -> str:
    """The name of a signing key: the first 16 signs of its RFC 7638 thumbprint."""
    canonical = orjson.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, option=orjson.OPT_SORT_KEYS)
    return text_of(hashlib.sha256(canonical).digest())[:16]


def public_key(x: str) -> Ed25519PublicKey:
    """Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(raw_of(x))


@dataclass(frozen=True, slots=True)
class SigningKey:
    private: Ed25519PrivateKey
    x: str
    kid: str

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> SigningKey:
        x = text_of(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        return cls(private, x, kid_of(x))


class NodeKeys:
    """`signing` newest first: the first signs, those behind it were replaced and still prove who we were. What another
    process puts in front is found here."""

    def __init__(self, data_dir: Path) -> None:
        self.file = data_dir / "keys" / "node.keys"
        if not self.file.exists():
            self._write([Ed25519PrivateKey.generate()], X25519PrivateKey.generate())
        self._load()

    def _load(self) -> None:
        self._as_of = self._stamp()
        kept = orjson.loads(self.file.read_bytes())
        self._signing = [SigningKey.of(Ed25519PrivateKey.from_private_bytes(raw_of(key))) for key in kept["signing"]]
        self.sealing = X25519PrivateKey.from_private_bytes(raw_of(kept["sealing"]))
        self.seal_x = text_of(self.sealing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def _stamp(self) -> tuple[int, int]:
        found = self.file.stat()
        return found.st_ino, found.st_mtime_ns

    @property
    def signing(self) -> list[SigningKey]:
        with suppress(OSError):  # gone for a moment, or for good: what we hold counts
            if self._stamp() != self._as_of:
                self._load()
        return self._signing

    @property
    def current(self) -> SigningKey:
        return self.signing[0]

    def rotate(self) -> SigningKey:
        """From now on sign with a new key; the former one stays behind it."""
        self._write([Ed25519PrivateKey.generate(), *(key.private for key in self.signing)], self.sealing)
        self._load()
        return self.current

    def _write(self, signing: list[Ed25519PrivateKey], sealing: X25519PrivateKey) -> None:
        """Whole or not at all, readable by us only; who comes first wins the first file."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        kept = {"signing": [text_of(key.private_bytes_raw()) for key in signing],
                "sealing": text_of(sealing.private_bytes_raw())}  # fmt: skip
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(orjson.dumps(kept))
            out.flush()
            os.fsync(out.fileno())
        if len(signing) > 1:
            fresh.replace(self.file)
            return
        try:
            os.link(fresh, self.file)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
