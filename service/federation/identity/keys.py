"""The node's own keys: Ed25519 to sign with, X25519 to open what was sealed for us.

They lie in `keys/node.keys` of the data directory, as JSON, and belong into every backup: a node that has lost them is
a stranger to its partners. Whatever signs is asked here, so that no other place ever holds a private key. Both are
renewed together; the key to open with that was replaced is kept for `SEALED_BEFORE`, for what is still on its way.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SEALED_BEFORE = timedelta(days=30)
"""A relay keeps parcels for 7 days; a file in somebody's pocket takes longer."""


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


@dataclass(frozen=True, slots=True)
class SealKey:
    """`until`: it was replaced and opens until then; None for the one that counts."""

    private: X25519PrivateKey
    x: str
    until: datetime | None = None

    @classmethod
    def of(cls, private: X25519PrivateKey, until: datetime | None = None) -> SealKey:
        return cls(private, text_of(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)), until)


class NodeKeys:
    """`signing` newest first: the first signs, those behind it were replaced and still prove who we were. What another
    process puts in front is found here."""

    def __init__(self, data_dir: Path) -> None:
        self.file = data_dir / "keys" / "node.keys"
        if not self.file.exists():
            self._write([Ed25519PrivateKey.generate()], [SealKey.of(X25519PrivateKey.generate())])
        self._load()

    def _load(self) -> None:
        self._as_of = self._stamp()
        kept = orjson.loads(self.file.read_bytes())
        self._signing = [SigningKey.of(Ed25519PrivateKey.from_private_bytes(raw_of(key))) for key in kept["signing"]]
        former = [(one["key"], datetime.fromisoformat(one["until"])) for one in kept.get("sealed_before", ())]
        self._sealing = [
            SealKey.of(X25519PrivateKey.from_private_bytes(raw_of(key)), until)
            for key, until in ((kept["sealing"], None), *former)
        ]

    def _stamp(self) -> tuple[int, int]:
        found = self.file.stat()
        return found.st_ino, found.st_mtime_ns

    def _look(self) -> None:
        with suppress(OSError):  # gone for a moment, or for good: what we hold counts
            if self._stamp() != self._as_of:
                self._load()

    @property
    def signing(self) -> list[SigningKey]:
        self._look()
        return self._signing

    @property
    def current(self) -> SigningKey:
        return self.signing[0]

    @property
    def seal_x(self) -> str:
        """The public key with which others seal for us, in base64url."""
        self._look()
        return self._sealing[0].x

    def opening(self, now: datetime | None = None) -> list[SealKey]:
        """What opens now, newest first."""
        self._look()
        now = now or datetime.now(UTC)
        return [key for key in self._sealing if key.until is None or now < key.until]

    def rotate(self, now: datetime | None = None) -> SigningKey:
        """From now on sign with a new key, and have things sealed for a new one; the former ones stay behind them."""
        now = now or datetime.now(UTC)
        with self._alone():
            self._load()
            before = [SealKey(key.private, key.x, key.until or now + SEALED_BEFORE) for key in self.opening(now)]
            signing = [Ed25519PrivateKey.generate(), *(key.private for key in self._signing)]
            self._write(signing, [SealKey.of(X25519PrivateKey.generate()), *before])
            self._load()
        return self.current

    def forget(self, now: datetime | None = None) -> int:
        """Delete what opens no longer; how many there were."""
        kept = self.opening(now)
        if len(kept) == len(self._sealing):
            return 0
        with self._alone():
            self._load()
            over = len(self._sealing) - len(kept := self.opening(now))
            self._write([key.private for key in self._signing], kept)
            self._load()
        return over

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process of this node changes the keys meanwhile."""
        with self.file.with_name("lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, signing: list[Ed25519PrivateKey], sealing: list[SealKey]) -> None:
        """Whole or not at all, readable by us only; who comes first wins the first file."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        kept = {
            "signing": [text_of(key.private_bytes_raw()) for key in signing],
            "sealing": text_of(sealing[0].private.private_bytes_raw()),
            "sealed_before": [
                {"key": text_of(key.private.private_bytes_raw()), "until": key.until.isoformat()}
                for key in sealing[1:]
                if key.until
            ],
        }
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
