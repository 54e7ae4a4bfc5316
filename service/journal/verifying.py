"""Whether a journal is still as it was written: numbers, links, hashes, signatures, and what the picture and the log
say of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from geodata.model.journal import Broken, Chain, EntryKind, entry_body, entry_ref
from geodata.store.database import Database
from service.journal import signing, store
from service.journal.store import Stored

PAGE = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` were found right from the first one on, `head` is the hash of the last of them (hex). `number` and
    `reason` name the first wrong one, if any."""

    staff: str
    entries: int
    closings: int
    head: str
    number: int | None = None
    reason: str | None = None

    @property
    def right(self) -> bool:
        return self.reason is None


class Verifier:
    """`keys` are the public keys whose signatures count."""

    def __init__(self, database: Database, origin: str, keys: Collection[bytes]) -> None:
        self.database, self.origin, self.keys = database, origin, keys

    async def verify(self, staff: str, *, rooms: Collection[str] | None = None) -> Verdict:
        """Walks the whole journal in pages, seeing these rooms only (None: as the node itself)."""
        chain, closings = Chain(), 0
        number: int | None = None
        reason: str | None = None
        try:
            while entries := await store.page(self.database, rooms, staff, chain.number, PAGE):
                for stored in entries:
                    chain.follow(stored.entry, stored.previous, stored.hash)
                    self._check_signature(stored)
                    closings += stored.entry.kind is EntryKind.CLOSING
                await self._check_log(rooms, entries)
            await self._check_end(rooms, staff, chain.number)
            await self._check_picture(rooms, staff)
        except Broken as broken:
            number, reason = broken.number, broken.reason
        return Verdict(staff, chain.number, closings, chain.head.hex(), number, reason)

    def _check_signature(self, stored: Stored) -> None:
        number, signature, key = stored.entry.number, stored.signature, stored.key
        if stored.entry.kind is not EntryKind.CLOSING:
            if signature is not None:
                raise Broken(number, "is signed, but is no closing")
            return
        if signature is None or key is None or not signing.holds(signature, key, stored.hash):
            raise Broken(number, "is a closing whose signature does not fit")
        if key not in self.keys:
            raise Broken(number, f"is a closing signed with a key that is not known here ({key.hex()})")

    async def _check_log(self, rooms: Collection[str] | None, entries: list[Stored]) -> None:
        """The log of changes remembers for a while what was written."""
        by_ref = {str(entry_ref(self.origin, s.entry.staff, s.entry.number)): s for s in entries}
        for ref, room, body in await store.logged(self.database, rooms, list(by_ref)):
            stored = by_ref[ref]
            if room != stored.entry.room or body != entry_body(stored.entry, stored.hash):
                raise Broken(stored.entry.number, "is not what the log of changes says was written")

    async def _check_end(self, rooms: Collection[str] | None, staff: str, last: int) -> None:
        after = [str(entry_ref(self.origin, staff, last + ahead)) for ahead in range(1, PAGE + 1)]
        for ref, _, _ in await store.logged(self.database, rooms, after):
            number = int(ref.rpartition(".")[2])
            if await self._still_absent(rooms, staff, number):
                raise Broken(last + 1, f"is missing; the log of changes says that entry {number} was written")

    async def _check_picture(self, rooms: Collection[str] | None, staff: str) -> None:
        for stored, fact, room, body in await store.live(self.database, rooms, self.origin, staff):
            if stored is None:
                number = (fact or "").rpartition(".")[2]
                raise Broken(int(number) if number.isdigit() else 0, "is shown in the picture, but not written here")
            if fact is None:
                raise Broken(stored.entry.number, "is not shown in the picture")
            if room != stored.entry.room or body != entry_body(stored.entry, stored.hash):
                raise Broken(stored.entry.number, "is shown otherwise in the picture than it is written here")

    async def _still_absent(self, rooms: Collection[str] | None, staff: str, number: int) -> bool:
        """It may have been written while we walked."""
        found = await store.page(self.database, rooms, staff, number - 1, 1)
        return not found or found[0].entry.number != number
