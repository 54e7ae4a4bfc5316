"""A journal as a file, with everybody's names in it: each export is noted in the audit before it begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.visitor import Visitor
from service.errors import Invalid
from service.journal import spreadsheet, store
from service.journal.printing import Sheet, pdf
from service.journal.store import Asked, Journal
from service.journal.wording import Language

PAGE = 500
MOST_PRINTED = 3_000
"""Entries in one PDF: a heavy day's; setting them takes about half a minute."""


class Exporter:
    """`mode` is the node's; an incident may be an exercise on a node that is not."""

    def __init__(self, database: Database, clock: Clock, *, origin: str, mode: str) -> None:
        self.database, self.clock, self.origin, self.mode = database, clock, origin, mode
        self._one = asyncio.Semaphore(1)

    async def csv(self, visitor: Visitor, journal: Journal, asked: Asked, language: Language) -> AsyncIterator[bytes]:
        """In pieces, newest entry first; nobody waits for the whole."""
        await self._audit(visitor, journal, "csv", asked)
        return self._csv(visitor, journal, asked, language)

    async def _csv(self, visitor: Visitor, journal: Journal, asked: Asked, language: Language) -> AsyncIterator[bytes]:
        yield spreadsheet.heading(language).encode()
        before: int | None = None
        known: dict[str, str] = {}
        while found := await store.find(self.database, visitor.rooms, journal.staff, asked, before=before, limit=PAGE):
            before = found[-1].entry.number
            known |= await store.names(self.database, {s.entry.author for s in found} - known.keys())
            yield spreadsheet.rows(found, known, language).encode()

    async def pdf(self, visitor: Visitor, journal: Journal, asked: Asked, language: Language) -> bytes:
        """In the order of the numbers. Raises Invalid if there is too much for one file."""
        await self._audit(visitor, journal, "pdf", asked)
        rooms = visitor.rooms
        found = await store.find(self.database, rooms, journal.staff, asked, before=None, limit=MOST_PRINTED + 1)
        if len(found) > MOST_PRINTED:
            raise Invalid("start", f"one PDF holds {MOST_PRINTED} entries; narrow it with start and end, or take CSV")
        head = await store.head(self.database, rooms, journal.staff)
        closings = await store.closings(self.database, rooms, journal.staff)
        people = {s.entry.author for s in [*found, *closings]} | {visitor.person or ""}
        incident_ref = f"{self.origin}/incident/{journal.incident}"
        refs = {ref.partition("@")[0] for s in found for ref in s.entry.refs} | {incident_ref}
        things = await store.facts(self.database, rooms, refs)
        incident = things.get(incident_ref, {})
        sheet = Sheet(
            staff=journal.name,
            incident=" ".join(str(incident[key]) for key in ("number", "name") if key in incident),
            mode=incident.get("mode", "ACTUAL") if self.mode == "ACTUAL" else self.mode,
            entries=found[::-1],
            names=await store.names(self.database, people),
            things=things,
            head=head,
            closings=closings,
            whole=asked == Asked(),
            by=visitor.name or "",
            at=self.clock.now(),
            language=language,
        )
        async with self._one:
            return await asyncio.to_thread(pdf, sheet)

    async def _audit(self, visitor: Visitor, journal: Journal, format: str, asked: Asked) -> None:
        wanted: dict[str, Any] = {
            "q": asked.q, "kinds": sorted(asked.kinds or ()), "author": asked.author, "ref": asked.ref,
            "start": asked.start and asked.start.isoformat(), "end": asked.end and asked.end.isoformat(),
        }  # fmt: skip
        await store.audit(
            self.database,
            person=visitor.person or "",
            session=visitor.session_id,
            action="journal.export",
            subject=f"staff:{journal.staff}",
            detail={"format": format, **{name: value for name, value in wanted.items() if value}},
        )
