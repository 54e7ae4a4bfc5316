"""What is sent about custody and rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from alerting.model.custody import Decision
from geodata.model.incident import Id, Text, Words
from service.bodies import Base, Fields


class Acknowledgement(msgspec.Struct, forbid_unknown_fields=True):
    text: Text | None = None


class Assessment(msgspec.Struct, forbid_unknown_fields=True):
    """`review_at` asks a watched one anew. `links` are refs of what was done: an alarm, an order."""

    decision: Decision
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
    review_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    links: Annotated[tuple[Id, ...], msgspec.Meta(max_length=20)] = ()


class CustodyOwner(msgspec.Struct, forbid_unknown_fields=True):
    """A function, or a person's account with a name that people know."""

    name: Words
    function: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    person: Id | None = None


class PassedOn(msgspec.Struct, forbid_unknown_fields=True):
    to: Words
    way: Words
    text: Text | None = None


class OnwardReceipt(msgspec.Struct, forbid_unknown_fields=True):
    """`by`: who there has confirmed it."""

    by: Words


class NewAlarmRule(msgspec.Struct, forbid_unknown_fields=True):
    organisation: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    fields: Fields


class AlarmRuleEdit(msgspec.Struct, forbid_unknown_fields=True):
    base: Base
    fields: Fields


BODIES = (Acknowledgement, Assessment, CustodyOwner, PassedOn, OnwardReceipt, NewAlarmRule, AlarmRuleEdit)
"""For the description."""
