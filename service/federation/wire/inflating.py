"""Bodies as they travel: gzip or plain, never more than agreed, whatever their headers say."""

from __future__ import annotations

import gzip
import zlib

MOST_SENT = 1_000_000
"""Bytes of a body on the wire."""
MOST_INFLATED = 8_000_000
WORTH_IT = 1_400
"""Bytes below which compressing saves no packet."""


class BadBody(Exception):
    """A body that is too large or not compressed as it says. `status` is 413, 415 or 422."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


def deflate(body: bytes) -> bytes:
    """gzip; the same bytes give the same bytes."""
    return gzip.compress(body, compresslevel=5, mtime=0)


def inflate(body: bytes, encoding: str | None, most: int = MOST_INFLATED) -> bytes:
    """What was sent. `encoding` is the Content-Encoding, None if there is none. Raises BadBody."""
    if encoding is None or encoding.strip().lower() in ("", "identity"):
        if len(body) > most:
            raise BadBody(413, "too-large", f"body: at most {most} bytes")
        return body
    if encoding.strip().lower() != "gzip":
        raise BadBody(415, "encoding", "Content-Encoding: gzip, or none")
    reader = zlib.decompressobj(wbits=31)
    try:
        plain = reader.decompress(body, most + 1)
    except zlib.error as error:
        raise BadBody(422, "encoding", "body: it is not gzip") from error
    if len(plain) > most:
        raise BadBody(413, "too-large", f"body: at most {most} bytes once unpacked")
    if not reader.eof or reader.unused_data:
        raise BadBody(422, "encoding", "body: it must be one whole gzip member and nothing else")
    return plain
