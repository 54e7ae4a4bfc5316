"""One measured run: a server on one core, its clients on another, CPU of the server's process tree."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent
SERVER_CORE, CLIENT_CORE = 0, 1
LONGEST = 240
"""Seconds after which a run is ended whatever it does."""


class NotComparable(Exception):
    """The run says nothing: not all was delivered, or something did not start."""


@dataclass(frozen=True, slots=True)
class Run:
    """`cpu` in microseconds of the server per frame, latencies in milliseconds from before the write to the client;
    `last` are those of the last healthy client for each event. Memory in kB: `total` of the server with all clients
    on it, `each` what one client added, `growth` what the sending added."""

    cpu: float
    cpu_total: float
    frames: int
    samples: int
    bytes: int
    p50: float
    p99: float
    last_p50: float
    last_p99: float
    memory: float
    memory_each: float
    growth: float


@dataclass(frozen=True, slots=True)
class Load:
    """How many clients there are, what they say first, and how many of them do not read."""

    clients: int = 2_000
    follows: tuple[str, ...] = ('{"type":"follow","since":0}',)
    stalled: int = 0
    slow: int = 0
    welcomes: bool = False


class Machine:
    """The compiled clients and the place for their files. Raises NotComparable without a C compiler."""

    def __init__(self, stack: ExitStack) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise NotComparable("no C compiler for the load client: install gcc")
        self.directory = Path(tempfile.mkdtemp(prefix="lagebild-fanout-"))
        self.directory.chmod(0o755)
        stack.callback(shutil.rmtree, self.directory, True)
        for program in ("load", "floor"):
            source, target = HERE / f"{program}.c", self.directory / program
            subprocess.run([compiler, "-O2", "-o", str(target), str(source)], check=True)

    def measure(
        self,
        command: Callable[[int, Path], list[str]],
        load: Load,
        events: int,
        publish: Callable[[], Awaitable[None]] | None = None,
        *,
        port: int | None = None,
        server: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> Run:
        """Start the server (unless `server` is the id of a running one on `port`), connect, let it send or publish
        from here, and count."""
        with ExitStack() as stack:
            flags, follows = self.directory / "flags", self.directory / "follows"
            flags.write_bytes(bytes(16))
            follows.write_text("\n".join(load.follows) + "\n")
            port = port or free_port()
            if server is None:
                process = started(command(port, flags), SERVER_CORE, environment)
                stack.callback(end, process)
                server = process.pid
            await_port(port)
            empty = memory(server)
            client = started(
                [str(self.directory / "load"), str(port), "/api/live", str(load.clients), str(events), str(flags),
                 str(follows), str(load.stalled), str(load.slow), str(int(load.welcomes))],
                CLIENT_CORE,
            )  # fmt: skip
            stack.callback(end, client)
            _await_flag(flags, client)
            full, before = memory(server), cpu(server)
            if publish is not None:
                time.sleep(0.5)
                asyncio.run(publish())
            try:
                text, _ = client.communicate(timeout=LONGEST)
            except subprocess.TimeoutExpired as error:
                raise NotComparable(f"the clients did not come to an end within {LONGEST} s") from error
            spent = cpu(server) - before
            after = memory(server)
        told = json.loads(text)
        healthy = load.clients - load.stalled - load.slow
        if told["incomplete"] or told["events"] != events or told["samples"] != healthy * events:
            raise NotComparable(f"delivered {told['samples']} of {healthy * events}: {told}")
        if told["lost"] or told["restarts"]:
            raise NotComparable(f"connections lost or restarted: {told}")
        return Run(
            cpu=spent / 1e3 / told["frames"],
            cpu_total=spent / 1e3,
            frames=told["frames"],
            samples=told["samples"],
            bytes=told["bytes"],
            p50=told["p50"],
            p99=told["p99"],
            last_p50=told["last_p50"],
            last_p99=told["last_p99"],
            memory=full,
            memory_each=(full - empty) / load.clients,
            growth=after - full,
        )


def started(command: list[str], core: int, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    several = (os.cpu_count() or 1) > core
    return subprocess.Popen(
        ["taskset", "-c", str(core), *command] if several else command,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def await_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if any(c.laddr.port == port and c.status == psutil.CONN_LISTEN for c in psutil.net_connections("tcp4")):
            return
        time.sleep(0.05)
    raise NotComparable("the server does not listen")


def _await_flag(flags: Path, client: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while flags.read_bytes()[0] == 0:
        if client.poll() is not None or time.monotonic() > deadline:
            raise NotComparable("the clients did not get connected")
        time.sleep(0.02)


def _tree(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def cpu(pid: int) -> int:
    """Nanoseconds on a processor of the process, its threads and its children (`schedstat`)."""
    return sum(
        int(file.read_text().split()[0]) for one in _tree(pid) for file in Path(f"/proc/{one}/task").glob("*/schedstat")
    )


def memory(pid: int) -> float:
    """Resident kB of the process tree."""
    return sum(psutil.Process(one).memory_info().rss for one in _tree(pid)) / 1024


def python(design: str, clients: int, events: int, rate: float, *more: str) -> Callable[[int, Path], list[str]]:
    """The command of one of the designs in `servers`."""
    return lambda port, flags: [
        sys.executable, "-m", "tests.bench.fanout.servers", design, str(port), str(clients), str(events), str(rate),
        str(flags), *more,
    ]  # fmt: skip
