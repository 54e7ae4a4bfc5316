"""What is sent about messages between staffs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.incident import Id
from geodata.model.partner_message import Precedence, Said

FunctionName = Annotated[str, Meta(min_length=1, max_length=40)]


class NewPartnerMessage(msgspec.Struct, forbid_unknown_fields=True):
    """`incident` is the id of one of ours, `reply_to` the ref of a message of theirs. `function`: in which you speak;
    without it the first that you hold."""

    text: Said
    priority: Precedence = Precedence.ROUTINE
    incident: Id | None = None
    reply_to: Id | None = None
    function: FunctionName | None = None


class PartnerMessageRead(msgspec.Struct, forbid_unknown_fields=True):
    function: FunctionName | None = None


BODIES = (NewPartnerMessage, PartnerMessageRead)
"""For the description."""
