"""Organisations, everybody's sessions, ways to sign in, and the audit trail."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from service.access import store as access
from service.access.audit import store as audit
from service.access.once import Key, once
from service.access.rights import Right
from service.access.visitor import Visitor
from service.accounts import rules, shapes, store
from service.accounts.office import Office
from service.accounts.proofs import store as proofs
from service.answers import Done, Problem
from service.errors import Invalid, NotFound

Id = Annotated[str, Path(max_length=80)]


def routes(office: Office, *, provider: shapes.ProviderOut | None) -> APIRouter:
    problems = {status: {"model": Problem} for status in (401, 403, 404, 422)}
    router = APIRouter(prefix="/api", tags=["administration"], responses=problems)  # type: ignore[arg-type]
    database = office.database

    async def administrator(request: Request) -> Visitor:
        visitor = await office.sessions.visitor(request)
        visitor.needs(Right.PEOPLE)
        return visitor

    @router.get("/organisations", summary="Organisations, for who is signed in")
    async def get_organisations(request: Request) -> shapes.OrganisationsOut:
        await office.sessions.signed_in(request)
        rows = await store.organisations(database)
        return shapes.OrganisationsOut(organisations=[shapes.OrganisationOut(**row) for row in rows])

    @router.post("/organisations", summary="Add an organisation")
    async def post_organisation(request: Request, given: shapes.NewOrganisation, key: Key = None) -> shapes.Created:
        who = await administrator(request)
        name = rules.name(given.name)
        async with database.transaction(who.actor) as tx:

            async def added() -> dict[str, Any]:
                id = await store.add_organisation(tx, name=name, kind=rules.name(given.kind), ars=given.ars)
                await audit.note(tx.connection, who, "organisation.add", f"organisation:{id}")
                return {"id": id}

            answer = await once(tx, request, who, key, added)
        return shapes.Created(**answer)

    @router.patch("/organisations/{id}", summary="Rename or close an organisation")
    async def patch_organisation(request: Request, id: Id, given: shapes.OrganisationChange) -> Done:
        who = await administrator(request)
        fields = given.model_dump(exclude_unset=True)
        for field in ("name", "kind", "closed"):
            if field in fields and fields[field] is None:
                raise Invalid(field, f"{field} must not be empty")
        if given.name is not None:
            fields["name"] = rules.name(given.name)
        async with database.transaction(who.actor) as tx:
            if not await store.change_organisation(tx, id, fields):
                raise NotFound(NotFound.__doc__)
            detail = {"fields": sorted(fields)}
            await audit.note(tx.connection, who, "organisation.change", f"organisation:{id}", detail)
        await office.rights_changed()
        return Done(done=True)

    @router.get("/sessions", summary="Who is signed in; the reading is audited")
    async def get_sessions(request: Request) -> shapes.SessionsOut:
        who = await administrator(request)
        await audit.note_reading(database, who, "sessions.read", "sessions:*")
        rows = await access.open_sessions(database)
        return shapes.SessionsOut(sessions=[shapes.OpenSession(**row, own=row["id"] == who.session_id) for row in rows])

    @router.delete("/sessions/{id}", summary="End somebody's session; its open pages lose the picture at once")
    async def end_session(request: Request, id: Id) -> shapes.Ended:
        who = await administrator(request)
        if not await access.close_session(database, id):
            raise NotFound(NotFound.__doc__)
        await audit.note_reading(database, who, "session.end", f"session:{id}")
        await office.rights_changed()
        return shapes.Ended(ended=1)

    @router.get("/sign-in-methods", summary="How one can sign in here")
    async def get_methods(request: Request) -> shapes.MethodsOut:
        visitor = await office.sessions.visitor(request)
        counted = await proofs.counts(database) if visitor.may(Right.PEOPLE) else None
        return shapes.MethodsOut(password=True, passkey=True, link=True, oidc=provider, people=counted)

    @router.get("/audit", summary="Who read personal data and who changed rights, newest first")
    async def get_audit(
        request: Request,
        before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        subject: Annotated[str | None, Query(max_length=120, description="such as person:<id>")] = None,
        person: Annotated[str | None, Query(max_length=80, description="who did it")] = None,
    ) -> shapes.AuditOut:
        who = await administrator(request)
        await audit.note_reading(database, who, "audit.read", "audit:*")
        rows = await audit.page(database, before=before, limit=limit, subject=subject, person=person)
        return shapes.AuditOut(
            lines=[shapes.AuditLine(**row) for row in rows], next=rows[-1]["id"] if len(rows) == limit else None
        )

    return router
