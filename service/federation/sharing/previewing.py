"""What a partner will see under an agreement, by the same code that sends it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from geodata.store.database import Database
from service.federation.sharing import store
from service.federation.sharing.kinds import KINDS
from service.federation.sharing.redaction import withheld
from service.federation.sharing.release import ActiveShare, release

PAGE = 500
MOST = 50_000
"""Things that are looked at to count; beyond them the counts say that there is more."""


async def preview(database: Database, share: ActiveShare, after: str, limit: int) -> dict[str, Any]:
    """Counts per kind of what leaves and what stays, the fields that stay here, and a page of the things as they leave,
    in the order of their refs after `after`."""
    counts: dict[str, dict[str, int]] = {}
    items: list[dict[str, Any]] = []
    next_after: str | None = None
    place, looked = "", 0
    while True:
        async with database.reading() as connection:
            page = await store.facts(connection, share, place, PAGE)
        for kept in page.things:
            kind = kept.ref.split("/")[1]
            count = counts.setdefault(kind, {"leaves": 0, "stays": 0})
            released = release(share, kept.ref, kept.room, kept.provenance, kept.body, kept.extent)
            count["leaves" if released else "stays"] += 1
            if released is None or (after and kept.ref <= after):
                continue
            if len(items) < limit:
                items.append(msgspec.to_builtins(released))
            elif next_after is None:
                next_after = items[-1]["ref"]
        looked += len(page.things)
        if page.last is None or looked >= MOST:
            break
        place = page.last
        await asyncio.sleep(0)
    return {
        "counts": [{"kind": kind, **counts[kind]} for kind in sorted(counts)],
        "withheld": {kind: withheld(kind, share.policy) for kind in sorted(counts) if kind in KINDS},
        "items": items,
        "next": next_after,
        "more": page.last is not None,
    }
