"""A private PostGIS for one bench, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from geodata.store.cluster import Cluster
from geodata.store.migrate import upgrade


@contextmanager
def database() -> Iterator[tuple[str, str, Callable[[], float]]]:
    """URLs of a fresh migrated database, as the application's role and as the server's owner (for CHECKPOINT), and
    the CPU seconds that this process and the server's living processes have used."""
    directory = Path(tempfile.mkdtemp(prefix="lagebild-bench-"))
    directory.chmod(0o755)
    cluster = Cluster(directory)
    cluster.ensure()
    process = cluster.start()
    try:
        cluster.create_database("bench")
        upgrade(cluster.url("bench"))
        yield cluster.url("bench"), cluster.url("bench", role="postgres"), lambda: _cpu(process.pid)
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.wait(60)
        shutil.rmtree(directory, ignore_errors=True)


def _cpu(server: int) -> float:
    nanoseconds = 0
    for pid in [server, *map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split())]:
        try:
            nanoseconds += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue  # ended meanwhile
    return nanoseconds / 1e9 + time.process_time()


@contextmanager
def server(url: str) -> Iterator[str]:
    """Address of the real server by its own command, on this database, its sources switched off."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="lagebild-bench-") as directory:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LAGEBILD_")}
        off = {f"LAGEBILD_FEEDS__{feed}__ENABLED": "false" for feed in ("PEGELONLINE", "NINA", "DWD_CAP")}
        settings = {"LAGEBILD_DATA_DIR": directory, "LAGEBILD_LOG__LEVEL": "ERROR", **off}
        command = [sys.executable, "-m", "service", "serve", "--port", str(port), "--database-url", url]
        process = subprocess.Popen(command, env={**clean, **settings})
        try:
            _until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server does not get ready (exit code {process.poll()})")
