"""The simulator's remote control under /_exercise/: JSON in, JSON out; for tests, the command line and the server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiohttp import web

from feeds.simulator.faults import FaultKind

if TYPE_CHECKING:
    from feeds.simulator.server import Simulator

PREFIX = "/_exercise/"
T = TypeVar("T")


class Speed(msgspec.Struct, forbid_unknown_fields=True):
    speed: float


class Jump(msgspec.Struct, forbid_unknown_fields=True):
    to: datetime


class SetFault(msgspec.Struct, forbid_unknown_fields=True):
    """`fault` is the kind, `options` its further fields (see Fault)."""

    feed: str
    fault: FaultKind
    options: dict[str, Any] = {}


class Heal(msgspec.Struct, forbid_unknown_fields=True):
    feed: str


class SetValue(msgspec.Struct, forbid_unknown_fields=True):
    """`value` None gives the gauge back to its curve."""

    gauge: str
    value: float | None = None


def routes(simulator: Simulator) -> list[web.RouteDef]:
    async def state(request: web.Request) -> web.Response:
        return _json(simulator.state())

    async def pause(request: web.Request) -> web.Response:
        simulator.clock.pause()
        return _json(simulator.state())

    async def resume(request: web.Request) -> web.Response:
        simulator.clock.resume()
        return _json(simulator.state())

    async def speed(request: web.Request) -> web.Response:
        simulator.clock.run_at((await _asked(request, Speed)).speed)
        return _json(simulator.state())

    async def jump(request: web.Request) -> web.Response:
        simulator.clock.jump((await _asked(request, Jump)).to)
        return _json(simulator.state())

    async def fault(request: web.Request) -> web.Response:
        asked = await _asked(request, SetFault)
        simulator.set_fault(asked.feed, asked.fault, **asked.options)
        return _json(simulator.state())

    async def heal(request: web.Request) -> web.Response:
        simulator.heal((await _asked(request, Heal)).feed)
        return _json(simulator.state())

    async def value(request: web.Request) -> web.Response:
        asked = await _asked(request, SetValue)
        reported = simulator.set_value(asked.gauge, asked.value)
        return _json({"gauge": asked.gauge, "value": asked.value, "at": reported})

    actions = [pause, resume, speed, jump, fault, heal, value]
    return [
        web.get(f"{PREFIX}state", state),
        *(web.post(f"{PREFIX}{action.__name__}", _guarded(action)) for action in actions),
    ]


def _guarded(
    action: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A request that cannot be carried out is answered with 422 and what to change."""

    async def guarded(request: web.Request) -> web.Response:
        try:
            return await action(request)
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            return _json({"title": "not possible", "detail": str(error).strip("'\"")}, 422)

    return guarded


async def _asked(request: web.Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.read(), type=kind)


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")
