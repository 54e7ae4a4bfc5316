"""Filling one envelope from a place in our stream: what has ended, shares told whole, then the log, then digests.

All statements see one moment (`Database.moment`): what is told of it is the end of the log at that moment, and a digest
is of exactly that. What no longer passes is dropped at the partner only if it did pass before: whoever was never told
of a thing is not told that it is gone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from geodata.model.body import to_body
from geodata.store.database import Connection
from service.federation.identity.keys import text_of
from service.federation.sending import store, token
from service.federation.sending.pack import MOST_ITEM, Pack
from service.federation.sending.passing import Passing
from service.federation.sending.recent import Recent
from service.federation.sending.store import Line
from service.federation.sending.token import Mark, Place, Walk
from service.federation.sharing.policy import Released
from service.federation.sharing.release import EXCHANGE, ActiveShare, release
from service.federation.sharing.store import Kept, facts
from service.federation.wire.envelope import Digest, Drop, Put, Share, Walked, item_digest

LINES = 1_000
THINGS = 200
MEND_EVERY = 60
"""Seconds that at least lie between two tellings anew since digests differ."""
LOOKS = 25
"""How many pages are looked at for one envelope: it then goes out as it is, and the next one goes on."""
MOST_TERMS = 100_000
AGAIN = "again"
"""In the place of how a share was told: it stands there, and shall be told anew."""

_json = msgspec.json.Encoder()


class Telling:
    def __init__(
        self, connection: Connection, shares: Sequence[ActiveShare], place: Place, newest: Mark, pack: Pack,
        *, name: str, compare: float, now: datetime, passing: Passing, recent: Recent,
    ) -> None:  # fmt: skip
        """`name` is that of the envelope, `compare` how many seconds lie between two digests."""
        self.connection, self.newest, self.pack = connection, newest, pack
        self.shares = {share.id: share for share in shares}
        self.log, self.high, self.walk = place.log, place.high, place.walk
        self.told, self.compared, self.mended = dict(place.told), place.compared, place.mended
        self.name, self.interval, self.now = name, compare, int(now.timestamp())
        self.passing, self.recent = passing, recent
        self.looks = LOOKS
        self.digested = False
        self.left_out: list[str] = []

    @property
    def place(self) -> Place:
        high = self.high if self.high.seq > self.log.seq else Mark()
        return Place(self.log, high, self.told, self.walk, self.compared, self.mended)

    @property
    def more(self) -> bool:
        """Whether something that was seen did not go in."""
        return self.walk is not None or self.log.seq < self.newest.seq or self._unannounced() is not None

    async def fill(self, repair: Sequence[str]) -> None:
        self._mend(repair)
        await self._withdraw()
        while not self.pack.full and self.looks > 0:
            if self.walk is not None:
                await self._go_on(self.walk)
            elif not self._announce():
                break
        if self.walk is None and self._unannounced() is None:
            await self._tell_log()
            if self.log.seq == self.newest.seq:
                await self._compare()

    def _mend(self, repair: Sequence[str]) -> None:
        """What differs there is told anew, but not again and again: a thing that the partner cannot read stays one."""
        wanted = [id for id in repair if id in self.told and not (self.walk and self.walk.share == id)]
        if wanted and abs(self.now - self.mended) >= min(MEND_EVERY, self.interval):
            self.mended = self.now
            for id in wanted:
                self.told[id] = AGAIN

    async def _withdraw(self) -> None:
        """What is no longer effective ends before anything else is said."""
        if self.walk and (
            self.walk.share not in self.shares or token.told_as(self.shares[self.walk.share]) != self.walk.told
        ):
            self.walk = None
        ended = [id for id in self.told if id not in self.shares]
        if not ended:
            return
        titles = await store.titles(self.connection, ended)
        for id in ended:
            name, version = titles.get(id, (id, 0))
            said = Share(id, version, "WITHDRAWN", name[:200] or id, exchange=id == EXCHANGE)
            if not self.pack.add(_json.encode(said)):
                return
            del self.told[id]

    def _unannounced(self) -> ActiveShare | None:
        for share in self.shares.values():
            if self.told.get(share.id) != token.told_as(share):
                walk = Walk(share.id, token.told_as(share), "x" * 12)
                told = {**self.told, share.id: token.told_as(share)}
                if token.fits(Place(self.newest, self.newest, told, walk, self.now, self.now)):
                    return share
                self._leave_out(f"share {share.id}: too many shares for one partner")
        return None

    def _announce(self) -> bool:
        share = self._unannounced()
        if share is None:
            return False
        name = hashlib.sha256(f"{self.name} {share.id}".encode()).digest()
        walk = Walk(share.id, token.told_as(share), text_of(name)[:12])
        terms = {} if share.exchange else to_body(share.policy)
        if len(_json.encode(terms)) > MOST_TERMS:
            terms.pop("area", None)
        said = Share(
            share.id, share.version, "OPEN", share.name[:200] or share.id, walk.id, share.exchange,
            share.incident, (share.incident_name or "")[:200] or None,
            datetime.fromisoformat(share.until) if share.until else None, terms,
        )  # fmt: skip
        if not self.pack.add(_json.encode(said)):
            return False
        self.told[share.id], self.walk, self.compared = walk.told, walk, 0
        return True

    async def _go_on(self, walk: Walk) -> None:
        """The next page of a share that is told whole: things as they are now, so that the log says nothing newer."""
        share = self.shares[walk.share]
        self.looks -= 1
        page = await facts(self.connection, share, walk.last, THINGS)
        self.high = self.newest
        await self.passing.look_up(share, [kept.ref for kept in page.things])
        for kept in page.things:
            raw = self._put(share, kept, self.newest.seq, walk.id)
            if raw is not None and not self.pack.add(raw):
                return
            self.walk = walk = msgspec.structs.replace(walk, last=kept.ref)
        if page.last is None and self.pack.add(_json.encode(Walked(share.id, walk.id))):
            self.walk = None
        await asyncio.sleep(0)

    async def _tell_log(self) -> None:
        rooms = {self.shares[id].room for id in self.told}
        while self.log.seq < self.newest.seq and not self.pack.full and self.looks > 0:
            self.looks -= 1
            page = await self.recent.lines(self.connection, self.log.seq, self.newest, rooms, LINES)
            if page.lines:
                upto = await self._tell(page.lines)
                if upto != page.lines[-1].seq:
                    self.log = next((line.mark for line in page.lines if line.seq == upto), self.log)
                    return
            self.log = page.upto or page.lines[-1].mark
            await asyncio.sleep(0)

    async def _tell(self, lines: Sequence[Line]) -> int | None:
        """Tell as many of these changes as go in, from the first on; the number of the last one, or None."""
        lines = _of_things(lines, self.pack.free)
        while lines:
            items = await self._items(lines)
            fitting = self.pack.add_all([raw for _, raw in items])
            if fitting == len(items):
                return lines[-1].seq
            first = items[fitting][0]
            if lines[0].seq == first and not self.pack.items:
                # One change that several shares tell, together larger than an envelope.
                self._leave_out(f"{lines[0].ref}: larger than what an envelope takes")
                self.pack.add_all([raw for _, raw in items[:fitting]])
                return first
            lines = [line for line in lines if line.seq < first]
        return None

    async def _items(self, lines: Sequence[Line]) -> list[tuple[int, bytes]]:
        """What these changes come to: of each thing only what it is after them."""
        last = {line.ref: line for line in lines}
        first: dict[str, Line] = {}
        rooms: dict[str, set[str]] = {}
        for line in lines:
            first.setdefault(line.ref, line)
            rooms.setdefault(line.ref, set()).add(line.room)
        puts = [line.seq for line in last.values() if line.put]
        said = await self.recent.bodies(self.connection, self.log.seq, self.newest, puts)
        items: list[tuple[int, bytes]] = []
        gone: list[tuple[ActiveShare, Line]] = []
        for share in self.shares.values():
            await self.passing.look_up(share, [line.ref for line in last.values() if line.put])
        for line in last.values():
            for share in self.shares.values():
                if share.id not in self.told or share.room not in rooms[line.ref]:
                    continue
                if not self.passing.concerns(share, line.ref):
                    continue
                raw = self._put(share, said[line.seq], line.seq) if line.put else None
                if raw is None:
                    gone.append((share, line))
                else:
                    items.append((line.seq, raw))
        was = await store.before(self.connection, {line.ref: first[line.ref].seq for _, line in gone})
        for share, line in gone:
            before = was.get(line.ref)
            # A log that knows of nothing before a drop has forgotten it (thinned tracks).
            forgotten = line.ref not in was and not first[line.ref].put
            if forgotten or (before is not None and self._released(share, before) is not None):
                items.append((line.seq, _json.encode(Drop(share.id, line.ref, line.seq))))
        return sorted(items, key=lambda item: item[0])

    async def _compare(self) -> None:
        if not self.told or self.pack.free < len(self.told) or abs(self.now - self.compared) < self.interval:
            return
        digests = [await self._digest(self.shares[id]) for id in self.told]
        if self.pack.add_all([_json.encode(digest) for digest in digests]) == len(digests):
            self.compared, self.digested = self.now, True

    async def _digest(self, share: ActiveShare) -> Digest:
        count, folded, after = 0, 0, ""
        while True:
            page = await facts(self.connection, share, after, THINGS)
            await self.passing.look_up(share, [kept.ref for kept in page.things])
            for kept in page.things:
                put = self._as_put(share, kept, 0, None)
                if put is not None and len(_json.encode(put)) <= MOST_ITEM:
                    count, folded = count + 1, folded ^ int.from_bytes(item_digest(put))
            if page.last is None:
                return Digest(share.id, count, f"{folded:064x}")
            after = page.last
            await asyncio.sleep(0)

    def _put(self, share: ActiveShare, kept: Kept, seq: int, walk: str | None = None) -> bytes | None:
        put = self._as_put(share, kept, seq, walk)
        if put is None:
            return None
        raw = _json.encode(put)
        if len(raw) > MOST_ITEM:
            self._leave_out(f"{kept.ref}: larger than what an envelope takes")
            return None
        return raw

    def _as_put(self, share: ActiveShare, kept: Kept, seq: int, walk: str | None) -> Put | None:
        if not kept.ref.startswith(f"{share.origin}/"):
            return self.passing.passed(share, kept, walk)
        out = self._released(share, kept)
        if out is None:
            return None
        return self.passing.signed(share, Put(share.id, out.ref, seq, out.body, out.provenance, out.extent, walk))

    def _released(self, share: ActiveShare, kept: Kept) -> Released | None:
        if not self.passing.may_know(kept.ref):
            return None
        try:
            return release(share, kept.ref, kept.room, kept.provenance, kept.body, kept.extent)
        except Exception as error:  # one thing that nobody can read stops no stream
            self._leave_out(f"{kept.ref}: {error!r}"[:300])
            return None

    def _leave_out(self, reason: str) -> None:
        if reason not in self.left_out:
            self.left_out.append(reason)


def _of_things(lines: Sequence[Line], most: int) -> list[Line]:
    """The first changes, of at most so many things."""
    seen: set[str] = set()
    for number, line in enumerate(lines):
        seen.add(line.ref)
        if len(seen) > most:
            return list(lines[:number])
    return list(lines)
