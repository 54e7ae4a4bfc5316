"""One more entry at the end of a journal."""

from __future__ import annotations

from datetime import UTC, datetime

from geodata.model.journal import Entry, EntryKind, chained
from geodata.model.staff import Function
from geodata.store.database import Transaction
from service.journal import store
from service.journal.rules import Said
from service.journal.signing import NodeKey
from service.journal.store import Journal, Stored


class Writer:
    """Writes for one node: `origin` owns the facts, `key` signs closings."""

    def __init__(self, origin: str, key: NodeKey) -> None:
        self.origin, self.key = origin, key

    async def write(
        self, tx: Transaction, journal: Journal, said: Said, *, author: str, function: Function, now: datetime
    ) -> Stored:
        """Takes the next number; whoever comes second waits here until the first has committed.

        Raises Invalid, NoKey."""
        number, previous = await store.lock(tx, journal.staff)
        if said.corrects is not None:
            await store.corrected(tx, journal.staff, said.corrects)
        entry = Entry(
            staff=journal.staff,
            incident=journal.incident,
            room=journal.room,
            number=number + 1,
            event_time=said.event_time,
            recorded_at=now.astimezone(UTC),
            author=author,
            function=function.value,
            kind=said.kind,
            text=said.text,
            refs=said.refs,
            corrects=said.corrects,
        )
        signature = key = None
        if said.kind is EntryKind.CLOSING:
            signature, key = self.key.sign(chained(previous, entry))
        return await store.add(tx, self.origin, entry, previous, signature=signature, key=key)
