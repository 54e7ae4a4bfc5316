"""The operations log of each staff over HTTP."""

from __future__ import annotations

from pathlib import Path as File
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from geodata.model.clock import Clock
from geodata.model.journal import EntryKind
from geodata.model.ref import Ref
from geodata.store.database import Database, Transaction
from service.access.rights import Right
from service.access.sessions import Sessions
from service.journal import rules, store
from service.journal.answers import EntriesOut, EntryOut, Problem, VerdictOut, entry_out, verdict_out
from service.journal.export import Exporter
from service.journal.received import Key, decoded, described, written
from service.journal.rules import Closing, Draft, Said
from service.journal.signing import NodeKey
from service.journal.store import Asked
from service.journal.verifying import Verifier
from service.journal.wording import Language
from service.journal.writing import Writer

Staff = Annotated[str, Path(min_length=1, max_length=200, description="id of the staff whose journal it is")]


def asked(
    q: Annotated[str | None, Query(max_length=200, description="words, beginnings of words, or a number")] = None,
    kind: Annotated[list[EntryKind] | None, Query(description="may be given several times")] = None,
    author: Annotated[str | None, Query(max_length=200, description="id of a person")] = None,
    ref: Annotated[str | None, Query(max_length=300, description="what the entries cite")] = None,
    start: Annotated[AwareDatetime | None, Query(description="events from then on")] = None,
    end: Annotated[AwareDatetime | None, Query(description="events before then")] = None,
) -> Asked:
    if ref:
        Ref.parse(ref.partition("@")[0])
    plain = {"q": q, "author": author}
    cleaned = {name: text.replace("\0", "") if text else None for name, text in plain.items()}
    return Asked(cleaned["q"] or None, kind or None, cleaned["author"] or None, ref or None, start, end)


Wanted = Annotated[Asked, Depends(asked)]


def routes(
    database: Database, sessions: Sessions, clock: Clock, *, origin: str, mode: str, data_dir: File
) -> APIRouter:
    problems: dict[int | str, Any] = {status: {"model": Problem} for status in (401, 403, 404, 409, 422, 503, 507)}
    router = APIRouter(prefix="/api/journals/{staff}", tags=["journal"], responses=problems)
    key = NodeKey(data_dir)
    writer = Writer(origin, key)
    exporter = Exporter(database, clock, origin=origin, mode=mode)

    async def write(request: Request, staff: str, right: Right, given: Draft | Closing, idempotency: str | None) -> Any:
        visitor = await sessions.signed_in(request)
        journal = await store.journal(database, staff, visitor.rooms)
        function = rules.held(visitor, staff, right, given.function)
        now = clock.now()
        if isinstance(given, Draft):
            said = rules.said(given, now=now)
        else:
            said = Said(EntryKind.CLOSING, rules.seen("note", given.note), now, (), None)

        async def entry(tx: Transaction) -> Any:
            stored = await writer.write(
                tx, journal, said, author=visitor.person or "", function=function, now=clock.now()
            )
            return entry_out(stored, origin)

        return await written(database, visitor, request, idempotency, entry)

    @router.post(
        "/entries",
        summary="Write an entry",
        status_code=201,
        response_model=EntryOut,
        openapi_extra=described(Draft, {"kind": "SITUATION", "text": "Deich bei km 12 feucht"}),
    )
    async def post_entry(request: Request, staff: Staff, idempotency_key: Key = None) -> Any:
        await sessions.signed_in(request)
        return await write(request, staff, Right.JOURNAL, await decoded(request, Draft), idempotency_key)

    @router.post(
        "/close",
        summary="Close the journal up to here and sign it; writing goes on afterwards",
        status_code=201,
        response_model=EntryOut,
        openapi_extra=described(Closing, {"note": "Schichtwechsel, Übergabe an Nachtschicht"}),
    )
    async def close(request: Request, staff: Staff, idempotency_key: Key = None) -> Any:
        await sessions.signed_in(request)
        return await write(request, staff, Right.CLOSE_JOURNAL, await decoded(request, Closing), idempotency_key)

    @router.get("/entries", summary="Entries, newest first", response_model=EntriesOut)
    async def get_entries(
        request: Request,
        staff: Staff,
        wanted: Wanted,
        before: Annotated[int | None, Query(ge=1, le=2**53, description="numbers below this one")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Any:
        visitor = await sessions.signed_in(request)
        journal = await store.journal(database, staff, visitor.rooms)
        found = await store.find(database, visitor.rooms, journal.staff, wanted, before=before, limit=limit + 1)
        head = await store.head(database, visitor.rooms, journal.staff)
        answer = {
            "entries": [entry_out(stored, origin) for stored in found[:limit]],
            "more": len(found) > limit,
            "head": {"number": head.entry.number, "hash": head.hash.hex()} if head else None,
        }
        return Response(orjson.dumps(answer), media_type="application/json")

    @router.get("/verify", summary="Whether the journal is as it was written", response_model=VerdictOut)
    async def verify(request: Request, staff: Staff) -> Any:
        visitor = await sessions.signed_in(request)
        journal = await store.journal(database, staff, visitor.rooms)
        verdict = await Verifier(database, origin, key.known()).verify(journal.staff, rooms=visitor.rooms)
        return Response(orjson.dumps(verdict_out(verdict)), media_type="application/json")

    @router.get("/export.csv", summary="As CSV for a spreadsheet", response_class=StreamingResponse)
    async def export_csv(request: Request, staff: Staff, wanted: Wanted, language: Language = "de") -> Any:
        visitor = await sessions.signed_in(request)
        journal = await store.journal(database, staff, visitor.rooms)
        pieces = await exporter.csv(visitor, journal, wanted, language)
        return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=_file("csv"))

    @router.get("/export.pdf", summary="As PDF to print and keep", response_class=Response)
    async def export_pdf(request: Request, staff: Staff, wanted: Wanted, language: Language = "de") -> Any:
        visitor = await sessions.signed_in(request)
        journal = await store.journal(database, staff, visitor.rooms)
        content = await exporter.pdf(visitor, journal, wanted, language)
        return Response(content, media_type="application/pdf", headers=_file("pdf"))

    def _file(ending: str) -> dict[str, str]:
        name = f"einsatztagebuch-{clock.now():%Y%m%dT%H%MZ}.{ending}"
        return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}

    return router
