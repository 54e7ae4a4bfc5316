"""A broker that brings sensors' messages: held open, acknowledged only after they were taken, opened again when lost.

The session is kept at the broker (fixed client id, no clean start) and the subscription asks for QoS 1. So whatever
is published while we are away, or was not yet taken when we fell, comes later. What comes twice is counted.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import aiomqtt
import structlog
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from feeds.mqtt_inbox import Inbox, Message, Taken, Tap

Take = Callable[[list[Message]], Awaitable[object]]

FIRST_RETRY = 1.0
LONGEST = 60.0
STEADY = 15.0
"""Seconds a connection must last before its failures are forgotten: two that throw each other out must slow down."""
TIMEOUT = 10.0
KEEPALIVE = 30
ON_THEIR_WAY = 2_000
"""Messages the broker may send before we acknowledge (MQTT 5). Brokers of MQTT 3.1.1 have their own limit."""
KEPT_FOR = timedelta(days=7)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Broker:
    """Where and as whom. `ca_file` holds the authority that signed the broker's certificate if it is none that the
    system knows; `cert_file` and `key_file` are ours, for brokers that ask for one."""

    name: str
    host: str
    topics: tuple[str, ...]
    port: int = 1883
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str = "lagebild"
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    protocol: Literal["5", "3.1.1"] = "5"

    def tls_context(self) -> ssl.SSLContext | None:
        """Raises BadCertificate."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.cert_file:
                context.load_cert_chain(self.cert_file, self.key_file)
        except (OSError, ssl.SSLError) as error:
            files = ", ".join(filter(None, (self.ca_file, self.cert_file, self.key_file)))
            raise BadCertificate(f"TLS: cannot use {files}: {error}") from error
        return context


class BadCertificate(Exception):
    """A file of the broker's settings is missing or holds no certificate."""


@dataclass(slots=True)
class BrokerState:
    """How it stands, for the page of sources. Times are of the app's clock; `since`: the connection or its loss."""

    connected: bool = False
    since: datetime | None = None
    last_message: datetime | None = None
    received: int = 0
    taken: int = 0
    doubles: int = 0
    oversized: int = 0
    failures: int = 0
    error: str | None = None


