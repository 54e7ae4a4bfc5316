"""What is sent about incidents shared with a partner."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.incident import Id
from geodata.model.incident_link import LONGEST

FunctionName = Annotated[str, Meta(min_length=1, max_length=40)]
Remark = Annotated[str, Meta(max_length=LONGEST)]
Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=r"\S")]


class NewIncidentLink(msgspec.Struct, forbid_unknown_fields=True):
    """`incident` is the id of one of ours, `theirs` the ref of the partner's. `label`: what ours shall be called in the
    exchange, where everybody who is signed in reads it, here and there; without it the partner sees no name."""

    incident: Id
    theirs: Id
    label: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")] | None = None
    note: Remark | None = None
    function: FunctionName | None = None


class IncidentLinkEnd(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason
    function: FunctionName | None = None


BODIES = (NewIncidentLink, IncidentLinkEnd)
"""For the description."""
