"""All routes of the accounts."""

from __future__ import annotations

from fastapi import APIRouter

from service.accounts import by_provider, house, own, people, shapes, signing_in
from service.accounts.office import Office
from service.accounts.provider import Provider
from service.settings import OidcSettings


def routes(office: Office, *, title: str, oidc: OidcSettings | None) -> APIRouter:
    """`title` is how authenticators name us."""
    router = APIRouter()
    router.include_router(signing_in.routes(office))
    router.include_router(own.routes(office, title=title))
    router.include_router(people.routes(office))
    shown = shapes.ProviderOut(name=oidc.name, start="/api/oidc/start") if oidc else None
    router.include_router(house.routes(office, provider=shown))
    if oidc is not None:
        router.include_router(by_provider.routes(office, Provider(oidc)))
    return router
