"""Who lent what for how long and at what price, as CSV: the record from which somebody settles later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from geodata.model.cells import MARK, lines
from geodata.model.editing import BadEdit
from geodata.model.inquiry import Inquiry, Line, StockLine, hours_of
from geodata.store import things
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.requests import store
from service.requests.desk import REQUEST_KIND, Desk

Language = Literal["de", "en"]

COLUMNS: Mapping[Language, tuple[str, ...]] = {
    "de": (
        "Anforderung", "Titel", "Lage", "Angefordert von", "Gestellt von", "Rufname oder Material", "Typ", "Stärke",
        "Menge", "Einheit", "Zurückgekommen", "Zugesagt", "Eingetroffen", "Freigegeben", "Zurück", "Stunden",
        "EUR je Stunde", "Kosten EUR", "Kostenvereinbarung", "Vom Geber zurückgerufen",
    ),
    "en": (
        "Request", "Title", "Incident", "Requested by", "Provided by", "Call sign or material", "Type", "Strength",
        "Quantity", "Unit", "Came back", "Committed", "Arrived", "Released", "Returned", "Hours",
        "EUR per hour", "Cost EUR", "Agreement on cost", "Recalled by the lender",
    ),
}  # fmt: skip


class Settlement:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def of_request(self, visitor: Visitor, id: str, now: datetime, language: Language) -> str:
        """Raises NoSuchThing, NotAllowed."""
        held = await self.desk.seen(visitor, REQUEST_KIND, id)
        self.desk.demand_requester(visitor, held.body)
        rooms = self.desk.database.asked(visitor.rooms)
        async with self.desk.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            found = await store.inquiries(tx, self.desk.origin, id)
        return table((one.body for one in found.values() if one.room in rooms), now, language)

    async def of_fleet(
        self,
        visitor: Visitor,
        organisation: str,
        now: datetime,
        language: Language,
        *,
        since: datetime | None,
        until: datetime | None,
    ) -> str:
        """What was away, or here from others, in this time. Raises NoSuchThing, NotAllowed, BadEdit."""
        if since is not None and until is not None and until <= since:
            raise BadEdit("to", "it ends before it begins")
        fleet = await self.desk.seen(visitor, "fleet", organisation)
        demand_write(visitor, fleet.room)
        async with self.desk.database.reading(visitor.rooms) as connection:
            found = await store.dealings(
                connection, self.desk.origin, organisation, self.desk.database.asked(visitor.rooms)
            )  # fmt: skip
        return table(found.values(), now, language, since=since, until=until)


def table(
    bodies: Iterable[Mapping[str, Any]],
    now: datetime,
    language: Language,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """Each thing that was lent is a row; a formula in a text is no formula any more."""
    rows: list[tuple[str, ...]] = []
    for body in bodies:
        inquiry = things.checked(body, Inquiry)
        for line in inquiry.lines:
            begins, ends = line.committed_at, line.returned_at
            if begins is None or (until is not None and begins >= until) or (since and ends and ends < since):
                continue
            rows.append(_row(inquiry, line, now, language))
    rows.sort(key=lambda row: (int(row[0]), row[11], row[5]))
    return MARK + lines([COLUMNS[language], *rows])


def _row(inquiry: Inquiry, line: Line | StockLine, now: datetime, language: Language) -> tuple[str, ...]:
    terms = inquiry.terms
    hours = hours_of(line, now)
    force = isinstance(line, Line)
    price = terms.cost_per_hour if terms and force and line.leader is None else None
    return (
        str(inquiry.number), inquiry.need.title, inquiry.incident_name, inquiry.requester.name, inquiry.addressee.name,
        line.callsign if isinstance(line, Line) else line.article, line.type if isinstance(line, Line) else "",
        (line.strength or "") if isinstance(line, Line) else "",
        _number(line.quantity, language), "" if isinstance(line, Line) else line.unit,
        "" if isinstance(line, Line) or line.returned is None else _number(line.returned, language),
        *(_moment(at) for at in (line.committed_at, line.arrived_at, line.released_at, line.returned_at)),
        _number(round(hours, 2), language) if force else "",
        "" if price is None else _number(price, language),
        "" if price is None else _number(round(hours * price, 2), language),
        (terms.cost_note or "") if terms else "", ("x" if line.recalled else ""),
    )  # fmt: skip


def _number(value: float, language: Language) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if language == "de" else text


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
