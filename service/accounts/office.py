"""What every route of the accounts needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from starlette.requests import Request
from starlette.responses import Response

from geodata.store.database import Database, Transaction
from service.access.limits import Limits
from service.access.sessions import Sessions
from service.access.visitor import NotAllowed, Visitor

PER_ADDRESS = RateLimitItemPerMinute(60, namespace="password-address")
"""A whole town hall signs in at a change of shift, from one address."""
PER_LOGIN = RateLimitItemPerMinute(10, multiples=5, namespace="password-login")
PER_PERSON = RateLimitItemPerMinute(30, namespace="account-change")


@dataclass(frozen=True, slots=True)
class Office:
    database: Database
    sessions: Sessions
    limits: Limits
    rights_changed: Callable[[], Awaitable[None]]

    async def person(self, request: Request) -> Visitor:
        """A person with a session of a browser. Raises NotSignedIn, NotAllowed."""
        visitor = await self.sessions.signed_in(request)
        if visitor.purpose != "browser" or visitor.person is None:
            raise NotAllowed("A program has no account page.")
        return visitor

    async def limit(self, request: Request, limit: RateLimitItem, key: str | None = None) -> None:
        """Count one attempt, of this address unless a key is given. Raises TooOften."""
        await self.limits.check(limit, key or (request.client.host if request.client else "?"))

    async def open(self, tx: Transaction, request: Request, person: str, method: str) -> str:
        return await self.sessions.open(tx, request, person, method)

    async def opened(self, request: Request, answer: Response, secret: str) -> None:
        """The transaction that opened the session is committed: the browser gets it, the one before is over."""
        self.sessions.cookies.set(request, answer, secret, self.sessions.lifetime)
        await self.rights_changed()
