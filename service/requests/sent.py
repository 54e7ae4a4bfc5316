"""What comes in the bodies of requests about requests."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.incident import Id, Moment, Text, Words
from geodata.model.inquiry import Terms
from geodata.model.request import Quantity, RequestLevel, Share
from geodata.model.resource import Shows
from service.bodies import Base, Fields

Ids = Annotated[list[Id], Meta(max_length=200)]


class NewRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`fields`: title, one of capability, type, concept, article, quantity, priority, place …"""

    fields: Fields
    organisation: Id | None = None
    staff: Id | None = None
    submit: bool = True


class RequestEdit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out."""

    base: Base
    fields: Fields


class RequestChoice(msgspec.Struct, forbid_unknown_fields=True):
    take: bool
    field: str | None = None


class RequestEnd(msgspec.Struct, forbid_unknown_fields=True):
    reason: Text | None = None


class RequestDuplicate(msgspec.Struct, forbid_unknown_fields=True):
    of: Id


class RequestRoute(msgspec.Struct, forbid_unknown_fields=True):
    """Either `organisations` or a `level`. `stays_open`: unanswered it becomes overdue, not expired."""

    organisations: Annotated[list[Id], Meta(max_length=60)] | None = None
    level: RequestLevel | None = None
    stays_open: bool = False


class SomeStock(msgspec.Struct, forbid_unknown_fields=True):
    stock: Id
    quantity: Quantity


class StockBack(msgspec.Struct, forbid_unknown_fields=True):
    stock: Id
    quantity: Share


class InquiryOffer(msgspec.Struct, forbid_unknown_fields=True):
    """`shows`: what a partner may see of each resource while it is lent, beyond what the loan needs."""

    resources: Ids = []
    stock: Annotated[list[SomeStock], Meta(max_length=100)] = []
    hold_minutes: Annotated[int, Meta(ge=1, le=1440)] = 30
    eta: Moment | None = None
    terms: Terms | None = None
    note: Text | None = None
    shows: Shows = ()


class InquiryPart(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing named is all."""

    resources: Ids | None = None
    stock: Annotated[list[SomeStock], Meta(max_length=100)] | None = None
    text: Text | None = None


class CoverOverride(msgspec.Struct, forbid_unknown_fields=True):
    """Why basic cover is broken all the same."""

    reason: Words


class InquiryCommit(InquiryPart, forbid_unknown_fields=True):
    override: CoverOverride | None = None


class InquiryReport(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing named is all."""

    resources: Ids | None = None
    text: Text | None = None


class InquiryReturn(msgspec.Struct, forbid_unknown_fields=True):
    """`stock`: how much of each came back."""

    resources: Ids | None = None
    stock: Annotated[list[StockBack], Meta(max_length=100)] | None = None
    text: Text | None = None


class InquiryReason(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"\S")]


class InquiryPassOn(msgspec.Struct, forbid_unknown_fields=True):
    """`organisation` answers from now on."""

    organisation: Id
    reason: Text | None = None


class InquiryWord(msgspec.Struct, forbid_unknown_fields=True):
    reason: Text | None = None


BODIES = (
    NewRequest, RequestEdit, RequestChoice, RequestEnd, RequestDuplicate, RequestRoute, SomeStock, StockBack,
    InquiryOffer, InquiryPart, CoverOverride, InquiryCommit, InquiryReport, InquiryReturn, InquiryReason, InquiryPassOn,
    InquiryWord,
)  # fmt: skip
"""For the description."""
