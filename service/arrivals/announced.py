"""Partners' forces under way to here, as a march has announced them: by the stream, or by a file without a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from geodata.model.arrival import ArrivalState
from geodata.model.body import from_body
from geodata.model.march import March, MarchVehicle
from geodata.model.resource import Deployment
from geodata.model.underway import UNDER_WAY, Basis, minutes
from geodata.store.database import Transaction
from service.arrivals import store
from service.arrivals.store import Announced

MISSED = timedelta(days=3)
"""So long after it has ended a march still names who never came."""
_ON = frozenset(Deployment) - UNDER_WAY - {Deployment.AT_HOME}
"""Further than under way; one that is still at home by what is known here was announced later than that was told."""


async def announced(
    tx: Transaction, incident: str, rooms: Collection[str], now: datetime, book: Collection[Mapping[str, Any]], *,
    origin: str,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for each vehicle that has not come, as `under_way` has them; `resource` is its ref. What the last march of
    a vehicle says counts."""
    marches = await store.announced(tx, incident, rooms, now - MISSED, origin=origin)
    last = {
        one.ref: (one, march, found)
        for found in marches
        for march in (from_body(found.body, March),)
        for one in march.vehicles
        if one.ref.startswith(f"{found.origin}/")
    }
    here = {one.get("partner_resource") for one in book if one["state"] != ArrivalState.CANCELLED}
    further = await store.deployments(tx, last, rooms) if last else {}
    waiting = {ref: told for ref, told in last.items() if ref not in here and further.get(ref) not in _ON}
    return [_row(one, march, found, now) for one, march, found in waiting.values()]


def _row(one: MarchVehicle, march: March, found: Announced, now: datetime) -> dict[str, Any]:
    contact = " ".join(part for part in (march.leader, march.contact) if part)
    return {
        "resource": one.ref, "callsign": one.callsign, "type": one.type, "strength": one.strength,
        "deployment": Deployment.EN_ROUTE.value, "organisation": found.origin, "organisation_name": march.sender,
        "contact": contact, "since": _iso(march.at), "expected_at": _iso(one.eta),
        "basis": (Basis.ETA if one.eta else Basis.NONE).value, "overdue": minutes(one.eta, now) if one.eta else None,
        "loan": march.inquiry is not None, "position": None,
        "announced": {"by": march.sender, "at": _iso(march.at), "file": found.way == "file"},
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
