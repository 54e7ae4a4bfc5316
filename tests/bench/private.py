"""A private PostGIS for one bench, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
