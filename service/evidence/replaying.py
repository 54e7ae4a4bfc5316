"""A recorded file through the parser of its source: first only looked at, then, if somebody confirms it, taken.

What is taken is marked: its source is `<name>:replay` in every provenance and in the log. It ends nothing. It holds
until the source itself answers again, which from then on is asked for everything anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from feeds.contract import Batch, FeedError, Polled
from feeds.plausibility import sift

HELD = 600.0
"""Seconds in which a preview can be confirmed."""
MOST_HELD = 8
_SHOWN = 20


class NotReadable(ValueError):
    """The source's parser cannot read the file."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would give. `token` confirms it, once and from the same session."""

    token: str
    feed: str
    file: str
    sha256: str
    size: int
    recognised: bool
    batch: Batch
    session: str
    until: float

    def told(self) -> dict[str, Any]:
        batch = self.batch
        titles = [w.headline() for w in batch.warnings] + [f.title for f in batch.features]
        titles += [s.name for s in batch.stations]
        return {
            "token": self.token,
            "sha256": self.sha256,
            "size": self.size,
            "recognised": self.recognised,
            "items": batch.items,
            "stations": len(batch.stations),
            "observations": len(batch.observations),
            "forecasts": len(batch.forecasts),
            "warnings": len(batch.warnings),
            "features": len(batch.features),
            "extents": len(batch.extents),
            "outside": batch.outside,
            "newest": batch.newest,
            "titles": titles[:_SHOWN],
            "dropped": [{"item": d.item, "reason": d.reason} for d in batch.dropped[:_SHOWN]],
            "dropped_count": len(batch.dropped),
            "unknown": dict(Counter(batch.unknown).most_common(_SHOWN)),
        }


class Replays:
    """`take` hands a batch to the picture as replayed."""

    def __init__(self, take: Callable[[str, Batch], Awaitable[None]]) -> None:
        self._take = take
        self._held: OrderedDict[str, Preview] = OrderedDict()

    async def preview(self, parser: Polled, file: str, payload: bytes, session: str, now: datetime) -> Preview:
        """Raises NotReadable."""
        recognised, batch = await asyncio.to_thread(_read, parser, file, payload, now)
        preview = Preview(
            token=secrets.token_urlsafe(16),
            feed=parser.name,
            file=file,
            sha256=hashlib.sha256(payload).hexdigest(),
            size=len(payload),
            recognised=recognised,
            batch=batch,
            session=session,
            until=time.monotonic() + HELD,
        )
        self._held[preview.token] = preview
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        return preview

    def held(self, feed: str, token: str, session: str) -> Preview | None:
        """The preview that this token confirms, if it is still held."""
        found = self._held.get(token)
        if found is None or found.feed != feed or found.session != session or found.until < time.monotonic():
            return None
        return found

    async def confirm(self, preview: Preview) -> None:
        """Raises StoreError; then it can be confirmed again."""
        await self._take(preview.feed, preview.batch)
        self._held.pop(preview.token, None)


def _read(parser: Polled, file: str, payload: bytes, now: datetime) -> tuple[bool, Batch]:
    try:
        recognised = parser.recognises(file, payload)
        batch = sift(parser.parse(file, payload, now), now)
    except FeedError as error:
        raise NotReadable(str(error)) from error
    except Exception as error:
        # a file somebody found may be anything, and a parser may be a plugin's: it is the file that is refused
        raise NotReadable(f"the source's parser failed: {type(error).__name__}: {error}"[:300]) from error
    # nothing ends by it: no statement is whole, nothing is replaced or withdrawn
    warnings = [replace(warning, references=()) for warning in batch.warnings]
    return recognised, replace(batch, warnings=warnings, complete=False, all_features=False, withdrawn=set())
