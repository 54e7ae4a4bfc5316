from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from typer.testing import CliRunner

from service.cli.exercise import app

RUN = CliRunner()
WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def four_free_ports() -> int:
    """The first of four neighbouring ports that are free just now."""
    for first in range(18470, 19470, 10):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + 4):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """The calm scenario served by a process of its own."""
    port = four_free_ports()
    command = [sys.executable, "-m", "service", "exercise", "serve", "calm", "--port", str(port), "--speed", "60"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{url}/_exercise/state", trust_env=False)
            break
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        time.sleep(0.1)
    yield url
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(10) == 0


def steer(*arguments: str) -> str:
    result = RUN.invoke(app, list(arguments), env=WIDE)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_list_names_the_shipped_scenarios() -> None:
    output = steer("list")
    assert "calm" in output
    assert "flood_2021" in output


def test_show_prints_peaks_warnings_sensor_troubles_and_source_faults() -> None:
    output = steer("show", "flood_2021")
    for word in ("806 cm", "Stolberg", "sensor silent", "source fails: 503", "EXTREM"):
        assert word in output


def test_an_unknown_scenario_is_told_with_those_there_are() -> None:
    result = RUN.invoke(app, ["show", "flut"], env=WIDE)
    assert result.exit_code == 2
    assert "calm, flood_2021" in result.output


def test_a_running_simulator_is_steered_from_the_command_line(running: str) -> None:
    assert "speed 60" in steer("status", "--url", running)
    assert "paused" in steer("pause", "--url", running)
    assert "15.05.2024 06:30, paused" in steer("jump", "2024-05-15T06:30", "--url", running)
    assert "nina: 503" in steer("fault", "nina", "503", "--retry-after", "30", "--url", running)
    assert "nina" not in steer("heal", "nina", "--url", running)
    steer("speed", "5", "--url", running)
    assert "speed 5" in steer("resume", "--url", running)


def test_what_the_simulator_refuses_is_printed(running: str) -> None:
    result = RUN.invoke(app, ["fault", "tea", "503", "--url", running], env=WIDE)
    assert result.exit_code == 2
    assert "pegelonline, nina, dwd_cap" in result.output


def test_without_a_simulator_the_command_says_how_to_start_one() -> None:
    result = RUN.invoke(app, ["status", "--url", "http://127.0.0.1:9"], env=WIDE)
    assert result.exit_code == 1
    assert "lagebild exercise serve" in result.output.replace("\n", " ")


def test_a_taken_port_ends_serve_with_advice(running: str) -> None:
    port = str(httpx.URL(running).port)
    command = [sys.executable, "-m", "service", "exercise", "serve", "calm", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={**os.environ, **WIDE})
    assert done.returncode == 1
    assert "--port" in done.stdout
