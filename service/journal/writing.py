"""One more entry at the end of a journal."""

from __future__ import annotations

from datetime import UTC, datetime

from geodata.model.journal import Entry, EntryKind, chained
from geodata.store.database import Transaction
from service.journal import store
from service.journal.rules import Said
from service.journal.signing import NodeKey, NoKey
from service.journal.store import Journal, Stored


class Writer:
    """Writes for one node: `origin` owns the facts, `key` signs closings; without one nothing is closed."""

    def __init__(self, origin: str, key: NodeKey | None = None) -> None:
        self.origin, self.key = origin, key

    async def write(
        self,
        tx: Transaction,
        journal: Journal,
        said: Said,
        *,
        author: str,
        function: str,
        now: datetime,
        source: str = "people",
    ) -> Stored:
        """Takes the next number; whoever comes second waits here until the first has committed. `function` is the code
        of the author's, `source` stands in the provenance.

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
            function=str(function),
            kind=said.kind,
            text=said.text,
            refs=said.refs,
            corrects=said.corrects,
        )
        signature = key = None
        if said.kind is EntryKind.CLOSING:
            if self.key is None:
                raise NoKey("this journal cannot be closed here: no key to sign with")
            signature, key = self.key.sign(chained(previous, entry))
        return await store.add(tx, self.origin, entry, previous, signature=signature, key=key, source=source)
