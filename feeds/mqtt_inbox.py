"""What has come from a broker and is not yet taken: bounded, handed on in batches."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Never

import aiomqtt

MOST = 4_000
MOST_BYTES = 64_000_000
"""So much may wait here; then nothing more is read, and the rest waits at the broker."""
LARGEST = 262_144
"""Bytes of one message; an uplink with all its gateways has a few thousand."""
BATCH = 2_000
"""As many as may be on their way: a transaction costs the database much the same for few and for many."""
LINGER = 0.2
QUIET = 0.005
"""Seconds: a batch waits as long as messages keep coming, but no longer than LINGER. A broker that lets only twenty be
on their way sends nothing more until those are acknowledged, so silence ends the wait at once."""
REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Message:
    """`at` is when it reached us, by the app's clock. `mid` and `qos` are what acknowledges it."""

    topic: str
    payload: bytes
    at: datetime
    qos: int = 0
    mid: int = 0

    @property
    def digest(self) -> bytes:
        return blake2b(self.topic.encode() + b"\0" + self.payload, digest_size=16).digest()


class Tap:
    """Stops reading from the connection and goes on. Brokers send more than they were told may be on its way (mosquitto
    2.0.11 does), but none sends what nobody reads."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._shut = False

    def shut(self) -> None:
        connection = self._client._client.socket()
        if not self._shut and connection is not None:
            self._shut = self._loop.remove_reader(connection.fileno())

    def open(self) -> None:
        connection = self._client._client.socket()
        if self._shut and connection is not None and connection.fileno() >= 0:
            self._loop.add_reader(connection.fileno(), self._read)
            self._loop.call_soon(self._read)  # what TLS holds already wakes nobody
        self._shut = False

    def _read(self) -> None:
        """As aiomqtt reads."""
        try:
            connection = self._client._client.socket()
            while not self._shut and connection is not None:
                self._client._client.loop_read()
                if not (hasattr(connection, "pending") and connection.pending()):
                    break
        except Exception as error:  # paho raises what the socket does
            if not self._client._disconnected.done():
                self._client._disconnected.set_exception(error)


class Inbox(asyncio.Queue[aiomqtt.Message]):
    """Stands where aiomqtt keeps its messages. Nobody gets single ones from it: whoever waits for one waits until the
    connection ends, which is how aiomqtt tells that it has. `tap` is shut while it is full."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._held: deque[Message] = deque()
        self._bytes = 0
        self._some = asyncio.Event()
        self.tap: Tap | None = None
        self.closed = False
        self.received = 0

    def put_nowait(self, item: aiomqtt.Message) -> None:
        self.received += 1
        payload = bytes(item.payload)
        # a giant is not kept, but must be acknowledged, or it would come for ever
        kept = payload if len(payload) <= LARGEST else b""
        self._bytes += len(kept)
        self._held.append(Message(str(item.topic), kept, self._now(), item.qos, item.mid))
        self._some.set()
        if self._full() and self.tap:
            self.tap.shut()

    def qsize(self) -> int:
        return len(self._held)

    def _full(self) -> bool:
        return len(self._held) >= MOST or self._bytes >= MOST_BYTES

    async def get(self) -> Never:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nobody hands out single messages")

    def close(self) -> None:
        """The connection is over: what is here is handed on, then come empty batches."""
        self.closed = True
        self._some.set()

    async def batch(self) -> list[Message]:
        """At most BATCH messages; at least one while the connection lasts."""
        await self._some.wait()
        loop = asyncio.get_running_loop()
        end = loop.time() + LINGER
        before = 0
        while before < len(self._held) < BATCH and loop.time() < end and not self.closed:
            before = len(self._held)
            await asyncio.sleep(QUIET)
        taken = [self._held.popleft() for _ in range(min(BATCH, len(self._held)))]
        self._bytes -= sum(len(message.payload) for message in taken)
        if not self._held and not self.closed:
            self._some.clear()
        if self.tap and not self._full() and not self.closed:
            self.tap.open()
        return taken


class Taken:
    """Digests of what was taken last, by which a double is known: a broker brings again what it is not sure of."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def fresh(self, messages: list[Message]) -> dict[bytes, Message]:
        """Each message that is new, once, in order."""
        found: dict[bytes, Message] = {}
        for message in messages:
            if message.payload and (digest := message.digest) not in self._known:
                found.setdefault(digest, message)
        return found

    def remember(self, digests: dict[bytes, Message]) -> None:
        for digest in digests:
            self._known[digest] = None
        while len(self._known) > self._most:
            self._known.popitem(last=False)
