"""A partner: another node that we know by its key, and how far we trust it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from geodata.model.resource import FleetLevel
from geodata.model.states import States


class PeerState(StrEnum):
    """PENDING: its key is known and no human has compared it yet, nothing is accepted or sent. ACTIVE: compared.
    SUSPENDED: for a while, nothing is accepted or sent and nothing is lost. REVOKED: for good; its key counts no more.
    """

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"


_P = PeerState
PEER = States(
    PeerState,
    start=_P.PENDING,
    moves={
        _P.PENDING: (_P.ACTIVE, _P.REVOKED),
        _P.ACTIVE: (_P.SUSPENDED, _P.REVOKED),
        _P.SUSPENDED: (_P.ACTIVE, _P.REVOKED),
        _P.REVOKED: (_P.PENDING,),
    },
)
"""From REVOKED only by a new handshake."""


class Things(StrEnum):
    """What becomes of a revoked partner's things here. KEEP: they stand as last known. DROP: they go."""

    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """An Ed25519 key that we believe: `x` is the raw public key in base64url. It counts from `since`; one that was
    replaced counts until `until`."""

    kid: str
    x: str
    since: datetime
    until: datetime | None = None

    def counts(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Peer:
    """`origin` is what its facts carry; `url` None means that it is reached by file or through `relay` only.
    `exchange_room` is where what both staffs do together lies. `policy` is our own written one for it: what may happen
    without asking. `addresses` are further ones, for when it does not answer at `url`."""

    id: str
    origin: str
    name: str
    level: FleetLevel
    mode: str
    state: PeerState
    keys: tuple[PinnedKey, ...]
    seal_key: str
    url: str | None = None
    ars: str | None = None
    relay: str | None = None
    exchange_room: str | None = None
    policy: dict[str, Any] | None = None
    addresses: tuple[str, ...] = ()

    @property
    def ways(self) -> tuple[str, ...]:
        """Where to call it, the usual address first; empty if it is reached by file or relay only."""
        return tuple(dict.fromkeys((*((self.url,) if self.url else ()), *self.addresses)))
