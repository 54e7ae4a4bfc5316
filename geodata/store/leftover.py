"""What a killed supervisor leaves of a cluster: a server without a parent, or a pid file that names a stranger."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from geodata.store.cluster import Cluster, ClusterError


def take_over(cluster: Cluster, *, patience: float = 30.0) -> str | None:
    """Make way for a new start; says what was in the way, if anything. Raises ClusterError."""
    pid_file = cluster.data / "postmaster.pid"
    pid = _named(pid_file)
    if pid is None:
        return None
    if not _serves(pid, cluster.data):
        # PostgreSQL itself takes any living process with this number for a server and refuses to start.
        pid_file.unlink(missing_ok=True)
        return f"removed the pid file of a PostgreSQL that is gone ({pid})"
    for sign in (signal.SIGINT, signal.SIGQUIT):
        os.kill(pid, sign)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _serves(pid, cluster.data):
                return f"stopped a PostgreSQL that was left over ({pid})"
            time.sleep(0.05)
    raise ClusterError(f"an old PostgreSQL ({pid}) does not stop: end it by hand, then start again")


def _named(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is a server on this data; the server changes into its directory."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    except OSError:
        return False
