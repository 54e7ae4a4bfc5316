"""Against a real mosquitto. What counts is what the sink has taken, held against what was published."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import aiomqtt
import pytest

from feeds.lorawan import reading
from feeds.mqtt import Broker, Connection
from feeds.mqtt_inbox import LARGEST, Message
from tests.feeds.lorawan.messages import things_stack
from tests.feeds.mosquitto import Mosquitto

PATIENCE = 60.0
PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
TOPIC = "v3/town@ttn/devices/+/up"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Sink:
    """Refuses as often as told, and holds messages back while `shut`."""

    messages: list[Message] = field(default_factory=list)
    fails: int = 0
    tries: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def take(self, messages: list[Message]) -> None:
        self.tries += 1
        await self.open.wait()
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        self.messages += messages

    @property
    def payloads(self) -> Counter[bytes]:
        return Counter(m.payload for m in self.messages)


async def until(happened: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.01)


@asynccontextmanager
async def connected(broker: Broker, sink: Sink) -> AsyncIterator[Connection]:
    connection = Connection(broker, sink.take, now, first_retry=0.05, longest=0.2)
    running = asyncio.create_task(connection.run())
    try:
        await until(lambda: connection.state.connected, f"never connected: {connection.state.error}")
        yield connection
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def publish(
    mosquitto: Mosquitto, payloads: list[bytes], qos: int = 1, topic: str = "v3/town@ttn/devices/a/up"
) -> None:
    """Each until the broker has acknowledged it, over however many connections."""
    waiting = list(payloads)
    while waiting:
        try:
            async with aiomqtt.Client("127.0.0.1", mosquitto.port, timeout=1) as client:
                while waiting:
                    await client.publish(topic, waiting[0], qos)
                    waiting.pop(0)
        except aiomqtt.MqttError:
            await asyncio.sleep(0.05)


def numbered(start: int, end: int) -> list[bytes]:
    return [things_stack(f_cnt=number) for number in range(start, end)]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Broker:
    return Broker("ttn", "127.0.0.1", (TOPIC,), mosquitto.port)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_messages_of_the_topic_are_taken_with_topic_and_time(
    mosquitto: Mosquitto, broker: Broker, sink: Sink, protocol: Literal["5", "3.1.1"]
) -> None:
    async with connected(replace(broker, protocol=protocol), sink) as connection:
        await publish(mosquitto, numbered(0, 50))
        await publish(mosquitto, [b"join"], topic="v3/town@ttn/devices/a/join")
        await until(lambda: len(sink.messages) >= 50, "not all taken")
        assert sorted(sink.payloads) == sorted(numbered(0, 50))
        assert {m.topic for m in sink.messages} == {"v3/town@ttn/devices/a/up"}
        assert (connection.state.received, connection.state.taken, connection.state.doubles) == (50, 50, 0)
        assert connection.state.last_message == sink.messages[-1].at


async def test_what_is_published_while_we_are_away_comes_when_we_are_back(
    mosquitto: Mosquitto, broker: Broker, sink: Sink
) -> None:
    async with connected(broker, sink):
        pass
    await publish(mosquitto, numbered(0, 2_500))
    async with connected(broker, sink):
        await until(lambda: len(sink.messages) >= 2_500, "not all came")
    assert sink.payloads == Counter(numbered(0, 2_500))


async def test_a_message_is_acknowledged_only_after_it_was_taken(
    mosquitto: Mosquitto, broker: Broker, sink: Sink
) -> None:
    sink.open.clear()
    async with connected(broker, sink) as connection:
        await publish(mosquitto, numbered(0, 30))
        await until(lambda: connection.state.received >= 30 or sink.tries > 0, "nothing came")
    assert sink.messages == [], "we fell before anything was taken"
    another = Sink()
    async with connected(broker, another):
        await until(lambda: len(another.messages) >= 30, "the broker thought they were taken")
    assert another.payloads == Counter(numbered(0, 30))

    third = Sink()
    async with connected(broker, third):
        await publish(mosquitto, [b"last"])
        await until(lambda: bool(third.messages), "nothing came")
    assert third.payloads == Counter([b"last"]), "what was taken does not come again"


async def test_a_sink_that_fails_gets_the_same_messages_again(mosquitto: Mosquitto, broker: Broker, sink: Sink) -> None:
    sink.fails = 3
    async with connected(broker, sink) as connection:
        await publish(mosquitto, numbered(0, 10))
        await until(lambda: "cannot be taken" in (connection.state.error or ""), "the failure is not told")
        await until(lambda: len(sink.messages) >= 10, "given up")
        await until(lambda: connection.state.error is None, "the failure is over")
    assert sink.payloads == Counter(numbered(0, 10))


@pytest.mark.proof
async def test_a_broker_that_restarts_loses_nothing_and_doubles_are_counted(
    mosquitto: Mosquitto, broker: Broker, sink: Sink
) -> None:
    number = 6_000 if PROVE else 600
    async with connected(broker, sink) as connection:
        publishing = asyncio.create_task(publish(mosquitto, numbered(0, number)))
        for share in (5, 3, 2):
            await until(lambda: len(sink.messages) > number // share // 2 or publishing.done(), "nothing comes")  # noqa: B023
            sink.open.clear()
            await asyncio.to_thread(mosquitto.stop)
            sink.open.set()
            await asyncio.to_thread(mosquitto.start)
            await until(lambda: connection.state.connected, f"not back: {connection.state.error}")
        await asyncio.wait_for(publishing, PATIENCE)
        await until(lambda: len(sink.payloads) >= number, "some are missing")
        state = connection.state
        await until(lambda: state.taken + state.doubles == state.received, "not all counted")
    assert sink.payloads == Counter(numbered(0, number)), "each once, though the broker brought some twice"
    print(f"{number} published over 3 restarts: {state.received} received, {state.doubles} doubles, all taken")


async def test_the_same_message_twice_is_taken_once_and_counted(
    mosquitto: Mosquitto, broker: Broker, sink: Sink
) -> None:
    async with connected(broker, sink) as connection:
        await publish(mosquitto, [b"one", b"two", b"one"])
        await until(lambda: connection.state.received >= 3, "not all came")
        await publish(mosquitto, [b"two", b"three"])
        await until(lambda: connection.state.taken >= 3, "not all taken")
        await until(lambda: connection.state.doubles >= 2, "not counted")
    assert sink.payloads == Counter([b"one", b"two", b"three"])


async def test_a_giant_is_not_kept_and_stops_nobody(mosquitto: Mosquitto, broker: Broker, sink: Sink) -> None:
    async with connected(broker, sink) as connection:
        await publish(mosquitto, [b"x" * (LARGEST + 1), b"small"])
        await until(lambda: bool(sink.messages), "the small one is stuck")
        await until(lambda: connection.state.oversized == 1, "not counted")
    assert sink.payloads == Counter([b"small"])


@pytest.mark.parametrize("qos", [0, 1])
async def test_while_nobody_takes_the_rest_waits_at_the_broker(
    mosquitto: Mosquitto, broker: Broker, sink: Sink, qos: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.mqtt_inbox.MOST", 100)
    sent = numbered(0, 1_000)
    async with connected(broker, sink) as connection:
        sink.open.clear()
        await publish(mosquitto, sent, qos)
        await until(lambda: connection.waiting >= 100, "it is not full")
        await asyncio.sleep(0.3)
        assert connection.waiting == 100, "it reads on though it is full"
        sink.open.set()
        await until(lambda: len(sink.payloads) >= len(sent), "some are missing")
        assert (connection.state.failures, connection.state.doubles) == (0, 0)
    assert sink.payloads == Counter(sent)


def certificates(directory: Path) -> tuple[Path, Path, Path]:
    """An authority of our own, and a broker's key and certificate for 127.0.0.1 signed by it."""
    ca, key, cert = directory / "ca.pem", directory / "broker.key", directory / "broker.pem"

    def openssl(*arguments: str | Path) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory)

    extensions = directory / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    elliptic = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *elliptic, "-keyout", "ca.key", "-out", ca, "-days", "2", "-subj", "/CN=Test authority")
    openssl("req", *elliptic, "-keyout", key, "-out", "broker.csr", "-subj", "/CN=broker")
    openssl(
        *("x509", "-req", "-in", "broker.csr", "-CA", ca, "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"),
        *("-extfile", extensions, "-out", cert),
    )
    key.chmod(0o644)
    return ca, key, cert


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[Mosquitto, Path]]:
    ca, key, cert = certificates(tmp_path)
    broker = Mosquitto(tmp_path, f"certfile {cert}", f"keyfile {key}", users={"lagebild": "geheim"})
    broker.start()
    yield broker, ca
    broker.stop()


