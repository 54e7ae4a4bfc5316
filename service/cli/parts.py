"""The parts that `lagebild up` starts, each from the settings."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from geodata.land import loading
from geodata.store import exercises, leftover
from geodata.store.cluster import Cluster, as_server_user
from geodata.store.database import Database
from geodata.store.migrate import upgrade
from service.access.store import make_link
from service.accounts.store import ensure
from service.cli import supervise
from service.cli.console import Refused, say
from service.cli.running import only_one
from service.cli.supervise import Child, Supervisor
from service.settings import Mode, Settings, as_environment, load

ACTUAL_DATABASE = "lagebild"
EXERCISE_DATABASE = "lagebild_exercise"


def take_over(settings: Settings) -> list[str]:
    """What a killed predecessor left is ended first; a line for each."""
    database = leftover.take_over(Cluster(settings.data_dir))
    return [*([database] if database else []), *supervise.take_over(settings.data_dir / "processes")]


def demand_free_port(host: str, port: int) -> None:
    """Raises Refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port"
            ) from None


def start_stores(settings: Settings, supervisor: Supervisor) -> Settings:
    """PostgreSQL and Valkey, unless their addresses are given; the settings with the addresses filled in."""
    exercise = settings.mode is Mode.EXERCISE
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url is None:
        cluster = Cluster(settings.data_dir)
        if cluster.ensure():
            say(f"made a PostgreSQL cluster in {cluster.data}")
        supervisor.add(
            Child("postgresql", cluster.launch, cluster.ready, stop_with=signal.SIGINT, patience=30.0), cluster.start()
        )
        name = EXERCISE_DATABASE if exercise else ACTUAL_DATABASE
        cluster.create_database(name)
        database_url = cluster.url(name)
    elif exercise and not (make_url(database_url).database or "").endswith("_exercise"):
        raise Refused("an exercise empties its database: name one in --database-url that ends in _exercise")
    if redis_url is None and (program := shutil.which("valkey-server") or shutil.which("redis-server")):
        redis_url = _start_valkey(program, settings, supervisor)
    return load(**settings.model_dump(exclude_unset=True) | {"database_url": database_url, "redis_url": redis_url})


def _start_valkey(program: str, settings: Settings, supervisor: Supervisor) -> str:
    """On a Unix socket, without any file of its own: it carries only what may be lost."""
    path = Cluster(settings.data_dir).socket / "valkey.sock"
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0", "unixsocket": str(path), "unixsocketperm": "700", "save": "", "appendonly": "no",
        "maxmemory": "128mb", "maxmemory-policy": "allkeys-lru", "daemonize": "no", "loglevel": "warning", "dir": "/",
    }  # fmt: skip
    command = [*as_server_user(), program, *(word for name, value in options.items() for word in (f"--{name}", value))]

    def launch() -> subprocess.Popen[bytes]:
        path.unlink(missing_ok=True)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/")

    supervisor.add(Child("valkey", launch, lambda: _listens(path), patience=5.0))
    return f"unix://{path}"


async def prepare(settings: Settings, *, go_on: bool) -> None:
    """The database is at the newest revision, has the land, and in a new exercise nothing else."""
    assert settings.database_url is not None
    upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        if settings.mode is Mode.EXERCISE and not go_on:
            await exercises.clear(database)
        if await loading.ensure(database):
            say("loaded the land: municipalities, districts and places of North Rhine-Westphalia")
    finally:
        await database.close()


@contextmanager
def stopped_database(settings: Settings) -> Iterator[str]:
    """The database while nothing runs on it: the configured one, or that of the private cluster, started for this."""
    if settings.database_url:
        yield settings.database_url
        return
    cluster = Cluster(settings.data_dir)
    with only_one(settings.data_dir):
        leftover.take_over(cluster)
        cluster.ensure()
        process = cluster.start()
        try:
            cluster.create_database(ACTUAL_DATABASE)
            yield cluster.url(ACTUAL_DATABASE)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def server(settings: Settings) -> Child:
    environment = {**os.environ, **as_environment(settings)}
    command = [sys.executable, "-m", "service", "serve"]
    return Child(
        "server",
        lambda: subprocess.Popen(command, env=environment, start_new_session=True, stdin=subprocess.DEVNULL),
        lambda: status(settings, "/readyz") == 200,
        patience=15.0,
    )


async def first_link(settings: Settings) -> str:
    assert settings.database_url is not None
    database = Database(settings.database_url)
    try:
        return await make_link(database, await ensure(database, "Administration", admin=True))
    finally:
        await database.close()


def address(settings: Settings) -> str:
    """As a browser on this machine reaches it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def status(settings: Settings, path: str, *, timeout: float = 2.0) -> int | None:
    """The HTTP status of our own server's answer, None without one."""
    try:
        with urllib.request.urlopen(f"{address(settings)}{path}", timeout=timeout) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
