"""ZIP archives from outside, read in memory: few files, of limited size, that do not swell beyond measure."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from feeds.contract import Garbled

MAX_MEMBERS = 5_000
MAX_MEMBER = 16_000_000
MAX_TOTAL = 400_000_000
MAX_RATIO = 250


@dataclass(frozen=True, slots=True)
class Member:
    """`content` is None where `problem` says why it could not be read. `written` is the archive's own time, which
    has no zone in a ZIP and is taken as UTC, as the DWD writes it."""

    name: str
    written: datetime | None
    content: bytes | None
    problem: str = ""


def members(payload: bytes, *, max_member: int = MAX_MEMBER) -> Iterator[Member]:
    """Each file of the archive; a damaged one does not stop the others. `max_member` bytes each, unpacked.

    Raises Garbled."""
    if not payload:
        raise Garbled("ZIP: the answer is empty")
    try:
        archive = zipfile.ZipFile(io.BytesIO(payload))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        kind = "HTML or XML instead" if payload.lstrip()[:1] == b"<" else f"no whole archive: {error}"
        raise Garbled(f"ZIP: {kind}") from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_MEMBERS:
        raise Garbled(f"ZIP: {len(entries)} files, at most {MAX_MEMBERS}")
    total = 0
    for entry in entries:
        member = _read(archive, entry, max_member)
        total += len(member.content or b"")
        if total > MAX_TOTAL:
            raise Garbled(f"ZIP: more than {MAX_TOTAL} bytes unpacked")
        yield member


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_member: int) -> Member:
    name, written = entry.filename.rsplit("/", 1)[-1][:200], _written(entry)
    limit = min(max_member, max(entry.compress_size, 1) * MAX_RATIO)
    try:
        with archive.open(entry) as file:
            content = file.read(limit + 1)  # what the header says of its size is a claim
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        return Member(name, written, None, f"damaged: {error}")
    if len(content) > limit:
        return Member(name, written, None, f"more than {limit} bytes unpacked")
    return Member(name, written, content)


def _written(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time, tzinfo=UTC)
    except ValueError:
        return None