async def failing(broker: Broker, word: str) -> str:
    connection = Connection(broker, Sink().take, now, first_retry=0.05, longest=0.1)
    running = asyncio.create_task(connection.run())
    await until(lambda: connection.state.failures >= 2, "no failure told, or no second try")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert word in (connection.state.error or ""), connection.state.error
    assert not connection.state.connected
    return connection.state.error or ""


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_tls_with_an_authority_of_ones_own(
    secured: tuple[Mosquitto, Path], sink: Sink, tmp_path: Path, protocol: Literal["5", "3.1.1"]
) -> None:
    mosquitto, ca = secured
    broker = Broker(
        "town", "127.0.0.1", ("a/#",), mosquitto.port,
        tls=True, username="lagebild", password="geheim", ca_file=str(ca), protocol=protocol,
    )  # fmt: skip
    async with connected(broker, sink):
        sender = await asyncio.create_subprocess_exec(
            "mosquitto_pub", "-h", "127.0.0.1", "-p", str(mosquitto.port), "--cafile", ca, "-u", "lagebild",
            "-P", "geheim", "-t", "a/b", "-m", "hello", "-q", "1",
        )  # fmt: skip
        assert await sender.wait() == 0
        await until(lambda: bool(sink.messages), "nothing came through TLS")

    wrong = await failing(replace(broker, password="falsch"), "check username, password")
    assert "'lagebild'" in wrong
    assert "falsch" not in wrong
    await failing(replace(broker, username=None, password=None), "without user name")
    assert "ca_file" in await failing(replace(broker, ca_file=None), "not trusted")
    await failing(replace(broker, ca_file=str(tmp_path / "none.pem")), "cannot use")
    assert "falsch" not in repr(replace(broker, password="falsch"))


