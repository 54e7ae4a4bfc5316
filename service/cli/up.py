"""Everything on this machine with one command: looks after PostgreSQL, Valkey and the server until it is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from feeds.simulator import scenario as scenarios
from service.cli import parts
from service.cli.console import explained, say, settings_or_exit
from service.cli.running import leave_note, only_one
from service.cli.supervise import Supervisor
from service.settings import Mode, Settings

HANGS_AFTER = 60.0
"""Seconds without an answer after which the server is taken for hung and started again."""


def up(
    port: Annotated[int | None, typer.Option(help="TCP port; 8080 unless set.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
    exercise: Annotated[
        str | None,
        typer.Option(metavar="[SCENARIO]", help="ÜBUNG: the built-in simulator is the source of every feed."),
    ] = None,
    speed: Annotated[float | None, typer.Option(help="Seconds of the exercise per second.")] = None,
    start: Annotated[datetime | None, typer.Option(help="Moment at which the exercise starts, in UTC.")] = None,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on with the last exercise instead of emptying it.")
    ] = False,
    database_url: Annotated[str | None, typer.Option(help="postgresql://… instead of a private cluster.")] = None,
) -> None:
    """Start everything on this machine and look after it; Ctrl-C stops all of it."""
    given = {"port": port, "host": host, "data_dir": data_dir and data_dir.absolute(), "database_url": database_url}
    settings = settings_or_exit(**given, **_exercise(exercise, speed, start))
    stopping = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if sign is not signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN:  # as under nohup
            signal.signal(sign, lambda *_: stopping.set())
    with explained(), only_one(settings.data_dir):
        _run(settings, stopping, go_on=go_on)


def _exercise(scenario: str | None, speed: float | None, start: datetime | None) -> dict[str, object]:
    if scenario is None:
        if speed is not None or start is not None:
            raise typer.BadParameter("--speed and --start need --exercise")
        return {}
    given = {"scenario": scenario or None, "speed": speed, "start": start and f"{start.isoformat()}Z"}
    return {"mode": "EXERCISE", "exercise": {name: value for name, value in given.items() if value is not None}}


def _run(settings: Settings, stopping: threading.Event, *, go_on: bool) -> None:
    began = time.monotonic()
    supervisor = Supervisor(settings.data_dir / "processes", stopping)
    try:
        for line in parts.take_over(settings):
            say(line)
        parts.demand_free_port(settings.host, settings.port)
        if settings.mode is Mode.EXERCISE and settings.exercise.scenario:
            scenarios.load(settings.exercise.scenario)
        settings = parts.start_stores(settings, supervisor)
        if stopping.is_set():
            return
        asyncio.run(parts.prepare(settings, go_on=go_on))
        leave_note(settings)
        server = parts.server(settings)
        supervisor.add(server)
        if not stopping.is_set():
            _greet(settings, time.monotonic() - began)
        silent_since = time.monotonic()
        while not stopping.wait(5.0):
            if parts.status(settings, "/readyz", timeout=5.0) is not None:
                silent_since = time.monotonic()
            elif time.monotonic() - silent_since > HANGS_AFTER:
                supervisor.restart(server, f"no answer for {HANGS_AFTER:.0f} s")
                silent_since = time.monotonic()
    finally:
        if stopping.is_set():
            say("stopping")
        supervisor.stop()
        say("everything is stopped")


def _greet(settings: Settings, seconds: float) -> None:
    address = parts.address(settings)
    say(f"ready after {seconds:.1f} s{' (ÜBUNG)' if settings.mode == 'EXERCISE' else ''}")
    say(f"page:     {address}/")
    say(f"sign in:  {address}/sign-in/{asyncio.run(parts.first_link(settings))}  (works once, for 24 hours)")
    say(f"data:     {settings.data_dir}   (stop with Ctrl-C, process {os.getpid()})")
