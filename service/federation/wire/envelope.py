"""What one node says to another: an envelope with items, numbered per direction, and the acknowledgement that answers.

A stream is the sender's. Envelope `number` follows the last acknowledged one; `after` and `upto` are places in the
sender's stream, opaque to everybody else. The receiver applies an envelope only if its number is the next and `after`
is what it keeps itself; it answers with what it has (`Ack`) in any case, and the sender goes on from there. An envelope
without items and with the number last acknowledged is a greeting: "I live, and have nothing new". A higher `epoch` is a
new stream (a sender restored from a backup): it begins at number 1 and tells every share anew.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

VERSION = 1
MOST_ITEMS = 100
MOST_BYTES = 1_000_000
"""Of an envelope as JSON, not compressed."""

Short = Annotated[str, Meta(min_length=1, max_length=200)]
Long = Annotated[str, Meta(max_length=2_000)]
Origin = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
Number = Annotated[int, Meta(ge=0, le=2**53)]
Box = tuple[float, float, float, float]


class Put(Struct, frozen=True, tag="put", tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    """A thing as it is now. `seq` is that of the origin's log; `walk` is set while a share is told whole. `hops` is how
    often it may be passed on, `path` who has done so, and `proof` the origin's own signature (`wire.proof`), without
    which nobody believes what was passed on."""

    share: Short
    ref: Short
    seq: Number
    body: dict[str, Any]
    provenance: dict[str, Any]
    extent: Box | None = None
    walk: Short | None = None
    epoch: Number = 0
    hops: Annotated[int, Meta(ge=0, le=3)] = 0
    path: Annotated[tuple[Origin, ...], Meta(max_length=4)] = ()
    proof: Annotated[str, Meta(max_length=1_000)] | None = None


class Drop(Struct, frozen=True, tag="drop", tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    """A thing is gone, or no longer shared."""

    share: Short
    ref: Short
    seq: Number
    epoch: Number = 0
    hops: Annotated[int, Meta(ge=0, le=3)] = 0
    path: Annotated[tuple[Origin, ...], Meta(max_length=4)] = ()
    proof: Annotated[str, Meta(max_length=1_000)] | None = None


class Share(Struct, frozen=True, tag="share", tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    """A share begins or is told anew (OPEN, then `walk` names the walk that follows) or has ended (WITHDRAWN).
    `exchange` is the room of both sides' procedures. `terms` says for humans what it lets out."""

    share: Short
    version: Number
    state: Literal["OPEN", "WITHDRAWN"]
    title: Short
    walk: Short | None = None
    exchange: bool = False
    incident: Short | None = None
    incident_name: Short | None = None
    until: datetime | None = None
    terms: dict[str, Any] = {}


class Walked(Struct, frozen=True, tag="walked", tag_field="type", forbid_unknown_fields=True):
    """The walk through a share is done: what was not in it is there no longer."""

    share: Short
    walk: Short


class Digest(Struct, frozen=True, tag="digest", tag_field="type", forbid_unknown_fields=True):
    """How many things the share holds at this place of the stream, and the XOR of their items' SHA-256 (hex)."""

    share: Short
    count: Number
    digest: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


Item = Put | Drop | Share | Walked | Digest


class Ack(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the receiver of a stream has: the last envelope applied. `repair` names shares whose digest differed."""

    epoch: Number = 0
    number: Number = 0
    token: Long = ""
    repair: Annotated[tuple[Short, ...], Meta(max_length=100)] = ()


class Envelope(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`behind` is how many changes the sender has not looked at yet. `ack` acknowledges the other direction. Items stay
    raw until each is read by itself, so that a bad one is set aside and the rest goes on."""

    version: Literal[1]
    sender: Origin
    recipient: Origin
    mode: Literal["ACTUAL", "EXERCISE", "TEST"]
    epoch: Number
    number: Number
    after: Long
    upto: Long
    at: datetime
    items: Annotated[list[msgspec.Raw], Meta(max_length=MOST_ITEMS)] = []
    behind: Number = 0
    ack: Ack | None = None


read = msgspec.json.Decoder(Envelope)
read_item = msgspec.json.Decoder(Item)
read_ack = msgspec.json.Decoder(Ack)
write = msgspec.json.Encoder(order="deterministic")


def item_digest(put: Put) -> bytes:
    """SHA-256 of what an item says, wherever in the stream it stands: both sides compute it alike."""
    said = {"ref": put.ref, "body": put.body, "provenance": put.provenance, "extent": put.extent}
    return hashlib.sha256(write.encode(said)).digest()
