"""Messages between two staffs over the border of a node, and what the other side says of each: there, read, answered.

The message is its sender's fact, the receipt its receiver's; each writes only its own. Nobody is named: functions are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.incident import Id, IncidentMode, Moment, Number, Words

MESSAGE = "partner_message"
RECEIPT = "partner_receipt"
LONGEST = 4_000

Said = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=r"\S")]


class Precedence(StrEnum):
    """Vorrangstufe of the message form: einfach, Sofort, Blitz."""

    ROUTINE = "ROUTINE"
    IMMEDIATE = "IMMEDIATE"
    FLASH = "FLASH"


LATE = {
    Precedence.ROUTINE: timedelta(minutes=15),
    Precedence.IMMEDIATE: timedelta(minutes=5),
    Precedence.FLASH: timedelta(minutes=1),
}
"""After so long without being there a message looks undelivered."""


@dataclass(frozen=True, slots=True)
class PartnerMessage:
    """`sender` and `to` are origins, `number` runs by direction, `function` is the sender's. `incident` and `reply_to`
    are refs; the other side may not hold the incident, so its name stands beside it."""

    number: Number
    sender: Words
    to: Words
    text: Said
    at: Moment
    mode: IncidentMode
    priority: Precedence = Precedence.ROUTINE
    function: Words | None = None
    incident: Id | None = None
    incident_name: Words | None = None
    reply_to: Id | None = None


@dataclass(frozen=True, slots=True)
class PartnerReceipt:
    """`message` is the other side's ref; `answer` the ref of the message that answers it."""

    message: Id
    number: Number
    delivered_at: Moment
    read_at: Moment | None = None
    read_by: Words | None = None
    answered_at: Moment | None = None
    answer: Id | None = None
