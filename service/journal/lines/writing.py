"""One more line by the node itself, in each of some journals, and never twice for the same cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from geodata.model.journal import BY_ITSELF, EntryKind
from geodata.store.database import Transaction
from service.journal.lines import store
from service.journal.rules import LONGEST, Said
from service.journal.store import Journal
from service.journal.writing import Writer

SOURCE = "lagebild"
"""In the provenance of what the node wrote itself."""


class Lines:
    def __init__(self, origin: str) -> None:
        self.writer = Writer(origin)

    async def write(
        self,
        tx: Transaction,
        journals: Iterable[Journal],
        text: str,
        *,
        now: datetime,
        at: datetime | None = None,
        refs: Sequence[str] = (),
        cause: str | None = None,
    ) -> int:
        """How many were written. `at` is when it happened, else `now`; of a `cause` each journal gets one line. Without
        a cause whoever calls sees to it that this happens once. Waits for the turn in each journal."""
        written = 0
        said = Said(EntryKind.INCIDENT, visible(text)[:LONGEST], (at or now).astimezone(UTC), tuple(refs), None)
        for journal in sorted(journals, key=lambda one: one.staff):
            if cause is not None and not await store.claim(tx, journal.staff, cause):
                continue
            stored = await self.writer.write(
                tx, journal, said, author=BY_ITSELF, function=BY_ITSELF, now=now, source=SOURCE
            )
            if cause is not None:
                await store.numbered(tx, journal.staff, cause, stored.entry.number)
            written += 1
        return written


def visible(text: str) -> str:
    """In one line, without signs that nobody sees."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(kept.split())
