"""What our Meldekopf says of partners' marches, and what theirs says of ours.

A receipt says what stands in the book; it is written as soon as a march is known here, with everybody missing, and
again whenever something of it changes. A loan whose vehicle has arrived by it has arrived, as if its borrower had said
so on the inquiry's page: on both sides, whichever way the receipt came.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from geodata.model.arrival import ArrivalState
from geodata.model.body import from_body, to_body
from geodata.model.clock import Clock
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.inquiry import LENDING, LineState
from geodata.model.march import MARCH, RECEIPT, March, MarchLine, MarchReceipt, MarchState
from geodata.model.ref import Ref, id_of
from geodata.store import things
from geodata.store.database import Database, StoreError, StoreUnavailable
from geodata.store.things import NoSuchThing
from service.federation.procedures.marches import store
from service.federation.procedures.requests.lender import Lender
from service.requests.borrowing import STAGES, Report, reported, state_after
from service.requests.desk import Desk

log = structlog.get_logger(__name__)

ACTOR = "Meldekopf"
_STATES = {
    ArrivalState.CHECKED_IN: MarchState.ARRIVED, ArrivalState.SENT_ON: MarchState.SENT_ON,
    ArrivalState.CHECKED_OUT: MarchState.LEFT,
}  # fmt: skip
_WAITS = (LineState.COMMITTED, LineState.EN_ROUTE)


class Receipts:
    def __init__(self, database: Database, clock: Clock, *, origin: str, name: str) -> None:
        self.database, self.clock, self.origin, self.name = database, clock, origin, name
        self.desk = Desk(database, origin, {})
        self.lender = Lender(self.desk)
        self._cursor: int | None = None

    async def turn(self) -> None:
        """All that has come since the last turn. Raises StoreUnavailable; then all of it is looked at again."""
        async with self.database.reading() as connection:
            upto = await store.newest(connection)
            if self._cursor == upto:
                return
            known = self._cursor is not None and self._cursor < upto
            if known and not await store.touched(connection, self._cursor or 0, upto):
                self._cursor = upto
                return
            marches = await store.theirs(connection, MARCH)
            receipts = await store.theirs(connection, RECEIPT)
        for march in marches:
            await self._each(march, self._answer)
        for receipt in receipts:
            await self._each(receipt, self._heard)
        self._cursor = upto

    async def _each(self, one: store.Received, do: Any) -> None:
        try:
            await do(one)
        except StoreUnavailable:
            raise
        except (ValueError, StoreError) as error:
            log.warning("a march cannot be treated", ref=one.ref, error=type(error).__name__)

    async def _answer(self, one: store.Received) -> None:
        """Our receipt of a partner's march, and what of it is borrowed."""
        march = from_body(one.body, March)
        if march.to != self.origin:
            return
        refs = [vehicle.ref for vehicle in march.vehicles if vehicle.ref.startswith(f"{one.origin}/")]
        async with self.database.reading() as connection:
            entries = await store.book(connection, self.origin, refs)
            names = await store.places(connection, self.origin, {entry["facility"] for entry in entries.values()})
        lines = tuple(_line(ref, entries.get(ref), names) for ref in refs)
        ref, now = Ref(self.origin, RECEIPT, id_of(one.origin, one.id)), self.clock.now()
        async with self.database.transaction(ACTOR) as tx:
            fresh = MarchReceipt(one.ref, march.edition, 1, self.name, now, lines)
            with suppress(NoSuchThing):
                before = from_body((await things.take(tx, ref, [one.room])).body, MarchReceipt)
                fresh = replace(fresh, edition=before.edition + 1)
                if replace(before, edition=fresh.edition, at=now) == fresh:
                    fresh = before
            tx.put(Fact(ref, one.room, Provenance(ACTOR, fresh.at, fresh.at, Confidence.CONFIRMED), to_body(fresh)))
        arrived = {line.ref.split("/")[2]: line.arrived_at for line in lines if line.arrived_at is not None}
        async with self.database.reading() as connection:
            waiting = await store.borrowed(connection, self.origin, one.origin, arrived)
        for inquiry, ids in waiting.items():
            await self._borrowed(inquiry, {id: arrived[id] for id in ids})

    async def _heard(self, one: store.Received) -> None:
        """What a partner's Meldekopf says of what it borrows from us."""
        receipt = from_body(one.body, MarchReceipt)
        arrived = {line.ref: line.arrived_at for line in receipt.lines if line.arrived_at is not None}
        async with self.database.reading() as connection:
            waiting = await store.lent(connection, self.origin, one.origin, arrived)
        for inquiry, ids in waiting.items():
            at = {id: arrived[f"{self.origin}/resource/{id}"] for id in ids}
            async with self.database.transaction(f"partner:{one.origin}") as tx:
                case = await self.desk.open(tx, inquiry)
                await self.lender.arrived(tx, case, at, self.clock.now())

    async def _borrowed(self, inquiry: str, at: Mapping[str, datetime]) -> None:
        stage, now = STAGES[Report.ARRIVE], self.clock.now()
        async with self.database.transaction(ACTOR) as tx:
            case = await self.desk.open(tx, inquiry)
            after = case.inquiry
            if after.state not in LENDING:
                return
            for line in case.inquiry.offered:
                if line.resource in at and line.state in _WAITS:
                    after = reported(after, {line.resource}, stage, at[line.resource])
            if after != case.inquiry:
                await self.desk.step(tx, case, after, state_after(after, stage), now)


def _line(ref: str, entry: Mapping[str, Any] | None, places: Mapping[str, str]) -> MarchLine:
    if entry is None:
        return MarchLine(ref, MarchState.MISSING)
    until = entry.get("endurance_until")
    return MarchLine(
        ref, _STATES[ArrivalState(entry["state"])], datetime.fromisoformat(entry["arrived_at"]),
        places.get(entry["facility"]), entry.get("strength"), datetime.fromisoformat(until) if until else None,
    )  # fmt: skip
