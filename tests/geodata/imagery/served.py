"""The simulated Data Space on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from feeds.simulator.dataspace import Dataspace


@asynccontextmanager
async def served(dataspace: Dataspace) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    app.add_routes(dataspace.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
