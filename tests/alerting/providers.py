"""Providers that are not real but really asked, by HTTP, SMTP, MQTT. Each can be late, fail, hang, repeat and lie."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default as modern
from typing import Any

import aiomqtt
import http_ece
import httpx
import orjson
from aiohttp import web
from aiosmtpd.controller import UnthreadedController
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

PATIENT = 60.0


@dataclass
class Temper:
    """`late`: seconds before it answers. Shares of 1: `fails` (HTTP 503, SMTP 451), `hangs` (no answer at all),
    `twice` (callbacks come twice). `lies`: before each true receipt one for a message that nobody sent. `silent`: no
    callbacks by itself."""

    late: float = 0.0
    fails: float = 0.0
    hangs: float = 0.0
    twice: float = 0.0
    lies: bool = False
    silent: bool = False
    seed: int = 1
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def throw(self) -> str:
        """fails, hangs or works."""
        thrown = self.dice.random()
        return "fails" if thrown < self.fails else "hangs" if thrown < self.fails + self.hangs else "works"


@dataclass
class Asked:
    """One request that a provider took. `call` is our own id of the call."""

    call: str
    to: str
    text: str
    headers: dict[str, str]
    body: Any


class Provider:
    """`taken` are those it accepted, `tried` counts every request by its Idempotency-Key."""

    path = "/messages"

    def __init__(self, temper: Temper | None = None, *, secret: str | None = None) -> None:
        self.temper, self.secret = temper or Temper(), secret
        self.taken: list[Asked] = []
        self.tried: Counter[str] = Counter()
        self.answers: list[int] = []
        """Statuses of our callbacks, as the node answered them."""
        self.status = 200
        self.url = ""
        self._calls_back = httpx.AsyncClient(timeout=20)
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Provider]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await runner.cleanup()
            await self._calls_back.aclose()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.tried[request.headers.get("Idempotency-Key", "")] += 1
        if self.temper.late:
            await asyncio.sleep(self.temper.late)
        thrown = self.temper.throw()
        if thrown == "hangs":
            await asyncio.sleep(PATIENT)
        if thrown == "fails":
            return web.json_response({"error": "try later"}, status=503, headers={"Retry-After": "1"})
        if self.status >= 300:
            return web.json_response({"error": "no"}, status=self.status, headers={"Location": "http://127.0.0.1:1/"})
        return await self.took(request, raw)

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        raise NotImplementedError

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def tell(self, url: str, payload: Any, *, headers: dict[str, str] | None = None) -> int:
        """Post something to the node, again and again until it answers, and sometimes twice."""
        raw = orjson.dumps(payload)
        status = 0
        for _ in range(2 if self.temper.dice.random() < self.temper.twice else 1):
            for _ in range(60):
                try:
                    answer = await self._calls_back.post(
                        url,
                        content=raw,
                        headers={"Content-Type": "application/json", **(headers or self.signed(raw))},
                    )
                except httpx.HTTPError:
                    await asyncio.sleep(0.5)
                    continue
                status = answer.status_code
                self.answers.append(status)
                if status < 500:
                    break
                await asyncio.sleep(0.5)
        return status

    def signed(self, raw: bytes) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


class FakeSms(Provider):
    """Takes `{to, text, ref, receipts, inbound}` and answers like many providers do."""

    settings = {
        "kind": "sms_http",
        "body": {"to": "{to}", "text": "{text}", "ref": "{id}", "receipts": "{receipts}", "inbound": "{inbound}"},
        "id_path": "messages.0.id",
        "success_path": "messages.0.status",
        "success": ["accepted"],
        "refused": ["no_such_number"],
        "paths": {"call": "ref", "sender": "from", "text": "body"},
    }

    def __init__(self, temper: Temper | None = None, *, secret: str | None = None) -> None:
        super().__init__(temper, secret=secret)
        self.unknown: set[str] = set()
        """Numbers that do not exist."""

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        body = orjson.loads(raw)
        status = "no_such_number" if body["to"] in self.unknown else "accepted"
        if status == "accepted":
            self.taken.append(Asked(body["ref"], body["to"], body["text"], dict(request.headers), body))
            if self.secret and not self.temper.silent:
                self.later(self._receipts(body))
        id = hashlib.sha256(body["ref"].encode()).hexdigest()[:12]
        return web.json_response({"messages": [{"id": id, "status": status}]}, status=202)

    async def _receipts(self, body: dict[str, Any]) -> None:
        if self.temper.lies:
            await self.tell(body["receipts"], {"ref": "nobody-sent-this", "state": "DELIVRD"})
        await self.tell(body["receipts"], {"ref": body["ref"], "state": "DELIVRD"})

    async def write(self, inbound: str, sender: str, text: str, *, id: str | None = None) -> int:
        """Somebody answers by SMS."""
        return await self.tell(inbound, {"from": sender, "body": text, "event_id": id or os.urandom(6).hex()})


class FakeVoice(Provider):
    """Calls, speaks, and tells which key was pressed: `keys` by number, else nobody answers."""

    settings = {
        "kind": "voice_http",
        "body": {"to": "{to}", "say": "{speak}", "ref": "{id}", "answer_url": "{inbound}"},
        "paths": {"call": "ref", "digits": "dtmf"},
    }

    def __init__(self, temper: Temper | None = None, *, secret: str | None = None) -> None:
        super().__init__(temper, secret=secret)
        self.keys: dict[str, str] = {}

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        body = orjson.loads(raw)
        self.taken.append(Asked(body["ref"], body["to"], body["say"], dict(request.headers), body))
        if self.secret and not self.temper.silent:
            self.later(self._spoken(body))
        return web.json_response({"id": f"call-{body['ref']}"})

    async def _spoken(self, body: dict[str, Any]) -> None:
        key = self.keys.get(body["to"])
        state = "completed" if key else "no-answer"
        await self.tell(body["answer_url"], {"ref": body["ref"], "state": state})
        if key:
            await self.tell(body["answer_url"], {"ref": body["ref"], "dtmf": key})


class FakeAndroid(Provider):
    """The shape of SMS Gateway for Android's server. `hook` is where its webhooks go, signed with `secret`."""

    hook = ""

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        assert request.headers["Authorization"].startswith("Basic ")
        body = orjson.loads(raw)
        if any(earlier.call == body["id"] for earlier in self.taken):
            return web.json_response({"message": "message id already exists"}, status=409)
        asked = Asked(body["id"], body["phoneNumbers"][0], body["textMessage"]["text"], dict(request.headers), body)
        self.taken.append(asked)
        if self.hook and self.secret and not self.temper.silent:
            self.later(self._hooks(asked))
        return web.json_response({"id": body["id"], "state": "Pending", "recipients": []}, status=202)

    async def _hooks(self, asked: Asked) -> None:
        for event, moment in (("sms:sent", "sentAt"), ("sms:delivered", "deliveredAt")):
            inner = {"messageId": asked.call, "phoneNumber": asked.to, moment: "2026-07-14T12:00:00.000+02:00"}
            await self.tell(self.hook, self.event(event, inner))

    async def write(self, sender: str, text: str, *, id: str | None = None) -> int:
        inner = {"messageId": "abc123", "message": text, "sender": sender, "phoneNumber": sender, "simNumber": 1,
                 "receivedAt": "2026-07-14T12:00:00.000+02:00"}  # fmt: skip
        return await self.tell(self.hook, self.event("sms:received", inner, id=id))

    def event(self, event: str, inner: dict[str, Any], *, id: str | None = None) -> dict[str, Any]:
        return {"deviceId": "phone", "event": event, "id": id or os.urandom(8).hex(), "payload": inner,
                "webhookId": "hook"}  # fmt: skip

    def signed(self, raw: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        mac = hmac.new((self.secret or "").encode(), raw + stamp.encode(), hashlib.sha256).hexdigest()
        return {"X-Signature": mac, "X-Timestamp": stamp}


@dataclass
class Browser:
    """What a phone has that subscribed: the private key, and what it could read."""

    key: ec.EllipticCurvePrivateKey
    auth: bytes
    path: str
    read: list[dict[str, Any]] = field(default_factory=list)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class FakePush(Provider):
    """A push service that hands on to browsers of its own; it checks who asks (VAPID), they decrypt."""

    def __init__(self, temper: Temper | None = None, *, vapid: str | None = None) -> None:
        super().__init__(temper)
        self.vapid = vapid
        """The only key it lets in, if it is given."""
        self.browsers: dict[str, Browser] = {}
        self.gone: set[str] = set()

    def subscribe(self) -> tuple[str, Browser]:
        """The subscription as JSON, and its browser."""
        key, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        browser = Browser(key, auth, f"/push/{os.urandom(12).hex()}")
        self.browsers[browser.path] = browser
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _b64(point), "auth": _b64(auth)}
        return orjson.dumps({"endpoint": f"{self.url}{browser.path}", "keys": keys}).decode(), browser

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        browser = self.browsers.get(request.path)
        if browser is None:
            return web.Response(status=404)
        if request.path in self.gone:
            return web.Response(status=410)
        if not self._admits(request.headers.get("Authorization", "")):
            return web.Response(status=403)
        if request.headers.get("Content-Encoding") != "aes128gcm" or not request.headers.get("TTL", "").isdigit():
            return web.Response(status=400)
        opened = http_ece.decrypt(raw, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm")
        said = orjson.loads(opened)
        browser.read.append(said)
        self.tried[said["id"]] += 1
        self.taken.append(Asked(said["id"], request.path, said["text"], dict(request.headers), said))
        return web.Response(status=201, headers={"Location": f"{self.url}/message/1"})

    def _admits(self, authorization: str) -> bool:
        """RFC 8292: signed by the key it names, for us, not expired, by a contact."""
        if not authorization.startswith("vapid ") or not Vapid02.verify(authorization):
            return False
        parts = dict(part.strip().split("=", 1) for part in authorization[6:].split(","))
        claims = orjson.loads(base64.urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
        named = self.vapid is None or parts["k"] == self.vapid
        return bool(
            named and claims["aud"] == self.url and 0 < claims["exp"] - time.time() <= 86_400 and claims.get("sub")
        )


class FakeHook(Provider):
    """Another system that takes our webhook; it checks the signature by what the documents say."""

    async def took(self, request: web.Request, raw: bytes) -> web.StreamResponse:
        stamp = request.headers["X-Lagebild-Timestamp"]
        mac = hmac.new((self.secret or "").encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        if request.headers["X-Lagebild-Signature"] != f"sha256={mac}":
            return web.Response(status=401)
        body = orjson.loads(raw)
        self.taken.append(Asked(body["id"], body["to"], body["text"], dict(request.headers), body))
        return web.Response(status=204)


class FakeMail:
    """A mail server. `refuses`: what it says to RCPT by address."""

    def __init__(self, temper: Temper | None = None) -> None:
        self.temper = temper or Temper()
        self.taken: list[tuple[list[str], Message]] = []
        self.refuses: dict[str, str] = {}
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.temper.late:
            await asyncio.sleep(self.temper.late)
        thrown = self.temper.throw()
        if thrown == "hangs":
            await asyncio.sleep(PATIENT)
        if thrown == "fails":
            return "451 4.3.0 try later"
        self.taken.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=modern)))
        return "250 OK"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[FakeMail]:
        controller = UnthreadedController(self, "127.0.0.1", 0, loop=asyncio.get_running_loop(), enable_SMTPUTF8=True)
        server = await controller._create_server()
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


class Display:
    """A siren or a display that listens at a real broker. `shown` is what came, with QoS and the mark of keeping."""

    def __init__(self, port: int, topic: str) -> None:
        self.port, self.topic = port, topic
        self.shown: list[dict[str, Any]] = []
        self.messages: list[aiomqtt.Message] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Display]:
        async with aiomqtt.Client("127.0.0.1", self.port) as client:
            await client.subscribe(self.topic, qos=1)
            task = asyncio.create_task(self._listen(client))
            try:
                yield self
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            self.messages.append(message)
            self.shown.append(orjson.loads(bytes(message.payload)))  # type: ignore[arg-type]


async def until(condition: Any, *, within: float = 20.0) -> None:
    """Wait for it."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.01)
