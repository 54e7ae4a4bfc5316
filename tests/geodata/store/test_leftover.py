from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from geodata.store.cluster import Cluster
from geodata.store.leftover import take_over


@pytest.fixture
def own() -> Iterator[Cluster]:
    directory = Path(tempfile.mkdtemp(prefix="lagebild-leftover-"))
    directory.chmod(0o755)
    own = Cluster(directory)
    yield own
    take_over(own)
    shutil.rmtree(directory, ignore_errors=True)


def test_a_server_without_a_parent_is_stopped_and_its_data_can_be_started_again(own: Cluster) -> None:
    own.ensure()
    process = own.start()
    said = take_over(own)
    assert said == f"stopped a PostgreSQL that was left over ({process.pid})"
    assert process.wait(5) == 0
    assert take_over(own) is None
    again = own.start()
    assert own.ready()
    again.send_signal(signal.SIGINT)
    again.wait(20)


def test_after_a_kill_of_all_its_processes_it_starts_again(own: Cluster) -> None:
    own.ensure()
    process = own.start()
    for victim in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        with suppress(psutil.NoSuchProcess):  # the one that served the last question may just be leaving
            victim.kill()
    process.wait()
    assert (own.data / "postmaster.pid").exists()
    assert take_over(own) == f"removed the pid file of a PostgreSQL that is gone ({process.pid})"
    began = time.monotonic()
    again = own.start()
    assert time.monotonic() - began < 20
    again.send_signal(signal.SIGINT)
    again.wait(20)


def test_a_stranger_under_an_old_number_is_left_alone(own: Cluster) -> None:
    own.data.mkdir(parents=True)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (own.data / "postmaster.pid").write_text(f"{stranger.pid}\n{own.data}\n")
        assert take_over(own) == f"removed the pid file of a PostgreSQL that is gone ({stranger.pid})"
        assert stranger.poll() is None
        assert not (own.data / "postmaster.pid").exists()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("content", ["", "garbage\n"])
def test_an_unreadable_pid_file_is_left_to_postgresql(own: Cluster, content: str) -> None:
    own.data.mkdir(parents=True)
    (own.data / "postmaster.pid").write_text(content)
    assert take_over(own) is None
    assert os.listdir(own.data) == ["postmaster.pid"]
