"""What goes over the live socket, in both directions.

A client says `follow` (again whenever its map moves) and may say `ping`. The server answers with `welcome`, `changes`,
`beat` and `restart`. Messages are JSON in text frames; what the server sends is built as the bytes of complete
WebSocket frames, so that one frame serves every client with the same subscription.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from geodata.model.geometry import Bbox
from geodata.store.changes import Logged

MESSAGE_BYTES = 4_096
"""The longest message a client may send."""

POLICY = 1008
TOO_BIG = 1009
NOT_TEXT = 1003
TRY_AGAIN = 1013

_REASON_BYTES = 123
_FRAME_BYTES = 256 * 1024

Kind = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z_]{0,31}$")]
Kinds = Annotated[tuple[Kind, ...], msgspec.Meta(min_length=1, max_length=32)]


class BadMessage(ValueError):
    """The message is refused; the text names the field and goes to the client as the reason of the close."""


class Follow(msgspec.Struct, tag="follow", frozen=True):
    """`since` is the cursor of the picture the client holds; `area` west, south, east, north in EPSG:4326. None means
    everything the client may see. `sight` is that of the picture: if the client may see other rooms by now, it is told
    to start over."""

    since: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    area: tuple[float, float, float, float] | None = None
    kinds: Kinds | None = None
    sight: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Ping(msgspec.Struct, tag="ping", frozen=True):
    """Asks for a beat."""


class Beat(msgspec.Struct, tag="beat", frozen=True):
    """That we live and how current we are.

    `now` and `speed` are those of the clock, which in an exercise is not the wall's. `now - followed_at` is real
    seconds, whatever the speed: the time since the log was last read. `following` is false from the moment the
    database was lost until the log is read again.
    """

    cursor: int
    now: datetime
    speed: float
    mode: str
    followed_at: datetime
    following: bool


class Welcome(msgspec.Struct, tag="welcome", frozen=True):
    """The subscription holds. `cursor` is the one the client asked to go on from; what it missed follows."""

    cursor: int
    now: datetime
    speed: float
    mode: str
    version: str


class Restart(msgspec.Struct, tag="restart", frozen=True):
    """The log cannot bring this client up to date: it fetches a fresh picture and follows again."""

    reason: str


_incoming: msgspec.json.Decoder[Follow | Ping] = msgspec.json.Decoder(Follow | Ping)
_encode = msgspec.json.Encoder().encode


def read(text: str) -> Follow | Ping:
    """A client's message. Raises BadMessage."""
    if len(text) > MESSAGE_BYTES:
        raise BadMessage(f"message longer than {MESSAGE_BYTES} bytes")
    try:
        message = _incoming.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadMessage(str(error)) from error
    except RecursionError as error:
        raise BadMessage("message nested too deeply") from error
    if isinstance(message, Follow) and message.area is not None:
        west, south, east, north = message.area
        if not all(map(math.isfinite, message.area)):
            raise BadMessage("area must be finite")
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise BadMessage("area must be [west, south, east, north] within -180..180, -90..90")
    return message


def short(reason: str) -> str:
    """A reason cut to what a close frame holds."""
    return reason.encode()[:_REASON_BYTES].decode(errors="ignore")


def frame(payload: bytes) -> bytes:
    """One complete, unmasked text frame (RFC 6455 section 5.2)."""
    length = len(payload)
    if length < 126:
        return bytes((0x81, length)) + payload
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


def payloads(frames: bytes) -> Iterable[bytes]:
    """The contents of complete frames that `frame` made, one after the other."""
    at = 0
    while at < len(frames):
        length = frames[at + 1]
        at += 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, at = int.from_bytes(frames[at : at + size], "big"), at + size
        yield frames[at : at + length]
        at += length


def message_frame(message: Beat | Welcome | Restart) -> bytes:
    return frame(_encode(message))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One change as one kind of client gets it."""

    seq: int
    ref: str
    wire: bytes


def changes_frame(changes: Sequence[Outgoing], cursor: int) -> bytes:
    """The changes, oldest first, as one frame, or as several directly after each other if they are many.

    Every frame's cursor is one from which a client can go on: what an earlier frame leaves out because a later change
    replaced it stands in a frame after it.
    """
    frames: list[bytes] = []
    start = size = 0
    for end, change in enumerate(changes):
        size += len(change.wire)
        if size > _FRAME_BYTES and end > start:
            frames.append(_changes(changes[start:end], changes[end - 1].seq))
            start, size = end, len(change.wire)
    frames.append(_changes(changes[start:], cursor))
    return frames[0] if len(frames) == 1 else b"".join(frames)


def _changes(changes: Sequence[Outgoing], cursor: int) -> bytes:
    return frame(
        b'{"type":"changes","cursor":%d,"changes":[%b]}' % (cursor, b",".join([change.wire for change in changes]))
    )


class _Stamp(msgspec.Struct, frozen=True):
    actor: str
    at: str


_stamp = msgspec.json.Decoder(_Stamp)


def as_drop(line: Logged) -> bytes:
    """The change as one who no longer sees the thing gets it: gone, and nothing about where it went."""
    stamp = _stamp.decode(line.wire)
    return _encode(
        {
            "seq": line.seq, "op": "drop", "ref": line.ref, "room": line.room, "actor": stamp.actor, "at": stamp.at,
            "provenance": None, "body": None,
        }
    )  # fmt: skip


__all__ = [
    "BadMessage", "Bbox", "Beat", "Follow", "Outgoing", "Ping", "Restart", "Welcome", "as_drop", "changes_frame",
    "frame", "message_frame", "payloads", "read", "short",
]  # fmt: skip
