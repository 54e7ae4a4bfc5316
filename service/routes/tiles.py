"""Vector tiles over HTTP: an in-process cache, validators from the layer's revision, limits.

A Starlette route, not a FastAPI one: a small tile takes less time than FastAPI's own work. The ETag is made of the
revision, never of the bytes: the same tile asked twice may order its features differently.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from isal import igzip
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from geodata.store.database import Database, StoreUnavailable
from geodata.store.swift import Swift
from geodata.store.tiles import LAYERS, MAX_ZOOM, Layer, TileKey, tile
from service.errors import problem

Rooms = Callable[[Request], Awaitable[Collection[str]]]
"""The rooms whose facts the visitor may see; raises NotSignedIn."""

Revision = Callable[[Layer], Awaitable[str]]
"""A text that is another one after anything in the layer changed."""

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
COMPRESS_FROM = 1_000
_LAND = "public, max-age=300"
_LIVE = "private, no-cache"

_Key = tuple[str, TileKey, tuple[str, ...], str, bool]


@dataclass(slots=True)
class TileCache:
    """The tiles asked for last, up to `limit` bytes."""

    limit: int = 64_000_000
    size: int = 0
    _tiles: OrderedDict[_Key, bytes] = field(default_factory=OrderedDict)

    def get(self, key: _Key) -> bytes | None:
        found = self._tiles.get(key)
        if found is not None:
            self._tiles.move_to_end(key)
        return found

    def put(self, key: _Key, content: bytes) -> None:
        weight = _weight(content)
        if weight > self.limit // 4:
            return
        before = self._tiles.pop(key, None)
        self.size += weight - (_weight(before) if before is not None else 0)
        self._tiles[key] = content
        while self.size > self.limit:
            _, oldest = self._tiles.popitem(last=False)
            self.size -= _weight(oldest)


def _weight(content: bytes) -> int:
    """A key and its entry cost about as much as a small tile."""
    return len(content) + 500


class Tiles:
    """Makes `at_once` tiles beside each other, the same one only once; beyond `waiting` more it turns away."""

    def __init__(
        self, database: Database, *, cache: TileCache | None = None, at_once: int = 4, waiting: int = 200
    ) -> None:
        self._swift = Swift(database, at_once=at_once)
        self._asked = database.asked
        self._cache = cache or TileCache()
        self._most = at_once + waiting
        self._making: dict[_Key, asyncio.Future[None]] = {}

    async def get(self, layer: Layer, key: TileKey, rooms: tuple[str, ...], revision: str, *, packed: bool) -> bytes:
        """Raises StoreUnavailable, also when too many are asked for."""
        entry = (layer.name, key, rooms, revision, packed)
        while True:
            content = self._cache.get(entry)
            if content is not None:
                return content
            other = self._making.get(entry)
            if other is None:
                break
            await asyncio.wait([other])
        if len(self._making) >= self._most:
            raise StoreUnavailable("Too many map tiles are being made; try again.")
        done = self._making[entry] = asyncio.get_running_loop().create_future()
        try:
            content = await tile(self._swift, layer, key, rooms, self._asked(rooms))
            if packed and len(content) >= COMPRESS_FROM:
                content = igzip.compress(content, compresslevel=1)
            self._cache.put(entry, content)
        finally:
            del self._making[entry]
            done.set_result(None)  # whoever waits looks into the cache, or makes it if this one failed
        return content


def routes(database: Database, rooms: Rooms, revision: Revision, *, cache: TileCache | None = None) -> list[Route]:
    """`/tiles/{layer}/{z}/{x}/{y}.mvt`. The objects are the app's."""
    tiles = Tiles(database, cache=cache)

    async def get_tile(request: Request) -> Response:
        path = request.path_params
        layer = LAYERS.get(path["layer"])
        if layer is None:
            return problem(404, "not-found", f"there is no layer of this name; known are {', '.join(LAYERS)}", "layer")
        key = _key(path["z"], path["x"], path["y"])
        if isinstance(key, str):
            return problem(422, "invalid", _WRONG[key], key)
        allowed = await rooms(request)
        seen = tuple(sorted(allowed)) if layer.kind else ()
        state = await revision(layer)
        etag = f'W/"{state}-{zlib.crc32(chr(10).join(seen).encode()):x}"'
        headers = {
            "ETag": etag,
            "Cache-Control": _LIVE if layer.kind else _LAND,
            "Vary": "Accept-Encoding, Cookie" if layer.kind else "Accept-Encoding",
        }
        if _matches(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        content = await tiles.get(layer, key, seen, state, packed=packed)
        if content[:2] == b"\x1f\x8b":
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers, media_type=MEDIA_TYPE)

    return [Route("/tiles/{layer}/{z}/{x}/{y}.mvt", get_tile, methods=["GET"])]


_WRONG = {
    "z": f"z must be a whole number from 0 to {MAX_ZOOM}",
    "x": "x must be a whole number from 0 to 2^z - 1",
    "y": "y must be a whole number from 0 to 2^z - 1",
}


def _key(z: str, x: str, y: str) -> TileKey | str:
    """The tile, or the name of the part that is wrong."""
    for name, part in (("z", z), ("x", x), ("y", y)):
        if not (part.isascii() and part.isdigit() and len(part) <= 7):
            return name
    key = TileKey(int(z), int(x), int(y))
    if key.z > MAX_ZOOM:
        return "z"
    return key if key.in_range() else ("x" if key.x >= 2**key.z else "y")


def _matches(given: str | None, etag: str) -> bool:
    """Weak comparison, as RFC 9110 wants it for If-None-Match."""
    if given is None:
        return False
    plain = etag.removeprefix("W/")
    return any(tag.strip().removeprefix("W/") in (plain, "*") for tag in given.split(","))
