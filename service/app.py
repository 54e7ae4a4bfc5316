"""The only place that knows everybody: builds what lives long, starts and stops it, and hands it to the routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from feeds.simulator import scenario as scenarios
from feeds.simulator.server import Simulator
from geodata.model.clock import Clock, ExerciseClock, WallClock
from geodata.model.duty import Duty
from geodata.store import evidence as evidence_store
from geodata.store import retention
from geodata.store.database import Database, StoreUnavailable
from geodata.store.revisions import Revisions
from service import errors, metrics
from service.access import store as access
from service.access.limits import Limits
from service.access.sessions import Sessions
from service.accounts import routes as accounts
from service.accounts.office import Office
from service.alarming import Alarming
from service.arrivals import routes as arrivals
from service.background import Background, every
from service.dispatch import pushed
from service.dispatch import routes as dispatch
from service.dispatch import store as dispatch_store
from service.dispatch.intake import Intake as ReportIntake
from service.dispatch.polling import Polling
from service.dispatch.rehearsal import EVERY as DRIVE_EVERY
from service.dispatch.rehearsal import Rehearsal as Driving
from service.evidence import routes as evidence
from service.evidence.keeping import EvidenceKeeper
from service.evidence.replaying import Replays
from service.federating import Federating
from service.giving import ogc
from service.giving import routes as giving
from service.giving.publisher import Publisher
from service.guard import Guard, content_security_policy
from service.history import routes as history
from service.imagery import routes as imagery
from service.imagery.access import EXERCISE_UNITS, access_of
from service.imagery.jobs import Jobs
from service.incidents import routes as incidents
from service.journal import routes as journal
from service.live.hub import Hub
from service.live.socket import live_routes
from service.priority import routes as priority
from service.priority.planning import Planner
from service.priority.restarted import settle
from service.priority.roads import Roads
from service.requests import ageing as requests_ageing
from service.requests import routes as requests
from service.requests.office import Office as RequestOffice
from service.resources import catalogue_routes as catalogue
from service.resources import importing_routes as importing
from service.resources import overview_routes as overview
from service.resources import routes as resources
from service.resources.lapsing import EVERY as LAPSE_EVERY
from service.resources.lapsing import Lapsing
from service.rooms import routes as rooms
from service.routes import (
    described,
    exercise,
    extents,
    feeds,
    land,
    operations,
    page,
    picture,
    sending,
    stations,
    tiles,
    warnings,
)
from service.routes.shapes import SettingsOut
from service.sensors import alarms as sensor_alarms
from service.sensors import routes as sensors
from service.sensors.brokers import Brokers
from service.sensors.intake import Intake as SensorIntake
from service.sensors.rehearsal import EVERY as REHEARSE_EVERY
from service.sensors.rehearsal import Rehearsal
from service.sensorthings import routes as sensorthings
from service.settings import Mode, Settings
from service.shifts import routes as shifts
from service.sources import Sources
from service.tasks import routes as tasks
from service.views import routes as views

log = structlog.get_logger()

STATIC = Path(__file__).parent / "static"
DEFAULT_SCENARIO = "flood_2021"
RETENTION_EVERY = 3600.0
ISSUE_EVERY = 10.0
RECHECK_EVERY = 3.0
"""Seconds after which open sockets notice what no call in this process told: expiry, `until`, other processes."""


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The service on a migrated database. Nothing runs until the application's lifespan starts."""
    node_version = version("lagebild")
    database = Database(database_url)
    clock: Clock = WallClock()
    simulator: Simulator | None = None
    if settings.mode is Mode.EXERCISE:
        scenario = scenarios.load(settings.exercise.scenario or DEFAULT_SCENARIO)
        clock = ExerciseClock.starting_at(settings.exercise.start or scenario.start, settings.exercise.speed)
        simulator = Simulator(scenario, clock)
    hub = Hub(database, clock, mode=settings.mode.value, version=node_version)
    keeper = EvidenceKeeper(database, clock) if settings.evidence.days else None
    sources = Sources(settings, database, clock, simulator, keeper=keeper)
    sessions = Sessions(
        database,
        lifetime=settings.session_lifetime,
        idle=settings.session_idle,
        public_read=settings.public_read,
        trusted_origins=settings.trusted_origins,
    )
    background = Background(database)
    images = Jobs(
        database,
        clock,
        access_of(settings.copernicus, simulator),
        origin=settings.origin,
        data_dir=settings.data_dir,
    )
    sensor_intake = SensorIntake(database, clock, origin=settings.origin, operator=settings.title)
    heard = [
        b.broker(name, settings.origin) for name, b in settings.mqtt.items() if b.exercise is (simulator is not None)
    ]
    readers = {name: partial(sources.hear, b.source) for name, b in settings.mqtt.items() if b.source is not None}
    reports = ReportIntake(database, clock, origin=settings.origin)
    for name, b in settings.mqtt.items():
        if b.reports is not None:
            readers[name] = partial(pushed.heard, reports, b.reports, name, clock)
    asked = {name: d for name, d in settings.dispatch.items() if d.exercise is (simulator is not None)}
    polling = Polling(asked, reports, clock)
    brokers = Brokers(heard, sensor_intake, clock, readers)
    sensor_watch = sensor_alarms.Watch(database, clock, origin=settings.origin, operator=settings.title)
    lapsing = Lapsing(database, clock, settings.origin)
    publisher = Publisher(database, clock, origin=settings.origin)
    roads = Roads(database, clock, settings.data_dir, origin=settings.origin)
    planner = Planner(database, clock, roads, origin=settings.origin)
    features = ogc.OgcFeatures(database_url, sessions)

    async def clock_moved() -> None:
        hub.clock_changed()
        await sources.keep_clock()

    async def sweep() -> None:
        await access.sweep(database)
        await images.sweep(settings.retention.imagery)
        await dispatch_store.sweep(database)
        keep = settings.retention
        removed = await retention.sweep(
            database,
            now=datetime.now(UTC),
            shown=clock.now(),
            changes=keep.changes,
            observations=keep.observations,
            tracks=keep.tracks,
        )
        evidence_from = clock.now() - timedelta(days=settings.evidence.days)
        await evidence_store.sweep(database, before=evidence_from, most=settings.evidence.max_bytes)
        if removed.partitions or removed.changes or removed.keys:
            log.info("swept", partitions=removed.partitions, changes=removed.changes, keys=removed.keys)

    async def recheck() -> None:
        with suppress(StoreUnavailable):
            if await hub.recheck(sessions.visitors_now):
                sessions.forget()

    async def issue() -> None:
        with suppress(StoreUnavailable):
            await publisher.issue()

    async def lapse() -> None:
        with suppress(StoreUnavailable):
            await lapsing.look()

    async def rights_changed() -> None:
        sessions.forget()
        await recheck()

    request_office = RequestOffice(
        database, clock, rights_changed, origin=settings.origin, ageing=settings.requests.ageing()
    )

    forces = simulator.scenario.marching() if simulator is not None and settings.exercise.forces else None
    alarming = Alarming(settings, database, sessions, clock, rights_changed, forces)
    federating = Federating(settings, database, sessions, clock, rights_changed, alarming.calling)

    async def rooms_of(connection: HTTPConnection) -> frozenset[str]:
        return (await sessions.visitor(connection)).rooms

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            stack.push_async_callback(background.stop)
            stack.push_async_callback(planner.stop)
            background.start("live", hub.run)
            stack.push_async_callback(sources.stop)
            await sources.start()
            background.engine("live", lambda: hub.following)
            background.engine("feeds", sources.beaten)
            if keeper is not None:
                background.start("evidence", keeper.run)
            background.start("retention", lambda: every(RETENTION_EVERY, sweep))
            background.start("imagery", images.run)
            stack.push_async_callback(features.close)
            await features.open()
            background.start("giving", lambda: every(ISSUE_EVERY, issue))
            background.start("sensors", lambda: every(sensor_alarms.EVERY, sensor_watch.look))
            background.start("brokers", brokers.run)
            background.start("priority", lambda: settle(planner))
            background.start("dispatch", polling.run)
            background.start("requests", lambda: every(requests_ageing.EVERY, request_office.ageing.look))
            if simulator is not None:
                rehearsal = Rehearsal(simulator.scenario, sensor_intake, clock)
                background.start("rehearsal", lambda: every(REHEARSE_EVERY, rehearsal.look))
            if forces is not None:
                driving = Driving(forces, reports, clock, rights_changed)
                background.start("forces", lambda: every(DRIVE_EVERY, driving.look))
            stack.push_async_callback(alarming.stop)
            alarming.start(background)
            stack.push_async_callback(federating.stop)
            federating.start(background)
            background.start("statuses", lambda: every(LAPSE_EVERY, lapse))
            background.start("rights", lambda: every(RECHECK_EVERY, recheck))
            background.start_beating()
            yield

    app = FastAPI(
        title="Lagebild",
        version=node_version,
        summary="Real-time common operational picture for disasters in municipalities",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        max_body_size=settings.max_body_size,
    )
    errors.install(app)
    mode, origin = settings.mode.value, settings.origin
    app.include_router(picture.routes(database, sessions, clock, mode=mode, origin=origin))
    app.include_router(history.routes(database, sessions, clock))
    app.include_router(stations.routes(database, sessions, clock, origin=origin))
    app.include_router(sending.routes(database, sessions, clock, origin=origin))
    app.include_router(warnings.routes(database, sessions))
    app.include_router(extents.routes(database, sessions))
    app.include_router(feeds.routes(database, sessions, clock, sources))
    app.include_router(
        evidence.routes(
            database,
            sessions,
            clock,
            Replays(sources.replay),
            sources.parser,
            days=timedelta(days=settings.evidence.days),
        )
    )
    app.include_router(land.routes(database, sessions))
    app.include_router(journal.routes(database, sessions, clock, origin=origin, mode=mode, data_dir=settings.data_dir))
    app.include_router(
        incidents.routes(
            database,
            sessions,
            clock,
            origin=origin,
            mode=mode,
            levels=settings.legal_levels,
            rights_changed=rights_changed,
        )
    )
    app.include_router(tasks.routes(database, sessions, clock, origin=origin))
    app.include_router(resources.routes(database, sessions, clock, origin=origin, rights_changed=rights_changed))
    app.include_router(catalogue.routes(database, sessions, clock, origin=origin))
    app.include_router(importing.routes(database, sessions, clock, origin=origin))
    duty = Duty(**settings.duty.model_dump())
    app.include_router(overview.routes(database, sessions, clock, origin=origin, duty=duty, travel=roads.travel))
    app.include_router(shifts.routes(database, sessions, clock, origin=origin, duty=duty))
    app.include_router(dispatch.routes(database, sessions, clock, reports, Limits(settings.redis_url)))
    app.include_router(requests.routes(request_office, sessions, clock))
    app.include_router(arrivals.routes(database, sessions, clock, origin=origin))
    app.include_router(priority.routes(planner, roads, sessions, clock))
    for router in (*alarming.routers(), *federating.routers()):
        app.include_router(router)
    app.include_router(views.routes(database, sessions, clock, origin=origin, rights_changed=rights_changed))
    office = Office(database, sessions, Limits(settings.redis_url), rights_changed)
    app.include_router(accounts.routes(office, title=settings.title, oidc=settings.oidc))
    app.include_router(rooms.routes(database, sessions, origin=origin, rights_changed=rights_changed))
    app.include_router(giving.routes(database, sessions, clock, publisher, origin=origin, title=settings.title))
    app.mount(ogc.PATH, features)
    app.include_router(sensorthings.routes(database, sessions, origin=settings.origin))
    app.include_router(sensors.routes(database, sessions, clock, sensor_intake, Limits(settings.redis_url)))
    units = settings.copernicus.monthly_units if settings.copernicus else EXERCISE_UNITS
    app.include_router(imagery.routes(database, sessions, clock, images, origin=origin, monthly_units=units))
    app.include_router(page.routes(_page(settings, node_version)))
    app.include_router(
        exercise.routes(sessions, simulator, clock if isinstance(clock, ExerciseClock) else None, clock_moved)
    )
    app.include_router(
        operations.routes(
            database, metrics.registry(hub, sources, clock, federating.readings), lambda: {"live": hub.ready.is_set()}
        )
    )
    app.include_router(live_routes(hub, sessions.visitor_now, origins=settings.trusted_origins))
    # First in line: passing all the other routers takes half as long as a tile from the cache.
    app.router.routes[:0] = tiles.routes(database, rooms_of, Revisions(database).of)
    app.openapi = described.description(app)  # type: ignore[method-assign]
    if STATIC.is_dir():
        app.mount("/", Pages(directory=STATIC, html=True))
    tile_hosts = [_host(settings.basemap.url)] if settings.basemap else []
    app.add_middleware(
        Guard, trusted_origins=settings.trusted_origins, policy=content_security_policy([h for h in tile_hosts if h])
    )
    return app


class Pages(StaticFiles):
    """The built frontend. Files with a hash in their name never change, the page itself always may."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        hashed = path.startswith("assets/")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return answer


def _page(settings: Settings, node_version: str) -> SettingsOut:
    basemap = settings.basemap.model_dump() if settings.basemap else None
    return SettingsOut(
        title=settings.title,
        origin=settings.origin,
        mode=settings.mode.value,
        basemap=basemap,
        version=node_version,
    )


def _host(url: str) -> str:
    parts = urlsplit(url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
