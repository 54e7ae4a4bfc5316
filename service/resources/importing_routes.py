"""Tables into a fleet and out of it, over HTTP. A file is sent as it is, as the body of the request."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from geodata.model.clock import Clock
from geodata.store import resources
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.bodies import Id, Key, Once, answer, answered
from service.resources import exporting
from service.resources.exporting import XLSX, Language
from service.resources.fleets import fleet_of
from service.resources.importing import Importing
from service.resources.planning import RESOURCES, STOCKS, Table
from service.resources.routes import PROBLEMS
from service.sheets import MOST_BYTES

What = Annotated[Literal["resource", "stock"], Query(description="what the rows are")]
_TABLES: dict[str, Table] = {"resource": RESOURCES, "stock": STOCKS}
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}
_TABLE: dict[int | str, dict[str, Any]] = {200: {"description": "The table", "content": {"text/csv": {}}}}
_BOOK: dict[int | str, dict[str, Any]] = {200: {"description": "The workbook", "content": {XLSX: {}}}}


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str) -> APIRouter:
    router = APIRouter(prefix="/api/fleets/{id}", tags=["resources"], responses=PROBLEMS, max_body_size=MOST_BYTES)
    importing = Importing(database, origin)

    async def bodies(visitor: Visitor, fleet: str, table: Table) -> list[dict[str, Any]]:
        rooms = database.asked(visitor.rooms)
        async with database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            if await fleet_of(tx, origin, fleet, rooms) is None:
                raise NoSuchThing(NoSuchThing.__doc__)
            found = await resources.of_kind(tx, table.kind, rooms, origin=origin, organisation=fleet)
        return [held.body for held in found.values()]

    @router.post("/import/preview", summary="What a table would change, and what is wrong with it", openapi_extra=_FILE)
    async def post_import_preview(request: Request, id: Id, what: What = "resource") -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await importing.preview(visitor, id, _TABLES[what], await request.body()))

    @router.post("/import", summary="Write the good rows of a table, all or none", openapi_extra=_FILE)
    async def post_import(
        request: Request, id: Id, what: What = "resource", skip_bad: bool = False, idempotency_key: Key = None
    ) -> Response:
        visitor = await sessions.signed_in(request)
        once = await Once.of(request, visitor, idempotency_key)
        content = await request.body()
        return answered(
            await importing.write(visitor, id, _TABLES[what], content, once, clock.now(), skip_bad=skip_bad)
        )

    @router.get("/import/template.xlsx", summary="An empty table with one example row", responses=_BOOK)
    async def get_import_template(
        request: Request, id: Id, what: What = "resource", language: Language = "de"
    ) -> Response:
        visitor = await sessions.signed_in(request)
        await bodies(visitor, id, _TABLES[what])
        book = exporting.as_xlsx([exporting.example(_TABLES[what])], _TABLES[what], language)
        return _file(book, XLSX, f"{what}-template.xlsx")

    @router.get("/export.csv", summary="What a fleet has, as CSV that imports again", responses=_TABLE)
    async def get_export_csv(request: Request, id: Id, what: What = "resource", language: Language = "de") -> Response:
        found = await bodies(await sessions.signed_in(request), id, _TABLES[what])
        return _file(exporting.as_csv(found, _TABLES[what], language), "text/csv; charset=utf-8", f"{what}.csv")

    @router.get("/export.xlsx", summary="What a fleet has, as XLSX that imports again", responses=_BOOK)
    async def get_export_xlsx(request: Request, id: Id, what: What = "resource", language: Language = "de") -> Response:
        found = await bodies(await sessions.signed_in(request), id, _TABLES[what])
        return _file(exporting.as_xlsx(found, _TABLES[what], language), XLSX, f"{what}.xlsx")

    return router


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media_type=media_type)
