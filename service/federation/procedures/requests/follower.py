"""Reads partners' inquiries as they come, and makes of each what there is to make of it here.

What a partner asks of us becomes an inquiry of ours in the same room, named after the partner's, so that it is made
once; people here answer it on the usual pages. What partners say to what we have asked is merged into ours. All of it
can be done again without harm: where it has got to is not kept, everything is looked at again after a restart.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import structlog

from geodata.model.clock import Clock
from geodata.model.inquiry import Inquiry, Side
from geodata.model.ref import BadRef, Ref
from geodata.store import things
from geodata.store.database import StoreError, StoreUnavailable, Transaction
from service.federation.procedures.requests import store
from service.federation.procedures.requests.lender import Lender, NotNow
from service.federation.procedures.requests.merging import merged, new_steps
from service.federation.procedures.requests.naming import named
from service.federation.procedures.requests.store import Copy
from service.requests.ageing import Ageing
from service.requests.desk import INQUIRY_KIND, Desk

log = structlog.get_logger()

EVERY = 0.3
"""Seconds between two looks at the log; without news a look is one small query."""


class Follower:
    def __init__(self, desk: Desk, ageing: Ageing, clock: Clock) -> None:
        self.desk, self.ageing, self.clock = desk, ageing, clock
        self.lender = Lender(desk)
        self._cursor: int | None = None
        self._waiting: set[str] = set()
        self._said_to_wait: set[str] = set()

    async def turn(self) -> None:
        """All that has come since the last turn, and what could not be done then. Without the database nothing is done,
        and all of it the next time."""
        with suppress(StoreUnavailable):
            await self._turn()

    async def _turn(self) -> None:
        async with self.desk.database.reading() as connection:
            upto = await store.newest(connection)
            if self._cursor is None or upto < self._cursor:
                found = await store.everything(connection)
            else:
                news = upto > self._cursor
                found = await store.changed(connection, self._cursor, upto) if news else []
        self._waiting.update(found)
        self._cursor = upto
        if self._waiting:
            await self.ageing.lapse(self.clock.now())  # what has run out here is taken by nobody
        for ref in sorted(self._waiting):
            if await self._treat(ref):
                self._waiting.discard(ref)

    async def _treat(self, ref: str) -> bool:
        """Whether there is nothing left to do for it until it changes."""
        actor = f"partner:{ref.split('/')[0]}"
        try:
            async with self.desk.database.transaction(actor) as tx:
                copy = await store.copy(tx, ref)
                if copy is not None:
                    await self._merge(tx, ref, copy, self.clock.now())
        except (NotNow, StoreUnavailable) as why:
            if ref not in self._said_to_wait:
                log.info("a partner's inquiry waits", ref=ref, why=str(why))
                self._said_to_wait.add(ref)
            return False
        except (ValueError, StoreError) as error:
            log.warning("a partner's inquiry cannot be treated", ref=ref, error=type(error).__name__)
        self._said_to_wait.discard(ref)
        return True

    async def _merge(self, tx: Transaction, ref: str, copy: Copy, now: datetime) -> None:
        """Raises NotNow, StoreError, ValueError."""
        if not copy.counts:
            raise NotNow(f"{copy.origin} is suspended")
        theirs = things.checked(copy.body, Inquiry)
        across = theirs.across
        if across is None or across.other != self.desk.origin:
            raise ValueError("it is between others")
        if across.side is Side.BORROWER:
            await self.lender.treat(tx, Ref.parse(ref), copy, theirs, now)
        elif across.ref is not None:
            await self._said(tx, ref, across.ref, copy, theirs, now)

    async def _said(self, tx: Transaction, ref: str, own: str, copy: Copy, theirs: Inquiry, now: datetime) -> None:
        """What the lender says to an inquiry of ours."""
        with suppress(BadRef):
            asked = Ref.parse(own)
            if (asked.origin, asked.kind) == (self.desk.origin, INQUIRY_KIND):
                case = await self.desk.open(tx, asked.id)
                mine = case.inquiry
                ours = mine.across
                if ours is None or ours.side is not Side.BORROWER or (ours.other, case.held.room) != (
                    copy.origin, copy.room,
                ):  # fmt: skip
                    raise ValueError("it answers what was not asked of this partner")
                if ours.ref not in (None, ref):
                    raise ValueError("another inquiry of this partner answers already")
                after = named(merged(mine, theirs, Side.BORROWER), ref, copy)
                if after != mine:
                    await self.desk.heard(tx, case, after, new_steps(mine, after), now)
                return
        raise ValueError("it answers what is no inquiry of ours")
