"""What a lender looks at before he agrees: what the partner's node will see."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from geodata.model.clock import Clock
from geodata.model.resource import Shown
from service.access.sessions import Sessions
from service.bodies import Id, answer
from service.errors import Invalid
from service.federation.procedures.requests.showing import Showing

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not lend from this stock"},
    404: {"description": "There is no such inquiry, or you may not see it"},
    422: {"description": "A field is not valid"},
}
Chosen = Annotated[str, Query(max_length=10_000, description="ids of resources, separated by commas; none: as offered")]
Shows = Annotated[
    str | None, Query(max_length=200, description=f"of {', '.join(Shown)}, separated by commas; none: as offered")
]


def routes(showing: Showing, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api/inquiries/{id}", tags=["exchange"], responses=PROBLEMS)

    @router.get("/shown", summary="What the partner's node will see of what is offered to it")
    async def get_inquiry_shown(request: Request, id: Id, chosen: Chosen = "", shows: Shows = None) -> Response:
        visitor = await sessions.signed_in(request)
        ids = {one for one in chosen.split(",") if one}
        return answer(await showing.of(visitor, id, ids, _ticked(shows), clock.now()))

    return router


def _ticked(shows: str | None) -> tuple[Shown, ...] | None:
    """Raises Invalid."""
    try:
        return None if shows is None else tuple(Shown(one) for one in shows.split(",") if one)
    except ValueError as error:
        raise Invalid("shows", f"known are {', '.join(Shown)}") from error
