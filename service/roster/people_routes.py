"""People of rosters over HTTP. Nothing of this is part of the picture: it is asked for, and readings are noted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from alerting.store.roster import Wanted
from alerting.store.sealing import Seal
from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.errors import Invalid
from service.roster.importing import Importing
from service.roster.people import People
from service.roster.reach import Reach
from service.roster.shapes import ChannelsEdit, NewPerson, PersonEdit, SkillsEdit
from service.sheets import MOST_BYTES

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not write in the room of this roster"},
    404: {"description": "There is no such thing, or you may not see it"},
    422: {"description": "A field is not valid"},
}
Word = Annotated[str | None, Query(max_length=120)]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _XLSX: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}
_NEVER_KEPT = {"Cache-Control": "no-store"}


def routes(
    database: Database, sessions: Sessions, clock: Clock, seal: Seal, *, origin: str, public_url: str
) -> list[APIRouter]:
    people = People(database, seal, origin, public_url)
    return [_people(people, sessions, clock), _rosters(people, sessions, clock)]


def _people(people: People, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api/helpers", tags=["people"], responses=PROBLEMS)
    reach = Reach(people.database, people.origin, people)

    @router.get("", summary="People of rosters, page by page; without names where you do not keep them")
    async def get_people(
        request: Request,
        roster: Word = None,
        q: Word = None,
        skill: Word = None,
        unit: Word = None,
        function: Word = None,
        state: Annotated[str | None, Query(pattern="^(ACTIVE|PAUSED|BLOCKED)$")] = None,
        available: bool | None = None,
        near: Annotated[str | None, Query(max_length=60, description="longitude,latitude")] = None,
        ids: Annotated[str | None, Query(max_length=8000, description="only these people, separated by commas")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> Response:
        visitor = await sessions.signed_in(request)
        wanted = Wanted((), (), q, skill, unit, function, state, available, _place(near), limit, offset, _ids(ids))
        return answer(await people.page(visitor, roster, wanted, clock.now()))

    @router.post("", status_code=201, summary="Add somebody", openapi_extra=body_of(NewPerson))
    async def post_person(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewPerson)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await people.add(visitor, given, once, clock.now()))

    @router.get("/cells", summary="How many live where, by cells of about a kilometre; never single homes")
    async def get_cells(request: Request, skill: Word = None) -> Response:
        return answer(await reach.cells(await sessions.signed_in(request), skill, clock.now()))

    @router.get("/{id}", summary="Somebody with all that is known of him; the reading is noted")
    async def get_person(request: Request, id: Id) -> Response:
        return _private(answer(await people.one(await sessions.signed_in(request), id, clock.now())))

    @router.patch("/{id}", summary="Change somebody", openapi_extra=body_of(PersonEdit))
    async def patch_person(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, PersonEdit)
        return answer(await people.edit(visitor, id, given.fields.said(), given.base, clock.now()))

    @router.delete("/{id}", status_code=204, summary="Forget somebody (Art. 17 GDPR); cannot be undone")
    async def delete_person(request: Request, id: Id) -> Response:
        await people.erase(await sessions.signed_in(request), id, clock.now())
        return Response(status_code=204)

    @router.post("/{id}/skills", summary="Add, replace and take out skills", openapi_extra=body_of(SkillsEdit))
    async def post_skills(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, SkillsEdit)
        return answer(await people.put_skills(visitor, id, given.skills, given.drop, clock.now()))

    @router.put("/{id}/channels", summary="All channels in their order", openapi_extra=body_of(ChannelsEdit))
    async def put_channels(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, ChannelsEdit)
        return answer(await people.put_channels(visitor, id, given.channels, clock.now()))

    @router.post("/{id}/link", status_code=201, summary="A link to the person's own page")
    async def post_link(request: Request, id: Id) -> Response:
        return _private(answer(await people.link(await sessions.signed_in(request), id, clock.now()), 201))

    @router.get("/{id}/export", summary="Everything held of somebody (Art. 15 GDPR)")
    async def get_export(request: Request, id: Id) -> Response:
        found = await people.export(await sessions.signed_in(request), id)
        headers = {"Content-Disposition": 'attachment; filename="person.json"', **_NEVER_KEPT}
        return Response(found, media_type="application/json", headers=headers)

    return router


def _rosters(people: People, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api/rosters/{id}", tags=["people"], responses=PROBLEMS, max_body_size=MOST_BYTES)
    importing, reach = Importing(people), Reach(people.database, people.origin, people)

    @router.post("/import/preview", summary="What a table would change, and what is wrong with it", openapi_extra=_FILE)
    async def post_preview(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await importing.preview(visitor, id, await request.body()))

    @router.post("/import", summary="Write the good rows of a table, all or none", openapi_extra=_FILE)
    async def post_import(request: Request, id: Id, skip_bad: bool = False, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        once = await Once.of(request, visitor, idempotency_key)
        content = await request.body()
        return answered(await importing.write(visitor, id, content, once, clock.now(), skip_bad=skip_bad))

    @router.get("/export.csv", summary="A roster as CSV that imports again; the reading is noted")
    async def get_table(
        request: Request, id: Id, language: Annotated[str, Query(pattern="^(de|en)$")] = "de"
    ) -> Response:
        visitor = await sessions.signed_in(request)
        content = await importing.table(visitor, id, clock.now(), english=language == "en")
        headers = {"Content-Disposition": 'attachment; filename="people.csv"', **_NEVER_KEPT}
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    @router.get("/reach", summary="Who cannot be reached today, and why")
    async def get_reach(request: Request, id: Id) -> Response:
        return _private(answer(await reach.report(await sessions.signed_in(request), id, clock.now())))

    @router.get("/strengths", summary="How many of each skill are wanted and there")
    async def get_strengths(request: Request, id: Id) -> Response:
        return answer(await reach.strengths(await sessions.signed_in(request), id, clock.now()))

    return router


def _ids(given: str | None) -> list[str] | None:
    return None if given is None else [one for each in given.split(",") if (one := each.strip())]


def _place(near: str | None) -> tuple[float, float] | None:
    if near is None:
        return None
    try:
        lon, lat = (float(part) for part in near.split(","))
    except ValueError as error:
        raise Invalid("near", "near is longitude,latitude in degrees") from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid("near", "near is longitude,latitude in degrees")
    return lon, lat


def _private(response: Response) -> Response:
    response.headers.update(_NEVER_KEPT)
    return response
