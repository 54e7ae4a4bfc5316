"""Signing in at the authority's identity provider, and binding one's identity there to one's account here."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from service.access.audit.store import note
from service.access.visitor import NotAllowed, Visitor
from service.accounts import rules, store
from service.accounts.office import PER_ADDRESS, Office
from service.accounts.proofs import store as proofs
from service.accounts.provider import Begun, Identity, Provider, ProviderFailed, Refused
from service.errors import problem

log = structlog.get_logger()

COOKIE = "lagebild_oidc"
LIFETIME = timedelta(minutes=10)
_PURPOSE = "oidc"
_AGAIN = "Die Anmeldung ist abgelaufen oder wurde in einem anderen Fenster begonnen. Bitte noch einmal."
_WAITING = "Ihr Konto ist angelegt und wartet auf die Zulassung durch die Administration."
_INACTIVE = "Dieses Konto ist gesperrt. Die Administration kann es freigeben."
_FOREIGN = "Diese Kennung gehört schon zu einem anderen Konto."


class _Not(Exception):
    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.kind = status, kind


def routes(office: Office, provider: Provider) -> APIRouter:
    router = APIRouter(prefix="/api/oidc", tags=["session"], include_in_schema=False)
    database = office.database

    @router.get("/start")
    async def start(request: Request, bind: Annotated[bool, Query()] = False) -> Response:
        """With `bind` the identity is added to the account that is signed in here."""
        await office.limit(request, PER_ADDRESS)
        person = None
        if bind:
            if request.headers.get("sec-fetch-site") not in (None, "same-origin", "none"):
                raise NotAllowed("This request comes from a page that is not ours.")
            person = (await office.person(request)).person
        begun = provider.begin()
        state = await proofs.challenge(database, _PURPOSE, asdict(begun), person=person, lifetime=LIFETIME)
        try:
            address = await provider.address(begun, state=state, redirect=_redirect(request))
        except ProviderFailed as error:
            return _failed(error)
        answer = RedirectResponse(address, status_code=303)
        answer.set_cookie(
            COOKIE, state, max_age=int(LIFETIME.total_seconds()), path="/api/oidc", httponly=True, samesite="lax",
            secure=office.sessions.cookies.secure(request),
        )  # fmt: skip
        return answer

    @router.get("/callback")
    async def callback(
        request: Request,
        state: Annotated[str, Query(max_length=200)] = "",
        code: Annotated[str, Query(max_length=4000)] = "",
        error: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        await office.limit(request, PER_ADDRESS)
        held = request.cookies.get(COOKIE, "")
        taken = await proofs.take_challenge(database, _PURPOSE, state) if state else None
        if taken is None or not hmac.compare_digest(held.encode(), state.encode()):
            return problem(401, "sign-in-over", _AGAIN)
        person, content = taken
        if error or not code:
            return problem(401, "sign-in-refused", f"Der Anmeldedienst hat abgelehnt: {error or 'ohne Grund'}")
        try:
            who = await provider.identity(Begun(**content), code=code, redirect=_redirect(request))
            secret = await (_bound(request, person, who) if person else _signed_in(request, who))
        except ProviderFailed as failed:
            return _failed(failed)
        except Refused as refused:
            log.warning("identity refused", reason=str(refused))
            return problem(401, "sign-in-refused", "Der Anmeldedienst hat nicht bestätigt, wer Sie sind.")
        except _Not as no:
            return problem(no.status, no.kind, str(no))
        answer = RedirectResponse("/", status_code=303)
        answer.delete_cookie(COOKIE, path="/api/oidc")
        if secret is not None:
            await office.opened(request, answer, secret)
        return answer

    async def _signed_in(request: Request, who: Identity) -> str:
        issuer = provider.settings.issuer
        waits = False
        async with database.transaction("sign-in") as tx:
            await proofs.lock_identity(tx, issuer, who.subject)
            found = await proofs.identity(tx.connection, issuer, who.subject)
            if found is None:
                waits = not provider.settings.admit
                person = await store.add(tx, rules.name_from_outside(who.name), waiting=waits)
                await proofs.bind_identity(tx, person, issuer, who.subject)
                await note(tx.connection, Visitor(person=person), "person.come", f"person:{person}", {"waits": waits})
            elif not found.active:
                raise _Not(403, "waiting", _WAITING) if found.waiting else _Not(403, "inactive", _INACTIVE)
            else:
                person = found.id
            secret = None if waits else await office.open(tx, request, person, "oidc")
        if secret is None:
            raise _Not(403, "waiting", _WAITING)
        return secret

    async def _bound(request: Request, person: str, who: Identity) -> None:
        me = await office.person(request)
        if me.person != person:
            raise _Not(401, "sign-in-over", _AGAIN)
        issuer = provider.settings.issuer
        async with database.transaction(me.actor) as tx:
            await proofs.lock_identity(tx, issuer, who.subject)
            found = await proofs.identity(tx.connection, issuer, who.subject)
            if found is not None and found.id != person:
                raise _Not(409, "identity-taken", _FOREIGN)
            if found is None:
                await proofs.bind_identity(tx, person, issuer, who.subject)
                await note(tx.connection, me, "identity.add", f"person:{person}")

    def _redirect(request: Request) -> str:
        scheme = "https" if office.sessions.cookies.secure(request) else "http"
        return f"{scheme}://{request.headers.get('host', '')}/api/oidc/callback"

    return router


def _failed(error: ProviderFailed) -> Response:
    log.error("identity provider failed", error=str(error))
    return problem(502, "provider-failed", "Der Anmeldedienst antwortet nicht richtig. Melden Sie sich anders an.")
