from __future__ import annotations

import io
import zipfile

import pytest

from feeds import unzipping
from feeds.contract import Garbled
from feeds.unzipping import members


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (2026, 7, 14, 10, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def test_files_come_with_their_time_as_utc_and_without_their_folders() -> None:
    found = list(members(archive(**{"../../etc/a.xml": b"one"})))
    assert [(m.name, m.content) for m in found] == [("a.xml", b"one")]
    assert found[0].written is not None
    assert found[0].written.isoformat() == "2026-07-14T10:00:00+00:00"


def test_an_empty_archive_holds_nothing() -> None:
    assert list(members(archive())) == []


def test_a_bomb_is_kept_aside_and_the_others_are_read() -> None:
    found = {m.name: m for m in members(archive(bomb=b"\0" * 30_000_000, good=b"good"))}
    assert found["bomb"].content is None
    assert "unpacked" in found["bomb"].problem
    assert found["good"].content == b"good"


def test_a_damaged_file_is_kept_aside_and_the_others_are_read() -> None:
    whole = bytearray(archive(a=bytes(range(256)) * 20, b=b"good"))
    start = whole.index(b"a") + 40
    whole[start : start + 30] = b"\xff" * 30
    found = {m.name: m for m in members(bytes(whole))}
    assert found["a"].content is None
    assert "damaged" in found["a"].problem
    assert found["b"].content == b"good"


@pytest.mark.parametrize("payload", [b"", b"<html>", archive(a=b"x" * 2000)[:60], b"PK\x03\x04" + b"\0" * 200])
def test_what_is_no_whole_archive_is_garbled(payload: bytes) -> None:
    with pytest.raises(Garbled, match="ZIP"):
        list(members(payload))


def test_too_many_files_and_too_much_in_all_are_garbled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unzipping, "MAX_MEMBERS", 2)
    with pytest.raises(Garbled, match="3 files"):
        list(members(archive(a=b"", b=b"", c=b"")))
    monkeypatch.setattr(unzipping, "MAX_TOTAL", 10)
    with pytest.raises(Garbled, match="bytes unpacked"):
        list(members(archive(a=b"12345678", b=b"12345678")))
