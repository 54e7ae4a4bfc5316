"""A partner that does what a test wants of it: signed answers, errors, silence, or nobody there at all."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.federation.identity.keys import NodeKeys
from service.federation.wire import envelope as wire
from service.federation.wire import signing
from service.federation.wire.envelope import Ack, Envelope
from tests.service.federation.sending.told import Receiver

Does = Callable[[Envelope], Awaitable[Response | None]]


@dataclass
class Partner:
    """`does` may answer in its place, before the envelope is taken. `applied` are the numbers taken, in their order."""

    keys: NodeKeys
    url: str = ""
    receiver: Receiver = field(default_factory=Receiver)
    does: Does | None = None
    offers: list[Envelope] = field(default_factory=list)
    asked: int = 0
    came: list[Envelope] = field(default_factory=list)
    applied: list[tuple[int, int]] = field(default_factory=list)

    async def inbox(self, request: Request) -> Response:
        raw = await request.body()
        envelope = wire.read.decode(gzip.decompress(raw))
        self.came.append(envelope)
        answer = await self.does(envelope) if self.does else None
        if answer is None:
            taken = self.receiver.take(envelope)
            if taken:
                self.applied.append((envelope.epoch, envelope.number))
            answer = Response(wire.write.encode(self.receiver.ack), media_type="application/json")
        return self.signed(request, answer)

    async def outbox(self, request: Request) -> Response:
        self.asked += 1
        ack: Ack = wire.read_ack.decode(gzip.decompress(await request.body()))
        following = [one for one in self.offers if one.number == ack.number + 1]
        answer = Response(wire.write.encode(following[0]), media_type="application/json") if following else Response(
            status_code=204)  # fmt: skip
        return self.signed(request, answer)

    def signed(self, request: Request, answer: Response) -> Response:
        signing.sign_answer(
            self.keys, request.method, str(httpx.URL(str(request.url))), request.headers, answer.status_code,
            answer.headers, bytes(answer.body),
        )  # fmt: skip
        return answer


@asynccontextmanager
async def partner(directory: Path) -> AsyncIterator[Partner]:
    here = Partner(NodeKeys(directory))
    routes = [Route("/federation/v1/inbox", here.inbox, methods=["POST"]),
              Route("/federation/v1/outbox", here.outbox, methods=["POST"])]  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    here.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield here
    server.should_exit = server.force_exit = True
    await serving
