"""The sources, how they are, and what was kept aside from them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from feeds.health import FeedHealth
from geodata.model.body import from_body, to_body
from geodata.model.clock import Clock
from geodata.store import feeds as feed_store
from geodata.store.database import Database
from service.access.rights import Right
from service.access.sessions import Sessions
from service.errors import NotFound
from service.routes.shapes import Done, FeedOut, FeedsOut, KeptAside, KeptAsideOut, Problem
from service.sources import Sources

Name = Annotated[str, Path(max_length=60, examples=["pegelonline"])]


def routes(database: Database, sessions: Sessions, clock: Clock, sources: Sources) -> APIRouter:
    router = APIRouter(prefix="/api/feeds", tags=["feeds"], responses={404: {"model": Problem}})

    async def every() -> dict[str, FeedHealth]:
        """Those that are asked and, as they were last told, those that send by themselves."""
        told = (await feed_store.bodies(database)).values()
        pushed = {h.name: h for h in (from_body(body, FeedHealth) for body in told if body.get("pushed"))}
        return {**pushed, **sources.health}

    def asked(name: str) -> None:
        if name not in sources.health:
            raise NotFound(f"no source {name} that could be asked; there are {', '.join(sorted(sources.health))}")

    @router.get("", summary="Each source's state, age, counts and last error")
    async def get_feeds() -> FeedsOut:
        now = clock.now()
        listed = [
            FeedOut(name=h.name, condition=h.condition(now).value, health=to_body(h)) for h in (await every()).values()
        ]
        return FeedsOut(now=now, feeds=listed)

    @router.get("/{name}/aside", summary="Items that could not be used, with the reason and the raw text")
    async def get_aside(request: Request, name: Name) -> KeptAsideOut:
        (await sessions.visitor(request)).needs(Right.STEER)
        there = await every()
        if name not in there:
            raise NotFound(f"no source {name}; there are {', '.join(sorted(there))}")
        kept = await feed_store.kept_aside(database, name)
        fields = KeptAside.model_fields
        return KeptAsideOut(items=[KeptAside(**{k: row[k] for k in fields}) for row in kept])

    @router.post("/{name}/poll", summary="Ask the source now")
    async def poll_now(request: Request, name: Name) -> Done:
        (await sessions.visitor(request)).needs(Right.STEER)
        asked(name)
        await sources.runner.poll_now(name)
        return Done(done=True)

    @router.post("/{name}/pause", summary="Stop asking the source")
    async def pause(request: Request, name: Name) -> Done:
        (await sessions.visitor(request)).needs(Right.STEER)
        asked(name)
        await sources.runner.pause(name)
        return Done(done=True)

    @router.post("/{name}/resume", summary="Ask the source again")
    async def resume(request: Request, name: Name) -> Done:
        (await sessions.visitor(request)).needs(Right.STEER)
        asked(name)
        await sources.runner.resume(name)
        return Done(done=True)

    return router
