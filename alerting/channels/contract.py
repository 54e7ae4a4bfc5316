"""What a gateway is: it takes one call and says what became of it. What it must not do is raise for a bad address."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from alerting.model.plan import ChannelKind
from alerting.model.recipient import Answer, CallKind, CallState
from geodata.model.incident import IncidentMode


@dataclass(frozen=True, slots=True)
class Call:
    """`id` is the same when the same call is tried again: the provider and the phone know the repetition by it. `link`
    is the person's own page. `code` is the alarm's short code; it stands in every text. `address` is secret: it never
    goes into a log. `speak` is the text for a voice."""

    id: str
    kind: CallKind
    mode: IncidentMode
    channel: ChannelKind
    address: str = field(repr=False)
    title: str
    text: str = field(repr=False)
    code: str
    link: str | None = field(default=None, repr=False)
    language: str = "de"
    speak: str | None = field(default=None, repr=False)
    about: dict[str, Any] = field(default_factory=dict)
    """For machines (MQTT, webhook): the alarm's id, state, place."""


class Outcome(StrEnum):
    """TAKEN: the provider has it. DELIVERED: and the device too. REFUSED: never with this address (closed, unknown).
    FAILED: not now; try again or take another channel."""

    TAKEN = "TAKEN"
    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"


LONGEST = 300
"""Signs of what a provider says that are kept."""


def _kept(said: str | None) -> str | None:
    """What a provider says, as a database can hold it: no NUL, no half signs, not endless."""
    return None if said is None else said.replace("\0", "")[:LONGEST].encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Receipt:
    outcome: Outcome
    provider_id: str | None = None
    error: str | None = None
    """Without addresses, for people."""
    retry_after: float | None = None
    gone: bool = False
    """The address does not exist any more: close it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "provider_id", _kept(self.provider_id))
        object.__setattr__(self, "error", _kept(self.error))


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider says later: a delivery receipt for one of our calls, or an answer of a person. `exercise` is the
    gateway's: it tells of calls of exercises only, any other of none of those."""

    gateway: str
    at: datetime
    provider_id: str | None = None
    call: str | None = None
    state: CallState | None = None
    address: str | None = field(default=None, repr=False)
    """Whom an inbound message is from."""
    text: str | None = field(default=None, repr=False)
    answer: Answer | None = None
    minutes: int | None = None
    error: str | None = None
    exercise: bool = False

    def __post_init__(self) -> None:
        for name in ("provider_id", "call", "error"):
            object.__setattr__(self, name, _kept(getattr(self, name)))


class Gateway(Protocol):
    """`exercise`: it reaches nobody real. An exercise is sent through such gateways only, everything else never."""

    name: str
    kind: ChannelKind
    exercise: bool
    at_once: int
    """How many calls it takes at the same time."""

    async def call(self, call: Call) -> Receipt: ...

    async def close(self) -> None: ...
