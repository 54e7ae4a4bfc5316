"""One run against one server: what its checks share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.federation.conformance.partner import Partner
from service.federation.conformance.stream import Stream


@dataclass(frozen=True, slots=True)
class Invited:
    """What the invitation says: where the server is, what it is called, its keys' fingerprint, and the secret."""

    url: str
    origin: str
    fingerprint: bytes
    secret: str


@dataclass(slots=True)
class Trial:
    """`met`: the server has taken the invitation."""

    partner: Partner
    stream: Stream
    invited: Invited
    met: bool = False


Check = Callable[[Trial], Awaitable[None]]
"""Raises Failed, httpx.TransportError."""
Table = tuple[tuple[str, Check], ...]
