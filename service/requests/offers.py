"""What a lender names: whether it can be, the lines it becomes, and what it is assigned to once promised."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.inquiry import Inquiry, Line, LineState, StockLine, named
from geodata.model.lending import iso
from geodata.model.request import FARTHEST
from geodata.model.resource import Fleet, Loan
from service.access.keeping import demand_share, demand_write
from service.access.visitor import NotAllowed, Visitor
from service.requests.desk import Case
from service.requests.holding import Taken, amounts
from service.requests.sent import InquiryOffer, InquiryPart

_L = LineState
_BEFORE = timedelta(hours=1)


def ids_of(lines: Collection[Line], material: Collection[StockLine]) -> set[str]:
    return {line.resource for line in lines} | {line.stock for line in material}


def demand(visitor: Visitor, fleet: Fleet | None, *, share: bool) -> Fleet:
    if fleet is None:
        raise NotAllowed("This organisation has no fleet any more.")
    (demand_share if share else demand_write)(visitor, fleet.room)
    return fleet


def check_offer(given: InquiryOffer, now: datetime) -> None:
    if not given.resources and not given.stock:
        raise BadEdit("resources", "name at least one resource or stock")
    if given.eta is not None and not now - _BEFORE <= given.eta <= now + timedelta(days=30):
        raise BadEdit("eta", "it arrives between now and in 30 days")
    until = given.terms.until if given.terms else None
    if until is not None and not now < until <= now + FARTHEST:
        raise BadEdit("terms.until", "the loan ends after now, within a year")


def lines_of(
    taken: Taken, leaders: dict[str, str | None], given: InquiryOffer, case: Case
) -> tuple[Line, ...]:  # fmt: skip
    """A member of a unit counts with its unit. Offered against a concept without the unit itself, all parts together
    count as one: the first."""
    concept = case.inquiry.need.concept
    whole = any(taken.resources[id].type == concept for id in leaders)
    lines: list[Line] = []
    for id in sorted(leaders, key=lambda id: (leaders[id] is not None, taken.resources[id].callsign, id)):
        resource = taken.resources[id]
        counts = 0.0 if leaders[id] else 1.0
        if concept is not None and counts:
            counts = 1.0 if (resource.type == concept if whole else not lines) else 0.0
        lines.append(
            Line(
                id, resource.callsign, resource.type, resource.kind, counts, capabilities=resource.capabilities,
                strength=resource.strength, leader=leaders[id], eta=given.eta,
            )
        )  # fmt: skip
    return tuple(lines)


def part_of(
    inquiry: Inquiry, given: InquiryPart
) -> tuple[tuple[Line, ...], tuple[StockLine, ...], dict[str, float]]:  # fmt: skip
    """The lines meant of what was taken, and of stock how much. Raises BadEdit."""
    part = amounts(given.stock or ())
    everything = given.resources is None and given.stock is None
    taken = frozenset({_L.REQUISITIONED})
    lines = named(inquiry.offered, None if everything else given.resources or (), taken, "resources")
    material = named(inquiry.stock, None if everything else tuple(part), taken, "stock")
    for one in material:
        if part.get(one.stock, 0) > one.quantity:
            raise BadEdit("stock", f"{one.article}: only {one.quantity:g} {one.unit} were taken")
    return lines, material, part


def loan_of(id: str, inquiry: Inquiry, now: datetime) -> Loan:
    """What is lent for the inquiry of this id says so."""
    terms = inquiry.terms
    return Loan(
        id, inquiry.requester.organisation, now, terms.until if terms else None, terms.recall_hours if terms else None,
        inquiry.shows,
    )  # fmt: skip


def assigned(case: Case, line: Line) -> dict[str, Any]:
    request = case.request
    eta = None if line.eta is None else iso(line.eta)
    place = None if request.place is None else list(request.place)
    return {
        "incident": request.incident, "sector": request.sector, "site": request.site, "target": place, "eta": eta,
    }  # fmt: skip