async def test_a_broker_that_is_away_is_tried_again_until_it_is_there(tmp_path: Path, sink: Sink) -> None:
    mosquitto = Mosquitto(tmp_path)
    broker = Broker("ttn", "127.0.0.1", (TOPIC,), mosquitto.port)
    assert "refused" in (await failing(broker, "")).lower()
    connection = Connection(broker, sink.take, now, first_retry=0.05, longest=0.1, steady=0.1)
    running = asyncio.create_task(connection.run())
    await until(lambda: connection.state.failures >= 3, "gave up")
    await asyncio.to_thread(mosquitto.start)
    await until(lambda: connection.state.connected, "never came")
    await until(lambda: (connection.state.failures, connection.state.error) == (0, None), "not forgiven")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    mosquitto.stop()


async def test_two_with_the_same_id_are_told_apart(mosquitto: Mosquitto, broker: Broker, sink: Sink) -> None:
    async with connected(broker, sink) as connection, connected(broker, Sink()):
        await until(lambda: "client_id" in (connection.state.error or ""), "the reason is not told")


@pytest.mark.proof
async def test_a_storm_of_messages_goes_through_without_loss(mosquitto: Mosquitto, broker: Broker) -> None:
    """5,000 a second for 20 s in the long form, read and decoded by the sink; 1,000 a second for 2 s in the short."""
    rate, seconds = (5_000, 20) if PROVE else (1_000, 2)
    lines = [message + b"\n" for message in numbered(0, rate * seconds)]
    decoded: Counter[int | None] = Counter()

    async def take(messages: list[Message]) -> None:
        for number, message in enumerate(messages):
            for uplink in reading.read(message.payload, topic=message.topic):
                reading.decode(uplink)
                decoded[uplink.counter] += 1
            if number % 50 == 49:
                await asyncio.sleep(0)

    connection = Connection(broker, take, now)
    running = asyncio.create_task(connection.run())
    await until(lambda: connection.state.connected, "never connected")
    senders = [
        await asyncio.create_subprocess_exec(
            "mosquitto_pub", "-h", "127.0.0.1", "-p", str(mosquitto.port), "-q", "1", "-l",
            "-t", f"v3/town@ttn/devices/{number}/up", stdin=asyncio.subprocess.PIPE,
        ) for number in range(4)
    ]  # fmt: skip
    began = time.monotonic()

    async def send(number: int) -> None:
        pipe = senders[number].stdin
        assert pipe is not None
        mine = lines[number::4]
        step = rate // 4 // 20
        for tick, at in enumerate(range(0, len(mine), step)):
            await asyncio.sleep(max(0.0, began + tick / 20 - time.monotonic()))
            pipe.write(b"".join(mine[at : at + step]))
            await pipe.drain()
        pipe.close()
        await senders[number].wait()

    await asyncio.gather(*(send(number) for number in range(4)))
    sent = time.monotonic() - began
    await until(lambda: len(decoded) >= len(lines), f"{len(decoded)} of {len(lines)} came")
    behind = time.monotonic() - began - sent
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    state = connection.state
    assert decoded.keys() == set(range(len(lines)))
    assert (state.oversized, state.failures) == (0, 0)
    assert state.received == state.taken + state.doubles
    print(
        f"{len(lines)} messages of {len(lines[0])} bytes published in {sent:.1f} s ({len(lines) / sent:.0f}/s), "
        f"the last taken {behind:.2f} s later; {state.doubles} doubles, 0 lost"
    )
    if PROVE:
        assert len(lines) / sent >= 0.95 * rate, "the senders were too slow for a proof"
