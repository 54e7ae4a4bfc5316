"""Every way into the application: routes, tile layers, mounts and messages of the socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from fastapi import FastAPI

from geodata.store.tiles import LAYERS
from service.live import protocol

TILES = "/tiles/{layer}/{z}/{x}/{y}.mvt"


def every_way(app: FastAPI) -> set[str]:
    """As `METHOD /path`, `TILE layer`, `MOUNT /path` and `WS message`."""
    return set(_ways(app.routes))


def _ways(routes: list[Any]) -> Iterator[str]:
    for route in routes:
        if hasattr(route, "effective_candidates"):
            yield from _ways([*route.effective_candidates(), *route.effective_low_priority_routes()])
            continue
        route = getattr(route, "original_route", None) or route
        path, methods = getattr(route, "path", None), getattr(route, "methods", None)
        if path == TILES:
            yield from (f"TILE {layer}" for layer in LAYERS)
        elif methods:
            yield from (f"{method} {path}" for method in methods if method not in ("HEAD", "OPTIONS"))
        elif path == "/api/live":
            yield "WS connect"
            yield from (f"WS {kind.__struct_config__.tag}" for kind in get_args(protocol._incoming.type))
        else:
            yield f"MOUNT {path or '/'}"
