"""Keeps processes running: whoever ends unasked is started again, whoever was asked to stop is gone when we are.

One thread per process waits for its end, so that a death is noticed at once. The process of each child stands in a
file of the data directory together with its start time; with it the next start finds what a killed supervisor left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from geodata.store.cluster import ClusterError
from service.cli.console import Refused, say

CALM_AFTER = 2.0
"""Seconds of answering after which an end is an accident, not the next one of a row."""
PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 5.0, 10.0)


@dataclass(slots=True)
class Child:
    """`launch` starts it and does not wait; `ready` says whether it answers. `patience` in seconds, then SIGKILL."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    ready: Callable[[], bool]
    stop_with: signal.Signals = signal.SIGTERM
    patience: float = 15.0
    process: subprocess.Popen[bytes] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Supervisor:
    def __init__(self, directory: Path, stopping: threading.Event) -> None:
        self.stopping = stopping
        self._directory = directory
        self._directory.mkdir(parents=True, exist_ok=True)
        self._children: list[tuple[Child, threading.Thread]] = []

    def add(self, child: Child, process: subprocess.Popen[bytes] | None = None, *, within: float = 60.0) -> None:
        """Start it (or take the process that runs already), wait until it answers, and look after it from now on.

        Raises Refused if it does not answer in `within` seconds."""
        child.process = process or child.launch()
        self._remember(child)
        watch = threading.Thread(target=self._look_after, args=(child,), name=f"watch {child.name}", daemon=True)
        self._children.append((child, watch))
        if not self._answers(child, within):
            code = child.process.poll()
            what = f"does not answer within {within:.0f} s" if code is None else f"ended at its start ({_how(code)})"
            raise Refused(f"the {child.name} {what}; see its messages above")
        watch.start()

    def restart(self, child: Child, reason: str) -> None:
        """End one that hangs; its watch starts it again."""
        if child.process and child.process.poll() is None:
            say(f"{child.name}: {reason}; ending it")
            child.process.kill()

    def stop(self) -> None:
        """Stop everything, the last started first. Safe to call twice."""
        self.stopping.set()
        for child, watch in reversed(self._children):
            with child.lock:
                _end(child)
            if watch.is_alive():
                watch.join()
            self._file(child).unlink(missing_ok=True)
        self._children.clear()

    def _answers(self, child: Child, within: float) -> bool:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and not self.stopping.is_set():
            if child.process is None or child.process.poll() is not None:
                return False
            if child.ready():
                return True
            time.sleep(0.05)
        return self.stopping.is_set()

    def _look_after(self, child: Child) -> None:
        ends = 0
        ready_at: float | None = time.monotonic()
        while True:
            assert child.process is not None
            code = child.process.wait()
            if self.stopping.is_set():
                return
            ended = time.monotonic()
            ends = 1 if ready_at is not None and ended - ready_at > CALM_AFTER else ends + 1
            ready_at = None
            pause = PAUSES[min(ends, len(PAUSES)) - 1]
            say(f"{child.name} ended ({_how(code)}), starting it again in {pause} s")
            if self.stopping.wait(pause):
                return
            with child.lock:
                if self.stopping.is_set():
                    return
                try:
                    child.process = child.launch()
                except (OSError, ClusterError) as error:
                    say(f"{child.name} cannot be started: {error}")
                    continue
                self._remember(child)
            if self._answers(child, 60.0) and not self.stopping.is_set():
                ready_at = time.monotonic()
                say(f"{child.name} is back after {ready_at - ended:.1f} s")

    def _file(self, child: Child) -> Path:
        return self._directory / f"{child.name}.pid"

    def _remember(self, child: Child) -> None:
        assert child.process is not None
        self._file(child).write_text(f"{child.process.pid} {_born(child.process.pid)}\n")


def take_over(directory: Path, *, patience: float = 10.0) -> list[str]:
    """End what a killed supervisor left running; says what it was."""
    said = []
    for file in sorted(directory.glob("*.pid")):
        pid, _, born = file.read_text().strip().partition(" ")
        if pid.isdigit() and born and _born(int(pid)) == born:
            os.kill(int(pid), signal.SIGTERM)
            deadline = time.monotonic() + patience
            while _born(int(pid)) == born:
                if time.monotonic() > deadline:
                    os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.05)
            said.append(f"stopped a {file.stem} that was left over ({pid})")
        file.unlink(missing_ok=True)
    return said


def _end(child: Child) -> None:
    process = child.process
    if process is None or process.poll() is not None:
        return
    process.send_signal(child.stop_with)
    try:
        process.wait(child.patience)
    except subprocess.TimeoutExpired:
        say(f"{child.name} did not stop in {child.patience:.0f} s, killed")
        process.kill()
        process.wait()


def _born(pid: int) -> str:
    """When a process started, in ticks of this boot: tells it from a later one with the same number."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else f"{boot}:{rest[18]}"


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
