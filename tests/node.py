"""A real `lagebild up` for tests: its own data directory, its own port, its own processes."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil


class Node:
    """Starts on request; `lines` is what it printed so far."""

    def __init__(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self.top = Path(tempfile.mkdtemp(prefix="lagebild-node-"))
        self.top.chmod(0o755)
        self.data_dir = self.top / "data"
        self.port = free_port()
        self.arguments = arguments
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LAGEBILD_")}
        self.environment = {**clean, "LAGEBILD_DATA_DIR": str(self.data_dir), **(environment or {})}
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *more: str, within: float = 90.0) -> float:
        """Seconds until it said that it is ready."""
        self.lines.clear()
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service", "up", "--port", str(self.port), *self.arguments, *more],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        self.wait_for("data:", within=within)
        return time.monotonic() - began

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip())

    def wait_for(self, words: str, *, within: float, after: int = 0) -> str:
        """The first line, from number `after` on, that contains the words."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for line in self.lines[after:]:
                if words in line:
                    return line
            assert self.process is not None
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no line with {words!r}:\n" + "\n".join(self.lines[-40:]))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same data directory."""
        return subprocess.run(
            [sys.executable, "-m", "service", *arguments],
            env=self.environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def pid(self, child: str) -> int:
        return int((self.data_dir / "processes" / f"{child}.pid").read_text().split()[0])

    def kill_9(self, child: str) -> None:
        """The process and all its own children, PostgreSQL's backends among them."""
        victim = psutil.Process(self.pid(child))
        for process in [victim, *victim.children(recursive=True)]:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def sign_in(self) -> httpx.Client:
        """A client with the session of the link that was printed."""
        line = self.wait_for("sign in:", within=1)
        found = re.search(r"(/sign-in/\S+)", line)
        assert found
        client = httpx.Client(base_url=self.address, timeout=20)
        answer = client.get(found[1])
        assert answer.status_code == 303, answer.text
        return client

    def processes(self) -> list[dict[str, Any]]:
        """Whatever still runs on the data directory."""
        found = []
        for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
            words = " ".join(process.info["cmdline"] or [])
            if str(self.data_dir) in words or str(self.data_dir) in str(process.info["cwd"]):
                found.append({"pid": process.info["pid"], "command": words})
        return found

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
        for left in self.processes():
            psutil.Process(left["pid"]).kill()
        shutil.rmtree(self.top, ignore_errors=True)


def free_port() -> int:
    """Not among those that the kernel gives to other tests while a node is stopped or still starting."""
    for port in random.sample(range(10_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")
