"""The looks that `lagebild doctor` takes. Each gives findings; none raises for what it came to find."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

import redis

from feeds.health import Condition, FeedHealth
from geodata.model.body import from_body
from geodata.store import exercises, feeds, heartbeats, land_import
from geodata.store.database import Database, StoreError
from geodata.store.inspection import Inspection, inspect
from geodata.store.migrate import newest
from service.cli.parts import status
from service.settings import Mode, Settings

GIGABYTE = 1_000_000_000
MUNICIPALITIES_NRW = 396


class State(IntEnum):
    """Its number is the exit code."""

    OK = 0
    WARNING = 1
    FAILURE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    part: str
    state: State
    text: str


async def look(settings: Settings, *, runs: bool) -> list[Finding]:
    """Everything; `runs` says whether `lagebild up` runs on the data directory."""
    found = [_disk(settings), _server(settings, runs=runs), _valkey(settings)]
    if settings.database_url is None:
        return [*found, Finding("database", State.FAILURE, "not running: start `lagebild up`, or name one")]
    database = Database(settings.database_url)
    try:
        inspection = await inspect(database)
        found += [*_database(inspection), _clock(inspection.now)]
        if inspection.revision:
            now = await _shown_time(database, settings) or inspection.now
            found += [_land(inspection, await land_import.sources(database))]
            found += _feeds(await feeds.bodies(database), now)
            found += _engines(await heartbeats.all_of(database))
    except StoreError as error:
        found.append(Finding("database", State.FAILURE, str(error)))
    finally:
        await database.close()
    return found


def _disk(settings: Settings) -> Finding:
    directory = settings.data_dir
    while not directory.exists():
        directory = directory.parent
    usage = shutil.disk_usage(directory)
    free, share = usage.free / GIGABYTE, usage.free / usage.total
    state = State.FAILURE if free < 1 else State.WARNING if free < 5 or share < 0.05 else State.OK
    return Finding("disk", state, f"{free:.1f} GB free ({share:.0%}) for {settings.data_dir}")


def _server(settings: Settings, *, runs: bool) -> Finding:
    where = f"{settings.host} port {settings.port}"
    ready = status(settings, "/readyz", timeout=5.0)
    if ready == 200:
        return Finding("server", State.OK, f"ready on {where}")
    if ready is not None:
        return Finding("server", State.FAILURE, f"lives on {where}, but is not ready: see its log")
    if runs:
        return Finding("server", State.FAILURE, f"does not answer on {where}, although `lagebild up` runs")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding("server", State.FAILURE, f"not running, and {where} cannot be used: {error.strerror}")
    return Finding("server", State.FAILURE, f"not running ({where} is free)")


def _valkey(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("valkey", State.OK, "none; everything works without")
    try:
        with redis.Redis.from_url(settings.redis_url, socket_timeout=2) as client:
            version = client.info("server")["redis_version"]
    except redis.RedisError as error:
        return Finding("valkey", State.WARNING, f"does not answer: {error}")
    return Finding("valkey", State.OK, f"answers, version {version}")


def _database(found: Inspection) -> Iterable[Finding]:
    major = int(found.version.split(".")[0])
    yield Finding(
        "database",
        State.OK if major >= 15 and found.postgis else State.FAILURE,
        f"PostgreSQL {found.version}, PostGIS {found.postgis or 'missing'}, {found.size / 1e6:.0f} MB"
        + ("" if major >= 15 else "; 15 or newer is needed"),
    )
    wanted = newest()
    yield Finding(
        "migration",
        State.OK if found.revision == wanted else State.FAILURE,
        f"at {wanted}" if found.revision == wanted else f"at {found.revision}, needed {wanted}: lagebild migrate",
    )
    used = found.connections / found.connections_allowed
    yield Finding(
        "connections",
        State.OK if used < 0.8 else State.WARNING,
        f"{found.connections} of {found.connections_allowed}",
    )
    if found.revision:
        short = found.observations_until is not None and found.observations_until < found.now + timedelta(days=1)
        numbers = found.numbers_left or 0
        until = f"{found.observations_until:%Y-%m-%d}" if found.observations_until else "the first value"
        yield Finding(
            "partitions",
            State.FAILURE if numbers <= 0 else State.WARNING if short or numbers < 1_000_000 else State.OK,
            f"values until {until}, room for {numbers:,} changes",
        )


def _clock(database_now: datetime) -> Finding:
    here = datetime.now(UTC)
    apart = abs((here - database_now).total_seconds())
    state = State.OK if apart < 2 else State.WARNING
    return Finding("clock", state, f"{apart:.1f} s apart from the database's; here it is {here:%F %T} UTC")


def _land(found: Inspection, sources: dict[str, land_import.Imported]) -> Finding:
    areas = sources.get("areas")
    if areas is None or not found.municipalities:
        return Finding("land", State.FAILURE, "not loaded: it comes with `lagebild up`, or lagebild land import")
    state = State.OK if found.municipalities == MUNICIPALITIES_NRW else State.WARNING
    return Finding("land", state, f"{found.municipalities} municipalities, state {areas.state}, {areas.attribution}")


async def _shown_time(database: Database, settings: Settings) -> datetime | None:
    """In an exercise the time that is played."""
    if settings.mode is not Mode.EXERCISE:
        return None
    clock = await exercises.current(database)
    return clock.now() if clock else None


def _feeds(bodies: dict[str, dict[str, object]], now: datetime) -> Iterable[Finding]:
    if not bodies:
        yield Finding("feeds", State.WARNING, "none has reported yet")
    for name, body in sorted(bodies.items()):
        health = from_body(body, FeedHealth)
        condition = health.condition(now)
        calm = condition in (Condition.FRESH, Condition.PAUSED)
        success = f"last success {health.last_success:%F %T} UTC" if health.last_success else "never a success"
        trouble = f", {health.failures} failures: {health.error}" if health.failures else ""
        aside = f", {health.dropped} items kept aside" if health.dropped else ""
        yield Finding(f"feed {name}", State.OK if calm else State.WARNING, f"{condition}, {success}{trouble}{aside}")


def _engines(beats: list[heartbeats.Heartbeat]) -> Iterable[Finding]:
    if not beats:
        yield Finding("engines", State.FAILURE, "none has ever beaten: is the server running?")
    for beat in beats:
        state = State.FAILURE if beat.stalled else State.OK
        yield Finding(f"engine {beat.engine}", state, f"last beat {beat.age:.0f} s ago, one each {beat.every:.0f} s")
