"""One thing of ours sealed for one partner, to be carried by hand, code or radio: a march, or its receipt.

It is a parcel of a kind of its own (JWS `typ: lagebild-march`, `lagebild-march-receipt`), so that it is never taken for
an envelope of the stream, nor an envelope for it. What is in it is read as the same thing from the stream would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from geodata.model.fact import Fact
from geodata.model.march import MARCH, RECEIPT
from service.errors import Invalid
from service.federation.identity.keys import NodeKeys
from service.federation.islands.parcel import BadParcel, seal_words, unseal, words_in
from service.federation.islands.pieces import BadPieces, joined
from service.federation.peers.peer import Peer, PeerState
from service.federation.receiving.items import BadItem, tell, whose
from service.federation.wire.envelope import Origin, Put, Short

TYPES = {MARCH: "lagebild-march", RECEIPT: "lagebild-march-receipt"}
SOURCE = "file"
LONGEST_VALID = timedelta(days=31)


class Carried(Struct, frozen=True, omit_defaults=True):
    """What is in the parcel. It counts from `created` until `valid_until`, by the reader's clock."""

    version: Literal[1]
    sender: Origin
    recipient: Origin
    mode: Literal["ACTUAL", "EXERCISE", "TEST"]
    ref: Short
    created: datetime
    valid_until: datetime
    body: dict[str, Any]


_read = msgspec.json.Decoder(Carried)
_write = msgspec.json.Encoder(order="deterministic")


def sealed(keys: NodeKeys, peer: Peer, carried: Carried) -> str:
    """One line of ASCII that only this partner reads."""
    kind = carried.ref.split("/")[1]
    return seal_words(keys, peer.seal_key, _write.encode(carried), TYPES[kind])


def opened(
    keys: NodeKeys, text: str, known: Sequence[Peer], *, own: str, mode: str, now: datetime
) -> tuple[Peer, Fact]:
    """Whose it is, and the thing as it would come by the stream, in the room of what we exchange with this partner.
    `now` is the wall's time. Raises Invalid naming the field."""
    try:
        line = joined(text)
    except BadPieces as error:
        raise Invalid("pieces", str(error)) from error
    peer, words = _of(keys, line, known, now)
    try:
        carried = _read.decode(words)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(_place(str(error)), str(error)[:300]) from error
    _check(carried, peer, own=own, mode=mode, now=now)
    told = Put(
        share="exchange", ref=carried.ref, seq=0, body=carried.body,
        provenance=_provenance(carried, now),
    )  # fmt: skip
    try:
        ref = whose(told, peer, own)
        if ref.kind != carried.ref.split("/")[1] or peer.exchange_room is None:
            raise BadItem("ref", "it is no thing of what we exchange", carried.ref)
        return peer, tell(told, ref, peer.exchange_room).fact
    except BadItem as error:
        raise Invalid(error.field, str(error)) from error


def _of(keys: NodeKeys, line: str, known: Sequence[Peer], now: datetime) -> tuple[Peer, bytes]:
    by_kid = {
        key.kid: (peer, key.x)
        for peer in known
        if peer.state is PeerState.ACTIVE
        for key in peer.keys
        if key.counts(now)
    }
    try:
        unsealed = unseal(keys, line)
        if unsealed.kind not in TYPES.values():
            raise BadParcel("it is neither a march nor the receipt of one")
        kid, words = words_in(unsealed, lambda kid: by_kid[kid][1] if kid in by_kid else None, unsealed.kind)
    except BadParcel as problem:
        raise Invalid("file", str(problem)) from problem
    return by_kid[kid][0], words


def _check(carried: Carried, peer: Peer, *, own: str, mode: str, now: datetime) -> None:
    """Raises Invalid."""
    if carried.sender != peer.origin:
        raise Invalid("sender", f"it was signed by {peer.origin} and says that it is from {carried.sender}")
    if carried.recipient != own:
        raise Invalid("recipient", f"it is for {carried.recipient}; this is {own}")
    if carried.mode != mode:
        raise Invalid("mode", f"it is {carried.mode} and this node is {mode}: the two are never mixed")
    parts = carried.ref.split("/")
    if len(parts) != 3 or parts[1] not in TYPES:
        raise Invalid("ref", "it is neither a march nor the receipt of one")
    for name in ("created", "valid_until"):
        if getattr(carried, name).tzinfo is None:
            raise Invalid(name, "a time with a zone")
    if not timedelta() < carried.valid_until - carried.created <= LONGEST_VALID:
        raise Invalid("valid_until", f"it counts for at most {LONGEST_VALID.days} days after it was written")
    if carried.valid_until <= now:
        until = f"{carried.valid_until:%Y-%m-%d %H:%M}"
        raise Invalid(
            "valid_until", f"it counted until {until} UTC, and it is {now:%Y-%m-%d %H:%M} UTC here: ask for a new one"
        )


def _provenance(carried: Carried, now: datetime) -> dict[str, Any]:
    stamps = {"as_of": carried.created.isoformat(), "received_at": now.isoformat()}
    return {"source": SOURCE, "confidence": "REPORTED", **stamps}


def _place(message: str) -> str:
    return message.rpartition("$.")[2].rstrip("`")[:200] if "$." in message else "file"
