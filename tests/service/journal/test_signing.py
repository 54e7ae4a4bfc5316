from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.journal.signing import NodeKey, NoKey, holds

HEAD = bytes(range(32))


def test_the_key_is_made_at_first_use_for_us_alone_and_stays(tmp_path: Path) -> None:
    key = NodeKey(tmp_path / "data")
    assert key.known() == frozenset()
    signature, public = key.sign(HEAD)
    assert stat.S_IMODE(key.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.file.parent.stat().st_mode) == 0o700
    assert [file.name for file in key.file.parent.iterdir()] == ["journal.pem"]
    assert NodeKey(tmp_path / "data").sign(HEAD) == (signature, public)
    assert key.known() == {public}


def test_a_signature_holds_for_its_head_and_its_key_only(tmp_path: Path) -> None:
    signature, public = NodeKey(tmp_path).sign(HEAD)
    _, other = NodeKey(tmp_path / "other").sign(HEAD)
    assert holds(signature, public, HEAD)
    assert not holds(signature, public, HEAD[::-1])
    assert not holds(signature, other, HEAD)
    assert not holds(signature[:-1], public, HEAD)
    assert not holds(signature, b"short", HEAD)


def test_public_keys_of_former_nodes_are_known(tmp_path: Path) -> None:
    key = NodeKey(tmp_path)
    _, own = key.sign(HEAD)
    former = Ed25519PrivateKey.generate().public_key()
    pem = former.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (key.file.parent / "former.pub").write_bytes(pem)
    assert key.known() == {own, former.public_bytes_raw()}


def test_a_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    key = NodeKey(tmp_path)
    key.file.parent.mkdir()
    key.file.write_text("nonsense")
    with pytest.raises(NoKey, match=r"journal\.pem must hold"):
        key.sign(HEAD)
    assert key.file.read_text() == "nonsense"


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, no directory")
    with pytest.raises(NoKey, match=r"keys/journal\.pem"):
        NodeKey(tmp_path / "data").sign(HEAD)
