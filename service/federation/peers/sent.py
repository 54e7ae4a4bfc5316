"""What comes in the bodies of requests about partners."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from geodata.model.resource import FleetLevel
from service.federation.peers.address_book import AddressBook
from service.federation.peers.handshake import Hello
from service.federation.peers.invitation import LONGEST, MOST_SIGNS, USUAL
from service.federation.peers.peer import Things
from service.federation.peers.rotation import Rotation

Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
Address = Annotated[str, Meta(pattern=r"^https?://[!-~]{1,400}$")]
Word = Annotated[str, Meta(pattern=r"^[a-z]{5}$")]


class NewInvitation(msgspec.Struct, forbid_unknown_fields=True):
    """`name`: whom it is for. `hours`: how long it counts."""

    name: Name
    hours: Annotated[int, Meta(ge=1, le=int(LONGEST.total_seconds() // 3600))] = int(USUAL.total_seconds() // 3600)


class InvitationText(msgspec.Struct, forbid_unknown_fields=True):
    """As it was made on the other side."""

    invitation: Annotated[str, Meta(min_length=20, max_length=2 * MOST_SIGNS)]


class WordsCompared(msgspec.Struct, forbid_unknown_fields=True):
    """The words that were shown, and that the other side has read out."""

    words: Annotated[list[Word], Meta(min_length=8, max_length=8)]


class WithReason(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason


class PartnerEnd(msgspec.Struct, forbid_unknown_fields=True):
    """`things` left out: kept while a request or loan between both goes on, else dropped."""

    reason: Reason
    things: Things | None = None


class PartnerEdit(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. `url` null: reached by file or relay only. `relay`: id of the partner that carries for
    it. `note`: what was agreed with it, in words. `addresses`: further ones, tried in turn when `url` does not
    answer."""

    name: Name | UnsetType = UNSET
    level: FleetLevel | UnsetType = UNSET
    ars: Annotated[str, Meta(pattern=r"^\d{1,12}$")] | UnsetType | None = UNSET
    url: Annotated[str, Meta(pattern=r"^https?://[!-~]{1,400}$")] | UnsetType | None = UNSET
    relay: Annotated[str, Meta(min_length=1, max_length=80)] | UnsetType | None = UNSET
    note: Annotated[str, Meta(max_length=4000)] | UnsetType | None = UNSET
    addresses: Annotated[tuple[Address, ...], Meta(max_length=8)] | UnsetType = UNSET


BODIES = (
    NewInvitation,
    InvitationText,
    WordsCompared,
    WithReason,
    PartnerEnd,
    PartnerEdit,
    Hello,
    Rotation,
    AddressBook,
)
"""For the description."""
