"""One's own account: name, password, passkeys and sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from service.access import store as access
from service.access.audit.store import note
from service.accounts import passkeys, passwords, rules, shapes, store
from service.accounts.office import PER_LOGIN, PER_PERSON, Office
from service.accounts.proofs import store as proofs
from service.answers import Done, Problem
from service.errors import Invalid, NotFound

Id = Annotated[str, Path(max_length=400, pattern=r"^[A-Za-z0-9_-]+$")]


def routes(office: Office, *, title: str) -> APIRouter:
    problems = {status: {"model": Problem} for status in (401, 403, 404, 422, 429)}
    router = APIRouter(prefix="/api/account", tags=["account"], responses=problems)  # type: ignore[arg-type]
    database = office.database

    @router.get("", summary="Your account")
    async def get_account(request: Request) -> shapes.AccountOut:
        me = await office.person(request)
        person = (await store.people(database, id=me.person))[0]
        keys = await proofs.passkeys(database, person["id"])
        return shapes.AccountOut(
            id=person["id"],
            name=person["name"],
            login=person["login"],
            password=person["has_password"],
            passkeys=[
                shapes.PasskeyOut(
                    id=bytes_to_base64url(bytes(key["credential"])), name=key["name"], created_at=key["created_at"],
                    used_at=key["used_at"],
                )
                for key in keys
            ],
            identities=[shapes.IdentityOut(**row) for row in await proofs.identities(database, person["id"])],
        )  # fmt: skip

    @router.patch("", summary="Change your name, or choose a login if you have none")
    async def patch_account(request: Request, given: shapes.OwnChange) -> Done:
        me = await office.person(request)
        await office.limit(request, PER_PERSON, me.person)
        fields = {}
        if given.name is not None:
            fields["name"] = rules.name(given.name)
        if given.login is not None:
            fields["login"] = rules.login(given.login)
        async with database.transaction(me.actor) as tx:
            row = await store.held(tx, str(me.person))
            assert row is not None
            if "login" in fields and row.login not in (None, fields["login"]):
                raise Invalid("login", "an administrator changes a login; the work of others may depend on it")
            if "login" in fields and await store.login_taken(tx, fields["login"], but=row.id):
                raise Invalid("login", "this login is taken")
            await store.change(tx, row.id, fields)
            await note(tx.connection, me, "person.change", f"person:{row.id}", {"fields": sorted(fields)})
        await office.rights_changed()
        return Done(done=bool(fields))

    @router.post("/password", summary="Set your password; your other sessions end")
    async def set_password(request: Request, given: shapes.NewPassword) -> Done:
        me = await office.person(request)
        await office.limit(request, PER_LOGIN, me.person)
        async with database.reading() as connection:
            kept = await proofs.hash_of(connection, str(me.person))
        if kept is not None and not (await passwords.verify(given.current or "", kept))[0]:
            raise Invalid("current", "the current password is wrong")
        person = (await store.people(database, id=me.person))[0]
        if person["login"] is None:
            raise Invalid("login", "choose a login first")
        word = rules.password(given.password, about=(person["login"], *person["name"].split()))
        hashed = await passwords.hashed(word)
        async with database.transaction(me.actor) as tx:
            await store.held(tx, person["id"])
            if await proofs.hash_of(tx.connection, person["id"]) != kept:
                raise Invalid("current", "the password was changed meanwhile")
            await proofs.set_password(tx, person["id"], hashed)
            await access.close_all(tx, person["id"], but=me.session_id)
            await note(tx.connection, me, "password.set", f"person:{person['id']}")
        await office.rights_changed()
        return Done(done=True)

    @router.post("/passkeys/begin", summary="Begin to add a passkey")
    async def passkey_begin(request: Request) -> shapes.CeremonyOut:
        me = await office.person(request)
        await office.limit(request, PER_PERSON, me.person)
        name = str(me.name)
        begun = await passkeys.begin_adding(database, request, person=str(me.person), name=name, title=title)
        return shapes.CeremonyOut(**begun)

    @router.post("/passkeys/finish", summary="Add the passkey")
    async def passkey_finish(request: Request, given: shapes.NewPasskey) -> shapes.Created:
        me = await office.person(request)
        await office.limit(request, PER_PERSON, me.person)
        name = rules.name(given.name)
        challenge = await passkeys.challenge_of(database, passkeys.ADD, given.ceremony, me.person)
        async with database.transaction(me.actor) as tx:
            id = await passkeys.finish_adding(
                tx, request, challenge, person=str(me.person), credential=given.credential, name=name
            )
            await note(tx.connection, me, "passkey.add", f"person:{me.person}")
        return shapes.Created(id=id)

    @router.delete("/passkeys/{id}", summary="Remove one of your passkeys")
    async def passkey_remove(request: Request, id: Id) -> Done:
        me = await office.person(request)
        try:
            credential = base64url_to_bytes(id)
        except ValueError as error:
            raise NotFound(NotFound.__doc__) from error
        async with database.transaction(me.actor) as tx:
            if not await proofs.remove_passkey(tx, str(me.person), credential):
                raise NotFound(NotFound.__doc__)
            await note(tx.connection, me, "passkey.remove", f"person:{me.person}")
        return Done(done=True)

    @router.get("/sessions", summary="Where you are signed in")
    async def get_sessions(request: Request) -> shapes.SessionsOut:
        me = await office.person(request)
        rows = await access.open_sessions(database, person=me.person)
        return shapes.SessionsOut(sessions=[shapes.OpenSession(**row, own=row["id"] == me.session_id) for row in rows])

    @router.delete("/sessions", summary="End all your sessions but this one")
    async def end_others(request: Request) -> shapes.Ended:
        me = await office.person(request)
        async with database.transaction(me.actor) as tx:
            ended = await access.close_all(tx, str(me.person), but=me.session_id)
        await office.rights_changed()
        return shapes.Ended(ended=ended)

    @router.delete("/sessions/{id}", summary="End one of your sessions")
    async def end_session(request: Request, id: Id) -> shapes.Ended:
        me = await office.person(request)
        if not await access.close_session(database, id, person=me.person):
            raise NotFound(NotFound.__doc__)
        await office.rights_changed()
        return shapes.Ended(ended=1)

    return router
