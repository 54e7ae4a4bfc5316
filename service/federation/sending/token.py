"""A place in our own stream, as we give it to a partner to keep for us: opaque there, checked when it comes back.

The receiver is the truth about where it is. Whether the place is still one of our log is asked of the log
(`store.Bounds`): after a restore, or when retention has passed it, it is not, and everything is told anew.
"""

from __future__ import annotations

import binascii
import hashlib
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from service.federation.identity.keys import raw_of, text_of
from service.federation.sharing.release import ActiveShare

LONGEST = 2_000
"""Signs of a token: what an envelope allows."""
_Number = Annotated[int, Meta(ge=0, le=2**53)]
_Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:-]+$")]
_Last = Annotated[str, Meta(max_length=400, pattern=r"^[A-Za-z0-9_.:+~/-]*$")]


class BadToken(ValueError):
    """No place of ours."""


class Mark(Struct, frozen=True, array_like=True):
    """A change of our log: its number and its time in microseconds, which together no other log has."""

    seq: _Number = 0
    at: _Number = 0


class Walk(Struct, frozen=True, array_like=True):
    """A share that is being told whole: as it was announced (`told`), the walk's name, and the last ref told."""

    share: _Name
    told: _Name
    id: _Name
    last: _Last = ""


class Place(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`log` is the last change looked at. `high` is how far into the log a walk has already looked. `told` names each
    share the partner has, as it was announced. `compared` is when digests were last told, `mended`
    when a share was last told anew since they differed; in seconds; 0 is never."""

    log: Mark = Mark()
    high: Mark = Mark()
    told: dict[_Name, _Name] = {}
    walk: Walk | None = None
    compared: _Number = 0
    mended: _Number = 0


_read = msgspec.json.Decoder(Place)
_write = msgspec.json.Encoder(order="deterministic")


def write(place: Place) -> str:
    return text_of(_write.encode(place))


def read(token: str) -> Place:
    """Raises BadToken."""
    try:
        return _read.decode(raw_of(token))
    except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError) as error:
        raise BadToken(BadToken.__doc__) from error


def fits(place: Place) -> bool:
    """Whether another ref of any length may still become the last one of a walk."""
    return len(write(place)) <= LONGEST - 420


def told_as(share: ActiveShare) -> str:
    """A share as it was announced: two that let out the same are written the same, also after a restore."""
    said = _write.encode([share.version, share.room, share.name, share.policy, share.incident, share.until])
    return text_of(hashlib.sha256(said).digest())[:8]
