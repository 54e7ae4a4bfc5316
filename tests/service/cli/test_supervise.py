from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from service.cli.console import Refused
from service.cli.supervise import CALM_AFTER, Child, Supervisor, take_over

SLEEPS = "import time; time.sleep(600)"
IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, threading.Event())
    yield supervisor
    supervisor.stop()


def _program(code: str, name: str = "program", ready: Callable[[], bool] = lambda: True, patience: float = 5) -> Child:
    return Child(name, lambda: subprocess.Popen([sys.executable, "-c", code]), ready, patience=patience)


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come about"
        time.sleep(0.02)


def test_a_process_that_is_killed_runs_again_within_a_second(supervisor: Supervisor) -> None:
    child = _program(SLEEPS)
    supervisor.add(child)
    assert child.process
    first = child.process.pid
    began = time.monotonic()
    os.kill(first, signal.SIGKILL)
    _until(lambda: child.process is not None and child.process.pid != first and child.process.poll() is None)
    assert time.monotonic() - began < 1


def test_one_that_dies_again_and_again_is_started_ever_more_slowly(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.add(_program("import time; time.sleep(0.3); raise SystemExit(3)"))
    time.sleep(4)
    lines = [line for line in capsys.readouterr().out.splitlines() if "exit code 3" in line]
    assert 3 <= len(lines) <= 5
    assert "again in 0.1 s" in lines[0]
    assert "again in 0.6 s" in lines[2]


def test_one_that_answered_for_a_while_is_started_again_at_once_however_often_it_is_killed(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    child = _program(SLEEPS)
    supervisor.add(child)
    for _ in range(3):
        assert child.process
        before = child.process.pid
        time.sleep(CALM_AFTER + 0.3)
        os.kill(before, signal.SIGKILL)
        _until(lambda before=before: child.process is not None and child.process.pid != before)  # type: ignore[misc]
    assert capsys.readouterr().out.count("again in 0.1 s") == 3


def test_a_process_that_ends_at_its_start_is_told_apart_from_one_that_does_not_answer(supervisor: Supervisor) -> None:
    with pytest.raises(Refused, match=r"ended at its start \(exit code 7\)"):
        supervisor.add(_program("raise SystemExit(7)", ready=lambda: False))
    with pytest.raises(Refused, match="does not answer within 0 s"):
        supervisor.add(_program(SLEEPS, ready=lambda: False), within=0.3)


def test_stopping_ends_the_last_started_first_and_leaves_nobody(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, threading.Event())
    ended: list[str] = []
    children = [_program(SLEEPS, name) for name in ("first", "second", "third")]
    for child in children:
        supervisor.add(child)
        assert child.process
        threading.Thread(target=lambda c=child: (c.process.wait(), ended.append(c.name)), daemon=True).start()
    supervisor.stop()
    _until(lambda: len(ended) == 3)
    assert ended == ["third", "second", "first"]
    assert list(tmp_path.glob("*.pid")) == []


def test_one_that_ignores_the_request_to_stop_is_killed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, threading.Event())
    child = Child(
        "deaf",
        lambda: subprocess.Popen([sys.executable, "-c", IGNORES_SIGTERM], stdout=subprocess.PIPE),
        lambda: bool(child.process and child.process.stdout and child.process.stdout.readline()),
        patience=0.3,
    )
    supervisor.add(child)
    supervisor.stop()
    assert child.process
    assert child.process.returncode == -signal.SIGKILL
    assert child.process.stdout
    child.process.stdout.close()


def test_a_restart_asked_for_ends_the_hanging_one(supervisor: Supervisor) -> None:
    child = _program(IGNORES_SIGTERM)
    supervisor.add(child)
    assert child.process
    first = child.process.pid
    supervisor.restart(child, "no answer")
    _until(lambda: child.process is not None and child.process.pid != first)


def test_what_a_killed_supervisor_left_is_ended_and_a_stranger_with_an_old_number_is_not(tmp_path: Path) -> None:
    forgotten = Supervisor(tmp_path, threading.Event())
    left = _program(SLEEPS, "left")
    forgotten.add(left)
    assert left.process
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPS])
    (tmp_path / "reused.pid").write_text(f"{stranger.pid} some-other-boot:1\n")
    (tmp_path / "garbled.pid").write_text("what?\n")
    forgotten.stopping.set()
    try:
        assert take_over(tmp_path) == [f"stopped a left that was left over ({left.process.pid})"]
        assert left.process.wait(5) == -signal.SIGTERM
        assert psutil.pid_exists(stranger.pid)
        assert stranger.poll() is None
        assert list(tmp_path.glob("*.pid")) == []
    finally:
        stranger.kill()
        stranger.wait()
