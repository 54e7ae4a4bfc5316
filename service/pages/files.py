"""Files beside the pages (style, script), packed once. Their address holds their content's hash: they never change."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.errors import NotFound

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class File:
    name: str
    hash: str
    type: str
    plain: bytes
    packed: bytes

    @property
    def path(self) -> str:
        return f"/pages/{self.hash}/{self.name}"

    def answer(self, request: Request, cache: str = FOR_EVER) -> Response:
        packs = takes_packed(request)
        headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if packs else {})
        return Response(self.packed if packs else self.plain, headers=headers, media_type=self.type)


class Files:
    """By name; names are used once in all folders."""

    def __init__(self) -> None:
        self._held: dict[str, File] = {}

    def add(self, folder: Path) -> None:
        for file in sorted(folder.glob("*")):
            if file.suffix not in TYPES:
                continue
            if file.name in self._held:
                raise ValueError(f"{file.name}: there are two files of this name; rename one")
            plain = file.read_bytes()
            digest = hashlib.sha256(plain).hexdigest()[:12]
            self._held[file.name] = File(file.name, digest, TYPES[file.suffix], plain, packed(plain))

    def __getitem__(self, name: str) -> File:
        return self._held[name]

    def routes(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        @router.get("/pages/{hash}/{name}")
        async def get_file(request: Request, hash: str, name: str) -> Response:
            file = self._held.get(name)
            if file is None:
                raise NotFound(NotFound.__doc__)
            return file.answer(request, FOR_EVER if hash == file.hash else "no-store")

        return router


def packed(plain: bytes) -> bytes:
    return gzip.compress(plain, 6, mtime=0)


def takes_packed(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
