"""Jobs, meeting points and the pool of volunteers over HTTP, for their staff. Jobs and points come with the picture."""

from __future__ import annotations

import io
from typing import Annotated, Any

import msgspec
import segno
from fastapi import APIRouter, Path, Query, Request, Response

from alerting.model.job import POINT_KIND, MeetingPoint
from alerting.store.sealing import Seal
from geodata.model.cells import MARK, lines
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode, Text
from geodata.store import things
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import Base, Fields, Id, Key, Once, answer, answered, body_of, decoded
from service.pages.look import Part
from service.volunteers.desk import MOST_ACTS, Desk, DeskAct
from service.volunteers.office import Office
from service.volunteers.pool import MOST_INVITED, Pool

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not write in the room of this roster"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot go from its state to that one"},
    422: {"description": "A field is not valid"},
}
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Helper = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}$")]
SlotId = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Wanted = Annotated[int, Query(ge=1, le=MOST_INVITED)]
_COLUMNS = ("name", "helper", "title", "task", "place", "commissioned_by", "supervisor", "assigned_by", "from",
            "started_at", "until", "checked_in_at", "checked_out_at", "briefed_at", "briefed_by", "risk")  # fmt: skip


class NewJob(msgspec.Struct, forbid_unknown_fields=True):
    """`organisation` is the one whose roster takes in volunteers."""

    organisation: _Name
    fields: Fields


class NewMeetingPoint(msgspec.Struct, forbid_unknown_fields=True):
    organisation: _Name
    fields: Fields


class JobEdit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out."""

    base: Base
    fields: Fields


class JobMove(msgspec.Struct, forbid_unknown_fields=True):
    """`text` is what the scout saw, or why it is paused."""

    state: Annotated[str, msgspec.Meta(max_length=40)]
    text: Text | None = None


class JobInvitation(msgspec.Struct, forbid_unknown_fields=True):
    """Without `helpers` the best `wanted` are invited. `tell`: a message to their proven contacts too."""

    slot: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    wanted: Annotated[int, msgspec.Meta(ge=1, le=MOST_INVITED)] = 1
    helpers: Annotated[list[str], msgspec.Meta(max_length=MOST_INVITED)] = []
    tell: bool = True


class VolunteerActs(msgspec.Struct, forbid_unknown_fields=True):
    """In the order in which they were done."""

    acts: Annotated[list[DeskAct], msgspec.Meta(min_length=1, max_length=MOST_ACTS)]


class VolunteerBlock(msgspec.Struct, forbid_unknown_fields=True):
    """The first one who sends this proposes it, a second one decides it. `lift`: he may help again."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=2000, pattern=r"\S")]
    lift: bool = False


BODIES = (NewJob, NewMeetingPoint, JobEdit, JobMove, JobInvitation, VolunteerActs, VolunteerBlock)
"""For the description."""


def routes(
    database: Database,
    sessions: Sessions,
    clock: Clock,
    seal: Seal,
    part: Part,
    *,
    origin: str,
    mode: IncidentMode,
    public_url: str | None,
) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["volunteers"], responses=PROBLEMS)
    office, desk, pool = Office(database, origin), Desk(database, seal, origin), Pool(database, seal, origin, mode)

    @router.post("/jobs", status_code=201, summary="A job for volunteers", openapi_extra=body_of(NewJob))
    async def post_job(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewJob)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await office.begin_job(visitor, given.organisation, given.fields, once, clock.now()))

    @router.patch("/jobs/{id}", summary="Change a job and its slots", openapi_extra=body_of(JobEdit))
    async def patch_job(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, JobEdit)
        return answer(await office.edit_job(visitor, id, given.fields, given.base, clock.now()))

    @router.post("/jobs/{id}/state", summary="Verify, open, pause or close a job", openapi_extra=body_of(JobMove))
    async def post_job_state(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, JobMove)
        return answer(await office.move_job(visitor, id, given.state, given.text, clock.now()))

    @router.get("/jobs/{id}/candidates", summary="Who fits a slot best")
    async def get_candidates(request: Request, id: Id, slot: SlotId, wanted: Wanted = 20) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await pool.candidates(visitor, id, slot, wanted, clock.now()))

    @router.post("/jobs/{id}/invitations", summary="Invite to a slot", openapi_extra=body_of(JobInvitation))
    async def post_invitations(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, JobInvitation)
        invited = await pool.invite(visitor, id, given.slot, given.wanted, given.helpers, clock.now(), tell=given.tell)
        return answer(invited)

    @router.get("/jobs/{id}/evidence.csv", summary="Who worked at a job, for the insurance")
    async def get_job_evidence(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        _, rows = await pool.evidence_of_job(visitor, id)
        table = [[_cell(row.get(name)) for name in _COLUMNS] for row in rows]
        headers = {"Content-Disposition": 'attachment; filename="nachweis.csv"', "Cache-Control": "no-store"}
        return Response((MARK + lines([_COLUMNS, *table])).encode(), media_type="text/csv", headers=headers)

    @router.post("/meeting-points", status_code=201, summary="An Anlaufstelle", openapi_extra=body_of(NewMeetingPoint))
    async def post_point(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewMeetingPoint)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await office.begin_point(visitor, given.organisation, given.fields, once, clock.now()))

    @router.patch("/meeting-points/{id}", summary="Change an Anlaufstelle", openapi_extra=body_of(JobEdit))
    async def patch_point(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, JobEdit)
        return answer(await office.edit_point(visitor, id, given.fields, given.base, clock.now()))

    @router.get("/meeting-points/{id}/poster", summary="Its poster, to print")
    async def get_poster(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        held = await office.seen(visitor, POINT_KIND, id)
        point = things.checked(held.body, MeetingPoint)
        address = f"{(public_url or str(request.base_url)).rstrip('/')}/k/{point.code}"
        return part.answer(request, "poster.html", point=point, address=address, qr=qr(address))

    @router.get("/volunteers/{id}", summary="The volunteers of a roster and where they are")
    async def get_volunteers(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await pool.seen(visitor, id, clock.now()))

    @router.post("/volunteers/{id}/acts", summary="Check in, brief, assign …", openapi_extra=body_of(VolunteerActs))
    async def post_acts(request: Request, id: Id) -> Response:
        """Sent again, an act is KNOWN and changes nothing. One that is REFUSED keeps no other from the books."""
        visitor = await sessions.signed_in(request)
        given = await decoded(request, VolunteerActs)
        return answer(await desk.record(visitor, id, given.acts, clock.now()))

    @router.get("/volunteers/{id}/people/{helper}/evidence", summary="What somebody did, to print")
    async def get_evidence(request: Request, id: Id, helper: _Helper) -> Response:
        visitor = await sessions.signed_in(request)
        person, rows = await pool.evidence(visitor, id, helper)
        return part.answer(request, "evidence.html", person=person, rows=rows)

    @router.post(
        "/volunteers/{id}/people/{helper}/block", summary="Somebody may not help", openapi_extra=body_of(VolunteerBlock)
    )
    async def post_block(request: Request, id: Id, helper: _Helper) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, VolunteerBlock)
        return answer(await pool.block(visitor, id, helper, given.reason, lift=given.lift, now=clock.now()))

    return router


def qr(said: str) -> str:
    """The code as SVG within the page."""
    out = io.BytesIO()
    made = segno.make(said, error="m", micro=False)
    made.save(out, kind="svg", scale=6, border=4, xmldecl=False, svgns=True, svgclass=None, lineclass=None)
    return out.getvalue().decode()


def _cell(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
