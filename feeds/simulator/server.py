"""The simulator as a running server: one address for everything, and one door of its own for each source, so that a
single source can refuse connections while the others answer."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from feeds.simulator import control, copernicus_ems, dwd, lanuk, lhp, nina, pegelonline
from feeds.simulator.faults import Fault, FaultKind, PlannedFault, disfigured, planned
from feeds.simulator.gauge import Reported
from feeds.simulator.reply import Moment, Reply, http_date
from feeds.simulator.scenario import FEEDS, Scenario
from geodata.model.clock import ExerciseClock

if TYPE_CHECKING:
    from feeds.simulator.dataspace import Dataspace

Source = Callable[[Scenario, Moment, str, Mapping[str, str]], Reply]
SOURCES: dict[str, tuple[str, Source]] = {
    "pegelonline": (pegelonline.ROOT, pegelonline.answer),
    "nina": (nina.ROOT, nina.answer),
    "dwd_cap": (dwd.ROOT, dwd.answer),
    "lanuk": (lanuk.ROOT, lanuk.answer),
    "lhp": (lhp.ROOT, lhp.answer),
    "copernicus_ems": (copernicus_ems.ROOT, copernicus_ems.answer),
}
"""Feed -> the root of its paths here, and what answers below it."""
PLAYS_IN: dict[str, Callable[[Scenario], bool]] = {"lanuk": lanuk.plays_in, "lhp": lhp.plays_in}
"""Whether a source has anything to tell in a scenario; those not named always have."""

HOST = "127.0.0.1"
DOOR_CHECK_SECONDS = 0.05
COMPRESS_FROM_BYTES = 1_000


class Simulator:
    """Plays a scenario on a clock. What a source says depends on the clock's time alone, faults and values set by
    hand apart; so jumping back shows again what was."""

    def __init__(self, scenario: Scenario, clock: ExerciseClock) -> None:
        self.scenario, self.clock = scenario, clock
        self._faults: dict[str, Fault] = {}
        self._healed: set[PlannedFault] = set()
        self._by_hand: dict[str, Reported] = {}
        self._runner: web.AppRunner | None = None
        self._doors: dict[str, _Door] = {}
        self._watch: asyncio.Task[None] | None = None
        self.url = ""
        self.dataspace: Dataspace | None = None

    async def start(self, port: int = 0) -> str:
        """Listens on loopback and returns the address of everything. The sources' doors take the following ports, or
        free ones with port 0. Raises OSError if a port is taken."""
        app = web.Application()
        app.add_routes(control.routes(self))
        from feeds.simulator.dataspace import Dataspace  # what it draws with takes a second to load

        self.dataspace = Dataspace(self.scenario, self.clock)
        app.add_routes(self.dataspace.routes())
        for feed, (root, _) in SOURCES.items():
            app.router.add_get(f"{root}{{rest:.*}}", self._speaker(feed))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            site = web.TCPSite(self._runner, HOST, port)
            await site.start()
            for i, feed in enumerate(SOURCES, start=1):
                self._doors[feed] = await _Door.opened(self._runner, port + i if port else 0)
        except OSError:
            await self.stop()
            raise
        self.url = f"http://{HOST}:{self._runner.addresses[0][1]}"
        self._watch = asyncio.create_task(self._mind_the_doors())
        return self.url

    async def stop(self) -> None:
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        for door in self._doors.values():
            door.close()
        self._doors.clear()
        if self._runner:
            await self._runner.cleanup()
        self._runner = self._watch = None

    def base_urls(self) -> dict[str, str]:
        """Feed -> the address to configure as its `base_url`, in place of the public one; without those sources that
        have nothing to tell in this scenario."""
        playing = {feed: door for feed, door in self._doors.items() if PLAYS_IN.get(feed, _always)(self.scenario)}
        return {feed: f"http://{HOST}:{door.port}{SOURCES[feed][0]}" for feed, door in playing.items()}

    def set_fault(self, feed: str, kind: FaultKind | str, **options: Any) -> None:
        """Until healed. `options` are the further fields of Fault. Raises ValueError."""
        _known(feed)
        self._faults[feed] = msgspec.convert({"kind": str(kind), **options}, Fault)

    def heal(self, feed: str) -> None:
        """Ends the fault, and the one of the timetable that holds now with it."""
        _known(feed)
        self._faults.pop(feed, None)
        if entry := planned(self.scenario.faults, feed, self.clock.now()):
            self._healed.add(entry)

    def set_value(self, gauge: str, value: float | None) -> datetime:
        """The gauge's level from now on; None gives it back to its curve. Returns the value's stamp.

        Raises ValueError for an unknown gauge or a value that is not finite."""
        if value is not None and not math.isfinite(value):
            raise ValueError("value must be a finite number")
        try:
            key = self.scenario.gauge(gauge).key
        except KeyError:
            raise ValueError(f"gauge {gauge!r} is not one of {', '.join(self.scenario.gauges)}") from None
        now = self.clock.now().replace(microsecond=0)
        if value is None:
            self._by_hand.pop(key, None)
        else:
            self._by_hand[key] = Reported(now, float(value))
        return now

    def fault(self, feed: str) -> Fault | None:
        """What fails now: a fault set by hand counts before the timetable's."""
        if feed in self._faults:
            return self._faults[feed]
        entry = planned(self.scenario.faults, feed, self.clock.now())
        return None if entry is None or entry in self._healed else entry.fault

    def state(self) -> dict[str, Any]:
        faults = {feed: fault.kind.value for feed in SOURCES if (fault := self.fault(feed))}
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "start": self.scenario.start,
            "end": self.scenario.end,
            "now": self.clock.now(),
            "speed": self.clock.running_speed,
            "paused": self.clock.paused,
            "faults": faults,
            "fault_kinds": [kind.value for kind in FaultKind],
            "base_urls": self.base_urls(),
            "by_hand": {key: reported.value for key, reported in self._by_hand.items()},
        }

    def _speaker(self, feed: str) -> Callable[[web.Request], Any]:
        root, source = SOURCES[feed]

        async def speak(request: web.Request) -> web.StreamResponse:
            fault = self.fault(feed)
            if fault and not fault.concerns(request.path):
                fault = None
            if fault and fault.kind in (FaultKind.RESET, FaultKind.UNREACHABLE):
                return _cut(request)
            if fault and fault.kind is FaultKind.TIMEOUT:
                await asyncio.sleep(fault.hold)
                return _cut(request)
            now = self.clock.now()
            moment = Moment(now, by_hand=self._by_hand)
            if fault:
                moment = Moment(now - fault.age, fault.ahead, self._by_hand)
            reply = source(self.scenario, moment, request.rel_url.raw_path[len(root) :], request.query)
            clock_shown = http_date(now + moment.ahead)
            if fault:
                reply = disfigured(fault, reply)
                if fault.kind is FaultKind.TRUNCATED and fault.cut_connection:
                    return await _cut_short(request, reply, clock_shown)
            return _response(request, reply, clock_shown)

        return speak

    async def _mind_the_doors(self) -> None:
        """A door is shut while its source is unreachable; the timetable may shut it as well as a command."""
        while True:
            for feed, door in self._doors.items():
                fault = self.fault(feed)
                if fault and fault.kind is FaultKind.UNREACHABLE and not fault.path:
                    door.close()
                elif not door.open:
                    with contextlib.suppress(OSError):
                        await door.reopen()
            await asyncio.sleep(DOOR_CHECK_SECONDS)


