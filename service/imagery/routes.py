"""Images from satellites over HTTP: search, estimate, jobs, and the rasters as picture tiles."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Query, Request, Response

from geodata.imagery.failures import BadOrder, NoSuchImage, NotConfigured, OutOfUnits, TooMany
from geodata.imagery.grid import Sensor
from geodata.model.clock import Clock
from geodata.model.fact import PUBLIC
from geodata.model.geometry import BadGeometry, Geometry, check
from geodata.store.database import Database, StoreUnavailable
from geodata.store.idempotency import earlier_answer, remember
from geodata.store.things import new_id
from service.access.rights import Right
from service.access.sessions import Sessions
from service.access.visitor import NotAllowed, Visitor
from service.answers import Problem
from service.imagery import store
from service.imagery.jobs import Jobs
from service.imagery.rules import Job, Order, State, Word, fact, order, told
from service.imagery.shapes import (
    EstimateOut,
    JobIn,
    JobOut,
    JobsOut,
    OrderIn,
    RasterOut,
    RastersOut,
    SceneOut,
    ScenesOut,
    SearchIn,
)
from service.imagery.threads import apart

SEARCHED = timedelta(days=30)
LONGEST = timedelta(days=400)
MOST_WAITING = 20
MOST_VERTICES = 500
MAX_ZOOM = 20
SETTING_OUT = 5.0
"""Seconds that any job takes: the token, the catalogue, a process that begins."""
SECONDS_PER_UNIT = 15.0
"""As measured on two cores; what jobs took here counts more."""
TILES_AT_ONCE = 2
TILES_WAITING = 60

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,60}$")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]


def routes(
    database: Database, sessions: Sessions, clock: Clock, jobs: Jobs, *, origin: str, monthly_units: float
) -> APIRouter:
    problems: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": meaning}
        for status, meaning in (
            (401, "Sign in to do this"),
            (403, "Your function does not allow this"),
            (409, "No access is configured, or the units of the month do not suffice"),
            (422, "Not valid"),
            (502, "The Copernicus Data Space did not do it; `code` says why"),
        )
    }
    router = APIRouter(prefix="/api/imagery", tags=["imagery"], responses=problems)
    making = asyncio.Semaphore(TILES_AT_ONCE)
    waiting = 0

    async def entitled(request: Request) -> Visitor:
        """Whoever may ask for images in some incident. Raises NotSignedIn, NotAllowed."""
        visitor = await sessions.signed_in(request)
        visitor.needs(Right.SITUATION)
        return visitor

    async def in_room(visitor: Visitor, room: str) -> frozenset[str]:
        """The rooms that he writes, with this one. Raises NotAllowed, BadOrder."""
        if room == PUBLIC:
            return visitor.write | {PUBLIC}
        if room not in visitor.rooms:
            raise BadOrder("room", f"you see no room {room}")
        if room not in visitor.write:
            raise NotAllowed(f"You may not write into the room {room}.")
        visitor.needs(Right.SITUATION, incident=await store.incident_of(database, room))
        return visitor.write

    async def _pace() -> float:
        return await store.pace(database, begin=SETTING_OUT, otherwise=SECONDS_PER_UNIT)

    async def estimated(wanted: Order) -> EstimateOut:
        spent = await store.month(database)
        return EstimateOut(
            units=wanted.units,
            megabytes=wanted.megabytes,
            seconds=round(SETTING_OUT + wanted.units * await _pace()),
            width=wanted.grid.width,
            height=wanted.grid.height,
            resolution=wanted.grid.resolution,
            images=len(wanted.images),
            spent=round(spent, 2),
            limit=monthly_units,
            affordable=spent + wanted.units <= monthly_units,
        )

    @router.post("/scenes", summary="Scenes of an area, the newest first")
    async def post_scenes(request: Request, given: SearchIn) -> ScenesOut:
        await entitled(request)
        area = _area(given.area)
        end = given.end or clock.now()
        start = given.start or end - SEARCHED
        if not timedelta(0) < end - start <= LONGEST:
            raise BadOrder("start", f"start must lie before end, by at most {LONGEST.days} days")
        client = await jobs.copernicus()
        found = await apart(client.search, Sensor(given.sensor), area, start, end, cloud=given.cloud)
        return ScenesOut(
            scenes=[
                SceneOut(
                    id=s.id, sensor=s.sensor, acquired_at=s.acquired_at, covers=s.covers,
                    footprint=s.footprint.as_geojson(), platform=s.platform, direction=s.direction, orbit=s.orbit,
                    cloud=s.cloud,
                )
                for s in found
            ]
        )  # fmt: skip

    @router.post("/estimate", summary="What a job would cost; nothing is fetched")
    async def post_estimate(request: Request, given: OrderIn) -> EstimateOut:
        await entitled(request)
        return await estimated(_order(given))

    @router.post("/jobs", status_code=201, summary="Fetch and evaluate a scene in the background")
    async def post_job(request: Request, given: JobIn, idempotency_key: Key = None) -> JobOut:
        visitor = await entitled(request)
        write = await in_room(visitor, given.room)
        wanted = _order(given)
        if not jobs.configured:
            raise NotConfigured(str(NotConfigured.__doc__))
        estimate = await estimated(wanted)
        if estimate.units > given.units + 0.005:
            raise BadOrder("units", f"it costs {estimate.units:g} processing units, agreed were {given.units:g}")
        if not estimate.affordable:
            raise OutOfUnits(
                f"{OutOfUnits.__doc__} It costs {estimate.units:g}; {estimate.spent:g} of {estimate.limit:g} are used."
            )
        digest = hashlib.sha256(b"POST /api/imagery/jobs " + orjson.dumps(given.model_dump(mode="json"))).digest()
        now, principal = clock.now(), visitor.session_id or ""
        job = Job(
            id=new_id(), asked_by=visitor.person or "", room=given.room, kind=given.kind, title=given.title,
            area=_area(given.area), resolution=wanted.grid.resolution, scene=given.scene, before=given.before,
            asked_at=now, state=State.QUEUED, progress=0, word=Word.QUEUED, estimate=wanted.units, spent=0.0,
            attempts=0, cancel_asked=False, error_code=None, error_text=None, extent=None,
        )  # fmt: skip
        async with database.transaction(visitor.actor, see=visitor.rooms | {given.room}, write=write) as tx:
            if idempotency_key:
                earlier = await earlier_answer(tx, principal, idempotency_key, digest)
                if earlier is not None:
                    return JobOut(**earlier.body)
            if await store.waiting(tx) >= MOST_WAITING:
                raise TooMany(TooMany.__doc__)
            await store.add(tx, job)
            put = fact(job, [], origin=origin, at=now)
            tx.put(put)
            made = JobOut(id=job.id, room=job.room, job=put.body)
            if idempotency_key:
                await remember(tx, principal, idempotency_key, 201, made.model_dump())
        jobs.wake()
        return made

    @router.get("/jobs", summary="Jobs in your rooms, the newest first")
    async def get_jobs(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> JobsOut:
        visitor = await sessions.visitor(request)
        found = await store.listed(database, visitor.rooms, limit)
        made: dict[str, list[Any]] = {}
        for raster in await store.rasters(database, visitor.rooms):
            made.setdefault(raster.job, []).append(raster)
        now = clock.now()
        listed = [
            JobOut(id=job.id, room=job.room, job=fact(job, made.get(job.id, []), origin=origin, at=now).body)
            for job in found
        ]
        return JobsOut(configured=jobs.configured, jobs=listed)

    @router.post("/jobs/{id}/cancel", summary="Stop a job; what was fetched so far is lost")
    async def cancel_job(request: Request, id: Id) -> JobOut:
        visitor = await sessions.signed_in(request)
        job = await store.one(database, id, visitor.rooms)
        if job is None:
            raise NoSuchImage("There is no such job here, or you may not see it.")
        if job.asked_by != visitor.person or visitor.purpose != "browser":
            await in_room(visitor, job.room)
            visitor.needs(Right.SITUATION)
        async with database.transaction(visitor.actor) as tx:
            asked = await store.ask_cancel(tx, id)
            if asked and asked.state is State.CANCELLED:
                await jobs.tell(tx, asked)
        jobs.cancel(id)
        now = asked or job
        return JobOut(id=id, room=now.room, job=fact(now, [], origin=origin, at=clock.now()).body)

    @router.get("/rasters", summary="Images from above in your rooms, the newest first")
    async def get_rasters(request: Request) -> RastersOut:
        visitor = await sessions.visitor(request)
        found = await store.rasters(database, visitor.rooms)
        return RastersOut(rasters=[RasterOut(**told(raster)) for raster in found])

    @router.get(
        "/rasters/{id}/tiles/{z}/{x}/{y}.png",
        summary="A picture tile of an image",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}},
    )
    async def get_tile(
        request: Request,
        id: Id,
        z: Annotated[int, Path(ge=0, le=MAX_ZOOM)],
        x: Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)],
        y: Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)],
    ) -> Response:
        nonlocal waiting
        visitor = await sessions.visitor(request)
        found = await store.rasters(database, visitor.rooms, id=id)
        if not found:
            raise NoSuchImage(NoSuchImage.__doc__)
        if max(x, y) >= 2**z:
            raise BadOrder("x", "x and y must be whole numbers from 0 to 2^z - 1")
        from geodata.imagery.tiles import STYLE, picture  # its libraries take a second to load

        tag = f'"{id}-{z}-{x}-{y}-{STYLE}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
        if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
            return Response(status_code=304, headers=headers)
        if waiting >= TILES_WAITING:
            raise StoreUnavailable("Too many picture tiles are being made; try again.")
        waiting += 1
        try:
            async with making:
                path = jobs.data_dir / found[0].path
                content = await asyncio.to_thread(picture, path, z, x, y)
        finally:
            waiting -= 1
        return Response(content, headers=headers, media_type="image/png")

    return router


def _area(raw: dict[str, Any]) -> Geometry:
    """Raises BadOrder."""
    try:
        area = check(raw, max_vertices=MOST_VERTICES)
    except BadGeometry as error:
        raise BadOrder("area", str(error)) from error
    if area.type != "Polygon":
        raise BadOrder("area", "the area must be a Polygon")
    return area


def _order(given: OrderIn) -> Order:
    return order(given.kind, _area(given.area), given.scene, given.before, given.resolution)