class Connection:
    """`take` gets each batch; whatever it raises, it gets the same batch again, later. `now` is the app's clock."""

    def __init__(
        self,
        broker: Broker,
        take: Take,
        now: Callable[[], datetime],
        *,
        first_retry: float = FIRST_RETRY,
        longest: float = LONGEST,
        steady: float = STEADY,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.broker, self.state = broker, BrokerState()
        self._take, self._now = take, now
        self._first_retry, self._longest, self._jitter = first_retry, longest, jitter
        self._steady = steady
        self._taken = Taken()
        self._inbox: Inbox | None = None

    @property
    def waiting(self) -> int:
        """Messages that are here and nobody has taken yet."""
        return self._inbox.qsize() if self._inbox else 0

    async def run(self) -> None:
        """For ever, until cancelled: what was not taken by then stays with the broker."""
        while True:
            try:
                await self._while_connected()
            except (aiomqtt.MqttError, BadCertificate, OSError) as error:
                self._failed(told(error, self.broker))
            await asyncio.sleep(self._wait(self.state.failures))

    async def _while_connected(self) -> None:
        inbox = self._inbox = Inbox(self._now)
        client = self._client(inbox)
        # paho acknowledges by itself before anybody has the message safe; aiomqtt does not pass this switch on
        client._client.manual_ack_set(True)
        try:
            async with client:
                inbox.tap = Tap(client)
                await self._subscribe(client)
                self._opened()
                await self._until_over(client, inbox)
        finally:
            self._count(inbox)
            if self.state.connected:
                self.state.connected, self.state.since = False, self._now()

    async def _until_over(self, client: aiomqtt.Client, inbox: Inbox) -> None:
        """What came before the connection ended is still handed on; on our own end it stays with the broker."""
        taking = asyncio.create_task(self._taking(client, inbox))
        ended = asyncio.create_task(_end_of(client))
        steady = asyncio.get_running_loop().call_later(self._steady, self._forgive)
        try:
            await asyncio.wait([taking, ended], return_when=asyncio.FIRST_COMPLETED)
            self.state.connected, self.state.since = False, self._now()
            inbox.close()
            await asyncio.wait([taking])
            for over in (taking, ended):
                if over.done():
                    over.result()
        finally:
            steady.cancel()
            taking.cancel()
            ended.cancel()
            await asyncio.gather(taking, ended, return_exceptions=True)

    def _client(self, inbox: Inbox) -> aiomqtt.Client:
        broker = self.broker
        five = broker.protocol == "5"
        properties = None
        if five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = int(KEPT_FOR.total_seconds())
            properties.ReceiveMaximum = ON_THEIR_WAY
        return aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            identifier=broker.client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if five else aiomqtt.ProtocolVersion.V311,
            clean_session=None if five else False,
            clean_start=False if five else MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
            tls_context=broker.tls_context(),
            queue_type=cast("Any", lambda maxsize: inbox),
            timeout=TIMEOUT,
            keepalive=KEEPALIVE,
        )

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        granted = await client.subscribe([(topic, 1) for topic in self.broker.topics])
        for topic, code in zip(self.broker.topics, granted, strict=False):
            if cast("int", code.value if isinstance(code, ReasonCode) else code) >= 0x80:
                raise aiomqtt.MqttError(f"the broker refuses the topic {topic}: {code}")

    async def _taking(self, client: aiomqtt.Client, inbox: Inbox) -> None:
        while batch := await inbox.batch():
            self._count(inbox)
            await self._hand_on(batch)
            for message in batch:
                if message.qos:
                    client._client.ack(message.mid, message.qos)

    async def _hand_on(self, batch: list[Message]) -> None:
        """Until it is taken."""
        self.state.last_message = batch[-1].at
        fresh = self._taken.fresh(batch)
        oversized = sum(not message.payload for message in batch)
        tries = 0
        while fresh:
            try:
                await self._take(list(fresh.values()))
                break
            except Exception as error:
                # whatever keeps the sink from taking it, the messages are not lost for it
                tries += 1
                self.state.error = f"messages cannot be taken: {type(error).__name__}: {error}"[:300]
                log.warning("messages not taken", broker=self.broker.name, error=self.state.error, tries=tries)
                await asyncio.sleep(self._wait(tries))
        if tries:
            self.state.error = None
        self._taken.remember(fresh)
        self.state.taken += len(fresh)
        self.state.oversized += oversized
        self.state.doubles += len(batch) - len(fresh) - oversized

    def _opened(self) -> None:
        self.state.connected, self.state.since = True, self._now()
        log.info("broker connected", broker=self.broker.name)

    def _forgive(self) -> None:
        self.state.failures, self.state.error = 0, None

    def _count(self, inbox: Inbox) -> None:
        self.state.received += inbox.received
        inbox.received = 0

    def _failed(self, reason: str) -> None:
        self.state.failures += 1
        self.state.error = reason
        log.warning("broker lost", broker=self.broker.name, reason=reason, failures=self.state.failures)

    def _wait(self, failures: int) -> float:
        doubled = self._first_retry * 2.0 ** min(max(failures - 1, 0), 20)
        return min(doubled, self._longest) * self._jitter(0.75, 1.25)


async def _end_of(client: aiomqtt.Client) -> None:
    """Raises MqttError when the connection is over."""
    async for _ in client.messages:
        pass


def told(error: BaseException, broker: Broker) -> str:
    """What went wrong, and what to do about it, without the password."""
    if isinstance(error, aiomqtt.MqttError) and isinstance(error.__cause__, aiomqtt.MqttError):
        error = error.__cause__  # why the connection ended
    code: object = getattr(error, "rc", None)
    match code.value if isinstance(code, ReasonCode) else code:
        case 134 | 135:
            who = f"user {broker.username!r}" if broker.username else "a connection without user name"
            return f"the broker refuses {who}: {code}; check username, password and what the broker permits"
        case 132 if broker.protocol == "5":
            return f'the broker does not speak MQTT 5: set protocol = "3.1.1" ({code})'
        case 128 | 142:
            # paho tells a broker's own "session taken over" as unspecified
            return (
                "the connection broke off; if it does so again and again, another client has the same client_id "
                f"{broker.client_id!r}: give each its own"
            )
    text = str(error) or type(error).__name__
    if "CERTIFICATE" in text.upper() and "VERIFY" in text.upper():
        return f"TLS: the broker's certificate is not trusted ({text}); name the authority that signed it in ca_file"
    return text[:300]
