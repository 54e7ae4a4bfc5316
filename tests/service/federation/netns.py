"""Nodes as processes of their own in network namespaces of their own, whose lines can be cut and whose clocks be wrong.

The namespaces hang on one bridge. PostgreSQL is reached through its socket, which no namespace hides, so that the test
sees every database while the network is down. Needs root, as namespaces do.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service.federation.identity.keys import NodeKeys
from service.federation.peers.peer import Peer

PORT = 8000
NETWORK = "10.213.0.0/24"


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


@dataclass
class Place:
    """A node in its namespace. `away` shifts its clock by so many seconds from the next start on."""

    origin: str
    space: str
    address: str
    cluster: Cluster
    data_dir: Path
    name: str
    peers: dict[str, Peer] = field(default_factory=dict)
    away: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}:{PORT}"

    @property
    def keys(self) -> NodeKeys:
        return NodeKeys(self.data_dir)

    @property
    def database_url(self) -> str:
        return self.cluster.url(self.name)

    @property
    def database(self) -> Database:
        return Database(self.database_url, pool_size=2)

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LAGEBILD_")}
        return clean | {
            "LAGEBILD_ORIGIN": self.origin, "LAGEBILD_DATA_DIR": str(self.data_dir), "LAGEBILD_HOST": "0.0.0.0",
            "LAGEBILD_PORT": str(PORT), "LAGEBILD_FEDERATION__NETWORKS": NETWORK, "LAGEBILD_FEDERATION__GREET": "1 s",
            "LAGEBILD_FEDERATION__PUBLIC_URL": self.url, "LAGEBILD_FEDERATION__COMPARE": "3 s",
            "LAGEBILD_LOG__LEVEL": "WARNING", "FAKETIME_DONT_FAKE_MONOTONIC": "1", **_no_feeds(),
        }  # fmt: skip

    def command(self) -> list[str]:
        shifted = ["faketime", "-f", f"{self.away:+d}s"] if self.away else []
        return ["ip", "netns", "exec", self.space, *shifted, *self.serve()]

    def serve(self) -> list[str]:
        return [sys.executable, "-m", "service", "serve", "--database-url", self.database_url]

    def start(self) -> None:
        log = (self.data_dir / "server.log").open("ab")
        # `faketime` is a process above the node's: all of its group end together.
        self.process = subprocess.Popen(
            self.command(), env=self.environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )

    async def ready(self) -> None:
        probe = ["ip", "netns", "exec", self.space, sys.executable, "-c", _PROBE]
        async with asyncio.timeout(60):
            while (await asyncio.to_thread(subprocess.run, probe, capture_output=True)).returncode:
                assert self.process is not None and self.process.poll() is None, self.log()
                await asyncio.sleep(0.2)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def log(self) -> str:
        return (self.data_dir / "server.log").read_text(errors="replace")[-4000:]

    def cut(self, other: Place) -> None:
        """Neither reaches the other any more; whoever tries waits for nothing."""
        for one, two in ((self, other), (other, self)):
            _run("ip", "-n", one.space, "route", "replace", "blackhole", f"{two.address}/32")

    def heal(self, other: Place) -> None:
        for one, two in ((self, other), (other, self)):
            subprocess.run(["ip", "-n", one.space, "route", "del", "blackhole", f"{two.address}/32"],
                           capture_output=True, check=False)  # fmt: skip


_PROBE = f"""
import sys, urllib.request
try:
    sys.exit(urllib.request.urlopen("http://127.0.0.1:{PORT}/readyz", timeout=2).status != 200)
except OSError:
    sys.exit(1)
"""


def _no_feeds() -> dict[str, str]:
    from feeds.catalogue import catalogue

    return {f"LAGEBILD_FEEDS__{name.upper()}__ENABLED": "false" for name in catalogue().feeds}


@contextmanager
def places(cluster: Cluster, origins: Sequence[str], *, template: str = "template_lagebild") -> Iterator[list[Place]]:
    """One namespace per origin, with an empty database; nothing runs yet."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    tag = secrets.token_hex(2)
    hub = f"lb{tag}"
    with ExitStack() as stack:
        _run("ip", "netns", "add", hub)
        stack.callback(_run, "ip", "netns", "del", hub)
        _run("ip", "-n", hub, "link", "add", "br0", "type", "bridge")
        _run("ip", "-n", hub, "link", "set", "br0", "up")
        made = []
        for number, origin in enumerate(origins, 1):
            space, address = f"lb{tag}{number}", f"10.213.0.{number}"
            _run("ip", "netns", "add", space)
            stack.callback(_run, "ip", "netns", "del", space)
            _run("ip", "-n", space, "link", "add", "eth0", "type", "veth", "peer", "name", f"p{number}", "netns", hub)
            _run("ip", "-n", hub, "link", "set", f"p{number}", "master", "br0", "up")
            _run("ip", "-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _run("ip", "-n", space, "link", "set", device, "up")
            name = f"ns_{tag}_{number}"
            cluster.create_database(name, template=template)
            stack.callback(cluster.drop_database, name)
            data_dir = Path(stack.enter_context(TemporaryDirectory(prefix="lagebild-place-")))
            place = Place(origin, space, address, cluster, data_dir, name)
            stack.callback(place.kill)
            made.append(place)
        yield made
