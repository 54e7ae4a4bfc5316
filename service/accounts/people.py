"""Accounts as an administrator sees and changes them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from geodata.store.database import Transaction
from service.access import store as access
from service.access.audit.store import note, note_reading
from service.access.once import Key, once
from service.access.rights import Right
from service.access.visitor import Visitor
from service.accounts import passwords, rules, shapes, store
from service.accounts.office import Office
from service.accounts.proofs import store as proofs
from service.answers import Done, Problem
from service.errors import Invalid, NotFound

Id = Annotated[str, Path(max_length=80)]


def routes(office: Office) -> APIRouter:
    problems = {status: {"model": Problem} for status in (401, 403, 404, 409, 422)}
    router = APIRouter(prefix="/api/people", tags=["people"], responses=problems)  # type: ignore[arg-type]
    database = office.database

    async def administrator(request: Request) -> Visitor:
        visitor = await office.sessions.visitor(request)
        visitor.needs(Right.PEOPLE)
        return visitor

    @router.get("/names", summary="Names of people by id, for who is signed in")
    async def get_names(request: Request) -> dict[str, str]:
        await office.sessions.signed_in(request)
        return await store.names(database)

    @router.get("", summary="Everybody who has an account; the reading is audited")
    async def get_people(
        request: Request, q: Annotated[str | None, Query(max_length=100, description="part of name or login")] = None
    ) -> shapes.PeopleOut:
        who = await administrator(request)
        await note_reading(database, who, "people.read", "people:*", {"searched": q is not None})
        return shapes.PeopleOut(people=[_person(row) for row in await store.people(database, q=q)])

    @router.post("", summary="Add a person")
    async def post_person(request: Request, given: shapes.NewPerson, key: Key = None) -> shapes.Created:
        who = await administrator(request)
        name = rules.name(given.name)
        login = None if given.login is None else rules.login(given.login)
        hashed = await _hashed(given.password, login, name)
        async with database.transaction(who.actor) as tx:

            async def added() -> dict[str, Any]:
                await _demand_free(tx, login, None)
                person = await store.add(tx, name, login=login, admin=given.admin)
                if hashed:
                    await proofs.set_password(tx, person, hashed)
                await _join(tx, person, given.organisations)
                await note(tx.connection, who, "person.add", f"person:{person}", {"admin": given.admin})
                return {"id": person}

            answer = await once(tx, request, who, key, added)
        return shapes.Created(**answer)

    @router.get("/{id}", summary="One person with duties and sessions; the reading is audited")
    async def get_person(request: Request, id: Id) -> shapes.PersonPage:
        who = await administrator(request)
        rows = await store.people(database, id=id)
        if not rows:
            raise NotFound(NotFound.__doc__)
        await note_reading(database, who, "person.read", f"person:{id}")
        sessions = await access.open_sessions(database, person=id)
        return shapes.PersonPage(
            **_person(rows[0]).model_dump(),
            duties=await store.duties(database, id),
            sessions=[shapes.OpenSession(**row, own=row["id"] == who.session_id) for row in sessions],
        )

    @router.patch("/{id}", summary="Change, admit, deactivate a person")
    async def patch_person(request: Request, id: Id, given: shapes.PersonChange) -> Done:
        who = await administrator(request)
        sent = given.model_dump(exclude_unset=True)
        fields = {name: sent[name] for name in ("admin", "active") if sent.get(name) is not None}
        if given.name is not None:
            fields["name"] = rules.name(given.name)
        if "login" in sent:
            fields["login"] = None if given.login is None else rules.login(given.login)
        row = next(iter(await store.people(database, id=id)), None)
        if row is None:
            raise NotFound(NotFound.__doc__)
        login = fields.get("login", row["login"])
        hashed = await _hashed(given.password, login, fields.get("name", row["name"]))
        async with database.transaction(who.actor) as tx:
            held = await store.held(tx, id)
            if held is None:
                raise NotFound(NotFound.__doc__)
            if held.erased_at is not None:
                raise Invalid("id", "this person was erased; add a new one")
            await _demand_free(tx, fields.get("login"), id)
            if False in (fields.get("admin"), fields.get("active")) and held.admin and held.active:
                await _demand_another_administrator(tx, id)
            if fields.get("active"):
                fields["waiting"] = False
            await store.change(tx, id, fields)
            if hashed:
                await proofs.set_password(tx, id, hashed)
            if hashed or fields.get("active") is False:
                await access.close_all(tx, id, but=who.session_id)
            if given.organisations is not None:
                await _join(tx, id, given.organisations)
            await note(tx.connection, who, "person.change", f"person:{id}", {"fields": sorted(sent)})
        await office.rights_changed()
        return Done(done=True)

    @router.post("/{id}/link", summary="A link that signs this person in once")
    async def post_link(request: Request, id: Id) -> shapes.LinkOut:
        who = await administrator(request)
        row = next(iter(await store.people(database, id=id)), None)
        if row is None:
            raise NotFound(NotFound.__doc__)
        if not row["active"]:
            raise Invalid("id", "this person is not active; admit or activate first")
        secret = await access.make_link(database, id)
        await note_reading(database, who, "link.make", f"person:{id}")
        return shapes.LinkOut(path=f"/sign-in/{secret}", hours=int(access.LINK_LIFETIME.total_seconds() // 3600))

    @router.post("/{id}/erase", summary="Take out name, login and every proof; the log stays")
    async def post_erase(request: Request, id: Id) -> Done:
        who = await administrator(request)
        async with database.transaction(who.actor) as tx:
            held = await store.held(tx, id)
            if held is None:
                raise NotFound(NotFound.__doc__)
            if id == who.person:
                raise Invalid("id", "you cannot erase yourself; another administrator can")
            if await store.on_duty(tx, id):
                raise Invalid("id", "this person is on duty; end the duty first")
            await store.erase(tx, id, rules.ERASED)
            await note(tx.connection, who, "person.erase", f"person:{id}")
        await office.rights_changed()
        return Done(done=True)

    return router


def _person(row: dict[str, Any]) -> shapes.PersonOut:
    return shapes.PersonOut(**{("password" if name == "has_password" else name): value for name, value in row.items()})


async def _hashed(password: str | None, login: str | None, name: str) -> str | None:
    """Raises Invalid."""
    if password is None:
        return None
    if login is None:
        raise Invalid("login", "a password needs a login")
    return await passwords.hashed(rules.password(password, about=(login, *name.split())))


async def _demand_free(tx: Transaction, login: str | None, person: str | None) -> None:
    if login is not None and await store.login_taken(tx, login, but=person):
        raise Invalid("login", "this login is taken")


async def _demand_another_administrator(tx: Transaction, person: str) -> None:
    if await store.administrators(tx, but=person) == 0:
        raise Invalid("admin", "this is the last administrator; make another one first")


async def _join(tx: Transaction, person: str, organisations: list[str]) -> None:
    missing = await store.set_organisations(tx, person, organisations)
    if missing:
        raise Invalid("organisations", f"no open organisation has the id {missing[0]}")
