"""Raw answers of the sources and recorded files played again, for those who steer the sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from feeds.contract import Polled
from geodata.model.clock import Clock
from geodata.store import evidence
from geodata.store.database import Database
from service.access.audit import store as audit
from service.access.rights import Right
from service.access.sessions import Sessions
from service.answers import Done, Problem
from service.errors import Invalid, NotFound
from service.evidence.replaying import NotReadable, Replays
from service.evidence.shapes import Left, Payload, PayloadsOut, PreviewOut

Name = Annotated[str, Path(max_length=60, examples=["pegelonline"])]
Token = Annotated[str, Path(max_length=60)]
Id = Annotated[int, Path(ge=1, le=2**62)]
File = Annotated[str, Query(max_length=200, description="name of the file; some sources tell formats by it")]

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_ENDINGS = {"json": "json", "xml": "xml", "csv": "csv", "zip": "zip", "plain": "txt", "html": "txt"}


def routes(
    database: Database,
    sessions: Sessions,
    clock: Clock,
    replays: Replays,
    parser_of: Callable[[str], Polled | None],
    *,
    days: timedelta,
) -> APIRouter:
    """`parser_of` gives a fresh object of the source's class, None for a source that does not run here."""
    router = APIRouter(prefix="/api/feeds/{name}", tags=["feeds"], responses={404: {"model": Problem}})

    def parser(name: str) -> Polled:
        found = parser_of(name)
        if found is None:
            raise NotFound(f"no source {name} runs here")
        return found

    @router.get("/raw", summary="Raw answers of the source that are kept as evidence, the newest first")
    async def raw(
        request: Request,
        name: Name,
        before: Annotated[int | None, Query(ge=1, le=2**62, description="only those with a smaller id")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> PayloadsOut:
        (await sessions.visitor(request)).needs(Right.STEER)
        parser(name)
        rows = await evidence.listed(database, name, before=before, limit=limit)
        kept = [Payload(**{field: row[field] for field in Payload.model_fields}) for row in rows]
        return PayloadsOut(days=days / timedelta(days=1), payloads=kept)

    @router.get(
        "/raw/{id}",
        summary="One raw answer as it came",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def download(request: Request, name: Name, id: Id) -> Response:
        who = await sessions.visitor(request)
        who.needs(Right.STEER)
        parser(name)
        found = await evidence.one(database, name, id)
        if found is None:
            raise NotFound(f"no raw answer {id} of {name}: it was let go, or never kept")
        line, content = found
        await audit.note_reading(database, who, "feed.raw", f"feed:{name}", {"id": id, "sha256": line["sha256"]})
        # never as what it says it is: a page of a source must not run as a page of ours
        return Response(
            content,
            media_type="application/octet-stream",
            headers={
                "Content-Disposition": f'attachment; filename="{_file_name(line)}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            },
        )

    @router.post("/replay", summary="Look at what a recorded file would give; nothing is taken yet")
    async def preview(request: Request, name: Name, file: File = "") -> PreviewOut:
        who = await sessions.visitor(request)
        who.needs(Right.STEER)
        reader = parser(name)
        payload = await request.body()
        if not payload:
            raise Invalid("body", "the file is empty")
        try:
            found = await replays.preview(reader, file, payload, who.session_id or "-", clock.now())
        except NotReadable as error:
            raise Invalid("body", f"{reader.title} cannot read this file: {error}") from error
        told = found.told()
        return PreviewOut(**told | {"dropped": [Left(**left) for left in told["dropped"]]})

    @router.post("/raw/{id}/replay", summary="Look at what a kept raw answer would give; nothing is taken yet")
    async def preview_kept(request: Request, name: Name, id: Id) -> PreviewOut:
        who = await sessions.visitor(request)
        who.needs(Right.STEER)
        reader = parser(name)
        kept = await evidence.one(database, name, id)
        if kept is None:
            raise NotFound(f"no raw answer {id} of {name}: it was let go, or never kept")
        try:
            found = await replays.preview(reader, kept[0]["url"], kept[1], who.session_id or "-", clock.now())
        except NotReadable as error:
            raise Invalid("id", f"{reader.title} cannot read this answer: {error}") from error
        told = found.told()
        return PreviewOut(**told | {"dropped": [Left(**left) for left in told["dropped"]]})

    @router.post("/replay/{token}", summary="Take what was looked at into the picture, marked as replayed")
    async def take(request: Request, name: Name, token: Token) -> Done:
        who = await sessions.visitor(request)
        who.needs(Right.STEER)
        parser(name)
        found = replays.held(name, token, who.session_id or "-")
        if found is None:
            raise NotFound("this preview is no longer held, or not yours: look at the file again")
        detail = {"sha256": found.sha256, "items": found.batch.items}
        await audit.note_reading(database, who, "feed.replay", f"feed:{name}", detail)
        await replays.confirm(found)
        return Done(done=True)

    return router


def _file_name(line: dict[str, object]) -> str:
    """From our own words only: source, time, id and an ending that a known type has."""
    kind = str(line["content_type"]).split(";")[0].strip().lower()
    ending = next((end for word, end in _ENDINGS.items() if word in kind), "bin")
    at = str(line["at"])[:19]
    return _UNSAFE.sub("-", f"{line['feed']}-{at}-{line['id']}.{ending}").lower()
