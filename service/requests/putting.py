"""Putting a request to an organisation: the room of both sides, and the inquiry in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geodata.model.incident import IncidentMode
from geodata.model.inquiry import MESSAGE, Across, Inquiry, InquiryState, Party, Side
from geodata.model.request import Request, Step, level_of
from geodata.store import resources, things
from geodata.store.database import Transaction
from geodata.store.things import Held
from service.requests import store
from service.requests.desk import INQUIRY_KIND, SOURCE, Desk
from service.requests.store import FleetRow


class Putting:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def put(
        self, tx: Transaction, held: Held, request: Request, to: FleetRow, now: datetime, *, stays_open: bool
    ) -> dict[str, Any]:
        """The new inquiry; the request must be locked. Nothing internal of the request goes into it. One to a partner
        stays open: it may just not have come through."""
        if to.partner is None:
            name = f"{request.organisation_name} – {to.name}"
            room, _ = await store.exchange_room(tx, request.organisation, to, request.staff, name)
        else:
            room = to.room
        incident = await store.found(tx, self.desk.ref("incident", request.incident))
        inquiry = Inquiry(
            request=held.ref.id,
            request_ref=str(held.ref),
            incident=request.incident,
            incident_name=incident.body["name"],
            number=request.number,
            requester=Party(request.organisation, request.organisation_name),
            addressee=Party(to.organisation, to.name),
            level=level_of(to.level),
            need=request.need(),
            answer_due=now + self.desk.ageing[request.priority],
            stays_open=stays_open or to.partner is not None,
            mode=IncidentMode(incident.body["mode"]) if to.partner else None,
            across=Across(to.partner, Side.BORROWER, moves=1, since=now) if to.partner else None,
            history=(Step(InquiryState.ROUTED.value, now, tx.actor, None, MESSAGE[InquiryState.ROUTED]),),
        )
        ref = self.desk.ref(INQUIRY_KIND, things.new_id())
        body = resources.add(tx, ref, inquiry, room=room, at=now, source=SOURCE)
        return {"id": ref.id, "ref": str(ref), "room": room, "body": body}