class _Door:
    """One listening port that can be shut and opened again."""

    def __init__(self, runner: web.AppRunner) -> None:
        self._runner = runner
        self._server: asyncio.Server | None = None
        self.port = 0

    @classmethod
    async def opened(cls, runner: web.AppRunner, port: int) -> _Door:
        door = cls(runner)
        door.port = port
        await door.reopen()
        return door

    @property
    def open(self) -> bool:
        return self._server is not None

    async def reopen(self) -> None:
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(server, HOST, self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None


def _always(scenario: Scenario) -> bool:
    return True


def _known(feed: str) -> None:
    if feed not in FEEDS:
        raise ValueError(f"feed {feed!r} is not one of {', '.join(FEEDS)}")


def _cut(request: web.Request) -> web.StreamResponse:
    """Hangs up with a TCP reset: lingering for zero seconds makes the kernel send RST instead of FIN."""
    if request.transport:
        if sock := request.transport.get_extra_info("socket"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def _cut_short(request: web.Request, reply: Reply, clock_shown: str) -> web.StreamResponse:
    """Promises the whole body and hangs up after the half of it."""
    response = web.StreamResponse(headers={"Content-Length": str(2 * len(reply.body)), "Date": clock_shown})
    response.content_type = reply.content_type.split(";")[0]
    await response.prepare(request)
    await response.write(reply.body)
    if request.transport:
        request.transport.close()
    return response


def _response(request: web.Request, reply: Reply, clock_shown: str) -> web.Response:
    headers = {**reply.headers, "Content-Type": reply.content_type, "Date": clock_shown}
    if reply.etag:
        headers["ETag"] = reply.etag
    if reply.last_modified:
        headers["Last-Modified"] = http_date(reply.last_modified)
    if reply.unchanged_for(request.headers):
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    response = web.Response(status=reply.status, body=reply.body, headers=headers)
    compressible = len(reply.body) >= COMPRESS_FROM_BYTES and not reply.content_type.startswith("application/zip")
    if compressible and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_compression(web.ContentCoding.gzip)
    return response
