"""How far back the picture goes, and what changed between two moments. Times are those of the picture's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from geodata.model.clock import Clock
from geodata.store import exercises, history, picture
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.answers import LEFT_OUT, Shape
from service.errors import Invalid
from service.history import rules

_PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie"}


class MarkOut(Shape):
    """`text` is the legal level, the function, or how the entry begins; `person` and `staff` are ids."""

    model_config = LEFT_OUT

    kind: Literal["shift", "briefing", "handover", "closing", "legal"]
    at: datetime
    ref: str
    text: str
    person: str | None = None
    staff: str | None = None


class BoundsOut(Shape):
    """`oldest` is null while nothing was ever written."""

    oldest: datetime | None
    now: datetime
    marks: list[MarkOut]


class BetweenOut(Shape):
    ref: str
    what: Literal["new", "changed", "same", "gone", "passing"]
    fields: list[str]
    at: datetime
    actor: str
    room: str
    lines: int
    seq: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class BetweenAllOut(Shape):
    """The latest first. `left_off` more follow: ask again with `below` as it stands here."""

    start: datetime
    end: datetime
    changes: list[BetweenOut]
    left_off: int
    below: int | None


def routes(database: Database, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api/history", tags=["history"])

    @router.get("/bounds", response_model=BoundsOut, summary="The oldest moment and those worth a jump")
    async def get_bounds(request: Request) -> Response:
        visitor = await sessions.visitor(request)
        now = clock.now()
        begin = await history.oldest(database)
        if begin is None:
            return _answer({"oldest": None, "now": now, "marks": []})
        oldest = min((await exercises.timeline(database)).earliest(begin), now)
        _, facts = await picture.snapshot(database, visitor.rooms, kinds=rules.MARKED)
        return _answer({"oldest": oldest, "now": now, "marks": rules.marks(facts, oldest=oldest, now=now)})

    @router.get("/changes", response_model=BetweenAllOut, summary="What was new, changed and gone between two moments")
    async def get_changes(
        request: Request,
        start: Annotated[AwareDatetime, Query(alias="from")],
        end: Annotated[AwareDatetime | None, Query(alias="to", description="without it: now")] = None,
        kinds: Annotated[
            str | None, Query(description="comma list", pattern=r"^[a-z_,]*$", examples=["site,task,zone"])
        ] = None,
        below: Annotated[int | None, Query(ge=1, le=2**62, description="goes on after a page")] = None,
        limit: Annotated[int, Query(ge=1, le=history.MOST)] = 500,
    ) -> Response:
        visitor = await sessions.visitor(request)
        now = clock.now()
        end = min(end, now) if end else now
        if start > end:
            raise Invalid("from", "from must not be after to, nor in the future")
        timeline = await exercises.timeline(database)
        first = await history.cursor_at(database, timeline.wall(start))
        last = await history.cursor_at(database, timeline.wall(end))
        found, left_off = await history.changed(
            database, first, last, visitor.rooms, kinds=kinds.split(",") if kinds else None, below=below, limit=limit
        )
        return _answer(
            {
                "start": start,
                "end": end,
                "changes": [rules.told(between, timeline) for between in found],
                "left_off": left_off,
                "below": found[-1].newest if left_off else None,
            }
        )

    return router


def _answer(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), headers=_PRIVATE, media_type="application/json")
